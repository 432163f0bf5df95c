import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import { until } from '../../src/dev/until';
import { Deployed } from '../kit/deployed';
import { held } from '../kit/held';
import { workflowOf } from '../kit/jobs';
import { endOf, rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { liveJobs } from '../kit/watch';

/** A roll-out as docs/operate.md tells it, by its own commands: the new version beside the old one. */

const place = useSimulated('roll-out', {
  jobs: ['begun', 'later', 'early', 'owned'],
  workers: 0,
  flink: { slots: 8 },
});

const TEMPORAL_DEPLOYMENT_NAME = 'weir';
const addVersion = (TEMPORAL_WORKER_BUILD_ID: string) =>
  place().addWorker({ TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID });

const chapter =
  readFileSync(join(projectDir, 'docs', 'operate.md'), 'utf8').split('## Upgrade Weir')[1] ?? '';

/** The arguments of that command of the chapter, as a shell takes them, for this build. */
function documented(command: string, build: string): string[] {
  const line = chapter.split('\n').find((one) => one.trim().startsWith(`temporal ${command}`));
  if (line === undefined) throw new Error(`docs/operate.md has no command ${command}`);
  const typed = `temporal() { printf '%s\\0' "$@"; }; ${line.trim().replace(/\b(?:NEW|OLD)\b/, build)}`;
  return execFileSync('sh', ['-c', typed], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

/** Temporal knows a version once a worker of it has polled, which it may do a moment after it says so. */
async function makeCurrent(build: string): Promise<void> {
  const command = documented('worker deployment set-current-version', build);
  await until(async () => (await place().cli(command)).code === 0, {
    ...{ what: `version ${build} to be current`, deadlineMs: 30_000 },
  });
}

interface Event {
  readonly eventType: string;
  readonly workflowTaskCompletedEventAttributes?: {
    readonly versioningBehavior: string;
    readonly deploymentVersion: { readonly buildId: string };
  };
}

/** On which builds the workflow has run, and how it is tied to them. */
async function buildsOf(workflowId: string): Promise<{ builds: string[]; behaviours: string[] }> {
  const { stdout } = await place().cli(['workflow', 'show', '--workflow-id', workflowId, '-o', 'json']);
  const tasks = (JSON.parse(stdout) as { events: Event[] }).events.flatMap(
    ({ workflowTaskCompletedEventAttributes: task }) => task ?? [],
  );
  return {
    builds: [...new Set(tasks.map(({ deploymentVersion }) => deploymentVersion.buildId))],
    behaviours: [...new Set(tasks.map(({ versioningBehavior }) => versioningBehavior))],
  };
}

const on = (build: string) => ({ builds: [build], behaviours: ['VERSIONING_BEHAVIOR_PINNED'] });

/** How many rescales still need a worker of that version. */
async function running(build: string): Promise<number> {
  const { stdout } = await place().cli([...documented('workflow count', build), '-o', 'json']);
  return Number((JSON.parse(stdout) as { count?: string }).count ?? 0);
}

const untilRunning = (build: string, n: number) =>
  until(async () => (await running(build)) === n, {
    ...{ what: `${n} rescales on version ${build}`, deadlineMs: 30_000 },
  });

test('P28: a rescale goes on on the version it began on, a new one starts on the new version; then the old worker may end', async () => {
  const { flink } = place();
  const old = await addVersion('1');
  await makeCurrent('1');
  const begun = await held(place(), 'SAVEPOINTING', 'begun');
  await untilRunning('1', 1);

  await addVersion('2');
  await makeCurrent('2');
  flink.startJob({ name: 'later', parallelism: 2 });
  await expect(rescale(place(), { job: 'later', parallelism: 4 })).resolves.toMatchObject({
    result: { outcome: 'RESCALED' },
  });
  await expect(buildsOf('rescale/local/later')).resolves.toEqual(on('2'));

  begun.release();
  await expect(endOf(place(), begun.workflowId)).resolves.toMatchObject({ result: { outcome: 'RESCALED' } });
  await expect(buildsOf(begun.workflowId)).resolves.toEqual(on('1'));

  await untilRunning('1', 0);
  await old.stop();
  await expect(rescale(place(), { job: 'later', parallelism: 2 })).resolves.toMatchObject({
    result: { outcome: 'RESCALED' },
  });
  expect(liveJobs(flink, 'begun')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
  expect(liveJobs(flink, 'later')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
}, 120_000);

test('an old worker that was ended too early: its rescale waits, and goes on with a worker of that version', async () => {
  await addVersion('3');
  await makeCurrent('3');
  const early = await held(place(), 'RESTARTING', 'early');
  await place().workers.at(-1)?.kill();
  await addVersion('4');
  await makeCurrent('4');
  early.release();
  // whatever is new runs meanwhile
  await rescale(place(), { job: 'later', parallelism: 4 });
  await untilRunning('3', 1);

  await addVersion('3');
  await expect(endOf(place(), early.workflowId)).resolves.toMatchObject({ result: { outcome: 'RESCALED' } });
  await expect(buildsOf(early.workflowId)).resolves.toEqual(on('3'));
  expect(liveJobs(place().flink, 'early')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
}, 120_000);

test('P28: a deployment, which lives for ever, goes over to the new version with the next command', async () => {
  await addVersion('7');
  await makeCurrent('7');
  const owned = await new Deployed(place(), 'owned').create({}, 2, 'owned.jar');
  await owned.untilRuns(2);
  expect(await buildsOf(owned.workflowId)).toEqual(on('7'));
  await addVersion('8');
  await makeCurrent('8');
  // Temporal tells of it a moment later
  let n = 0;
  const hasGoneOver = async () => {
    await owned.say('patch', { patch: { metadata: { labels: { look: String(++n) } } } });
    return (await buildsOf(owned.workflowId)).builds.includes('8');
  };
  await until(hasGoneOver, { what: 'it to go over to the new version', deadlineMs: 60_000 });
  await owned.say('scale', { parallelism: 3 });
  await owned.untilRuns(3);
  expect(await buildsOf(owned.workflowId)).toEqual(on('8'));
  expect(await buildsOf(workflowOf('owned'))).toEqual(on('8'));
}, 120_000);
