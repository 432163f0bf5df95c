import type { JobState, ObservedJob, Vertex } from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import type { OverviewJob } from '../flink/client';
import { isRefusal } from '../flink/errors';
import type { CheckpointEntry, Checkpoints } from '../flink/schemas';
import { isBelow } from '../planning/paths';
import { restartsForEver } from '../planning/restart-strategy';
import { newestSnapshot } from '../planning/snapshots';
import type { Cluster } from './cluster';
import { answered } from './wait';
import type { Pulse } from './wait';

/** What is seen of one job: the reads that several activities share. */

/** The state by `/jobs/:id/status`, which Flink does not cache; FORGOTTEN if the JobManager does not know the id. */
export async function stateOf(cluster: Cluster, jobId: string, pulse: Pulse<unknown>): Promise<JobState> {
  return answered(pulse, async (signal) => {
    try {
      return await cluster.flink.jobStatus(jobId, signal);
    } catch (error) {
      if (isRefusal(error, 'JOB_NOT_FOUND')) return 'FORGOTTEN';
      throw error;
    }
  });
}

/** The job's entry in `/jobs/overview`, not cached; undefined if the JobManager does not know the id. */
export async function overviewOf(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<OverviewJob | undefined> {
  return (await answered(pulse, (signal) => cluster.flink.jobs(signal))).find((job) => job.jid === jobId);
}

const endedStates: readonly JobState[] = ['FINISHED', 'CANCELED', 'FAILED'];

/** FINISHED, CANCELED and FAILED mean stopped (P11); nothing else does. */
export function hasEnded(state: JobState): state is 'FINISHED' | 'CANCELED' | 'FAILED' {
  return endedStates.includes(state);
}

/** Whether every task runs; a job is RUNNING before its tasks are. */
export function allTasksRun(job: OverviewJob): boolean {
  return job.tasks.total > 0 && job.tasks.running + job.tasks.finished === job.tasks.total;
}

/** The checkpoint statistics, or undefined for a job without checkpointing or one that is forgotten. */
export async function checkpointsOf(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<Checkpoints | undefined> {
  return answered(pulse, async (signal) => {
    try {
      return await cluster.flink.checkpoints(jobId, signal);
    } catch (error) {
      if (isRefusal(error, 'CHECKPOINTING_DISABLED') || isRefusal(error, 'JOB_NOT_FOUND')) return undefined;
      throw error;
    }
  });
}

/** The newest snapshot that can still be restored from, as far as the job's own statistics know. */
export function newestOf(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  const entries = [
    checkpoints?.latest.completed,
    checkpoints?.latest.savepoint,
    ...(checkpoints?.history ?? []),
  ];
  return newestSnapshot(entries.map((entry) => asSnapshot(jobId, entry)));
}

/**
 * The newest snapshot that can still be restored from, what the job began with among them: a job without a checkpoint
 * of its own, or whose own ones were deleted at its end, leaves nothing else.
 */
export function lastStateOf(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  return newestOf(jobId, checkpoints) ?? restoredBy(jobId, checkpoints);
}

function restoredBy(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  const restored = checkpoints?.latest.restored;
  if (restored?.external_path == null || restored.external_path.startsWith('<')) return undefined;
  // A checkpoint that the job failed over to is deleted as soon as there is a later one; a savepoint never is.
  if (!restored.is_savepoint && checkpoints?.counts.completed !== 0) return undefined;
  const kind = restored.is_savepoint ? 'SAVEPOINT' : 'CHECKPOINT';
  return { kind, path: restored.external_path, jobId, checkpointId: restored.id };
}

/** What a job of ours has added to the snapshot that it began with; one that began without it has added nothing (P24). */
export function progressOf(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  return checkpoints?.latest.restored == null ? undefined : newestOf(jobId, checkpoints);
}

/** A completed stop's savepoint in a directory of ours (P16). */
export function savepointBelow(
  jobId: string,
  directory: string,
  checkpoints: Checkpoints | undefined,
): Snapshot | undefined {
  const ours = (checkpoints?.history ?? []).filter(
    (entry) => entry.checkpoint_type === 'SYNC_SAVEPOINT' && isBelow(directory, entry.external_path ?? '/'),
  );
  return newestSnapshot(ours.map((entry) => asSnapshot(jobId, entry)));
}

export function savepointInProgress(checkpoints: Checkpoints | undefined): boolean {
  return (checkpoints?.history ?? []).some((entry) => entry.status === 'IN_PROGRESS' && isSavepoint(entry));
}

function isSavepoint(entry: CheckpointEntry): boolean {
  return entry.is_savepoint === true || entry.checkpoint_type?.includes('SAVEPOINT') === true;
}

function asSnapshot(jobId: string, entry: CheckpointEntry | null | undefined): Snapshot | undefined {
  if (entry == null || entry.status !== 'COMPLETED' || entry.discarded === true) return undefined;
  // JobManager storage writes "<checkpoint-not-externally-addressable>": nothing that a job could start from
  if (entry.external_path == null || entry.external_path.startsWith('<')) return undefined;
  return {
    kind: isSavepoint(entry) ? 'SAVEPOINT' : 'CHECKPOINT',
    path: entry.external_path,
    jobId,
    checkpointId: entry.id,
    ...(entry.latest_ack_timestamp === undefined ? {} : { completedAt: entry.latest_ack_timestamp }),
  };
}

/** How often the job's tasks were started again: the highest attempt of any subtask. Cached by Flink. */
export async function restartsOf(
  cluster: Cluster,
  jobId: string,
  vertexIds: readonly string[],
  pulse: Pulse<unknown>,
): Promise<number> {
  const attempts = await Promise.all(
    vertexIds.map(async (id) => {
      const { subtasks } = await answered(pulse, (signal) => cluster.flink.vertex(jobId, id, signal));
      return subtasks.map((subtask) => subtask.attempt);
    }),
  );
  return Math.max(0, ...attempts.flat());
}

/** Vertices and parallelism, of a live job or one that has ended. */
export async function shapeOf(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<{
  readonly name: string;
  readonly parallelism: number;
  readonly restartStrategy: string;
  readonly vertices: Vertex[];
}> {
  const shape = await answered(pulse, (signal) => cluster.flink.job(jobId, signal));
  const vertices = shape.vertices.map((vertex) => ({
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    ready: (vertex.tasks['RUNNING'] ?? 0) + (vertex.tasks['FINISHED'] ?? 0),
  }));
  const config = await answered(pulse, (signal) => cluster.flink.jobConfig(jobId, signal));
  const submitted = config['execution-config']?.['job-parallelism'] ?? -1;
  const widest = Math.max(1, ...vertices.map((vertex) => vertex.parallelism));
  const restartStrategy = config['execution-config']?.['restart-strategy'] ?? '';
  return { name: shape.name, parallelism: submitted > 0 ? submitted : widest, restartStrategy, vertices };
}

/** Everything that the plan wants to know of a live job. */
export async function observeJob(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<ObservedJob> {
  const { name, parallelism, restartStrategy, vertices } = await shapeOf(cluster, jobId, pulse);
  const checkpoints = await checkpointsOf(cluster, jobId, pulse);
  const newest = lastStateOf(jobId, checkpoints);
  const vertexIds = vertices.map((vertex) => vertex.id);
  const option = (key: string) => answered(pulse, (signal) => cluster.flink.option(key, signal));
  // The second is its name before Flink 1.19.
  const ofCluster = (await option('restart-strategy.type')) ?? (await option('restart-strategy'));
  return {
    id: jobId,
    name,
    state: await stateOf(cluster, jobId, pulse),
    parallelism,
    vertices,
    startedAt: (await overviewOf(cluster, jobId, pulse))?.['start-time'] ?? 0,
    restarts: await restartsOf(cluster, jobId, vertexIds, pulse),
    restartsForEver: restartsForEver({
      ofJob: restartStrategy,
      ...(ofCluster === undefined ? {} : { ofCluster }),
    }),
    ...(checkpoints === undefined
      ? {}
      : { checkpointing: await checkpointingOf(cluster, jobId, checkpoints, pulse) }),
    ...(newest === undefined ? {} : { newestSnapshot: newest }),
  };
}

async function checkpointingOf(
  cluster: Cluster,
  jobId: string,
  checkpoints: Checkpoints,
  pulse: Pulse<unknown>,
): Promise<NonNullable<ObservedJob['checkpointing']>> {
  const config = await answered(pulse, (signal) => cluster.flink.checkpointConfig(jobId, signal));
  const last = checkpoints.latest.completed?.end_to_end_duration;
  return {
    intervalMs: config.interval,
    timeoutMs: config.timeout,
    retainedOnFailure: config.externalization.enabled,
    savepointInProgress: savepointInProgress(checkpoints),
    ...(last == null ? {} : { lastDurationMs: last }),
  };
}
