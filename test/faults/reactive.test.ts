import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import { ordersSplits } from '../../src/dev/orders';
import type { Orders } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { application, running } from '../kit/application';
import { Gate } from '../kit/gate';
import { endOf, rescale, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { pidOf } from '../kit/task-managers';
import { says, succeeded } from '../kit/watch';

/**
 * A real reactive cluster (Flink 2.3.0), whose TaskManagers are processes that the worker starts and ends, 2 slots each: up
 * and down; one that never comes; one that is killed meanwhile; a worker that is killed in every step.
 */

let gate: Gate | undefined;
const stack = useStack('reactive', async () => {
  gate = await Gate.start();
  const prefix = 'jobmanager.adaptive-scheduler.executing';
  const { flink } = await application({
    'scheduler-mode': 'reactive',
    [`${prefix}.cooldown-after-rescaling`]: '1 s',
    [`${prefix}.resource-stabilization-timeout`]: '1 s',
  });
  return {
    ...{ flink: { ...flink, slots: 2 }, ownedTaskManagers: 1 },
    worker: { cluster: { rest: gate.url } },
  };
});
beforeAll(() => {
  if (gate !== undefined) gate.target = stack().flink.restUrl;
});
afterAll(() => gate?.stop());

const job = { job: 'orders', parallelism: 4, mechanism: 'REACTIVE' } as const;
const rescaled = (input: Partial<RescaleInput> = {}) => rescale(stack(), { ...job, ...input });
const wanted = () => stack().ownedTaskManagers.platform.wanted();

/** It is at 2 when a test begins. */
async function atTwo(): Promise<{ orders: Orders; jobId: string }> {
  const found = await running(stack());
  const [live] = await found.orders.live();
  if (live?.parallelism !== 2) succeeded(await rescaled({ parallelism: 2 }));
  return found;
}

async function isExact(orders: Orders, jobId: string, parallelism: number): Promise<void> {
  const runs = async () => {
    const [live] = await orders.live();
    return live?.allTasksRun === true && live.parallelism === parallelism;
  };
  await until(runs, { what: `every task at ${parallelism}`, deadlineMs: 120_000 });
  expect(await orders.live()).toMatchObject([{ id: jobId }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
}

test('2 -> 4 -> 2, by a TaskManager more and one less: the job keeps its id, nothing is lost, nothing is counted twice', async () => {
  const { orders, jobId } = await atTwo();
  for (const [from, to] of [
    [2, 4],
    [4, 2],
  ] as const) {
    const fromMs = Date.now();
    const mechanism = from === 2 ? 'REACTIVE' : 'AUTO';
    const result = succeeded(await rescaled({ parallelism: to, mechanism }));
    expect(result).toMatchObject({
      ...{ outcome: 'RESCALED', mechanism: 'REACTIVE' },
      ...{ from: { jobId, parallelism: from }, to: { jobId, parallelism: to } },
      snapshot: { kind: 'CHECKPOINT', jobId },
    });
    expect(await wanted()).toBe(to / 2);
    await isExact(orders, jobId, to);
    const window = { fromMs, toMs: Date.now() };
    const { gapMs } = await checkRunning({
      output: orders.output,
      splits: ordersSplits,
      deadlineMs: 60_000,
      window,
    });
    process.stdout.write(
      `reactive on Flink 2.3.0, ${from} -> ${to}: down ${gapMs} ms by the output, ${result.downtimeMs?.total} ms by Flink's times\n`,
    );
  }
}, 300_000);

test('a TaskManager that never comes: that is the reason, and as many are wanted as before', async () => {
  const { orders, jobId } = await atTwo();
  const workflowId = await startRescale(stack(), { ...job, timeouts: { restart: 15_000 } });
  process.kill(-(await pidOf(stack(), 2)), 'SIGSTOP');
  const ended = await endOf(stack(), workflowId);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'NotReached' });
  says(
    ended,
    'orders did not come to parallelism 4 with 2 TaskManagers',
    'it needs 4 slots, holds 2, and 0 of 2 are free',
    `job orders (${jobId}) is RUNNING at parallelism 2; it has 1 TaskManager again`,
  );
  expect(await wanted()).toBe(1);
  await isExact(orders, jobId, 2);
}, 180_000);

test('one that is killed while another comes: it is started again, and the job comes to where it was to be', async () => {
  const { orders, jobId } = await atTwo();
  const workflowId = await startRescale(stack(), job);
  await pidOf(stack(), 2);
  process.kill(-(await pidOf(stack(), 1)), 'SIGKILL');
  expect(succeeded(await endOf(stack(), workflowId))).toMatchObject({ to: { jobId, parallelism: 4 } });
  await isExact(orders, jobId, 4);
}, 240_000);

const checkpoint = { method: 'POST', path: /^\/jobs\/\w+\/checkpoints/ };
test.each([
  { it: 'before the checkpoint', to: 4, after: 0, when: 'BEFORE' },
  { it: 'after the checkpoint, before another TaskManager is asked for', to: 4, after: 0, when: 'AFTER' },
  { it: 'after the checkpoint, before one is ended', to: 2, after: 0, when: 'AFTER' },
  {
    it: 'when the other has come, before the checkpoint by which Flink acts',
    to: 4,
    after: 1,
    when: 'BEFORE',
  },
  { it: 'after that', to: 4, after: 1, when: 'AFTER' },
] as const)(
  'P1, P2: a worker killed $it (to $to)',
  async ({ to, after, when }) => {
    const { orders, jobId } = await atTwo();
    if (to === 2) succeeded(await rescaled());
    const kept = gate?.keep(checkpoint.method, checkpoint.path, when, after);
    const workflowId = await startRescale(stack(), { ...job, parallelism: to });
    await kept?.arrived;
    await stack().worker.kill();
    kept?.drop();
    await stack().worker.start();
    expect(succeeded(await endOf(stack(), workflowId))).toMatchObject({ to: { jobId, parallelism: to } });
    expect(await wanted()).toBe(to / 2);
    await isExact(orders, jobId, to);
  },
  240_000,
);
