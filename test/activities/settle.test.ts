import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { settle } from '../../src/activities/settle';
import type { SettleInput } from '../../src/activities/settle';
import { noTries } from '../../src/contracts/failures';
import { triggerId } from '../../src/planning/ids';
import type { SimulatedJob } from '../flink-simulator';
import { HistoryServer } from '../kit/history-server';
import { sendStop } from '../kit/begun';
import { key, settleInput } from '../kit/inputs';
import { useRig } from '../kit/rig';
import type { Rig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);

function settled(rig: Rig, job: SimulatedJob, change: Partial<SettleInput> = {}) {
  const input = settleInput(rig, job, change);
  return rig.run(() => settle(rig.cluster, input));
}

test('P5: each stop was answered with a failure, and the job RUNs: that is all; each cause is told', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.flink.script({ stops: [{ kind: 'REFUSED' }, { kind: 'REFUSED' }] });
  await sendStop(rig, job, 1);
  await sendStop(rig, job, 2);
  const tries = { ...noTries, failures: [{ n: 2, cause: 'as it was told' }], next: 3 };
  const { settlement, failures, restarts } = await settled(rig, job, { tries, maxTries: 2 });
  expect(settlement).toMatchObject({ kind: 'RUNNING' });
  expect(failures).toMatchObject([
    { n: 1, cause: expect.stringContaining('Failed to create') as string },
    { n: 2, cause: 'as it was told' },
  ]);
  expect(restarts).toBe(0);
  expect(rig.calls).toEqual([]);
});

test('P5: a stop that is under way is waited for, and its savepoint is found', async () => {
  const rig = await rigOf({ delays: { stop: 5_000 } });
  const job = await rig.job();
  await sendStop(rig, job);
  const { settlement } = await settled(rig, job);
  expect(settlement).toMatchObject({
    ...{
      kind: 'STOPPED',
      snapshot: { kind: 'SAVEPOINT', path: expect.stringContaining(stopId(1)) as string },
    },
  });
  expect(job.state).toBe('FINISHED');
});

test('P5: a stop of the last try that nobody could tell of is found as well', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
  await sendStop(rig, job, 1);
  await sendStop(rig, job, 2);
  const { settlement } = await settled(rig, job, { maxTries: 1 });
  expect(settlement).toMatchObject({ kind: 'STOPPED' });
});

test('the job failed after the savepoint: its path is in the failure, and it is used', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.flink.script({ stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
  const saved = rig.flink.next('SAVEPOINT');
  await sendStop(rig, job);
  const { path } = await saved;
  const { settlement } = await settled(rig, job);
  expect(settlement).toMatchObject({ kind: 'STOPPED', snapshot: { path } });
});

test('a half-way stop made the job restart: it is waited for until it RUNs again, and the restart is counted', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  await rig.checkpoint(job);
  rig.flink.script({ stops: [{ kind: 'TASK_FAILS', restartMs: 3_000 }] });
  const over = rig.flink.next('FAILED_OVER');
  await sendStop(rig, job);
  await over;
  const { settlement, restarts, failures } = await settled(rig, job);
  expect(settlement).toMatchObject({ kind: 'RUNNING' });
  expect(restarts).toBe(1);
  expect(failures).toMatchObject([{ n: 1 }]);
  expect(job).toMatchObject({ state: 'RUNNING', tasks: 'RUNNING' });
});

test('a JobManager with HA that was lost has restarted the job: it counts anew, and its own recovery not at all', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  await rig.checkpoint(job);
  const input = settleInput(rig, job, {
    before: { startedAt: job.since.get('INITIALIZING') ?? 0, restarts: 3 },
  });
  await rig.flink.loseJobManager({ ha: true });
  const recovered = rig.flink.job(job.id);
  await rig.until(() => recovered.tasks === 'RUNNING', 'the job to run again');
  recovered.failOver('a TaskManager was lost');
  await rig.until(() => recovered.tasks === 'RUNNING', 'the job to run once more');
  const { settlement, restarts } = await rig.run(() => settle(rig.cluster, input));
  expect(settlement).toMatchObject({ kind: 'RUNNING' });
  expect(restarts).toBe(5);
});

test('a job that keeps restarting is waited for; an abort ends that, and says what was seen', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
  await sendStop(rig, job);
  job.keepRestarting();
  const began = Date.now();
  const input = settleInput(rig, job);
  const running = rig.begin(() => settle(rig.cluster, input));
  await new Promise((resolve) => setTimeout(resolve, 50));
  running.abort();
  const { settlement, failures, restarts } = await running.end;
  expect(settlement).toMatchObject({
    ...{ kind: 'GIVEN_UP', since: expect.any(Number) as number, why: expect.stringMatching(/./) as string },
    state: expect.stringMatching(/RUNNING|RESTARTING/) as string,
  });
  expect(settlement.kind === 'GIVEN_UP' && settlement.since).toBeGreaterThanOrEqual(began);
  expect(failures).toMatchObject([{ n: 1 }]);
  expect(restarts).toBeUndefined();
});

