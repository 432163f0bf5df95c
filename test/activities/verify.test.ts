import { verify } from '../../src/activities/verify';
import type { VerifyInput } from '../../src/activities/verify';
import { FlinkRefused } from '../../src/flink/errors';
import { jobIdPrefix, triggerId } from '../../src/planning/ids';
import type { SimulatedJob } from '../flink-simulator';
import { runningTry, startInput, stoppedJob } from '../kit/begun';
import { key } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();

function inputOf(job: SimulatedJob, change: Partial<VerifyInput> = {}): VerifyInput {
  return {
    ...{ cluster: 'local', key, jobId: job.id, vertexIds: job.vertices.map((vertex) => vertex.id) },
    ...{ waitMs: 600_000, ...change },
  };
}

const verified = { kind: 'VERIFIED', warnings: [], superseded: [] };

/** With its first checkpoint: where its state is. It may have completed more by the time it is asked. */
const withState = (job: SimulatedJob) => ({
  ...verified,
  checkpoint: {
    kind: 'CHECKPOINT',
    path: `file:/checkpoints/${job.id}/chk-1`,
    jobId: job.id,
    checkpointId: 1,
    completedAt: expect.any(Number) as number,
  },
});

test('the first checkpoint is asked for, once, and the job holds when it is complete', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual(withState(job));
  expect(rig.callsOf()).toMatchObject([
    { verb: 'CHECKPOINT', jobId: job.id, triggerId: triggerId(key, 'checkpoint', 1) },
  ]);
});

test('before Flink 1.17 the job’s own interval brings it', async () => {
  const rig = await rigOf({ version: '1.16.3', checkpointing: { intervalMs: 20_000 } });
  const job = await rig.job();
  expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual(withState(job));
});

test('it is waited for', async () => {
  const rig = await rigOf({ delays: { checkpoint: 3_000 } });
  const job = await rig.job();
  expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual(withState(job));
  expect(job.checkpoints.count('COMPLETED')).toBe(1);
});

test('a checkpoint that only takes long is a warning', async () => {
  const rig = await rigOf();
  const job = await rig.job({ start: { kind: 'NO_CHECKPOINT' } });
  await rig.until(() => job.tasks === 'RUNNING', 'its tasks to run');
  const old = { jobId: 'a'.repeat(32), ours: `${rig.cluster.config.savepointRoot}/one` };
  expect(await rig.run(() => verify(rig.cluster, inputOf(job, { old, waitMs: 2_000 })))).toEqual({
    ...{ kind: 'VERIFIED', superseded: [] },
    warnings: [
      expect.stringMatching(
        /^no checkpoint of the new job within [2-9]\d{3,} ms; keep the savepoint until there is one$/,
      ) as string,
    ],
  });
});

test('an abort ends the waiting: the same warning', async () => {
  const rig = await rigOf();
  const job = await rig.job({ start: { kind: 'NO_CHECKPOINT' } });
  const running = rig.begin(() => verify(rig.cluster, inputOf(job)));
  await rig.until(() => rig.calls.length === 1, 'the checkpoint to be asked for');
  running.abort();
  expect(await running.end).toMatchObject({
    kind: 'VERIFIED',
    warnings: [expect.stringContaining('no checkpoint of the new job') as string],
  });
});

describe('a job that does not hold', () => {
  it('is FAILED, whatever it has completed', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.fail();
    expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual({
      ...{ kind: 'BROKEN', cause: 'the new job is FAILED' },
    });
  });

  it('is not known to Flink any more', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const input = inputOf(job);
    await rig.flink.loseJobManager();
    expect(await rig.run(() => verify(rig.cluster, input))).toEqual({
      ...{ kind: 'BROKEN', cause: 'the new job is FORGOTTEN' },
    });
  });

  it('was cancelled by somebody', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual({ kind: 'CANCELED' });
  });

  it.each(['CANCELLING', 'FAILING'] as const)(
    'P13: is %s: its end is waited for, whatever it has completed',
    async (state) => {
      const rig = await rigOf({ delays: { cancel: 1_000_000 } });
      const job = await rig.job();
      await rig.checkpoint(job);
      if (state === 'CANCELLING') job.cancel();
      else job.keepFailing();
      const looks = rig.counting('GET /jobs/:id/status');
      const running = rig.begin(() => verify(rig.cluster, inputOf(job)));
      await rig.until(() => looks() > 1, 'more than one look');
      job.fail();
      expect(await running.end).toMatchObject({ kind: 'BROKEN' });
    },
  );

  it('restarts more than twice before its first checkpoint', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.keepRestarting();
    const end = await rig.run(() => verify(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({
      ...{
        kind: 'BROKEN',
        cause: expect.stringMatching(/^the new job restarted [3-9]\d* times before/) as string,
      },
    });
  });

  it('two restarts are put up with: a TaskManager that failed explains them', async () => {
    const rig = await rigOf();
    const job = await rig.job({ start: { kind: 'NO_CHECKPOINT' } });
    await rig.until(() => job.tasks === 'RUNNING', 'its tasks to run');
    for (let n = 1; n <= 2; n++) {
      job.failOver('a TaskManager was lost');
      await rig.until(() => job.attempt === n && job.tasks === 'RUNNING', 'it to run again');
    }
    expect(await rig.run(() => verify(rig.cluster, inputOf(job, { waitMs: 1_000 })))).toMatchObject({
      ...{ kind: 'VERIFIED', warnings: [expect.stringContaining('no checkpoint') as string] },
    });
  });
});

