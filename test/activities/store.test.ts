import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClusters, type Cluster } from '../../src/activities/cluster';
import { newestInStore, savepointInStore } from '../../src/activities/store';
import { parseConfig } from '../../src/config';
import type { Snapshot } from '../../src/contracts/snapshot';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-store-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A cluster that sees its savepoints in `root`, or that cannot look for them. */
function cluster(kind: 'file' | 'none' = 'file'): Cluster {
  const local = {
    rest: 'http://127.0.0.1:1',
    savepointRoot: `file://${root}`,
    artifacts: root,
    snapshotStore: { kind },
  };
  const [only] = connectClusters(parseConfig(JSON.stringify({ clusters: { local } }), 'weir.yaml')).values();
  if (only === undefined) throw new Error('no cluster');
  return only;
}

/** A folder as Flink writes it: `_metadata` comes last. */
async function snapshot(name: string, complete = true): Promise<void> {
  await mkdir(join(root, name), { recursive: true });
  if (complete) await writeFile(join(root, name, '_metadata'), '');
}

function checkpoint(id: number): Snapshot {
  return { kind: 'CHECKPOINT', path: `file:${root}/job/chk-${id}`, jobId: 'job', checkpointId: id };
}

test('P16: a savepoint whose path was lost is found in the directory of its try, once it is complete', async () => {
  const directory = `file://${root}/orders/try-1`;
  await snapshot('orders/try-1/savepoint-aaaaaa-1', false);
  expect(await savepointInStore(cluster(), directory)).toBeUndefined();

  await snapshot('orders/try-1/savepoint-aaaaaa-2');
  expect(await savepointInStore(cluster(), directory)).toBe(`${directory}/savepoint-aaaaaa-2`);
  expect(await savepointInStore(cluster('none'), directory)).toBeUndefined();
  expect(await savepointInStore(cluster(), 'file:///elsewhere/try-1')).toBeUndefined();
});

test('P14: of a job that is forgotten the newest complete checkpoint in its folder counts, not the one that was seen last', async () => {
  await snapshot('job/chk-9');
  await snapshot('job/chk-10');
  await snapshot('job/chk-11', false);
  await mkdir(join(root, 'job', 'shared'));
  expect(await newestInStore(cluster(), checkpoint(8))).toEqual(checkpoint(10));
  expect(await newestInStore(cluster(), checkpoint(9))).toEqual(checkpoint(10));
  expect(await newestInStore(cluster(), checkpoint(10))).toEqual(checkpoint(10));
});

test('what was seen last counts where there is nothing to look for: another file system or job, no store, no folder, a savepoint', async () => {
  await snapshot('job/chk-10');
  const elsewhere: Snapshot = { ...checkpoint(9), path: 's3://bucket/job/chk-9' };
  const gone: Snapshot = { ...checkpoint(9), path: `file:${root}/other/chk-9` };
  const savepoint: Snapshot = { ...checkpoint(9), kind: 'SAVEPOINT' };
  const ofAnother: Snapshot = { ...checkpoint(9), jobId: 'its-successor' };
  for (const seen of [elsewhere, gone, savepoint, ofAnother])
    expect(await newestInStore(cluster(), seen)).toBe(seen);
  const seen = checkpoint(9);
  expect(await newestInStore(cluster('none'), seen)).toBe(seen);
});
