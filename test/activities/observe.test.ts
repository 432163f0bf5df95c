import { observe } from '../../src/activities/observe';
import type { ObserveInput } from '../../src/activities/observe';
import { canceledJobMemo, jobRecordMemo } from '../../src/contracts/record';
import type { Observation } from '../../src/contracts/observation';
import { jobIdPrefix, submitId } from '../../src/planning/ids';
import { runningTry, startInput, stoppedJob } from '../kit/begun';
import { key } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();
const artifact = { jar: 'orders.jar', args: ['--name', 'orders'] };

function observed(rig: Rig, change: Partial<ObserveInput> = {}): Promise<Observation> {
  const input = { cluster: 'local', job: 'orders', parallelism: 4, artifact, previousArtifact: artifact };
  return rig.run(() => observe(rig.cluster, { ...input, ...change }));
}

describe('what is observed of the cluster', () => {
  it('is its version, its slots and its settings', async () => {
    const rig = await rigOf({ version: '1.20.2', refreshIntervalMs: 70 });
    await rig.job();
    expect(await observed(rig)).toMatchObject({
      ...{ cluster: 'local', flinkUrl: rig.flink.restUrl, flinkVersion: '1.20.2', cacheMs: 70 },
      ...{ snapshotCompression: false, snapshotStore: 'file', timeouts: {} },
      slots: { total: 8, available: 6, onDemand: false },
      savepointRoot: rig.cluster.config.savepointRoot,
    });
    expect(await observed(rig)).not.toHaveProperty('hasHistoryServer');
  });

  it.each(['kubernetes-session', 'yarn-per-job'])(
    'execution.target %s starts TaskManagers as they are needed',
    async (target) => {
      const rig = await rigOf({ settings: { 'execution.target': target } });
      expect((await observed(rig)).slots.onDemand).toBe(true);
    },
  );

  it.each(['remote', 'my-kubernetes-session', 'kubernetes'])('%s does not', async (target) => {
    const rig = await rigOf({ settings: { 'execution.target': target } });
    expect((await observed(rig)).slots.onDemand).toBe(false);
  });

  it('where RocksDB keeps timers is told where the options say it', async () => {
    expect(await observed(await rigOf())).not.toHaveProperty('rocksDbTimers');
    const rig = await rigOf({ settings: { 'state.backend.rocksdb.timer-service.factory': 'HEAP' } });
    expect(await observed(rig)).toMatchObject({ rocksDbTimers: 'HEAP' });
  });

  it('compressed snapshots and a HistoryServer are told', async () => {
    const rig = await rigOf({
      settings: { 'execution.checkpointing.snapshot-compression': 'TRUE' },
      config: { historyServer: 'http://127.0.0.1:1' },
    });
    expect(await observed(rig)).toMatchObject({ snapshotCompression: true, hasHistoryServer: true });
  });
});

