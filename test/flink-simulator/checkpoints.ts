import type { Snapshot } from './snapshots';

export type CheckpointKind = 'CHECKPOINT' | 'SAVEPOINT' | 'SYNC_SAVEPOINT';

/** One entry of a job's checkpoint history. */
export interface Checkpoint {
  readonly id: number;
  readonly kind: CheckpointKind;
  readonly triggeredAt: number;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  endedAt?: number;
  path?: string;
  discarded?: boolean;
  failure?: string;
}

export interface Restored {
  readonly checkpointId: number;
  readonly at: number;
  readonly savepoint: boolean;
  readonly path: string;
}

/** The checkpoint statistics of a job, and the snapshot that it would fail over to. */
export class CheckpointLog {
  /** Newest first. */
  readonly entries: Checkpoint[] = [];
  restored: Restored | undefined;
  restores = 0;
  /** Those that met tasks that did not run yet: each deployment has one. They count as failed, and have no entry. */
  declined = 0;
  /** What a failover restores: the last completed checkpoint (never a savepoint), else what the job began with. */
  base: Snapshot | undefined;
  private nextId = 1;

  trigger(kind: CheckpointKind, now: number): Checkpoint {
    const entry: Checkpoint = { id: this.nextId++, kind, triggeredAt: now, status: 'IN_PROGRESS' };
    this.entries.unshift(entry);
    return entry;
  }

  complete(entry: Checkpoint, path: string, now: number): void {
    entry.status = 'COMPLETED';
    entry.path = path;
    entry.discarded = false;
    entry.endedAt = now;
  }

  fail(entry: Checkpoint, failure: string, now: number): void {
    if (entry.status !== 'IN_PROGRESS') return;
    entry.status = 'FAILED';
    entry.failure = failure;
    entry.endedAt = now;
  }

  restore(snapshot: Snapshot, now: number): void {
    const { checkpointId, savepoint, path } = snapshot;
    this.restored = { checkpointId, at: now, savepoint, path };
    this.restores += 1;
    this.nextId = Math.max(this.nextId, checkpointId + 1);
  }

  /** The checkpoints (not savepoints) that are on disk. */
  kept(): Checkpoint[] {
    return this.entries.filter(
      ({ kind, status, discarded }) => kind === 'CHECKPOINT' && status === 'COMPLETED' && !discarded,
    );
  }

  latest(status: Checkpoint['status'], kinds: readonly CheckpointKind[]): Checkpoint | undefined {
    return this.entries.find((entry) => entry.status === status && kinds.includes(entry.kind));
  }

  count(status: Checkpoint['status']): number {
    return this.entries.filter((entry) => entry.status === status).length;
  }
}
