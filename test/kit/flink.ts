/** What real Flink and its folders say, for tests to hold against what Weir says. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../src/dev/stack';
import { until } from '../../src/dev/until';

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

/** The names of a job's vertices, which say what jar it is of (`rebuiltExample`). */
export async function verticesOf(place: Place, jobId: string): Promise<string> {
  interface Shape {
    readonly vertices: readonly { readonly name: string }[];
  }
  const { vertices } = await read<Shape>(place, `/jobs/${jobId}`);
  return vertices.map(({ name }) => name).join();
}

interface Checkpoints {
  readonly counts: { readonly completed: number };
  readonly latest: {
    readonly restored: { readonly external_path: string } | null;
    readonly savepoint: { readonly external_path: string; readonly savepointFormat: string } | null;
  };
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

/** The format of the last savepoint that was taken of the job; undefined if none was. */
export async function formatOfLastSavepoint(place: Place, jobId: string): Promise<string | undefined> {
  const { latest } = await read<Checkpoints>(place, `/jobs/${jobId}/checkpoints`);
  return latest.savepoint?.savepointFormat;
}

/** Waits until so many checkpoints of the job are complete. */
export async function checkpointed(place: Place, jobId: string, times = 1): Promise<void> {
  await until(
    async () => (await read<Checkpoints>(place, `/jobs/${jobId}/checkpoints`)).counts.completed >= times,
    { what: `${times} checkpoints of job ${jobId}`, deadlineMs: 60_000 },
  );
}

/** Takes a savepoint of a running job, as somebody else would; returns its path. */
export async function takeSavepoint(place: Place, jobId: string): Promise<string> {
  const answer = await fetch(`${place.flink.restUrl}/jobs/${jobId}/savepoints`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ 'target-directory': place.flink.savepointRoot }),
  });
  const { 'request-id': id } = (await answer.json()) as { 'request-id': string };
  interface Operation {
    readonly operation: { readonly location?: string } | null;
  }
  const wait = { what: `a savepoint of job ${jobId}`, deadlineMs: 60_000 };
  const path = await until(
    async () =>
      (await read<Operation>(place, `/jobs/${jobId}/savepoints/${id}`)).operation?.location ?? false,
    wait,
  );
  // Flink's statistics, which a plan goes by, are some ms behind.
  await until(async () => {
    const { latest } = await read<Checkpoints>(place, `/jobs/${jobId}/checkpoints`);
    return latest.savepoint?.external_path === path;
  }, wait);
  return path;
}

/** Cancels a job, as somebody else would, and waits for its end. */
export async function cancel(place: Place, jobId: string): Promise<void> {
  await fetch(`${place.flink.restUrl}/jobs/${jobId}?mode=cancel`, { method: 'PATCH' });
  await until(async () => (await stateOf(place, jobId)) === 'CANCELED', {
    what: `job ${jobId} to be CANCELED`,
    deadlineMs: 60_000,
  });
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
