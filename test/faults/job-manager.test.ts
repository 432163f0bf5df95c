import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRunning, type Verdict } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import type { Stack } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import { newestRetained, read, restoredFrom, savepointsOf, stateOf, stopInProgress } from '../kit/flink';
import { endOf, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** The JobManager is killed in the middle of a stop, and after it: nothing is lost, and never do two copies run. */

/** TaskManagers keep a dead JobManager's tasks for the heartbeat time-out, and the proof that a job is over waits for it. */
const settings = { 'heartbeat.timeout': '6s', 'heartbeat.interval': '1s' };
const lasting = { lost: 0, countedTwice: 0, forgotten: 0 };

function verdict({ output }: Orders): Promise<Verdict> {
  return checkRunning({ output, splits: ordersSplits, deadlineMs: 60_000 });
}

/** A rescale whose stop hangs in the tasks: its savepoint is in progress, and stays so for `heldMs`. */
async function heldStop(stack: Stack, orders: Orders, heldMs: number) {
  const jobId = await orders.start(2);
  const aCheckpoint = { what: 'a checkpoint to fall back to', deadlineMs: 60_000 };
  await until(() => newestRetained(stack, jobId), aCheckpoint);
  await orders.fault('snapshot-delay', String(heldMs));
  const workflowId = await startRescale(stack, { job: orders.name, parallelism: 4 });
  await until(() => stopInProgress(stack, jobId), { what: 'the stop to be in flight', deadlineMs: 60_000 });
  return { jobId, workflowId };
}

/** Kills the JobManager, and starts it again at the same address. */
async function loseJobManager({ flink }: Stack): Promise<void> {
  await flink.jobManager.kill();
  await flink.jobManager.start();
}

/** Waits until the job has ended by its stop, which nobody has read; returns the savepoint. */
async function unreadSavepoint(stack: Stack, orders: Orders, jobId: string): Promise<string | undefined> {
  await finished(stack, jobId);
  await orders.mend('snapshot-delay');
  const found = await savepointsOf(stack, orders.name);
  expect(found).toHaveLength(1);
  return found[0];
}

async function finished(stack: Stack, jobId: string): Promise<void> {
  await until(async () => (await stateOf(stack, jobId)) === 'FINISHED', {
    ...{ what: 'the stop to succeed unseen', deadlineMs: 60_000, pollMs: 2 },
  });
}

/**
 * Waits until the end of a job that is FINISHED is noted in the high-availability store: it is not recovered any more. It
 * is put away there within about 0.1 s.
 */
async function noted({ flink }: Stack, jobId: string): Promise<void> {
  const cancel = () => fetch(`${flink.restUrl}/jobs/${jobId}?mode=cancel`, { method: 'PATCH' });
  await until(async () => (await cancel()).status === 409, {
    ...{ what: 'its end to be noted', deadlineMs: 60_000, pollMs: 2 },
  });
}

/**
 * Waits until a job that has ended is gone from the high-availability store. A JobManager of Flink 2.3 that is killed
 * while it writes there leaves an empty job result, with which no JobManager starts until a person deletes it.
 */
async function cleanedUp({ runDir }: Stack, jobId: string): Promise<void> {
  const entries = () => readdir(join(runDir, 'high-availability'), { recursive: true });
  await until(async () => !(await entries()).some((entry) => entry.includes(jobId)), {
    what: 'the high-availability store to be clean',
    deadlineMs: 60_000,
  });
}

describe('without high availability', () => {
  const names = ['forgotten', 'unread'];
  const stack = useStack('job-manager', {
    flink: { taskManagers: 2, slots: 4, settings },
    worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
  });

  test('P12: a JobManager killed in mid-stop forgets the job: it is started again as it was, from its newest retained checkpoint', async () => {
    const orders = new Orders(stack(), { name: 'forgotten' });
    const { jobId, workflowId } = await heldStop(stack(), orders, 6_000);
    await stack().flink.jobManager.kill();
    const newest = await newestRetained(stack(), jobId);
    await orders.mend('snapshot-delay');
    await stack().flink.jobManager.start();
    expect(await read(stack(), '/jobs/overview')).toEqual({ jobs: [] });

    const ended = await endOf(stack(), workflowId);

    expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
    const live = await orders.live();
    expect(live).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
    const newId = live[0]?.id ?? '';
    for (const part of [
      `job ${jobId} was FORGOTTEN`,
      `started again as job ${newId} and is RUNNING at parallelism 2`,
    ]) {
      expect(ended).toMatchObject({ message: expect.stringContaining(part) });
    }
    expect(newId).not.toBe(jobId);
    expect(samePath((await restoredFrom(stack(), newId)) ?? '', newest ?? 'none')).toBe(true);
    // the savepoint that was in progress never came to be
    expect(await savepointsOf(stack(), 'forgotten')).toEqual([]);
    expect(await verdict(orders)).toMatchObject(lasting);
  }, 180_000);

  test('P16: a JobManager killed after a stop that nobody has read: the savepoint is found in the store, and the rescale goes on', async () => {
    const orders = new Orders(stack(), { name: 'unread' });
    const { jobId, workflowId } = await heldStop(stack(), orders, 5_000);
    await stack().worker.kill();
    expect(await stopInProgress(stack(), jobId)).toBe(true);
    const savepoint = await unreadSavepoint(stack(), orders, jobId);
    await loseJobManager(stack());
    await stack().worker.start();

    const ended = await endOf(stack(), workflowId);

    expect(ended).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'RESCALED', from: { jobId }, to: { parallelism: 4 } },
    });
    const result = ended.status === 'COMPLETED' ? ended.result : undefined;
    expect(samePath(result?.snapshot?.path ?? '', savepoint ?? 'none')).toBe(true);
    expect(result?.warnings).toContain('the JobManager forgot the job after its savepoint was complete');
    expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
    expect(await verdict(orders)).toMatchObject({ ...lasting, replayed: 0 });
  }, 180_000);
});

