import {
  checkpointingOf,
  checkpointsOf,
  lastStateOf,
  newestOf,
  newestSavepointOf,
  progressOf,
  savepointBelow,
  savepointUnderWay,
} from '../../src/activities/checkpoints';
import type { CheckpointEntry, Checkpoints } from '../../src/flink/schemas';
import { useRig } from '../kit/rig';

const jobId = 'a'.repeat(32);

/** The statistics of a job that began with `path` and has completed nothing since. */
function begunWith(path: string, is_savepoint: boolean): Checkpoints {
  return {
    counts: { completed: 0, in_progress: 0 },
    latest: { restored: { id: 7, external_path: path, is_savepoint } },
    history: [],
  };
}

function entry(id: number, change: Partial<CheckpointEntry> = {}): CheckpointEntry {
  return { id, status: 'COMPLETED', external_path: `file:/checkpoints/${jobId}/chk-${id}`, ...change };
}

function statistics(history: CheckpointEntry[], latest: Checkpoints['latest'] = {}): Checkpoints {
  return { counts: { completed: history.length, in_progress: 0 }, latest, history };
}

const savepoint = (id: number, change: Partial<CheckpointEntry> = {}) =>
  entry(id, { is_savepoint: true, external_path: `file:/savepoints/orders/${id}`, ...change });
const stop = (id: number) => savepoint(id, { checkpoint_type: 'SYNC_SAVEPOINT' });

describe('what a job of ours has added to the snapshot that it began with', () => {
  it('is nothing before its first checkpoint', () => {
    expect(progressOf(jobId, begunWith('file:/savepoints/one', true))).toBeUndefined();
  });

  it('P14: is its own checkpoint that it failed over to, which the history of a new JobManager does not show', () => {
    const path = `file:/checkpoints/${jobId}/chk-7`;
    expect(progressOf(jobId, begunWith(path, false))).toEqual({
      kind: 'CHECKPOINT',
      path,
      jobId,
      checkpointId: 7,
    });
  });

  it("is nothing where it began with another job's checkpoint", () => {
    expect(progressOf(jobId, begunWith(`file:/checkpoints/${'b'.repeat(32)}/chk-7`, false))).toBeUndefined();
  });

  it('P24: is nothing where it began without that snapshot', () => {
    expect(progressOf(jobId, statistics([entry(1)]))).toBeUndefined();
    expect(progressOf(jobId, undefined)).toBeUndefined();
  });

  it('is its newest checkpoint', () => {
    const begun = begunWith('file:/savepoints/one', true).latest;
    expect(progressOf(jobId, statistics([entry(8)], begun))).toMatchObject({ checkpointId: 8 });
  });

  it('is nothing where what it began with has no path', () => {
    const latest = { restored: { id: 7, is_savepoint: false } };
    expect(progressOf(jobId, statistics([], latest))).toBeUndefined();
  });
});

describe('the newest snapshot of a job', () => {
  it('is the completed one of the highest id, whatever the order and wherever it is shown', () => {
    expect(newestOf(jobId, statistics([entry(1), entry(3), entry(2)]))).toMatchObject({ checkpointId: 3 });
    expect(newestOf(jobId, statistics([entry(1)], { completed: entry(4) }))).toMatchObject({
      checkpointId: 4,
    });
    expect(newestOf(jobId, statistics([entry(1)], { savepoint: savepoint(5) }))).toMatchObject({
      ...{ kind: 'SAVEPOINT', checkpointId: 5 },
    });
  });

  it('says when it was complete, where Flink says so', () => {
    const newest = newestOf(jobId, statistics([entry(1, { latest_ack_timestamp: 12 })]));
    expect(newest).toEqual({
      ...{ kind: 'CHECKPOINT', path: `file:/checkpoints/${jobId}/chk-1`, jobId },
      ...{ checkpointId: 1, completedAt: 12 },
    });
    expect(newestOf(jobId, statistics([entry(1)]))).not.toHaveProperty('completedAt');
  });

  it.each([
    ['failed', { status: 'FAILED' }],
    ['is in progress', { status: 'IN_PROGRESS' }],
    ['was discarded', { discarded: true }],
    ['has no path', { external_path: null }],
    ['cannot be addressed', { external_path: '<checkpoint-not-externally-addressable>' }],
  ] as const)('is none that %s', (_, change) => {
    expect(newestOf(jobId, statistics([entry(1, change)]))).toBeUndefined();
  });

  it('is unknown where Flink shows no statistics', () => {
    expect(newestOf(jobId, undefined)).toBeUndefined();
    expect(lastStateOf(jobId, undefined)).toBeUndefined();
  });
});

