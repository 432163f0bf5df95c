import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { formatOfLastSavepoint } from '../kit/flink';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { succeeded } from '../kit/watch';

/** The main job on real Flink and real Temporal. */
const stack = useStack('rescale', {
  flink: { taskManagers: 2 },
  worker: { jobs: (stack) => [new Orders(stack, { name: 'orders' }).config] },
});

const exact = { lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 };

test('a running job goes from 2 to 4 and back to 2: always one job, nothing lost, nothing counted twice', async () => {
  const orders = new Orders(stack(), { name: 'orders' });
  const first = await orders.start(2);

  const up = await rescale(stack(), { cluster: 'local', job: 'orders', parallelism: 4, reason: 'peak' });
  expect(up).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', from: { jobId: first, parallelism: 2 }, to: { parallelism: 4 } },
  });
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
  expect(await formatOfLastSavepoint(stack(), first)).toBe('CANONICAL');

  // its program is recorded by now, and nothing else is to change
  const down = await rescale(stack(), { job: 'orders', parallelism: 2, mechanism: 'AUTO' });
  expect(down).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', mechanism: 'RESTART', from: { parallelism: 4 }, to: { parallelism: 2 } },
  });
  expect(await formatOfLastSavepoint(stack(), succeeded(down).from?.jobId ?? '')).toBe('NATIVE');
  const [only, ...others] = await orders.live();
  expect(others).toEqual([]);
  expect(down).toMatchObject({ result: { to: { jobId: only?.id } } });

  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject(exact);
}, 180_000);

test('a job that has the parallelism already is left alone', async () => {
  const orders = new Orders(stack(), { name: 'orders' });
  const [before] = await orders.live();
  const ended = await rescale(stack(), { job: 'orders', parallelism: 2 });
  expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'UNCHANGED' } });
  expect(await orders.live()).toEqual([before]);
}, 60_000);
