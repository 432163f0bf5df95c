import { stop } from '../../src/activities/stop';
import type { StopInput } from '../../src/activities/stop';
import type { SimulatedJob } from '../flink-simulator';
import { useRig } from '../kit/rig';

const rigOf = useRig();

function inputOf(job: SimulatedJob, change: Partial<StopInput> = {}): StopInput {
  return { cluster: 'local', jobId: job.id, cancel: true, ...change };
}

describe('the end of a job that was stopped with a savepoint', () => {
  it('P11: is awaited, and nothing is sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const running = rig.begin(() => stop(rig.cluster, inputOf(job, { cancel: false })));
    await rig.until(() => running.beats.length === 0, 'it to begin');
    setTimeout(() => job.finish(), 20);
    const end = await running.end;
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'FINISHED' });
    expect(end).not.toHaveProperty('newest');
    expect(rig.calls).toEqual([]);
    expect(end.kind === 'ENDED' && end.tookMs).toBeGreaterThanOrEqual(900);
    expect(end.kind === 'ENDED' && end.tookMs).toBeLessThan(Date.now() / 2);
  });

  it('P11: a JobManager that does not answer is not a stopped job', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.unreachable();
    const running = rig.begin(() => stop(rig.cluster, inputOf(job, { cancel: false })));
    let over = false;
    void running.end.then(() => (over = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(over).toBe(false);
    job.finish();
    await rig.flink.reachable();
    expect(await running.end).toMatchObject({ kind: 'ENDED', ended: 'FINISHED' });
  });
});

describe('a job that is to be cancelled', () => {
  it('is cancelled once, proven over, and what it left is read', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(rig.calls).toEqual(['CANCEL EXECUTED']);
    expect(job.state).toBe('CANCELED');
    expect(end).toMatchObject({
      ...{ kind: 'ENDED', ended: 'CANCELED' },
      newest: { kind: 'CHECKPOINT', path, jobId: job.id },
    });
    expect(end).not.toHaveProperty('savepoint');
    expect(end.kind === 'ENDED' && end.tookMs).toBeLessThan(Date.now() / 2);
  });

  it('is not cancelled again while it is CANCELLING', async () => {
    const rig = await rigOf({ delays: { cancel: 3_000 } });
    const job = await rig.job();
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'CANCELED' });
    expect(rig.calls).toEqual(['CANCEL EXECUTED']);
    expect(end.kind === 'ENDED' && end.tookMs).toBeGreaterThanOrEqual(2_800);
  });

  it('P17: what it left is read once Flink’s cache cannot be older than its end', async () => {
    const rig = await rigOf({ refreshIntervalMs: 10_000 });
    const job = await rig.job();
    await rig.checkpoint(job);
    await rig.cluster.flink.checkpoints(job.id);
    const path = await rig.checkpoint(job);
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({ newest: { path } });
  });

  it('P17: a checkpoint that was deleted with the job is not what it left, though it was seen before', async () => {
    const rig = await rigOf({
      checkpointing: { intervalMs: Infinity, retention: 'DELETE_ON_CANCELLATION' },
    });
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    const newest = { kind: 'CHECKPOINT', path, jobId: job.id, checkpointId: 1 } as const;
    const end = await rig.run(() => stop(rig.cluster, inputOf(job, { newest })));
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'CANCELED' });
    expect(end).not.toHaveProperty('newest');
  });

  it('a savepoint that was seen before is still there: it is what the job left', async () => {
    const rig = await rigOf({
      checkpointing: { intervalMs: Infinity, retention: 'DELETE_ON_CANCELLATION' },
    });
    const job = await rig.job();
    const newest = { kind: 'SAVEPOINT', path: 'file:/savepoints/one', jobId: job.id } as const;
    const end = await rig.run(() => stop(rig.cluster, inputOf(job, { newest })));
    expect(end).toMatchObject({ newest, savepoint: newest });
  });

  it('a savepoint of the job itself is named beside its newest state', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.savepoint(job.id);
    const { path: savepoint } = await rig.flink.next('SAVEPOINT');
    const path = await rig.checkpoint(job);
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({
      newest: { kind: 'CHECKPOINT', path },
      savepoint: { kind: 'SAVEPOINT', path: savepoint },
    });
  });

  it('of a job that Flink has forgotten what was seen last is what it left', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    await rig.flink.loseJobManager();
    const newest = { kind: 'CHECKPOINT', path, jobId: job.id, checkpointId: 1 } as const;
    const end = await rig.run(() => stop(rig.cluster, inputOf(job, { newest, sentAt: Date.now() })));
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'FORGOTTEN', newest });
    expect(end).not.toHaveProperty('savepoint');
    expect(rig.calls).toEqual([]);
  });

  it('one that has no state leaves none', async () => {
    const rig = await rigOf({ checkpointing: false });
    const job = await rig.job();
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'CANCELED' });
    expect(end).not.toHaveProperty('newest');
    expect(end).not.toHaveProperty('savepoint');
  });
});

