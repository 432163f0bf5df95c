import { checkRunning, type Verdict } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import { restoredFrom, savepointsOf, stateOf, subtasksOf } from '../kit/flink';
import { endOf, rescale, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** The savepoint is complete, and something happens before the new job runs: the old one's end, the new one's start. */
const names = ['broken', 'bereft', 'slow'];
const stack = useStack('between-jobs', {
  flink: { taskManagers: 3, slots: 4, settings: { 'heartbeat.timeout': '6s', 'heartbeat.interval': '1s' } },
  worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
});

const lasting = { lost: 0, countedTwice: 0, forgotten: 0 };

function verdict({ output }: Orders): Promise<Verdict> {
  return checkRunning({ output, splits: ordersSplits, deadlineMs: 60_000 });
}

test('a TaskManager killed while the new job restores its state: Flink starts the job again, and the rescale ends well', async () => {
  const orders = new Orders(stack(), { name: 'bereft' });
  const oldId = await orders.start(2);
  await orders.fault('restore-delay', '4000');
  const workflowId = await startRescale(stack(), { job: 'bereft', parallelism: 4 });

  const restoring = await until(
    async () => {
      const live = await orders.live();
      const newId = live.find(({ id }) => id !== oldId)?.id;
      if (newId === undefined) return undefined;
      const subtask = (await subtasksOf(stack(), newId)).find(({ status }) => status === 'INITIALIZING');
      return subtask && { newId, host: subtask['taskmanager-id'] };
    },
    { what: 'the new job to restore its state', deadlineMs: 60_000 },
  );
  // tm2-1 is the first start of taskmanager-2
  const number = /^tm(\d+)-/.exec(restoring.host)?.[1];
  const taskManager = stack().flink.taskManagers.find(({ name }) => name === `taskmanager-${number}`);
  if (taskManager === undefined) throw new Error(`${restoring.host} is none of ours`);
  await taskManager.kill();
  await orders.mend('restore-delay');
  await taskManager.start();

  expect(await endOf(stack(), workflowId)).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', to: { jobId: restoring.newId, parallelism: 4 } },
  });
  // the kill hit tasks of the new job, or none would have been started twice
  const attempts = (await subtasksOf(stack(), restoring.newId)).map(({ attempt }) => attempt);
  expect(Math.max(...attempts)).toBeGreaterThan(0);
  expect(await orders.live()).toMatchObject([{ id: restoring.newId, state: 'RUNNING', parallelism: 4 }]);
  expect(await verdict(orders)).toMatchObject(lasting);
}, 120_000);

/** Flink calls the stop failed, and names the savepoint in the failure. However endless its restarts, it starts this job no more. */
test('P15: a job that fails while stopping, after its savepoint was complete: rescaled from that savepoint, with a warning', async () => {
  const orders = new Orders(stack(), { name: 'broken' });
  const jobId = await orders.start(2);
  await orders.fault('close-fail');

  const ended = await rescale(stack(), { job: 'broken', parallelism: 4 });

  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: {
      outcome: 'RESCALED',
      from: { jobId, parallelism: 2 },
      to: { parallelism: 4 },
      warnings: expect.arrayContaining(['the job FAILED while stopping, after its savepoint was complete']),
    },
  });
  expect(await stateOf(stack(), jobId)).toBe('FAILED');
  const savepoints = await savepointsOf(stack(), 'broken');
  expect(savepoints).toHaveLength(1);
  const live = await orders.live();
  expect(live).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 4 }]);
  expect(samePath((await restoredFrom(stack(), live[0]?.id ?? '')) ?? '', savepoints[0] ?? '-')).toBe(true);
  expect(await verdict(orders)).toMatchObject({ ...lasting, replayed: 0 });
}, 120_000);

test('P25: state that takes longer to restore than the restart time-out, but not than the restore time-out, is no failure', async () => {
  const orders = new Orders(stack(), { name: 'slow' });
  await orders.start(2);
  await orders.fault('restore-delay', '9000');
  const timeouts = { restart: 6_000, restore: 60_000 };
  const workflowId = await startRescale(stack(), { job: 'slow', parallelism: 4, timeouts });

  const ended = await endOf(stack(), workflowId);

  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', to: { parallelism: 4 } },
  });
  const took = ended.status === 'COMPLETED' ? ended.result.downtimeMs?.restore : undefined;
  expect(took).toBeGreaterThan(timeouts.restart);
  expect(await verdict(orders)).toMatchObject({ ...lasting, replayed: 0 });
}, 120_000);
