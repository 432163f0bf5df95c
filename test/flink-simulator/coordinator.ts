import type { Checkpoint } from './checkpoints';
import type { DataState } from './data';
import type { SimulatedJob } from './job';
import type { Surroundings } from './surroundings';
import { completion } from './traces';

/** A savepoint or checkpoint that somebody waits for; `fail` is called if the job gets in its way. */
export interface Pending {
  readonly entry: Checkpoint;
  readonly fail: (cause: string) => void;
}

/** Has a job's checkpoints taken, and knows which snapshots are under way. */
export class Coordinator {
  readonly pending = new Set<Pending>();
  /** Those that are triggered from now on do not come to their end. */
  hangs = false;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly job: SimulatedJob,
    private readonly world: Surroundings,
  ) {}

  /** Triggers a checkpoint; `done` gets its id, or the stack trace of why not. */
  trigger(done: (end: { id: number } | { stackTrace: string }) => void): void {
    const { job } = this;
    if (job.tasks !== 'RUNNING') return done({ stackTrace: completion(job.notExecuted()) });
    const entry = job.checkpoints.trigger('CHECKPOINT', job.timers.now());
    const waiting: Pending = { entry, fail: (cause) => done({ stackTrace: completion(cause) }) };
    const { progress, data } = job.processing;
    const state = data.barrier();
    this.pending.add(waiting);
    const takes = this.takes();
    if (takes === undefined) return;
    job.timers.after(takes, () => {
      if (!this.pending.delete(waiting)) return;
      this.complete(entry, progress, state);
      done({ id: entry.id });
    });
  }

  /** The first one at once, however long the interval is. */
  periodically(inMs = 0): void {
    const { checkpointing } = this.job.options;
    if (checkpointing === undefined || checkpointing.intervalMs === Infinity) return;
    this.job.timers.after(inMs, () => {
      const busy =
        this.job.stopping !== undefined || this.job.checkpoints.entries[0]?.status === 'IN_PROGRESS';
      if (!busy) this.trigger(() => undefined);
      this.periodically(checkpointing.intervalMs);
    });
  }

  /** Calls `listener` once, when the next checkpoint is complete; never, if what is under way is aborted before. */
  onceComplete(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Checkpoints and savepoints under way fail. */
  abort(cause: string): void {
    for (const { entry, fail } of [...this.pending]) {
      this.job.checkpoints.fail(entry, cause.replace(/^[\w.]+: /, ''), this.job.timers.now());
      fail(cause);
    }
    this.pending.clear();
    this.listeners.clear();
  }

  /** The checkpoints that are on disk are deleted. */
  discard(): void {
    for (const entry of this.job.checkpoints.kept()) {
      entry.discarded = true;
      if (entry.path !== undefined) this.world.snapshots.discard(entry.path);
    }
  }

  /** Undefined: for ever. */
  private takes(): number | undefined {
    const { start } = this.job.options;
    if (this.hangs) return undefined;
    if (start !== 'NORMAL' && start.kind === 'NO_CHECKPOINT') return undefined;
    const isFirst = this.job.checkpoints.count('COMPLETED') === 0;
    return isFirst && start !== 'NORMAL' && start.kind === 'FIRST_CHECKPOINT_AFTER'
      ? start.ms
      : this.world.delays.checkpoint;
  }

  private complete(entry: Checkpoint, progress: number, data: DataState): void {
    const { id: jobId, name, checkpoints, processing } = this.job;
    const path = `${this.world.checkpointRoot}/${jobId}/chk-${entry.id}`;
    this.discard();
    checkpoints.complete(entry, path, this.job.timers.now());
    checkpoints.base = this.world.snapshots.complete({
      ...{ path, jobName: name, checkpointId: entry.id },
      ...{ savepoint: false, progress, data },
    });
    processing.data.commit(data);
    const told = [...this.listeners];
    this.listeners.clear();
    for (const listener of told) listener();
  }
}
