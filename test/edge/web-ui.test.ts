import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { until } from '../../src/dev/until';
import { Browser } from '../kit/browser';
import { endOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { statusOf, stopsOf, untilPhase } from '../kit/watch';

/**
 * What a person reads in Temporal's Web UI (design 3.4), in a real browser. Each test leaves a picture of what it has
 * judged in `.weir/runs/web-ui/pictures`.
 */
const place = useSimulated('web-ui', {
  jobs: ['orders', 'payments', 'clicks', 'sessions', 'invoices'],
  // as in production, and so that no picture shows a folder of this machine
  flink: { slots: 100, savepointRoot: 's3://flink/savepoints', folders: false },
  cluster: { savepointRoot: 's3://flink/savepoints', snapshotStore: { kind: 'file', folder: 'savepoints' } },
  webUi: true,
});

let browser: Browser;
beforeAll(async () => {
  browser = await Browser.start();
}, 60_000);
afterAll(() => browser.stop(), 60_000);

type Tab = 'timeline' | 'history' | 'user-metadata' | 'search-attributes';

/** Opens the page, and waits until a person can read all of this; keeps a picture of it. */
async function reads(url: string, picture: string, ...texts: readonly string[]): Promise<string> {
  const page = await browser.open(url);
  try {
    return await shows(page, picture, texts);
  } finally {
    await page.close();
  }
}

async function shows(page: Page, picture: string, texts: readonly string[]): Promise<string> {
  let shown = '';
  try {
    await until(
      async () => {
        // what looks like a gap may be one of several kinds of space
        const parts = await Promise.all(page.frames().map((frame) => frame.innerText('body')));
        shown = parts.join(' ').replace(/[\s\u2060]+/g, ' ');
        return texts.every((text) => shown.includes(text));
      },
      { what: `the page to show ${texts.join(', ')}`, deadlineMs: 60_000, pollMs: 250 },
    );
  } catch (error) {
    throw new Error(`the page shows: ${shown}`, { cause: error });
  } finally {
    const folder = join(place().runDir, 'pictures');
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${picture}.png`) });
  }
  return shown;
}

async function pageOf(workflowId: string, tab: Tab): Promise<string> {
  const { runId } = await place().client.workflow.getHandle(workflowId).describe();
  return `${place().temporal.uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}/${runId}/${tab}`;
}

function listOf(query: string): string {
  return `${place().temporal.uiUrl}/namespaces/default/workflows?query=${encodeURIComponent(query)}`;
}

const noSpace = { kind: 'REFUSED', causes: ['IOException: No space left on device'] } as const;
const noMethod = { kind: 'REFUSED', cause: 'NoSuchMethodError: orders.Count.open' } as const;
/** More than are tried while the test looks. */
const everyStart = Array.from({ length: 1_000 }, () => noMethod);

test('a rescale at its second try of a savepoint: which try of how many, from where to where, and why the first failed', async () => {
  const { flink } = place();
  flink.script({ job: 'payments', stops: [noSpace, { kind: 'TAKES', ms: 600_000 }] });
  const { id } = flink.startJob({ name: 'payments', parallelism: 4 });
  const workflowId = await startRescale(place(), { job: 'payments', parallelism: 8, reason: 'Black Friday' });
  await until(() => stopsOf(flink, id) === 2, { what: 'the second try', deadlineMs: 60_000 });

  const bar =
    'Attempt 2 / 4 • savepoint • payments 4 -> 8: stop with CANONICAL savepoint to s3://flink/savepoints/payments';
  await reads(await pageOf(workflowId, 'timeline'), 'running-timeline', 'RUNNING', bar, 'Black Friday');
  await reads(
    await pageOf(workflowId, 'user-metadata'),
    'running-details',
    'payments 4 -> 8, STATEFUL, LATEST_STATE',
    'under way 1 ',
    'try 1 failed: IOException: No space left on device',
    'Next: prove that the old job is over, start the job at parallelism 8, wait for its first checkpoint.',
    `to abort: temporal workflow signal --workflow-id ${workflowId} --name abort`,
  );
}, 180_000);

test('a rescale that is done: its result begins with what is worth reading, and a bar for each step', async () => {
  const { flink } = place();
  flink.startJob({ name: 'orders', parallelism: 4 });
  const workflowId = await startRescale(place(), { job: 'orders', parallelism: 8 });
  await endOf(place(), workflowId);
  const { to } = await statusOf(place(), workflowId);

  const shown = await reads(
    await pageOf(workflowId, 'timeline'),
    'completed-timeline',
    'COMPLETED',
    '"outcome": "RESCALED"',
    '"downtimeMs": {',
    'observe • look at orders on local, plan parallelism 8',
    'stop • orders 4 -> 8: prove that the old job is over',
    'restart • orders 4 -> 8: start at 8 from savepoint-',
    'verify • orders 4 -> 8: wait for the first checkpoint of the new job',
  );
  expect(shown.indexOf('"downtimeMs"')).toBeLessThan(shown.indexOf('"snapshot"'));
  await reads(
    await pageOf(workflowId, 'user-metadata'),
    'completed-details',
    'RESCALED',
    `new job ${to?.jobId}`,
    'snapshot s3://flink/savepoints/orders/',
  );
}, 180_000);

test('a rescale whose savepoint failed: cause, state of the job, what was kept and the next command, without scrolling', async () => {
  const { flink } = place();
  flink.script({ job: 'clicks', stops: [noSpace, noSpace, noSpace, noSpace] });
  const { id } = flink.startJob({ name: 'clicks', parallelism: 4 });
  const workflowId = await startRescale(place(), { job: 'clicks', parallelism: 8 });
  await endOf(place(), workflowId);

  await reads(
    await pageOf(workflowId, 'timeline'),
    'failed-timeline',
    'FAILED',
    'The savepoint of clicks failed 4 times, so the rescale was given up.',
    '(1)-(4) IOException: No space left on device',
    `Now: job clicks (${id}) is RUNNING at parallelism 4, left alone.`,
    'Kept: the job and its state, as they were.',
    'Next: once the cause is mended: temporal workflow start --fail-existing',
  );
  const details = await reads(
    await pageOf(workflowId, 'user-metadata'),
    'failed-details',
    ...['SavepointFailed', `old job ${id}`],
  );
  // when it began, what it took, and how many tries failed
  expect(details).toMatch(/SAVEPOINTING [\d-]{10} [\d:]{8} [\d.]+ s 4 SETTLING /);
}, 180_000);

test('a rescale that was rolled back: why, that the old job runs again and from what, and where to look', async () => {
  const { flink } = place();
  flink.script({ job: 'sessions', starts: [noMethod] });
  flink.startJob({ name: 'sessions', parallelism: 4 });
  const workflowId = await startRescale(place(), {
    job: 'sessions',
    parallelism: 8,
    maxJobCreationAttempts: 1,
  });
  await endOf(place(), workflowId);
  const [running] = flink.live('sessions');

  await reads(
    await pageOf(workflowId, 'timeline'),
    'rolled-back-timeline',
    'FAILED',
    'sessions could not be started at parallelism 8 and was rolled back.',
    'NoSuchMethodError: orders.Count.open',
    `Now: job sessions (${running?.id}) is RUNNING at parallelism 4.`,
    'Kept: all state: it was restored from s3://flink/savepoints/sessions/',
    'Next: see why the new job did not start: curl -s http://',
    'withdraw • sessions 4 -> 8: end what was started, keep its newest state',
    'sessions 4 -> 8: roll back to 4 from savepoint-',
  );
}, 180_000);

test('a rescale that calls for attention: why, where the state is, and how to intervene; the list can be filtered by it', async () => {
  const { flink } = place();
  flink.script({ job: 'invoices', starts: everyStart });
  flink.startJob({ name: 'invoices', parallelism: 4 });
  const workflowId = await startRescale(place(), {
    job: 'invoices',
    parallelism: 8,
    maxJobCreationAttempts: 1,
  });
  await untilPhase(place(), workflowId, 'ATTENTION');
  const { snapshot } = await statusOf(place(), workflowId);

  const bar = 'revive • invoices 4 -> 8: roll back to 4 from savepoint-';
  await reads(await pageOf(workflowId, 'timeline'), 'attention-timeline', 'RUNNING', bar);
  const say = `temporal workflow signal --workflow-id ${workflowId} --name`;
  await reads(
    await pageOf(workflowId, 'user-metadata'),
    'attention-details',
    'ATTENTION: invoices could not be started again: ',
    `snapshot ${snapshot?.path}`,
    'Next: Weir goes on by itself, and the state is in the snapshot above.',
    `to try again at once: ${say} retry`,
    `to start from another snapshot: ${say} restoreFrom`,
    `to stop trying: the failure says where the state is: ${say} giveUp`,
  );
  await reads(
    await pageOf(workflowId, 'search-attributes'),
    'attention-search-attributes',
    ...['WeirPhase', 'ATTENTION', 'WeirCluster', 'WeirJob', 'invoices'],
  );

  const stuck = await reads(listOf('WeirPhase="ATTENTION"'), 'list-attention', '1 Workflow', workflowId);
  expect(stuck).not.toContain('rescale/local/payments');
  await reads(
    listOf('WeirOutcome in ("SavepointFailed", "RolledBack")'),
    'list-failures',
    '2 Workflows',
    ...['rescale/local/clicks', 'rescale/local/sessions'],
  );
}, 240_000);
