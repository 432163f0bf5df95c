import { steeringNames } from '../../src/contracts/rescale';
import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { formatOfLastSavepoint } from '../kit/flink';
import { statusOf } from '../kit/golden/acts';
import { endOf, historyOf, pendingActivity, rescale, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { pidOf } from '../kit/task-managers';
import { says, succeeded } from '../kit/watch';

/**
 * A RESTART that takes more slots than there are, on a real session cluster (Flink 2.3.0) whose TaskManagers are processes
 * that the worker starts, 4 slots each: they come before the job is touched, or it is not touched at all. Those that it
 * leaves idle go when it runs.
 */

const stack = useStack('provide', {
  flink: { slots: 4 },
  ownedTaskManagers: 1,
  worker: { jobs: (stack) => ['orders', 'ended'].map((name) => new Orders(stack, { name }).config) },
});

const job = { job: 'orders', parallelism: 8 } as const;
const begin = (input: Partial<RescaleInput> = {}) => startRescale(stack(), { ...job, ...input });
const wanted = () => stack().ownedTaskManagers.platform.wanted();

async function registered(): Promise<number> {
  const answer = await fetch(`${stack().flink.restUrl}/overview`);
  return ((await answer.json()) as { taskmanagers: number }).taskmanagers;
}

/** The job is at 2, and one TaskManager runs, when a test begins. */
async function atTwo(): Promise<{ orders: Orders; jobId: string }> {
  const orders = new Orders(stack(), { name: 'orders' });
  const [before] = await orders.live();
  if (before === undefined) await orders.start(2);
  else if (before.parallelism !== 2) succeeded(await rescale(stack(), { job: 'orders', parallelism: 2 }));
  await stack().ownedTaskManagers.platform.scale(1);
  const settled = async () => {
    const [live] = await orders.live();
    return (await registered()) === 1 && live?.allTasksRun === true && live;
  };
  const { id } = await until(settled, { what: 'one TaskManager, and the job on it', deadlineMs: 120_000 });
  return { orders, jobId: id };
}

async function isExact(orders: Orders, jobId: string | undefined, parallelism: number): Promise<void> {
  expect(await orders.live()).toMatchObject([{ id: jobId, parallelism, allTasksRun: true }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
}

/** The second TaskManager is there, and will not register before it is let go on. */
async function heldUp(): Promise<void> {
  process.kill(-(await pidOf(stack(), 2)), 'SIGSTOP');
}

/** Names of the activities of the run, in their order. */
async function activitiesOf(workflowId: string): Promise<string[]> {
  const events = await historyOf(stack(), workflowId);
  return events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType.name ?? []);
}

test('a job that somebody cancels while one is awaited: nothing is started in its place, and one is wanted again', async () => {
  const ended = new Orders(stack(), { name: 'ended' });
  const jobId = await ended.start(2);
  const workflowId = await begin({ job: 'ended' });
  await heldUp();
  await fetch(`${stack().flink.restUrl}/jobs/${jobId}`, { method: 'PATCH' });
  await until(async () => (await ended.live()).length === 0, { what: 'its end', deadlineMs: 60_000 });
  process.kill(-(await pidOf(stack(), 2)), 'SIGCONT');
  expect(await endOf(stack(), workflowId)).toMatchObject({ status: 'FAILED', type: 'InvalidRequest' });
  expect(await activitiesOf(workflowId)).toEqual(['observe', 'provide', 'observe', 'release']);
  expect([await wanted(), await registered()]).toEqual([1, 1]);
  expect(await ended.live()).toEqual([]);
}, 180_000);

test('a START that takes more slots than there are: they come first, and the job is started', async () => {
  const ended = new Orders(stack(), { name: 'ended' });
  const { artifact } = ended.config;
  const empty = { restoreStrategy: 'NONE', acknowledgeStateLoss: true } as const;
  const workflowId = await begin({ job: 'ended', transition: 'START', artifact, ...empty });
  const { outcome, to } = succeeded(await endOf(stack(), workflowId));
  expect(outcome).toBe('STARTED');
  expect((await activitiesOf(workflowId)).slice(0, 3)).toEqual(['observe', 'provide', 'observe']);
  expect(await wanted()).toBe(2);
  expect(await ended.live()).toMatchObject([{ id: to?.jobId, parallelism: 8 }]);
  expect(succeeded(await rescale(stack(), { job: 'ended', transition: 'CANCEL' })).outcome).toBe('CANCELLED');
}, 180_000);

test('a TaskManager that never comes: nothing is stopped, the failure says what is missing, and one is wanted again', async () => {
  const { orders, jobId } = await atTwo();
  const workflowId = await begin({ timeouts: { restart: 15_000 } });
  await heldUp();
  const ended = await endOf(stack(), workflowId);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  says(
    ended,
    'orders cannot be rescaled like this now: it takes 2 TaskManagers.',
    'not within 15000 ms: 1 of 2 TaskManagers are registered with Flink; 8 slots are needed and 2 are free beside the 2 that the job gives back',
    `job orders (${jobId}) was left alone, at parallelism 2; the cluster is to have 1 TaskManager again`,
  );
  expect(await activitiesOf(workflowId)).toEqual(['observe', 'provide', 'release']);
  expect(await wanted()).toBe(1);
  await isExact(orders, jobId, 2);
}, 180_000);

test('an abort while one is awaited: ABORTED, nothing was stopped, and one is wanted again', async () => {
  const { orders, jobId } = await atTwo();
  const workflowId = await begin();
  await heldUp();
  await stack().cli(['workflow', 'signal', '--workflow-id', workflowId, '--name', steeringNames.abort]);
  expect(succeeded(await endOf(stack(), workflowId))).toMatchObject({ outcome: 'ABORTED', to: { jobId } });
  expect(await activitiesOf(workflowId)).toEqual(['observe', 'provide', 'release']);
  expect(await wanted()).toBe(1);
  await isExact(orders, jobId, 2);
}, 180_000);

test('P31: a retarget while one is awaited, to what fits: it is taken back, and the job goes there', async () => {
  const { orders } = await atTwo();
  const workflowId = await begin();
  await heldUp();
  await stack().cli([
    ...['workflow', 'update', 'execute', '--workflow-id', workflowId],
    ...['--name', steeringNames.retarget, '--input', '{"parallelism":4}'],
  ]);
  const { to } = succeeded(await endOf(stack(), workflowId));
  expect(to).toMatchObject({ parallelism: 4 });
  expect(await wanted()).toBe(1);
  await isExact(orders, to?.jobId, 4);
}, 180_000);

test('2 -> 8: the plan says that a second one comes first; then the job is stopped and started there, exactly', async () => {
  const { orders, jobId } = await atTwo();
  const dry = succeeded(await rescale(stack(), { ...job, mechanism: 'AUTO', dryRun: true }));
  const first =
    'have 2 TaskManagers run instead of 1, and wait until there are 8 slots for the job, for 600000 ms at most; else back to 1, and nothing else is done';
  expect(dry).toMatchObject({ outcome: 'PLANNED', to: { jobId, parallelism: 2 } });
  expect(dry.plan?.steps[0]).toBe(first);
  expect(await wanted()).toBe(1);

  const fromMs = Date.now();
  const workflowId = await begin({ mechanism: 'AUTO' });
  const result = succeeded(await endOf(stack(), workflowId));
  expect(result).toMatchObject({
    ...{ outcome: 'RESCALED', mechanism: 'RESTART' },
    ...{ from: { jobId, parallelism: 2 }, to: { parallelism: 8 } },
    warnings: expect.arrayContaining([
      '8 slots are needed, 4 more than there are: 1 TaskManager more will be started before anything else is done, and not ended afterwards',
    ]) as string[],
  });
  const [...verbs] = await activitiesOf(workflowId);
  expect(verbs.slice(0, 4)).toEqual(['observe', 'provide', 'observe', 'savepoint']);
  // planned anew in between, it is what was chosen at first
  const { why } = await statusOf(stack(), workflowId);
  expect(why).toBe(dry.plan?.why);
  expect(why).toContain(`Savepoint in ${await formatOfLastSavepoint(stack(), jobId)} format`);
  expect([await wanted(), await registered()]).toEqual([2, 2]);
  await isExact(orders, result.to?.jobId, 8);
  const window = { fromMs, toMs: Date.now() };
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000, window };
  const { gapMs } = await checkRunning(question);
  process.stdout.write(
    `RESTART 2 -> 8 with a TaskManager started first: down ${gapMs} ms by the output, ${result.downtimeMs?.total} ms as Weir sees it, of ${Date.now() - fromMs} ms\n`,
  );
}, 240_000);

test('8 -> 1: the TaskManager that the job leaves idle is ended once it runs, and the job goes on', async () => {
  const { orders } = await atTwo();
  const { to: eight } = succeeded(await rescale(stack(), job));
  await isExact(orders, eight?.jobId, 8);
  expect([await wanted(), await registered()]).toEqual([2, 2]);

  const back = { job: 'orders', parallelism: 1 } as const;
  const dry = succeeded(await rescale(stack(), { ...back, dryRun: true }));
  expect(dry.plan?.steps.at(-1)).toBe('end TaskManagers that no job holds a slot of, until 1 of 2 are left');
  expect(await wanted()).toBe(2);

  const workflowId = await startRescale(stack(), back);
  const { to, warnings } = succeeded(await endOf(stack(), workflowId));
  expect(warnings).toEqual([]);
  expect((await activitiesOf(workflowId)).at(-1)).toBe('retire');
  expect([await wanted(), await registered()]).toEqual([1, 1]);
  await isExact(orders, to?.jobId, 1);
}, 240_000);

test('P1: a worker that is killed while one is awaited: the next one waits on, and the job comes to 8, exactly', async () => {
  const { orders } = await atTwo();
  const workflowId = await begin();
  await heldUp();
  const awaited = async () => (await pendingActivity(stack(), workflowId))?.type === 'provide';
  await until(awaited, { what: 'provide', deadlineMs: 30_000 });
  await stack().worker.kill();
  await stack().worker.start();
  process.kill(-(await pidOf(stack(), 2)), 'SIGCONT');
  const { to } = succeeded(await endOf(stack(), workflowId));
  expect(to).toMatchObject({ parallelism: 8 });
  expect(await wanted()).toBe(2);
  await isExact(orders, to?.jobId, 8);
}, 240_000);