describe('what is observed of the job', () => {
  it('is all that the plan wants to know', async () => {
    const rig = await rigOf();
    const job = await rig.job({ restartStrategy: 'Cluster level default restart strategy' });
    const path = await rig.checkpoint(job);
    const { job: found } = await observed(rig);
    expect(found).toMatchObject({
      ...{ kind: 'FOUND', namesakes: [] },
      job: {
        ...{ id: job.id, name: 'orders', state: 'RUNNING', parallelism: 2, restarts: 0, batch: false },
        vertices: [
          { name: 'Source: orders', parallelism: 2, maxParallelism: 128, ready: 2 },
          { name: 'count -> append', parallelism: 2, maxParallelism: 128, ready: 2 },
        ],
        startedAt: job.since.get('INITIALIZING'),
        newestSnapshot: { kind: 'CHECKPOINT', path },
        checkpointing: { retainedOnCancel: true },
        backpressure: { vertex: '', ratio: 0 },
      },
    });
  });

  it('restarts are counted, and a savepoint under way is told', async () => {
    const rig = await rigOf({ delays: { savepoint: 1_000_000 } });
    const job = await rig.job();
    await rig.checkpoint(job);
    job.failOver('a TaskManager was lost');
    await rig.until(() => job.tasks === 'RUNNING', 'it to run again');
    rig.flink.savepoint(job.id);
    const { job: found } = await observed(rig);
    expect(found).toMatchObject({
      job: { restarts: 1, checkpointing: { underWay: { kind: 'SAVEPOINT' } } },
    });
  });

  it('a job without checkpointing has none', async () => {
    const rig = await rigOf({ checkpointing: false });
    await rig.job();
    const { job: found } = await observed(rig);
    expect(found.kind === 'FOUND' && found.job).not.toHaveProperty('checkpointing');
  });

  it('P26: of several of one name the candidates are listed; an id picks one, the others are its namesakes', async () => {
    const rig = await rigOf();
    const one = await rig.job();
    const other = await rig.job({ namesake: true });
    await rig.job({ name: 'others' });
    const { job: ambiguous, program } = await observed(rig);
    expect(ambiguous).toEqual({
      kind: 'AMBIGUOUS',
      candidates: expect.arrayContaining([
        { id: one.id, name: 'orders', state: 'RUNNING' },
        { id: other.id, name: 'orders', state: 'RUNNING' },
      ]) as object,
    });
    expect(program).toBeUndefined();
    expect((await observed(rig, { jobId: other.id })).job).toMatchObject({
      ...{ kind: 'FOUND', job: { id: other.id }, namesakes: [one.id] },
    });
  });

  it('of one that is not there what lives is named', async () => {
    const rig = await rigOf();
    const { id } = await rig.job({ name: 'others' });
    const { job, program } = await observed(rig);
    expect(job).toEqual({ kind: 'UNKNOWN', live: [{ id, name: 'others', state: 'RUNNING' }] });
    expect(program).toBeUndefined();
  });

  it('an id that is not this name’s is unknown, though the name lives', async () => {
    const rig = await rigOf();
    const { id } = await rig.job();
    expect((await observed(rig, { jobId: 'a'.repeat(32) })).job).toEqual({
      ...{ kind: 'UNKNOWN', live: [{ id, name: 'orders', state: 'RUNNING' }] },
    });
  });

  it('one that is FAILED is found: it may be started again', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.fail();
    expect((await observed(rig)).job).toMatchObject({ kind: 'FOUND', job: { id: job.id, state: 'FAILED' } });
    expect((await observed(rig, { jobId: 'a'.repeat(32) })).job).toMatchObject({ kind: 'UNKNOWN' });
  });
});

describe('P30: a job that is down', () => {
  it('and was cancelled by somebody else is not owed', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect((await observed(rig)).job).toMatchObject({ kind: 'UNKNOWN' });
  });

  it('and that a run of ours had set out to cancel is owed', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    rig.memos = [{}, { [canceledJobMemo]: job.id }];
    expect((await observed(rig)).job).toMatchObject({
      ...{ kind: 'STOPPED', job: { id: job.id, name: 'orders', state: 'CANCELED', parallelism: 2 } },
      ...{ job: { snapshot: { path } } },
    });
  });

  it.each(['START', 'CANCEL'] as const)('%s finds it, whoever ended it', async (transition) => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect((await observed(rig, { transition })).job).toMatchObject({
      ...{ kind: 'STOPPED', job: { id: job.id, snapshot: { path } } },
    });
  });

  it('and whose run recorded the savepoint that it began with has that, where Flink tells of none', async () => {
    const rig = await rigOf();
    const id = submitId(key, 'restart', 1);
    const job = await rig.job({ id });
    await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    const savepoint = { kind: 'SAVEPOINT', path: 'file:/savepoints/one', jobId: 'a'.repeat(32) } as const;
    rig.memos = [{ [jobRecordMemo]: { jobId: id, artifact, sha256: 'ab', savepoint } }];
    expect((await observed(rig)).job).toMatchObject({
      ...{ kind: 'STOPPED', job: { newestSavepoint: { snapshot: savepoint, takenByJob: false } } },
    });
  });

  it('and that somebody stopped into a directory that is not ours is not owed', async () => {
    const rig = await rigOf();
    await stoppedJob(rig);
    expect((await observed(rig)).job).toMatchObject({ kind: 'UNKNOWN' });
  });

  it('and that a stop of ours ended is owed, from its savepoint', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const targetDirectory = `${rig.cluster.config.savepointRoot}/orders/try`;
    const saved = rig.flink.next('SAVEPOINT');
    await rig.cluster.flink.stop(job.id, {
      targetDirectory,
      triggerId: 'b'.repeat(32),
      formatType: 'CANONICAL',
    });
    const { path } = await saved;
    await rig.until(() => job.ended, 'its end');
    expect((await observed(rig)).job).toMatchObject({
      kind: 'STOPPED',
      job: { snapshot: { path }, newestSavepoint: { snapshot: { path }, takenByJob: true } },
    });
  });

  it('and that Weir had submitted is owed, whoever ended it', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    const path = await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect((await observed(rig)).job).toMatchObject({
      kind: 'STOPPED',
      job: { id: job.id, snapshot: { path } },
    });
  });
});

