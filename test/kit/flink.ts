/** What real Flink and its folders say, for tests to hold against what Weir says. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../src/dev/stack';

type Place = Pick<Stack, 'flink'>;

export async function read<T>({ flink }: Place, path: string): Promise<T> {
  const answer = await fetch(`${flink.restUrl}${path}`);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** The state of a job; throws if the JobManager does not know it. */
export async function stateOf(place: Place, jobId: string): Promise<string> {
  return (await read<{ status: string }>(place, `/jobs/${jobId}/status`)).status;
}

interface Checkpoints {
  readonly latest: { readonly restored: { readonly external_path: string } | null };
  readonly history: readonly { readonly status: string; readonly checkpoint_type: string }[];
}

/** Whether a stop with savepoint is under way: asked for, and its savepoint not complete. */
export async function stopInProgress(place: Place, jobId: string): Promise<boolean> {
  const { history } = await read<Checkpoints>(place, `/jobs/${jobId}/checkpoints`);
  return history.some(
    (entry) => entry.status === 'IN_PROGRESS' && entry.checkpoint_type === 'SYNC_SAVEPOINT',
  );
}

/** The snapshot that a job was restored from last. */
export async function restoredFrom(place: Place, jobId: string): Promise<string | undefined> {
  const { latest } = await read<Checkpoints>(place, `/jobs/${jobId}/checkpoints`);
  return latest.restored?.external_path;
}

/** Each subtask's TaskManager, and the number of its attempt: 0 until it is started again. */
export async function subtasksOf(
  place: Place,
  jobId: string,
): Promise<{ status: string; attempt: number; 'taskmanager-id': string }[]> {
  interface Shape {
    readonly vertices: readonly { readonly id: string }[];
  }
  interface Vertex {
    readonly subtasks: { status: string; attempt: number; 'taskmanager-id': string }[];
  }
  const { vertices } = await read<Shape>(place, `/jobs/${jobId}`);
  const seen = await Promise.all(
    vertices.map(({ id }) => read<Vertex>(place, `/jobs/${jobId}/vertices/${id}`)),
  );
  return seen.flatMap(({ subtasks }) => subtasks);
}

/** The job's newest complete checkpoint that is in the checkpoint folder, as a path; undefined if there is none. */
export async function newestRetained({ flink }: Place, jobId: string): Promise<string | undefined> {
  const folder = join(fileURLToPath(flink.checkpointRoot), jobId);
  const checkpoints = (await complete(folder)).filter((path) => path.includes('/chk-'));
  return checkpoints.sort((a, b) => idOf(b) - idOf(a))[0];
}

/** Every complete savepoint of a job of that name below the savepoint root, as a path. */
export async function savepointsOf({ flink }: Place, job: string): Promise<string[]> {
  return complete(join(fileURLToPath(flink.savepointRoot), job));
}

/** The snapshots below a folder: Flink writes `_metadata` last. */
async function complete(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.endsWith('/_metadata')).map((entry) => join(folder, entry, '..'));
}

function idOf(checkpoint: string): number {
  return Number(/chk-(\d+)$/.exec(checkpoint)?.[1]);
}
