import { until } from '../../src/dev/until';
import { held } from '../kit/held';
import { endOf, rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { liveJobs } from '../kit/watch';

/** A roll-out as docs/operate.md tells it, by its own commands: the new version beside the old one. */

const place = useSimulated('roll-out', {
  jobs: ['begun', 'later', 'early'],
  workers: 0,
  flink: { slots: 8 },
});

const TEMPORAL_DEPLOYMENT_NAME = 'weir';
const addVersion = (TEMPORAL_WORKER_BUILD_ID: string) =>
  place().addWorker({ TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID });

/** Temporal knows a version once a worker of it has polled, which it may do a moment after it says so. */
async function makeCurrent(build: string): Promise<void> {
  const version = ['--deployment-name', TEMPORAL_DEPLOYMENT_NAME, '--build-id', build];
  await until(
    async () =>
      (await place().cli(['worker', 'deployment', 'set-current-version', ...version, '--yes'])).code === 0,
    { what: `version ${build} to be current`, deadlineMs: 30_000 },
  );
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
  const query = `TemporalWorkerDeploymentVersion = "${TEMPORAL_DEPLOYMENT_NAME}:${build}" AND ExecutionStatus = "Running"`;
  const { stdout } = await place().cli(['workflow', 'count', '--query', query, '-o', 'json']);
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
