import type { JobState, ObservedJob, Vertex } from '../contracts/observation';
import type { OverviewJob } from '../flink/client';
import { FlinkError, isRefusal } from '../flink/errors';
import type { Subtask } from '../flink/schemas';
import { restartsForEver } from '../planning/restart-strategy';
import { checkpointingOf, checkpointsOf, lastStateOf, newestSavepointOf } from './checkpoints';
import type { Cluster } from './cluster';
import { coolsForMs, cooldownMs, requirementsOf, schedulerOf } from './scheduling';
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
    ...(await adaptivityOf(cluster, jobId, shape, pulse)),
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

/**
 * What an adaptive scheduler makes of the job: it runs at what there are slots for, within bounds that are changed while
 * it runs, whatever it was submitted with.
 */
async function adaptivityOf(
  cluster: Cluster,
  jobId: string,
  { parallelism: submitted, vertices }: Pick<ObservedJob, 'parallelism' | 'vertices'>,
  pulse: Pulse<unknown>,
): Promise<Partial<Pick<ObservedJob, 'parallelism' | 'requirements' | 'coolsForMs'>>> {
  const scheduler = await schedulerOf(cluster, pulse);
  if (scheduler === 'DEFAULT') return {};
  const cooling = await coolsForMs(cluster, jobId, await cooldownMs(cluster, pulse), pulse);
  const cooldown = cooling <= 0 ? {} : { coolsForMs: cooling };
  const widest = Math.max(1, ...vertices.map((vertex) => vertex.parallelism));
  if (scheduler === 'REACTIVE') return { parallelism: widest, ...cooldown };
  const requirements = await requirementsOf(cluster, jobId, pulse);
  if (requirements === undefined) return {};
  const runsSo = vertices.length === 0 || vertices.some((vertex) => vertex.parallelism === submitted);
  return { parallelism: runsSo ? submitted : widest, requirements, ...cooldown };
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
