import { progressOf } from '../../src/activities/checkpoints';
import type { Checkpoints } from '../../src/flink/schemas';

const jobId = 'a'.repeat(32);

/** The statistics of a job that began with `path` and has completed nothing since. */
function begunWith(path: string, is_savepoint: boolean): Checkpoints {
  return {
    counts: { completed: 0, in_progress: 0 },
    latest: { restored: { id: 7, external_path: path, is_savepoint } },
    history: [],
  };
}

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
});
