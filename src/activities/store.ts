import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Snapshot } from '../contracts/snapshot';
import { isBelow, normalisePath } from '../planning/paths';
import type { Cluster } from './cluster';

/**
 * The complete savepoint in a directory that Flink was given, looked for in the store itself (P16): when a JobManager
 * is lost after a stop, the path is nowhere in Flink. Undefined if there is none, or if the worker cannot see the store.
 *
 * Flink names it `savepoint-<first 6 hex of the job id>-<12 hex>` and writes `_metadata` last, so a folder with
 * `_metadata` is complete.
 */
export async function savepointInStore(cluster: Cluster, directory: string): Promise<string | undefined> {
  const { snapshotStore, savepointRoot } = cluster.config;
  if (snapshotStore.kind === 'none' || !isBelow(savepointRoot, directory)) return undefined;
  const below = normalisePath(directory).slice(normalisePath(savepointRoot).length);
  const folder = join(snapshotStore.folder, below);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.startsWith('savepoint-'))) {
    if (await isComplete(join(folder, name))) return `${directory.replace(/\/+$/, '')}/${name}`;
  }
  return undefined;
}

/** Whether the worker can look into the store: what it does not find there is not there. */
export async function isStoreSeen({ config: { snapshotStore } }: Cluster): Promise<boolean> {
  if (snapshotStore.kind === 'none') return false;
  return access(snapshotStore.folder).then(
    () => true,
    () => false,
  );
}

/**
 * The newest checkpoint that is in the folder of this one. Flink shows a history that is up to `web.refresh-interval`
 * old, and deletes a checkpoint once it has the next: what was seen last of a job that is forgotten may be gone, and a
 * newer one there. `seen` itself if the worker cannot tell.
 */
export async function newestInStore(cluster: Cluster, seen: Snapshot): Promise<Snapshot> {
  const path = normalisePath(seen.path);
  const isOnDisk = cluster.config.snapshotStore.kind === 'file' && path.startsWith('file:///');
  // Of another job's checkpoints it began with this very one.
  const isItsOwn = seen.kind === 'CHECKPOINT' && path.includes(`/${seen.jobId}/chk-`);
  if (!isOnDisk || !isItsOwn) return seen;
  const folder = dirname(path.slice('file://'.length));
  const ids = (await readdir(folder).catch(() => [])).flatMap((name) => idOf(`/${name}`) ?? []);
  for (const id of ids.sort((a, b) => b - a)) {
    if (id === seen.checkpointId) return seen;
    const newer = join(folder, `chk-${id}`);
    if (await isComplete(newer)) {
      return { kind: 'CHECKPOINT', path: `file:${newer}`, jobId: seen.jobId, checkpointId: id };
    }
  }
  return seen;
}

function idOf(checkpoint: string): number | undefined {
  const id = /\/chk-(\d+)$/.exec(checkpoint)?.[1];
  return id === undefined ? undefined : Number(id);
}

function isComplete(folder: string): Promise<boolean> {
  return access(join(folder, '_metadata')).then(
    () => true,
    () => false,
  );
}
