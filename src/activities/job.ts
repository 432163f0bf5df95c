import type { Checkpointing, JobState, KnownSavepoint, ObservedJob, Vertex } from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import type { OverviewJob } from '../flink/client';
import { FlinkError, isRefusal } from '../flink/errors';
import type { CheckpointEntry, Checkpoints, Subtask } from '../flink/schemas';
import { isBelow } from '../planning/paths';
import { restartsForEver } from '../planning/restart-strategy';
import { newestSnapshot } from '../planning/snapshots';
import type { Cluster } from './cluster';
import { answered, pause, pollDelay } from './wait';
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

/** The newest savepoint that the statistics know: one of the job's own, or the one that it began with (P18). */
export function newestSavepointOf(
  jobId: string,
  checkpoints: Checkpoints | undefined,
): KnownSavepoint | undefined {
  const own = newestSnapshot([
    asSnapshot(jobId, checkpoints?.latest.savepoint),
    ...(checkpoints?.history ?? []).filter(isSavepoint).map((entry) => asSnapshot(jobId, entry)),
  ]);
  if (own !== undefined) return { snapshot: own, takenByJob: true };
  const snapshot = restoredBy(jobId, checkpoints);
  return snapshot?.kind === 'SAVEPOINT' ? { snapshot, takenByJob: false } : undefined;
}

/** A completed savepoint in a directory of ours (P16): of a stop only, or of a job that goes on as well. */
export function savepointBelow(
  jobId: string,
  directory: string,
  checkpoints: Checkpoints | undefined,
  of: 'STOP' | 'ANY',
): Snapshot | undefined {
  const ours = (checkpoints?.history ?? []).filter(
    (entry) =>
      (of === 'ANY' ? isSavepoint(entry) : entry.checkpoint_type === 'SYNC_SAVEPOINT') &&
      isBelow(directory, entry.external_path ?? '/'),
  );
  return newestSnapshot(ours.map((entry) => asSnapshot(jobId, entry)));
}

/** A savepoint or a stop that is under way, whoever asked for it. */
export function savepointUnderWay(checkpoints: Checkpoints | undefined): Checkpointing['underWay'] {
  const entry = checkpoints?.history.find((one) => one.status === 'IN_PROGRESS' && isSavepoint(one));
  if (entry === undefined) return undefined;
  const kind = entry.checkpoint_type === 'SYNC_SAVEPOINT' ? 'STOP' : 'SAVEPOINT';
  return { kind, checkpointId: entry.id, since: entry.trigger_timestamp ?? 0 };
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
  return restartsIn(await subtasksOf(cluster, jobId, vertexIds, pulse));
}

function restartsIn(subtasks: readonly Subtask[]): number {
  return Math.max(0, ...subtasks.map(({ attempt }) => attempt));
}

/** From their first slot request to RUNNING, ms: what the slowest of them took to start and to restore its state. */
function startTookMs(subtasks: readonly Subtask[]): number | undefined {
  const took = subtasks.map(({ 'status-duration': spent = {} }) =>
    ['SCHEDULED', 'DEPLOYING', 'INITIALIZING'].reduce(
      (sum, state) => sum + Math.max(0, spent[state] ?? 0),
      0,
    ),
  );
  const slowest = Math.max(0, ...took);
  return slowest === 0 ? undefined : slowest;
}

async function subtasksOf(
  cluster: Cluster,
  jobId: string,
  vertexIds: readonly string[],
  pulse: Pulse<unknown>,
): Promise<Subtask[]> {
  const vertices = await Promise.all(
    vertexIds.map((id) => answered(pulse, (signal) => cluster.flink.vertex(jobId, id, signal))),
  );
  return vertices.flatMap(({ subtasks }) => subtasks);
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
  readonly batch: boolean;
  readonly finishedTasks: number;
  readonly vertices: Vertex[];
}> {
  const shape = await answered(pulse, (signal) => cluster.flink.job(jobId, signal));
  const finished = (vertex: (typeof shape.vertices)[number]) => vertex.tasks['FINISHED'] ?? 0;
  const vertices = shape.vertices.map((vertex) => ({
    id: vertex.id,
    name: vertex.name,
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    ready: (vertex.tasks['RUNNING'] ?? 0) + finished(vertex),
  }));
  const config = await answered(pulse, (signal) => cluster.flink.jobConfig(jobId, signal));
  const submitted = config['execution-config']?.['job-parallelism'] ?? -1;
  const widest = Math.max(1, ...vertices.map((vertex) => vertex.parallelism));
  return {
    name: shape.name,
    parallelism: submitted > 0 ? submitted : widest,
    restartStrategy: config['execution-config']?.['restart-strategy'] ?? '',
    batch: shape['job-type'] === 'BATCH',
    finishedTasks: shape.vertices.reduce((sum, vertex) => sum + finished(vertex), 0),
    vertices,
  };
}