describe('P13: whose end it was', () => {
  it('CANCELED before a cancel of ours was sent: somebody else’s', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(end).toEqual({ kind: 'ENDED_BY_OTHERS', state: 'CANCELED' });
    expect(rig.calls).toEqual([]);
  });

  it.each([
    ['an activity before this one had sent the cancel', { sentAt: 1 }, {}],
    ['an attempt that died without a word may have', {}, { attempt: 2 }],
    [
      'an attempt that died had said so',
      {},
      { attempt: 2, heartbeatDetails: { attempt: 1, over: true, details: { sentAt: 7 } } },
    ],
  ])('CANCELED, and %s: ours', async (_, change, attempt) => {
    const rig = await rigOf();
    const job = await rig.job();
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    const end = await rig.run(() => stop(rig.cluster, inputOf(job, change)), attempt);
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'CANCELED' });
    const isSince = 'heartbeatDetails' in attempt || 'sentAt' in change;
    // from the cancel on, whichever attempt sent it
    if (isSince) expect(end.kind === 'ENDED' && end.tookMs).toBeGreaterThan(1_000_000_000);
    else expect(end.kind === 'ENDED' && end.tookMs).toBeLessThan(1_000_000);
  });

  it('an attempt that died and had sent nothing: not ours', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    const heartbeatDetails = { attempt: 1, over: true, details: {} };
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)), { attempt: 2, heartbeatDetails });
    expect(end).toEqual({ kind: 'ENDED_BY_OTHERS', state: 'CANCELED' });
  });

  it('FINISHED is never ours, whatever was sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.finish();
    const end = await rig.run(() => stop(rig.cluster, inputOf(job, { sentAt: 1 })));
    expect(end).toEqual({ kind: 'ENDED_BY_OTHERS', state: 'FINISHED' });
  });

  it('FAILED leaves its checkpoint, and is started again, whoever ended it', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.fail();
    const end = await rig.run(() => stop(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({ kind: 'ENDED', ended: 'FAILED', newest: { path } });
    expect(rig.calls).toEqual([]);
  });
});

describe('an operator who would not wait', () => {
  it('interrupts it, and is told when the cancel was sent', async () => {
    const rig = await rigOf({ delays: { cancel: 1_000_000 } });
    const job = await rig.job();
    const running = rig.begin(() => stop(rig.cluster, inputOf(job)));
    await rig.until(() => rig.calls.length === 1, 'the cancel');
    running.abort();
    const end = await running.end;
    expect(end).toEqual({ kind: 'INTERRUPTED', sentAt: expect.any(Number) as number });
    expect(job.state).toBe('CANCELLING');
  });

  it('or that none was', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.unreachable();
    const running = rig.begin(() => stop(rig.cluster, inputOf(job)));
    running.abort();
    expect(await running.end).toEqual({ kind: 'INTERRUPTED' });
    await rig.flink.reachable();
  });

  it('a worker that shuts down is no operator: the next attempt goes on', async () => {
    const rig = await rigOf({ delays: { cancel: 1_000_000 } });
    const job = await rig.job();
    const running = rig.begin(() => stop(rig.cluster, inputOf(job)));
    await rig.until(() => rig.calls.length === 1, 'the cancel');
    running.lose();
    await expect(running.end).rejects.toMatchObject({
      type: 'AttemptLost',
      details: [{ sentAt: expect.any(Number) as number }],
    });
  });
});
