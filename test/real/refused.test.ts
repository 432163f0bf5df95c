import { Orders } from '../../src/dev/orders';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** What is refused before anything is touched: the message says what is wrong, what is valid, and one next command. */
const stack = useStack('refused', {
  flink: { taskManagers: 2 },
  worker: { jobs: (stack) => [new Orders(stack, { name: 'orders' }).config] },
});

let orders: Orders;
let jobId: string;

beforeAll(async () => {
  orders = new Orders(stack(), { name: 'orders' });
  jobId = await orders.start(2);
}, 120_000);

afterEach(async () => {
  expect(await orders.live()).toEqual([{ id: jobId, state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
});

const id = rescaleWorkflowId('local', 'orders');

const refusals: { name: string; input: object; workflowId?: string; type: string; says: string[] }[] = [
  {
    name: 'a typo in a field',
    input: { job: 'orders', paralelism: 4, parallelism: 4 },
    type: 'InvalidRequest',
    says: [
      'unknown field "paralelism"',
      'did you mean "parallelism"?',
      'Next: temporal workflow start --fail-existing',
    ],
  },
  {
    name: 'a mechanism that its cluster is not made for',
    input: { job: 'orders', parallelism: 4, mechanism: 'REACTIVE' },
    type: 'PlanRejected',
    says: ['the cluster is not reactive', 'valid: "mechanism": "AUTO"'],
  },
  {
    name: 'another workflow id than the one that locks the job',
    input: { cluster: 'local', job: 'orders', parallelism: 4 },
    workflowId: 'my-rescale',
    type: 'InvalidRequest',
    says: ['must be "rescale/local/orders"', '--workflow-id rescale/local/orders'],
  },
  {
    name: 'a cluster that weir.yaml does not have',
    input: { cluster: 'locl', job: 'orders', parallelism: 4 },
    workflowId: rescaleWorkflowId('locl', 'orders'),
    type: 'InvalidRequest',
    says: ['no cluster "locl"', 'did you mean "local"?', 'Next: '],
  },
  {
    name: 'a job that does not run',
    input: { job: 'order', parallelism: 4 },
    workflowId: rescaleWorkflowId('local', 'order'),
    type: 'InvalidRequest',
    says: ['no live job named "order"', 'did you mean "orders"?', '--workflow-id rescale/local/orders'],
  },
  {
    name: 'a parallelism above maxParallelism',
    input: { job: 'orders', parallelism: 200 },
    type: 'PlanRejected',
    says: ['above the maxParallelism 128', 'valid: 1 to 128'],
  },
  {
    name: 'more slots than the cluster has',
    input: { job: 'orders', parallelism: 100 },
    type: 'PlanRejected',
    says: ['100 slots are needed', 'valid: a parallelism of at most'],
  },
  {
    name: 'a savepoint directory outside the savepoint root',
    input: { job: 'orders', parallelism: 4, savepoint: { directory: 'file:///elsewhere' } },
    type: 'InvalidRequest',
    says: ['file:///elsewhere', 'not below the savepoint root'],
  },
  {
    name: 'a jar that the artifact folder does not have',
    input: { job: 'orders', parallelism: 4, artifact: { jar: 'order.jar' } },
    type: 'PlanRejected',
    says: ['no jar "order.jar"', 'did you mean "orders.jar"?'],
  },
];

test.each(refusals)(
  'refused, the job untouched: $name',
  async ({ input, workflowId = id, type, says }) => {
    const ended = await rescale(stack(), input as never, workflowId);
    expect(ended).toMatchObject({ status: 'FAILED', type });
    for (const part of says) expect(ended).toMatchObject({ message: expect.stringContaining(part) });
  },
  60_000,
);

test('a program that fixes its parallelism in code is refused', async () => {
  const fixed = new Orders(stack(), { name: 'fixed', args: ['--fixed-parallelism', '1'] });
  const fixedId = await fixed.start(1);
  const { artifact } = fixed.config;
  const input = { job: 'fixed', parallelism: 2, artifact, previousArtifact: artifact };
  const ended = await rescale(stack(), input);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  expect(ended).toMatchObject({ message: expect.stringContaining('fixed in code') });
  expect(await fixed.live()).toMatchObject([{ id: fixedId, state: 'RUNNING' }]);
}, 60_000);

test('P27: a rescale started with an execution time-out is refused', async () => {
  const started = await stack().cli([
    ...['workflow', 'execute', '--task-queue', stack().taskQueue, '--type', 'rescale', '--workflow-id', id],
    ...['--execution-timeout', '1h', '--input', JSON.stringify({ job: 'orders', parallelism: 4 })],
  ]);
  expect(started.code).toBe(1);
  expect(started.stdout).toContain('must not be started with an execution time-out');
}, 60_000);
