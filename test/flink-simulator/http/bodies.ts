import { CheckpointLog, type Checkpoint } from '../checkpoints';
import type { Cluster } from '../cluster';
import type { SimulatedJob } from '../job';
import type { Bounds } from '../scheduler';
import { asOf, isSince } from './versions';
import { isEnd, jobStates, type JobState, type TaskState } from '../states';

/** Flink's answers about jobs, as each version gives them. */

const taskStates: readonly TaskState[] = [
  ...(['CREATED', 'SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING'] as const),
  ...(['CANCELING', 'CANCELED', 'FINISHED', 'FAILED'] as const),
];

/** How many of `total` tasks are in which state. Of a job that failed one task did, the others were cancelled. */
function taskCounts(tasks: TaskState, total: number): [TaskState | 'RECONCILING', number][] {
  const failed = tasks === 'FAILED' ? Math.min(1, total) : 0;
  const count = (state: TaskState) => {
    if (state === 'FAILED') return failed;
    if (tasks === 'FAILED') return state === 'CANCELED' ? total - failed : 0;
    return state === tasks ? total : 0;
  };
  return [['RECONCILING', 0], ...taskStates.map((state): [TaskState, number] => [state, count(state)])];
}

/** How many tasks a vertex of that parallelism has. */
function tasksOf({ tasks }: SimulatedJob, parallelism: number): number {
  return tasks === 'NONE' ? 0 : parallelism;
}

export function overviewEntry(version: string, job: SimulatedJob, now: number) {
  return asOf(version, 'overviewEntry', newestOverviewEntry(version, job, now));
}

function newestOverviewEntry(version: string, job: SimulatedJob, now: number) {
  const start = job.since.get('INITIALIZING') ?? now;
  const changes = [...job.since.values()];
  const end = job.ended ? Math.max(...changes) : -1;
  const total = job.vertices.reduce((sum, { parallelism }) => sum + tasksOf(job, parallelism), 0);
  return {
    jid: job.id,
    name: job.onlyResult && !isSince(version, '2.0') ? 'unknown' : job.name,
    jobType: job.options.batch ? 'BATCH' : 'STREAMING',
    schedulerType: job.adaptive ? 'Adaptive' : 'Default',
    'start-time': start,
    'end-time': end,
    duration: (end < 0 ? now : end) - start,
    state: job.state,
    'last-modification': Math.max(...changes),
    tasks: {
      total,
      ...Object.fromEntries(taskCounts(job.tasks, total).map(([state, n]) => [state.toLowerCase(), n])),
    },
    'pending-operators': 0,
  };
}

export function jobDetails(version: string, job: SimulatedJob, now: number) {
  const overview = newestOverviewEntry(version, job, now);
  const vertices = job.vertices.map((vertex) => {
    const tasks = Object.fromEntries(taskCounts(job.tasks, vertex.parallelism));
    const { slotSharingGroup: slotSharingGroupId, ...named } = vertex;
    return asOf(version, 'detailsVertex', {
      ...named,
      slotSharingGroupId,
      status: job.tasks === 'NONE' ? 'CREATED' : job.tasks,
      tasks,
      'start-time': overview['start-time'],
      'end-time': overview['end-time'],
      metrics: {},
    });
  });
  return asOf(version, 'details', {
    ...{ jid: job.id, 'application-id': job.id, name: overview.name, isStoppable: false, state: job.state },
    ...{ 'job-type': overview.jobType, schedulerType: overview.schedulerType },
    ...{
      'start-time': overview['start-time'],
      'end-time': overview['end-time'],
      duration: overview.duration,
    },
    ...{ maxParallelism: job.vertices[0]?.maxParallelism ?? -1, now },
    timestamps: timestampsOf(job),
    vertices,
    'status-counts': Object.fromEntries(taskCounts(job.tasks, vertices.length)),
    plan: { jid: job.id, name: job.name, type: 'STREAMING', nodes: planNodes(job.vertices) },
    'pending-operators': 0,
  });
}