/** Everything that the plan wants to know of a job that is live, or FAILED. */
export async function observeJob(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<ObservedJob> {
  const { restartStrategy, ...shape } = await shapeNow(cluster, jobId, pulse);
  const checkpoints = await checkpointsOf(cluster, jobId, pulse);
  const newestSnapshot = lastStateOf(jobId, checkpoints);
  const newestSavepoint = newestSavepointOf(jobId, checkpoints);
  const vertexIds = shape.vertices.map((vertex) => vertex.id);
  const option = (key: string) => answered(pulse, (signal) => cluster.flink.option(key, signal));
  // The second is its name before Flink 1.19.
  const ofCluster = (await option('restart-strategy.type')) ?? (await option('restart-strategy'));
  const state = await stateOf(cluster, jobId, pulse);
  const subtasks = await subtasksOf(cluster, jobId, vertexIds, pulse);
  const started = startTookMs(subtasks);
  const backpressure = state === 'RUNNING' ? await backpressureOf(cluster, jobId, shape.vertices) : undefined;
  return {
    id: jobId,
    ...shape,
    state,
    startedAt: (await overviewOf(cluster, jobId, pulse))?.['start-time'] ?? 0,
    restarts: restartsIn(subtasks),
    restartsForEver: restartsForEver({
      ofJob: restartStrategy,
      ...(ofCluster === undefined ? {} : { ofCluster }),
    }),
    ...(started === undefined ? {} : { startTookMs: started }),
    ...(backpressure === undefined ? {} : { backpressure }),
    ...(checkpoints === undefined
      ? {}
      : { checkpointing: await checkpointingOf(cluster, jobId, checkpoints, pulse) }),
    ...(newestSnapshot === undefined ? {} : { newestSnapshot }),
    ...(newestSavepoint === undefined ? {} : { newestSavepoint }),
  };
}

/** The shape, once it knows of every task that runs: Flink's cache may still have them as they started. */
async function shapeNow(cluster: Cluster, jobId: string, pulse: Pulse<unknown>) {
  const startedAt = Date.now();
  for (;;) {
    const entry = await overviewOf(cluster, jobId, pulse);
    const shape = await shapeOf(cluster, jobId, pulse);
    const allReady = shape.vertices.every((vertex) => vertex.ready === vertex.parallelism);
    if (allReady || entry === undefined || !allTasksRun(entry)) return shape;
    await pause(pulse, pollDelay(Date.now() - startedAt));
  }
}

/** The vertex that is held up most. Only for a warning: what Flink does not answer is not asked for again. */
async function backpressureOf(
  cluster: Cluster,
  jobId: string,
  vertices: readonly Vertex[],
): Promise<ObservedJob['backpressure']> {
  try {
    const ratios = await Promise.all(
      vertices.map(async ({ id, name }) => {
        const ofSubtasks = await cluster.flink.backpressure(jobId, id);
        return { vertex: name, ratio: Math.max(0, ...ofSubtasks) };
      }),
    );
    return ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a), { vertex: '', ratio: 0 });
  } catch (error) {
    if (error instanceof FlinkError) return undefined;
    throw error;
  }
}

/** How Flink writes the interval of a job without periodic checkpoints: Long.MAX_VALUE. */
const never = Number.MAX_SAFE_INTEGER;

async function checkpointingOf(
  cluster: Cluster,
  jobId: string,
  checkpoints: Checkpoints,
  pulse: Pulse<unknown>,
): Promise<Checkpointing> {
  const config = await answered(pulse, (signal) => cluster.flink.checkpointConfig(jobId, signal));
  const { enabled, delete_on_cancellation: deletedOnCancel } = config.externalization;
  const { completed, savepoint } = checkpoints.latest;
  const underWay = savepointUnderWay(checkpoints);
  return {
    ...(config.interval >= never ? {} : { intervalMs: config.interval }),
    timeoutMs: config.timeout,
    retainedOnFailure: enabled,
    retainedOnCancel: enabled && !deletedOnCancel,
    unaligned: config.unaligned_checkpoints,
    ...(config.state_backend === undefined ? {} : { stateBackend: config.state_backend }),
    ...(underWay === undefined ? {} : { underWay }),
    ...(completed?.end_to_end_duration == null ? {} : { lastCheckpointMs: completed.end_to_end_duration }),
    ...(savepoint?.end_to_end_duration == null ? {} : { lastSavepointMs: savepoint.end_to_end_duration }),
  };
}