describe('the last state of a job', () => {
  it('is what it began with, where it has completed nothing of its own', () => {
    expect(lastStateOf(jobId, begunWith('file:/savepoints/one', true))).toEqual({
      ...{ kind: 'SAVEPOINT', path: 'file:/savepoints/one', jobId, checkpointId: 7 },
    });
  });

  it('is its own newest, where it has one', () => {
    const begun = begunWith('file:/savepoints/one', true).latest;
    expect(lastStateOf(jobId, statistics([entry(8)], begun))).toMatchObject({ checkpointId: 8 });
  });

  it('is no checkpoint that it failed over to before later ones: that is deleted', () => {
    const begun = begunWith(`file:/checkpoints/${jobId}/chk-7`, false);
    expect(lastStateOf(jobId, begun)).toMatchObject({ kind: 'CHECKPOINT', checkpointId: 7 });
    const later = { ...begun, counts: { completed: 2, in_progress: 0 } };
    expect(lastStateOf(jobId, later)).toBeUndefined();
  });

  it('is a savepoint that it began with, however many checkpoints came and went: Flink never deletes one', () => {
    const begun = begunWith('file:/savepoints/one', true);
    const later = { ...begun, counts: { completed: 2, in_progress: 0 } };
    expect(lastStateOf(jobId, later)).toMatchObject({ path: 'file:/savepoints/one' });
  });

  it('is nothing that cannot be addressed', () => {
    expect(lastStateOf(jobId, begunWith('<checkpoint-not-externally-addressable>', false))).toBeUndefined();
  });
});

describe('P18: the newest savepoint of a job', () => {
  it('is its own, past its checkpoints', () => {
    expect(newestSavepointOf(jobId, statistics([entry(9), savepoint(4), savepoint(3)]))).toMatchObject({
      ...{ takenByJob: true, snapshot: { kind: 'SAVEPOINT', checkpointId: 4 } },
    });
    expect(newestSavepointOf(jobId, statistics([], { savepoint: savepoint(5) }))).toMatchObject({
      ...{ takenByJob: true, snapshot: { checkpointId: 5 } },
    });
  });

  it('is the one that it began with, where it has none of its own', () => {
    const begun = begunWith('file:/savepoints/one', true).latest;
    expect(newestSavepointOf(jobId, statistics([entry(9)], begun))).toMatchObject({
      ...{ takenByJob: false, snapshot: { path: 'file:/savepoints/one' } },
    });
  });

  it('is none where it began with a checkpoint, or with nothing', () => {
    expect(newestSavepointOf(jobId, begunWith('file:/checkpoints/b/chk-7', false))).toBeUndefined();
    expect(newestSavepointOf(jobId, statistics([entry(9)]))).toBeUndefined();
    expect(newestSavepointOf(jobId, undefined)).toBeUndefined();
  });
});

describe('P16: a savepoint in a directory of ours', () => {
  const ours = 'file:///savepoints/orders';

  it('of a stop is found past other savepoints and checkpoints', () => {
    const history = [savepoint(9), entry(8), stop(6), stop(5)];
    expect(savepointBelow(jobId, ours, statistics(history), 'STOP')).toMatchObject({ checkpointId: 6 });
    expect(savepointBelow(jobId, ours, statistics(history), 'ANY')).toMatchObject({ checkpointId: 9 });
  });

  it('is none elsewhere, and none without a path', () => {
    const elsewhere = savepoint(6, { checkpoint_type: 'SYNC_SAVEPOINT', external_path: 'file:/other/6' });
    const lost = savepoint(7, { checkpoint_type: 'SYNC_SAVEPOINT', external_path: null });
    expect(savepointBelow(jobId, ours, statistics([elsewhere, lost]), 'STOP')).toBeUndefined();
    expect(savepointBelow(jobId, ours, undefined, 'STOP')).toBeUndefined();
  });
});