/** A graph's own: an adaptive scheduler makes another one for each start, and none of them is ever RESTARTING. */
function timestampsOf(job: SimulatedJob): Record<string, number> {
  const isTold = (state: JobState) =>
    job.graphless ? state === 'INITIALIZING' || isEnd(state) : !(job.adaptive && state === 'RESTARTING');
  return Object.fromEntries(
    jobStates.map((state) => [state, (isTold(state) ? job.since.get(state) : undefined) ?? 0]),
  );
}

export function planNodes(
  vertices: readonly { readonly id: string; readonly name: string; readonly parallelism: number }[],
) {
  return vertices.map(({ id, name, parallelism }) => ({
    ...{
      id,
      operator: '',
      parallelism,
      operator_strategy: '',
      description: `${name}<br/>`,
      optimizer_properties: {},
    },
  }));
}

export function jobConfig(version: string, job: SimulatedJob) {
  const { restartStrategy, strategyIsConfigured = false } = job.options;
  // 1.17 and 2.3 tell of one that came as configuration, 1.20 does not; 1.19 has renamed the option
  const hides = isSince(version, '1.19') && !isSince(version, '2.0');
  const told = strategyIsConfigured && hides ? undefined : restartStrategy;
  const execution = {
    ...(isSince(version, '2.0') ? {} : { 'execution-mode': 'PIPELINED' }),
    ...{
      'restart-strategy': told ?? 'Cluster level default restart strategy',
      'job-parallelism': job.options.parallelism,
    },
    ...{ 'object-reuse-mode': false, 'user-config': {} },
  };
  return { jid: job.id, name: job.name, 'execution-config': execution };
}

/** Details of each vertex, by id. */
export function vertexDetails(job: SimulatedJob, now: number) {
  const { since, deploying, initializing } = job.deployment.took;
  const duration = {
    CREATED: 0,
    SCHEDULED: 0,
    DEPLOYING: deploying,
    INITIALIZING: initializing,
    RUNNING: -1,
  };
  return new Map(
    job.vertices.map(({ id, name, parallelism, maxParallelism }) => {
      const subtasks = Array.from({ length: tasksOf(job, parallelism) }, (_, subtask) => ({
        ...{ subtask, status: job.tasks, attempt: job.deployment.attemptOf(id, subtask) },
        ...{ endpoint: '127.0.0.1:1', metrics: {} },
        ...{ 'start-time': since, 'status-duration': duration },
      }));
      return [id, { id, name, parallelism, maxParallelism, now, subtasks }];
    }),
  );
}

/** Between which parallelisms each vertex may run. */
export function requirements(bounds: Bounds) {
  return Object.fromEntries(
    [...bounds].map(([id, { lower, upper }]) => [
      id,
      { parallelism: { lowerBound: lower, upperBound: upper } },
    ]),
  );
}

/** What Flink has sampled of a vertex; only the first one is ever held up. */
export function backpressure(version: string, job: SimulatedJob, vertexId: string) {
  const vertex = job.vertices.find(({ id }) => id === vertexId);
  const ratio = vertex === job.vertices[0] ? job.backpressure : 0;
  const backpressureLevel = ratio <= 0.1 ? 'ok' : ratio <= 0.5 ? 'low' : 'high';
  const level = isSince(version, '1.17')
    ? { backpressureLevel }
    : { 'backpressure-level': backpressureLevel };
  const subtasks = Array.from({ length: vertex?.parallelism ?? 0 }, (_, subtask) => ({
    ...{
      subtask,
      'attempt-number': job.deployment.attemptOf(vertexId, subtask),
      ...level,
      ratio,
      idleRatio: 1 - ratio,
      busyRatio: 0,
    },
  }));
  return { status: 'ok', ...level, 'end-timestamp': 0, subtasks };
}