test('one that is FINISHED without a checkpoint holds', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  job.finish();
  expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual(verified);
});

test('of a job that takes no snapshots none is waited for, and that is said', async () => {
  const rig = await rigOf({ checkpointing: false });
  const job = await rig.job();
  expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual({
    ...{ kind: 'VERIFIED', superseded: [] },
    warnings: ['Flink takes no snapshots of the new job: there is no checkpoint to wait for'],
  });
});

describe('a JobManager that has just recovered', () => {
  const notFound = new FlinkRefused('Job could not be found', 404, 'JOB_NOT_FOUND');

  it.each([1, 2])('and shows no statistics of the job yet (%i times) is asked again', async (times) => {
    const rig = await rigOf();
    const job = await rig.job();
    const { flink } = rig.cluster;
    const read = flink.checkpoints.bind(flink);
    let left = times;
    const checkpoints: typeof read = (...job) => (left-- > 0 ? Promise.reject(notFound) : read(...job));
    Object.assign(flink, { checkpoints });
    expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual(withState(job));
  });

  it('and does not take the request of a checkpoint: the job’s own interval brings it', async () => {
    const rig = await rigOf({ checkpointing: { intervalMs: 20_000 } });
    const job = await rig.job();
    Object.assign(rig.cluster.flink, { triggerCheckpoint: () => Promise.reject(notFound) });
    expect(await rig.run(() => verify(rig.cluster, inputOf(job)))).toEqual(withState(job));
    expect(rig.callsOf('CHECKPOINT')).toEqual([]);
  });
});

test('another refusal of the checkpoint is thrown', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  const refused = new FlinkRefused('not like this', 400, 'OTHER');
  Object.assign(rig.cluster.flink, { triggerCheckpoint: () => Promise.reject(refused) });
  await expect(rig.run(() => verify(rig.cluster, inputOf(job)))).rejects.toThrow('not like this');
});

describe('P21: never two copies', () => {
  it('a second live job of our ids is cancelled, and reported; others are left alone', async () => {
    const rig = await rigOf();
    const ours = jobIdPrefix(key.lock);
    const job = await rig.job({ id: ours + '1'.repeat(16) });
    const extra = await rig.job({ id: ours + '2'.repeat(16), namesake: true });
    const over = await rig.job({ id: ours + '3'.repeat(16), namesake: true });
    over.fail();
    const other = await rig.job({ namesake: true });
    const end = await rig.run(() => verify(rig.cluster, inputOf(job)));
    expect(end).toMatchObject({
      ...{ kind: 'VERIFIED' },
      warnings: [`a second copy of the job, ${extra.id}, was RUNNING and has been cancelled`],
    });
    expect(rig.callsOf('CANCEL').map(({ jobId }) => jobId)).toContain(extra.id);
    expect([job.state, extra.state, over.state, other.state]).toEqual([
      ...['RUNNING', 'CANCELED', 'FAILED', 'RUNNING'],
    ]);
  });
});

describe('savepoints that no job needs any more', () => {
  async function superseded(rig: Rig, ours: string | undefined, jobId: string) {
    const job = await rig.job();
    const end = await rig.run(() => verify(rig.cluster, inputOf(job, { old: { jobId, ours } })));
    return end.kind === 'VERIFIED' ? end.superseded : undefined;
  }

  it('are the one of this run, with its size', async () => {
    const rig = await rigOf();
    const { path, jobId } = await stoppedJob(rig);
    const sizeBytes = expect.any(Number) as number;
    expect(await superseded(rig, path, jobId)).toEqual([{ path, ours: true, sizeBytes }]);
  });

  it('and the one that the old job began with', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const old = await runningTry(rig, submit);
    const saved = rig.flink.next('SAVEPOINT');
    rig.flink.savepoint(old.id, { stop: true });
    const { path: ours } = await saved;
    await rig.until(() => old.ended, 'its end');
    const before = submit.origin.kind === 'SNAPSHOT' ? submit.origin.snapshot.path : '';
    expect(await superseded(rig, ours, old.id)).toMatchObject([
      { path: before, ours: false },
      { path: ours, ours: true },
    ]);
  });

  it('none that is not below the cluster’s root', async () => {
    const rig = await rigOf();
    const { jobId } = await stoppedJob(rig);
    expect(await superseded(rig, 'file:/elsewhere/one', jobId)).toEqual([]);
  });

  it('none where this run took none and the old job began with none', async () => {
    const rig = await rigOf();
    const { jobId } = await stoppedJob(rig);
    expect(await superseded(rig, undefined, jobId)).toEqual([]);
  });

  it('the one of this run counts where Flink has forgotten the old job, its size unknown', async () => {
    const rig = await rigOf();
    const path = `${rig.cluster.config.savepointRoot}/one`;
    expect(await superseded(rig, path, 'a'.repeat(32))).toEqual([{ path, ours: true }]);
  });
});