test('an operator who gives up gets one look', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  job.keepFailing();
  const { settlement } = await settled(rig, job, { givingUp: true });
  expect(settlement).toMatchObject({ kind: 'GIVEN_UP', state: 'FAILING' });
});

test('giving up hides nothing that is clear', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
  await sendStop(rig, job);
  expect((await settled(rig, job, { givingUp: true })).settlement).toMatchObject({ kind: 'RUNNING' });
});

test('since when it waits outlives the worker', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  job.keepFailing();
  const heartbeatDetails = { attempt: 1, over: false, details: { why: 'it is FAILING', since: 12 } };
  const input = settleInput(rig, job, { givingUp: true });
  const { settlement } = await rig.run(() => settle(rig.cluster, input), { attempt: 2, heartbeatDetails });
  expect(settlement).toMatchObject({ kind: 'GIVEN_UP', since: 12 });
});

test('what it waits for is in its heartbeat', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  job.keepFailing();
  const input = settleInput(rig, job);
  const running = rig.begin(() => settle(rig.cluster, input));
  await rig.until(() => running.beats.length > 0, 'a beat');
  expect(running.beats[0]?.details).toMatchObject({ why: expect.stringContaining('FAILING') as string });
  running.abort();
  await running.end;
});

describe('P13: whose end it was', () => {
  it.each(['FINISHED', 'CANCELED'] as const)('%s without a savepoint of ours: not ours', async (state) => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    if (state === 'FINISHED') job.finish();
    else job.cancel();
    await rig.until(() => job.ended, 'its end');
    const { settlement, restarts } = await settled(rig, job);
    expect(settlement).toMatchObject({ kind: 'ENDED_BY_OTHERS', state });
    expect(restarts).toBe(0);
    // Flink deletes the checkpoints of a job that is FINISHED
    if (state === 'CANCELED') expect(settlement).toMatchObject({ snapshot: { path } });
    else expect(settlement).not.toHaveProperty('snapshot');
  });

  it('FAILED, with a checkpoint: that is its newest state', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.fail();
    const { settlement } = await settled(rig, job);
    expect(settlement).toMatchObject({ kind: 'DOWN', state: 'FAILED', snapshot: { path } });
  });

  it('FAILED, and what was seen before is deleted since: it leaves nothing', async () => {
    const rig = await rigOf({
      checkpointing: { intervalMs: Infinity, retention: 'NO_EXTERNALIZED_CHECKPOINTS' },
    });
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.fail();
    const newest = { kind: 'CHECKPOINT', path, jobId: job.id, checkpointId: 1 } as const;
    const { settlement } = await settled(rig, job, { newest });
    expect(settlement).toEqual({ kind: 'DOWN', state: 'FAILED' });
  });
});

describe('P12: a job that Flink has forgotten', () => {
  it('is looked for twice, and leaves the newest state that was seen', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    const input = settleInput(rig, job, {
      tries: { ...noTries, newest: { kind: 'CHECKPOINT', path, jobId: job.id, checkpointId: 1 } },
      newest: { kind: 'CHECKPOINT', path: 'file:/checkpoints/older', jobId: job.id, checkpointId: 0 },
    });
    await rig.flink.loseJobManager();
    const looks = rig.counting('GET /overview');
    const { settlement, restarts } = await rig.run(() => settle(rig.cluster, input));
    expect(settlement).toMatchObject({ kind: 'DOWN', state: 'FORGOTTEN', snapshot: { path } });
    expect(restarts).toBeUndefined();
    expect(looks()).toBe(2);
  });

  it('leaves what PLANNING saw where no try has seen more', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const newest = {
      kind: 'CHECKPOINT',
      path: 'file:/checkpoints/older',
      jobId: job.id,
      checkpointId: 0,
    } as const;
    const input = settleInput(rig, job, { newest });
    await rig.flink.loseJobManager();
    expect((await rig.run(() => settle(rig.cluster, input))).settlement).toEqual({
      ...{ kind: 'DOWN', state: 'FORGOTTEN', snapshot: newest },
    });
  });

  it.each([1, 2, 3])('P16: leaves the savepoint of try %i, which is found in the store itself', async (n) => {
    const rig = await rigOf();
    const job = await rig.job();
    const saved = rig.flink.next('SAVEPOINT');
    await sendStop(rig, job, n);
    const { path } = await saved;
    await rig.until(() => job.ended, 'its end');
    const input = settleInput(rig, job, { maxTries: 3 });
    await rig.flink.loseJobManager();
    const { settlement } = await rig.run(() => settle(rig.cluster, input));
    expect(settlement).toMatchObject({ kind: 'STOPPED', snapshot: { kind: 'SAVEPOINT', jobId: job.id } });
    const found = settlement.kind === 'STOPPED' ? settlement.snapshot.path : '';
    expect(found.replace(/^file:\/+/, '/')).toBe(path.replace(/^file:\/+/, '/'));
  });

  it('is not over while its tasks may live: nothing is decided', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const input = settleInput(rig, job, { givingUp: true });
    await rig.flink.loseJobManager({ slotsMs: 1_000_000 });
    const { settlement } = await rig.run(() => settle(rig.cluster, input));
    expect(settlement).toMatchObject({ kind: 'GIVEN_UP', state: 'RECONCILING' });
  });

  it('P16: ended as its HistoryServer says, with what that shows of its state', async () => {
    const history = await HistoryServer.start();
    try {
      const rig = await rigOf({ config: { historyServer: history.url } });
      const job = await rig.job();
      const path = await rig.checkpoint(job);
      job.fail();
      await history.take(rig.flink.restUrl, job.id, path);
      const input = settleInput(rig, job);
      await rig.flink.loseJobManager();
      const { settlement } = await rig.run(() => settle(rig.cluster, input));
      expect(settlement).toMatchObject({ kind: 'DOWN', state: 'FAILED', snapshot: { path } });
    } finally {
      history.stop();
    }
  });
});