/** Before 2.0 also in the shape that was there before the history. */
export function exceptions(version: string, job: SimulatedJob) {
  const entries = job.failures.map(({ at, stackTrace }) =>
    asOf(version, 'failure', {
      ...{ exceptionName: /^[\w.$]+/.exec(stackTrace)?.[0] ?? '', stacktrace: stackTrace, timestamp: at },
      ...{ failureLabels: {}, concurrentExceptions: [] },
    }),
  );
  const exceptionHistory = { entries, truncated: false };
  if (isSince(version, '2.0')) return { exceptionHistory };
  const { at = null, stackTrace = null } = job.unseen ?? job.failures[0] ?? {};
  const legacy = { 'root-exception': stackTrace, timestamp: at, 'all-exceptions': [], truncated: false };
  return { ...legacy, exceptionHistory };
}

export function checkpoints(version: string, { checkpoints, vertices, graphless }: SimulatedJob) {
  const log = graphless ? new CheckpointLog() : checkpoints;
  const subtasks = vertices.reduce((sum, { parallelism }) => sum + parallelism, 0);
  const entry = (checkpoint: Checkpoint | undefined) =>
    checkpoint && checkpointEntry(version, checkpoint, subtasks);
  const { restored } = log;
  return {
    counts: {
      ...{
        restored: log.restores,
        total: log.entries.length + log.declined,
        in_progress: log.count('IN_PROGRESS'),
      },
      ...{ completed: log.count('COMPLETED'), failed: log.count('FAILED') + log.declined },
    },
    summary: {},
    latest: {
      completed: entry(log.latest('COMPLETED', ['CHECKPOINT'])) ?? null,
      savepoint: entry(log.latest('COMPLETED', ['SAVEPOINT', 'SYNC_SAVEPOINT'])) ?? null,
      failed: entry(log.latest('FAILED', ['CHECKPOINT', 'SAVEPOINT', 'SYNC_SAVEPOINT'])) ?? null,
      restored: restored
        ? {
            ...{ id: restored.checkpointId, restore_timestamp: restored.at },
            ...{ is_savepoint: restored.savepoint, external_path: restored.path },
          }
        : null,
    },
    // web.checkpoints.history
    history: log.entries.slice(0, 10).map((one) => checkpointEntry(version, one, subtasks)),
  };
}

function checkpointEntry(version: string, checkpoint: Checkpoint, subtasks: number) {
  const { id, kind, status, triggeredAt, endedAt } = checkpoint;
  const savepoint = kind !== 'CHECKPOINT';
  const completed = status === 'COMPLETED';
  return asOf(version, 'checkpoint', {
    className: status.toLowerCase(),
    ...{ id, status, is_savepoint: savepoint, savepointFormat: savepoint ? 'CANONICAL' : null },
    ...{ trigger_timestamp: triggeredAt, latest_ack_timestamp: completed ? endedAt : -1 },
    ...{
      checkpointed_size: 0,
      state_size: 0,
      end_to_end_duration: endedAt === undefined ? 0 : endedAt - triggeredAt,
    },
    ...{ alignment_buffered: 0, processed_data: 0, persisted_data: 0, num_subtasks: subtasks },
    ...{ num_acknowledged_subtasks: completed ? subtasks : 0, checkpoint_type: kind, tasks: {} },
    ...(completed ? { external_path: checkpoint.path, discarded: checkpoint.discarded } : {}),
    ...(status === 'FAILED' ? { failure_timestamp: endedAt, failure_message: checkpoint.failure } : {}),
  });
}

export function overview({ slots, jobs, options }: Cluster) {
  const count = (state: string) => [...jobs.values()].filter((job) => job.state === state).length;
  const live = [...jobs.values()].filter((job) => !job.ended).length;
  return {
    ...{ taskmanagers: slots.taskManagers, 'slots-total': slots.total, 'slots-available': slots.free },
    ...{ 'jobs-running': live, 'jobs-finished': count('FINISHED') },
    ...{ 'jobs-cancelled': count('CANCELED'), 'jobs-failed': count('FAILED') },
    ...{ 'flink-version': options.version, 'flink-commit': 'simulated' },
  };
}
