import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import type { Service } from '../../src/dev/service';
import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import { FlinkHistoryServer } from '../kit/flink-history-server';
import { checkpointed, read, savepointsOf, stopInProgress } from '../kit/flink';
import { endOf, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/**
 * A JobManager without high availability is killed once it has stopped a job, and nobody has read that it did. The
 * worker sees no store: only Flink's own HistoryServer knows where the savepoint is.
 */
const name = 'flink-history-server';
let history: FlinkHistoryServer | undefined;
let server: Service | undefined;

const stack = useStack(name, async () => {
  history = await FlinkHistoryServer.create(name);
  return {
    flink: {
      taskManagers: 2,
      slots: 4,
      settings: { ...history.settings, 'heartbeat.timeout': '6s', 'heartbeat.interval': '1s' },
    },
    worker: {
      cluster: { snapshotStore: { kind: 'none' }, historyServer: history.url },
      jobs: (stack) => [new Orders(stack, { name: 'archived' }).config],
    },
  };
});

beforeAll(async () => {
  server = await history?.start(stack());
}, 120_000);
afterAll(() => server?.stop());

test('P16: a JobManager killed after a stop that nobody has read, no store to look into: the savepoint is found through the HistoryServer, and the rescale goes on', async () => {
  const orders = new Orders(stack(), { name: 'archived' });
  const jobId = await orders.start(2);
  await checkpointed(stack(), jobId);
  await orders.fault('snapshot-delay', '5000');
  const workflowId = await startRescale(stack(), { job: orders.name, parallelism: 4 });
  const soon = (what: string) => ({ what, deadlineMs: 60_000 });
  await until(() => stopInProgress(stack(), jobId), soon('the stop to be in flight'));
  await stack().worker.kill();
  expect(await stopInProgress(stack(), jobId)).toBe(true);
  await until(
    async () => (await history?.stateOf(jobId)) === 'FINISHED',
    soon('the HistoryServer to show the end of the job'),
  );
  await orders.mend('snapshot-delay');
  const [savepoint, ...others] = await savepointsOf(stack(), orders.name);
  expect(others).toEqual([]);
  await stack().flink.jobManager.kill();
  await stack().flink.jobManager.start();
  expect(await read(stack(), '/jobs/overview')).toEqual({ jobs: [] });
  await stack().worker.start();

  const ended = await endOf(stack(), workflowId);

  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', from: { jobId }, to: { parallelism: 4 } },
  });
  const result = ended.status === 'COMPLETED' ? ended.result : undefined;
  expect(samePath(result?.snapshot?.path ?? '', savepoint ?? 'none')).toBe(true);
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
  const verdict = await checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 });
  expect(verdict).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 });
}, 180_000);
