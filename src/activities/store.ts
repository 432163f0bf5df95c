import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
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
    const complete = await access(join(folder, name, '_metadata')).then(
      () => true,
      () => false,
    );
    if (complete) return `${directory.replace(/\/+$/, '')}/${name}`;
  }
  return undefined;
}