describe('with high availability', () => {
  const names = ['recovered', 'unread'];
  const stack = useStack('job-manager-ha', {
    flink: { taskManagers: 2, slots: 4, settings, highAvailability: true },
    worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
  });

  test('P12: a JobManager killed in mid-stop recovers the job: Weir starts no other, and leaves it RUNNING at the old parallelism', async () => {
    const orders = new Orders(stack(), { name: 'recovered' });
    const { jobId, workflowId } = await heldStop(stack(), orders, 6_000);
    await stack().flink.jobManager.kill();
    await orders.mend('snapshot-delay');
    await stack().flink.jobManager.start();

    const ended = await endOf(stack(), workflowId);

    expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
    for (const part of [
      'the JobManager forgot the stop',
      `(${jobId}) is RUNNING at parallelism 2`,
      'restarts before 0, now 1',
    ]) {
      expect(ended).toMatchObject({ message: expect.stringContaining(part) });
    }
    expect(await orders.live()).toEqual([{ id: jobId, state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
    expect(await savepointsOf(stack(), 'recovered')).toEqual([]);
    expect(await verdict(orders)).toMatchObject(lasting);
  }, 180_000);

  test('P16: a JobManager killed after a stop whose answer a stopped worker has not read: the savepoint is found, nothing is restored twice', async () => {
    const orders = new Orders(stack(), { name: 'unread' });
    const { jobId, workflowId } = await heldStop(stack(), orders, 5_000);
    stack().worker.pause();
    expect(await stopInProgress(stack(), jobId)).toBe(true);
    const savepoint = await unreadSavepoint(stack(), orders, jobId);
    await cleanedUp(stack(), jobId);
    await loseJobManager(stack());
    stack().worker.resume();

    const ended = await endOf(stack(), workflowId);

    expect(ended).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'RESCALED', from: { jobId }, to: { parallelism: 4 } },
    });
    const result = ended.status === 'COMPLETED' ? ended.result : undefined;
    expect(samePath(result?.snapshot?.path ?? '', savepoint ?? 'none')).toBe(true);
    expect(result?.warnings).toContain('the JobManager forgot the job after its savepoint was complete');
    expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
    expect(await verdict(orders)).toMatchObject({ ...lasting, replayed: 0 });
  }, 180_000);
});

/** Of 2.3.0 such a successor may not start at all: it finds the job's result, and not its application's. */
describe('with high availability, on 1.20.5', () => {
  const stack = useStack('job-manager-ha-1.20', {
    flink: { version: '1.20.5', taskManagers: 2, slots: 4, settings, highAvailability: true },
    worker: { jobs: (stack) => [new Orders(stack, { name: 'noted' }).config] },
  });

  test('P16: a JobManager killed while the end of a stopped job is noted and not put away: its successor knows the result at most, and the savepoint is found', async () => {
    const orders = new Orders(stack(), { name: 'noted' });
    const { jobId, workflowId } = await heldStop(stack(), orders, 5_000);
    stack().worker.pause();
    expect(await stopInProgress(stack(), jobId)).toBe(true);
    await finished(stack(), jobId);
    await noted(stack(), jobId);
    await loseJobManager(stack());
    await orders.mend('snapshot-delay');
    const [savepoint] = await savepointsOf(stack(), 'noted');
    expect(await orders.live()).toEqual([]);
    stack().worker.resume();

    const ended = await endOf(stack(), workflowId);

    expect(ended).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'RESCALED', from: { jobId }, to: { parallelism: 4 } },
    });
    const result = ended.status === 'COMPLETED' ? ended.result : undefined;
    expect(samePath(result?.snapshot?.path ?? '', savepoint ?? 'none')).toBe(true);
    expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
    expect(await verdict(orders)).toMatchObject({ ...lasting, replayed: 0 });
  }, 180_000);
});