describe('P16: a job of which a JobManager with HA, that took over right after its end, knows the result only', () => {
  const successor = { ha: true, results: 'LEFT' } as const;
  const seen = (job: SimulatedJob) =>
    ({
      newest: { kind: 'CHECKPOINT', path: 'file:/checkpoints/1', jobId: job.id, checkpointId: 1 },
    }) as const;

  it.each(['2.3.0', '1.20.5', '1.17.2'])(
    'was stopped by us: its savepoint is found in the store; on %s',
    async (version) => {
      const rig = await rigOf({ version });
      const job = await rig.job();
      const saved = rig.flink.next('SAVEPOINT');
      await sendStop(rig, job);
      const { path } = await saved;
      await rig.until(() => job.ended, 'its end');
      const input = settleInput(rig, job, seen(job));
      await rig.flink.loseJobManager(successor);
      const { settlement, restarts } = await rig.run(() => settle(rig.cluster, input));
      expect(settlement).toMatchObject({ kind: 'STOPPED', snapshot: { kind: 'SAVEPOINT', jobId: job.id } });
      const found = settlement.kind === 'STOPPED' ? settlement.snapshot.path : '';
      expect(found.replace(/^file:\/+/, '/')).toBe(path.replace(/^file:\/+/, '/'));
      expect(restarts).toBeUndefined();
    },
  );

  it('came to its end by itself: there is no savepoint in the store', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await mkdir(fileURLToPath(rig.cluster.config.savepointRoot), { recursive: true });
    job.finish();
    const input = settleInput(rig, job, seen(job));
    await rig.flink.loseJobManager(successor);
    const { settlement } = await rig.run(() => settle(rig.cluster, input));
    expect(settlement).toMatchObject({ kind: 'ENDED_BY_OTHERS', state: 'FINISHED' });
  });

  it('may have been stopped by us, where nobody tells: that is waited for, and the place is named', async () => {
    const rig = await rigOf({ config: { snapshotStore: { kind: 'none' } } });
    const job = await rig.job();
    await sendStop(rig, job);
    await rig.until(() => job.ended, 'its end');
    const input = settleInput(rig, job, { ...seen(job), givingUp: true });
    await rig.flink.loseJobManager(successor);
    const { settlement } = await rig.run(() => settle(rig.cluster, input));
    expect(settlement).toMatchObject({
      ...{ kind: 'GIVEN_UP', state: 'FINISHED' },
      why: expect.stringContaining(`would be below ${input.directory}`) as string,
    });
  });

  it('is told of by its HistoryServer', async () => {
    const history = await HistoryServer.start();
    try {
      const config = { historyServer: history.url, snapshotStore: { kind: 'none' } };
      const rig = await rigOf({ config });
      const job = await rig.job();
      const path = await rig.checkpoint(job);
      job.fail();
      await history.take(rig.flink.restUrl, job.id, path);
      const input = settleInput(rig, job);
      await rig.flink.loseJobManager(successor);
      const { settlement } = await rig.run(() => settle(rig.cluster, input));
      expect(settlement).toMatchObject({ kind: 'DOWN', state: 'FAILED', snapshot: { path } });
    } finally {
      history.stop();
    }
  });
});
