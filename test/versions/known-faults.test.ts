import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { cancel, checkpointed, takeSavepoint } from '../kit/flink';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** FLINK-34063: Flink 1.18.1 that compresses its snapshots does not read the splits of a source back whole. */

const setting = 'execution.checkpointing.snapshot-compression';
const against = { flinkConfiguration: { [setting]: 'false' } };

const stack = useStack('known-faults', {
  flink: { version: '1.18.1', taskManagers: 2, settings: { [setting]: true } },
  worker: {
    jobs: (stack) => [
      new Orders(stack, { name: 'compressed' }).config,
      new Orders(stack, { name: 'not-compressed', ...against }).config,
    ],
  },
});

const verdict = (orders: Orders, deadlineMs: number) =>
  checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs });

test('by hand, a rescale loses splits of the source, though Flink says that all is well', async () => {
  const orders = new Orders(stack(), { name: 'by-hand' });
  const jobId = await orders.start(2);
  await checkpointed(stack(), jobId);
  const savepoint = await takeSavepoint(stack(), jobId);
  await cancel(stack(), jobId);
  await orders.start(4, savepoint);
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 4 }]);
  await expect(verdict(orders, 10_000)).rejects.toThrow(/no verdict after 10000 ms.*split \d+ stands/);
}, 120_000);

test('Weir refuses it by version and setting, and the job runs on', async () => {
  const orders = new Orders(stack(), { name: 'compressed' });
  const jobId = await orders.start(1);
  const ended = await rescale(stack(), { job: 'compressed', parallelism: 2 });
  expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  expect(ended).toMatchObject({ message: expect.stringContaining(`Flink 1.18.1 with ${setting}: true`) });
  expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism: 1 }]);
}, 120_000);

test('a job whose own options are against it is rescaled, exact', async () => {
  const orders = new Orders(stack(), { name: 'not-compressed', ...against });
  await orders.start(1);
  const ended = await rescale(stack(), { job: 'not-compressed', parallelism: 2 });
  expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'RESCALED' } });
  const exact = { lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 };
  expect(await verdict(orders, 60_000)).toMatchObject(exact);
}, 120_000);