describe('what a job was started with', () => {
  const sha256 = 'ab';

  it('is what the run recorded that started it; its savepoint counts where Flink has forgotten it', async () => {
    const rig = await rigOf();
    const id = submitId(key, 'restart', 1);
    await rig.job({ id });
    const savepoint = { kind: 'SAVEPOINT', path: 'file:/savepoints/one', jobId: 'a'.repeat(32) } as const;
    rig.memos = [{ [jobRecordMemo]: { jobId: id, artifact, sha256, savepoint } }];
    const { job, program } = await observed(rig, { artifact: undefined, previousArtifact: undefined });
    expect(job).toMatchObject({ job: { newestSavepoint: { snapshot: savepoint, takenByJob: false } } });
    expect(program).toMatchObject({ kind: expect.stringMatching(/READY|REFUSED/) as string });
  });

  it('is lost where Temporal keeps no run that tells: the plan is warned', async () => {
    const rig = await rigOf();
    const id = `${jobIdPrefix(key.lock)}${'1'.repeat(16)}`;
    await rig.job({ id });
    const { program } = await observed(rig, { previousArtifact: undefined });
    expect(program).toMatchObject({ kind: 'READY' });
    expect(program?.kind === 'READY' && program.warnings.join()).toContain(
      `what job ${id} was started with is not known any more (Temporal keeps no run that recorded it)`,
    );
  });
});

describe('the program that is to be', () => {
  it('is uploaded, and planned at the wanted and at today’s parallelism', async () => {
    const rig = await rigOf();
    await rig.job();
    const { program } = await observed(rig);
    expect(program).toMatchObject({
      ...{ kind: 'READY', jar: { artifact }, previousJar: { artifact }, warnings: [] },
      vertices: [{ parallelism: 4 }, { parallelism: 4 }],
      previousVertices: [{ parallelism: 2 }, { parallelism: 2 }],
    });
    expect(rig.calls).toEqual(['UPLOAD EXECUTED']);
  });

  it('and that is not in the artifact folder is refused, with what is', async () => {
    const rig = await rigOf();
    await rig.job();
    const { program } = await observed(rig, { artifact: { jar: 'order.jar' } });
    expect(program).toMatchObject({
      ...{ kind: 'REFUSED', valid: 'orders.jar', reason: expect.stringContaining('order.jar') as string },
    });
  });

  it('of the roll-back as well, and that is said', async () => {
    const rig = await rigOf();
    await rig.job();
    const { program } = await observed(rig, { previousArtifact: { jar: 'gone.jar' } });
    expect(program).toMatchObject({
      ...{ kind: 'REFUSED', reason: expect.stringMatching(/^for the roll-back: .*gone\.jar/) as string },
    });
  });

  it('whose main() fails is refused before anything is touched', async () => {
    const rig = await rigOf({
      programs: [{ jar: 'orders.jar', name: 'orders', vertices: [], mainFails: 'no such table' }],
    });
    rig.flink.startJob({ name: 'orders', parallelism: 2, jar: 'other.jar' });
    const { program } = await observed(rig);
    expect(program).toMatchObject({
      ...{ kind: 'REFUSED', valid: 'a jar, entryClass and args whose main() builds the job' },
      reason: expect.stringMatching(
        /^Flink cannot plan orders\.jar at parallelism 4: .*no such table/,
      ) as string,
    });
  });
});

test('an abort ends it at once, even where Flink cannot be reached', async () => {
  const rig = await rigOf();
  await rig.flink.unreachable();
  const running = rig.begin(() => observe(rig.cluster, { cluster: 'local', job: 'orders', parallelism: 4 }));
  running.abort();
  await expect(running.end).rejects.toMatchObject({ name: 'CancelledFailure' });
  await rig.flink.reachable();
});
