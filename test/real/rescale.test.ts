import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

const names = ['orders', 'native'];
const stack = useStack('rescale', {
  flink: { taskManagers: 2 },
  worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
});

jest.setTimeout(180_000);

test('a running job goes from 2 to 4: one job, nothing lost, nothing counted twice', async () => {
  const orders = new Orders(stack(), { name: 'orders' });
  const jobId = await orders.start(2);
  const ended = await rescale(stack(), { cluster: 'local', job: 'orders', parallelism: 4 });
  console.log(JSON.stringify(ended, null, 1));
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', from: { jobId, parallelism: 2 }, to: { parallelism: 4 } },
  });
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
  const verdict = await checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 });
  console.log(verdict);
  expect(verdict).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 });
});
