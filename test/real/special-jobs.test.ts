import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import type { OrdersOptions } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { cancel, checkpointed, savepointsOf, stateOf } from '../kit/flink';
import { flinkOnPath } from '../kit/flink-cli';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** Jobs that are not as they should be, and what is done beside a rescale, on real Flink. */
const run = promisify(execFile);
const flinkConfiguration = { 'execution.checkpointing.interval': '1s' };
const jobs = {
  looping: { name: 'looping', flinkConfiguration },
  failed: {
    name: 'failed',
    flinkConfiguration: { ...flinkConfiguration, 'restart-strategy.type': 'none' },
  },
  bare: { name: 'bare' },
  tidy: { name: 'tidy', flinkConfiguration },
  stop: { name: 'stop', flinkConfiguration },
  saveAndCancel: { name: 'save-and-cancel', flinkConfiguration },
  cancel: { name: 'cancel', flinkConfiguration },
} satisfies Record<string, OrdersOptions>;

const stack = useStack('special-jobs', {
  flink: { taskManagers: 2, settings: { 'execution.checkpointing.interval': null } },
  worker: { jobs: (stack) => Object.values(jobs).map((job) => new Orders(stack, job).config) },
});

const lasting = { lost: 0, countedTwice: 0, forgotten: 0 };

async function verdictOf(orders: Orders) {
  return checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 });
}

/** Ends it, so that its slots are there for the next test. */
async function end(orders: Orders): Promise<void> {
  for (const { id } of await orders.live()) await cancel(stack(), id);
}

test('at three in the morning: a job that crash-loops at 2 is scaled out to 4 from its newest checkpoint (STATELESS)', async () => {
  const orders = new Orders(stack(), jobs.looping);
  const jobId = await orders.start(2);
  await checkpointed(stack(), jobId, 2);
  await orders.fault('open-fail', '2');
  await orders.fault('process-fail');
  await until(async () => (await stateOf(stack(), jobId)) === 'RESTARTING', {
    what: 'the job to restart again and again',
    deadlineMs: 60_000,
  });
  await orders.mend('process-fail');

  const refused = await rescale(stack(), { job: 'looping', parallelism: 4 });
  expect(refused).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  expect(refused).toMatchObject({ message: expect.stringContaining('"upgradeStrategy":"STATELESS"') });

  const ended = await rescale(stack(), { job: 'looping', parallelism: 4, upgradeStrategy: 'STATELESS' });
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', from: { jobId, parallelism: 2 }, to: { parallelism: 4 } },
  });
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 4 }]);
  expect(await verdictOf(orders)).toMatchObject(lasting);
  await end(orders);
}, 120_000);

test('a job that FAILED for good is started again, wider, from the checkpoint that outlived it (STATELESS)', async () => {
  const orders = new Orders(stack(), jobs.failed);
  const jobId = await orders.start(2);
  await checkpointed(stack(), jobId, 2);
  await orders.fault('process-fail');
  await until(async () => (await stateOf(stack(), jobId)) === 'FAILED', {
    what: 'the job to be FAILED',
    deadlineMs: 60_000,
  });
  await orders.mend('process-fail');

  const ended = await rescale(stack(), { job: 'failed', parallelism: 4, upgradeStrategy: 'STATELESS' });
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', from: { jobId }, snapshot: { kind: 'CHECKPOINT', jobId } },
  });
  expect(await verdictOf(orders)).toMatchObject(lasting);
  await end(orders);
}, 120_000);

test('a job without periodic checkpoints: STATEFUL says what a failed savepoint would cost, and is exact once that is acknowledged', async () => {
  const orders = new Orders(stack(), jobs.bare);
  const jobId = await orders.start(2);
  const request = { job: 'bare', parallelism: 4 };

  const refused = await rescale(stack(), request);
  expect(refused).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  expect(refused).toMatchObject({ message: expect.stringContaining('the job takes no checkpoints') });
  expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING' }]);

  const ended = await rescale(stack(), { ...request, acknowledgeStateLoss: true });
  expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'RESCALED' } });
  expect(await verdictOf(orders)).toMatchObject({ ...lasting, replayed: 0 });
  await end(orders);
}, 120_000);

test('superseded savepoints are named with their size and the command that disposes of them; keep: false disposes of ours', async () => {
  const orders = new Orders(stack(), jobs.tidy);
  await orders.start(2);
  const kept = await rescale(stack(), { job: 'tidy', parallelism: 4 });
  if (kept.status !== 'COMPLETED') throw new Error(kept.message);
  const [first, ...others] = kept.result.superseded ?? [];
  if (first === undefined) throw new Error('the savepoint of the rescale is not named');
  expect(others).toEqual([]);
  expect(first).toMatchObject({ path: kept.result.snapshot?.path, disposed: false });
  expect(first.sizeBytes).toBeGreaterThan(0);
  expect(await savepointsOf(stack(), 'tidy')).toEqual([fileURLToPath(new URL(first.path))]);

  const tidied = await rescale(stack(), { job: 'tidy', parallelism: 2, savepoint: { keep: false } });
  if (tidied.status !== 'COMPLETED') throw new Error(tidied.message);
  expect(tidied.result.superseded).toEqual([
    { ...first, sizeBytes: undefined },
    expect.objectContaining({ path: tidied.result.snapshot?.path, disposed: true }),
  ]);
  expect(await savepointsOf(stack(), 'tidy')).toEqual([fileURLToPath(new URL(first.path))]);

  await run('sh', ['-c', first.dispose]);
  await until(async () => (await savepointsOf(stack(), 'tidy')).length === 0, {
    what: 'the files of the savepoint to be gone',
    deadlineMs: 60_000,
  });
  expect(await verdictOf(orders)).toMatchObject({ ...lasting, replayed: 0 });
  await end(orders);
}, 120_000);

test.each([
  ['STATEFUL', jobs.stop, {}, { ...lasting, replayed: 0 }],
  ['SAVEPOINT_THEN_CANCEL', jobs.saveAndCancel, { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } }, lasting],
  ['STATELESS', jobs.cancel, { upgradeStrategy: 'STATELESS' }, lasting],
] as const)(
  'dryRun, %s: says what would be done, touches nothing, and its commands do the same by hand',
  async (_, job, how, verdict) => {
    const orders = new Orders(stack(), job);
    const jobId = await orders.start(2);
    await checkpointed(stack(), jobId, 2);

    const ended = await rescale(stack(), { job: job.name, parallelism: 4, dryRun: true, ...how });
    if (ended.status !== 'COMPLETED') throw new Error(ended.message);
    const { outcome, plan } = ended.result;
    expect(outcome).toBe('PLANNED');
    expect(plan?.predictedDowntime).toEqual({ ms: expect.any(Number), basis: expect.any(String) });
    expect(plan?.steps.at(-1)).toBe('wait for its first checkpoint');
    expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism: 2 }]);

    const path = `${await flinkOnPath(stack())}:${process.env['PATH'] ?? ''}`;
    const script = ['set -e', ...(plan?.commands ?? [])].join('\n');
    await run('sh', ['-c', script], { cwd: stack().artifacts, env: { ...process.env, PATH: path } });
    await until(async () => (await orders.live()).some((job) => job.allTasksRun && job.parallelism === 4), {
      what: 'the job to run at parallelism 4',
      deadlineMs: 60_000,
    });
    expect(await verdictOf(orders)).toMatchObject(verdict);
    await end(orders);
  },
  120_000,
);
