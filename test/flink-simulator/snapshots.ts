import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataState } from './data';
import { texts } from './traces';

/** A complete snapshot. `progress`: how much its job had processed, ms. */
export interface Snapshot {
  readonly path: string;
  readonly jobName: string;
  readonly checkpointId: number;
  readonly savepoint: boolean;
  readonly progress: number;
  readonly data: DataState;
  readonly order: number;
}

/** Flink cannot write there; the causes, as it tells them. */
export class CannotWrite extends Error {
  constructor(readonly causes: readonly string[]) {
    super(causes.at(-1));
  }
}

/**
 * The durable store of checkpoints and savepoints, which no JobManager takes along. With `folders`, savepoints really
 * are folders on disk, `_metadata` last, and a snapshot whose folder was deleted is gone.
 */
export class SnapshotStore {
  private readonly snapshots = new Map<string, Snapshot>();
  private taken = 0;

  constructor(private readonly folders: boolean) {}

  /** Makes the folder that a savepoint will be in. @throws CannotWrite */
  begin(directory: string): void {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(directory)?.[1] ?? 'file';
    if (!['file', 's3', 'hdfs'].includes(scheme)) throw new CannotWrite([texts.unknownScheme(scheme)]);
    if (!this.folders || scheme !== 'file') return;
    try {
      mkdirSync(localPath(directory), { recursive: true });
    } catch (error) {
      const cause = `java.io.IOException: ${error instanceof Error ? error.message : String(error)}`;
      throw new CannotWrite([texts.directoryNotCreated(asFlinkWrites(directory)), cause]);
    }
  }

  complete(snapshot: Omit<Snapshot, 'order'>): Snapshot {
    const kept = { ...snapshot, order: ++this.taken };
    this.snapshots.set(asFlinkWrites(snapshot.path), kept);
    if (this.isFolder(kept)) writeFileSync(join(localPath(kept.path), '_metadata'), '');
    return kept;
  }

  /** Flink removes what a failed savepoint has written. */
  abort(directory: string): void {
    if (this.folders && directory.startsWith('file:'))
      rmSync(localPath(directory), { recursive: true, force: true });
  }

  /** A checkpoint that was subsumed, or that its job's end deletes. */
  discard(path: string): void {
    this.snapshots.delete(asFlinkWrites(path));
  }

  /** Deletes it with its files; says whether it was there. */
  dispose(path: string): boolean {
    const found = this.find(path);
    if (found === undefined) return false;
    this.discard(path);
    if (this.isFolder(found)) rmSync(localPath(path), { recursive: true, force: true });
    return true;
  }

  find(path: string): Snapshot | undefined {
    const found = this.snapshots.get(asFlinkWrites(path));
    return found !== undefined && this.exists(found) ? found : undefined;
  }

  /**
   * Whether starting a job of that name from `from` gives up state: there is a snapshot that was taken later and has
   * processed as much or more.
   */
  hasNewerThan(from: Snapshot | undefined, jobName: string): boolean {
    const { order = 0, progress = -1 } = from ?? {};
    return [...this.snapshots.values()].some(
      (one) => one.jobName === jobName && one.order > order && one.progress >= progress && this.exists(one),
    );
  }

  private exists(snapshot: Snapshot): boolean {
    if (!this.isFolder(snapshot)) return true;
    return statSync(join(localPath(snapshot.path), '_metadata'), { throwIfNoEntry: false }) !== undefined;
  }

  private isFolder(snapshot: Snapshot): boolean {
    return this.folders && snapshot.savepoint && snapshot.path.startsWith('file:');
  }
}

/** `file:///a/b/` and `/a/b` as `file:/a/b`: Flink prints a path that has no authority with one slash. */
export function asFlinkWrites(path: string): string {
  const bare = path.replace(/\/+$/, '');
  if (bare.startsWith('/')) return `file:${bare}`;
  return bare.replace(/^file:\/+/, 'file:/');
}

function localPath(path: string): string {
  return decodeURIComponent(asFlinkWrites(path).slice('file:'.length));
}