describe('a savepoint that is under way', () => {
  const underWay = { status: 'IN_PROGRESS', trigger_timestamp: 12 } as const;

  it('is a stop, or a savepoint, since it was triggered', () => {
    const stopping = savepoint(3, { ...underWay, checkpoint_type: 'SYNC_SAVEPOINT' });
    expect(savepointUnderWay(statistics([stopping]))).toEqual({ kind: 'STOP', checkpointId: 3, since: 12 });
    const saving = entry(4, { ...underWay, checkpoint_type: 'SAVEPOINT' });
    expect(savepointUnderWay(statistics([entry(5), saving]))).toEqual({
      ...{ kind: 'SAVEPOINT', checkpointId: 4, since: 12 },
    });
  });

  it('is no checkpoint, and none that is over', () => {
    expect(savepointUnderWay(statistics([entry(3, underWay), savepoint(2)]))).toBeUndefined();
    expect(savepointUnderWay(undefined)).toBeUndefined();
  });

  it('began at an unknown time where Flink does not say', () => {
    const saving = savepoint(4, { status: 'IN_PROGRESS' });
    expect(savepointUnderWay(statistics([saving]))).toMatchObject({ since: 0 });
  });
});

describe('as Flink tells it', () => {
  const rigOf = useRig();

  it('a job without checkpointing has no statistics, nor has one that is forgotten', async () => {
    const rig = await rigOf({ checkpointing: false });
    const { id } = await rig.job();
    for (const one of [id, jobId])
      expect(await rig.look((pulse) => checkpointsOf(rig.cluster, one, pulse))).toBeUndefined();
  });

  it('the checkpointing of a job: its settings, and how long the last ones took', async () => {
    const rig = await rigOf({ checkpointing: { intervalMs: 700_000, timeoutMs: 5_000, unaligned: true } });
    const job = await rig.job();
    rig.flink.savepoint(job.id);
    await rig.flink.next('SAVEPOINT');
    await rig.checkpoint(job);
    const statistics = await rig.cluster.flink.checkpoints(job.id);
    const seen = await rig.look((pulse) => checkpointingOf(rig.cluster, job.id, statistics, pulse));
    expect(seen).toMatchObject({
      ...{ intervalMs: 700_000, timeoutMs: 5_000, unaligned: true },
      ...{ retainedOnFailure: true, retainedOnCancel: true },
      lastCheckpointMs: expect.any(Number) as number,
      lastSavepointMs: expect.any(Number) as number,
    });
    expect(seen).not.toHaveProperty('underWay');
  });

  it.each([
    ['RETAIN_ON_CANCELLATION', true, true],
    ['DELETE_ON_CANCELLATION', true, false],
    ['NO_EXTERNALIZED_CHECKPOINTS', false, false],
  ] as const)(
    'P17: %s keeps them after a failure: %s, after a cancel: %s',
    async (retention, onFailure, onCancel) => {
      const rig = await rigOf({ checkpointing: { intervalMs: Infinity, retention } });
      const { id } = await rig.job();
      const seen = await rig.look((pulse) => checkpointingOf(rig.cluster, id, statistics([]), pulse));
      expect(seen).toMatchObject({ retainedOnFailure: onFailure, retainedOnCancel: onCancel });
      // none but those that are asked for
      expect(seen).not.toHaveProperty('intervalMs');
      expect(seen).not.toHaveProperty('lastCheckpointMs');
      expect(seen).not.toHaveProperty('lastSavepointMs');
    },
  );

  it('a savepoint that is under way is told', async () => {
    const rig = await rigOf({ delays: { savepoint: 1_000_000 } });
    const job = await rig.job();
    rig.flink.savepoint(job.id);
    const statistics = await rig.cluster.flink.checkpoints(job.id);
    const seen = await rig.look((pulse) => checkpointingOf(rig.cluster, job.id, statistics, pulse));
    expect(seen.underWay).toMatchObject({ kind: 'SAVEPOINT' });
  });
});
