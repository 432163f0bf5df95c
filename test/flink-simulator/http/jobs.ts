import { texts, trace } from '../traces';
import { notFound, ok, refused, serverError, type Handled } from './answer';
import * as bodies from './bodies';
import type { RestContext } from './context';
import type { Request } from './request';
import { asOf, isSince } from './versions';

/** The routes about the cluster and its jobs. Which answers are cached, and which are not, is as in Flink. */

export function config({ cluster }: RestContext): Handled {
  return ok({
    ...{
      'refresh-interval': cluster.options.refreshIntervalMs,
      'timezone-name': 'UTC',
      'timezone-offset': 0,
    },
    ...{ 'flink-version': cluster.options.version, 'flink-revision': 'simulated' },
    features: asOf(cluster.options.version, 'features', {
      ...{
        'web-submit': cluster.options.scheduling.kind !== 'REACTIVE',
        'web-cancel': true,
        'web-rescale': cluster.options.scheduling.kind === 'ADAPTIVE',
        'web-history': false,
      },
    }),
  });
}

export function overview({ cluster }: RestContext): Handled {
  return ok(bodies.overview(cluster));
}

export function taskManagers({ cluster }: RestContext): Handled {
  const { slots } = cluster;
  const taskmanagers = slots.freeByTaskManager().map((freeSlots, i) => ({
    ...{ id: `tm${i + 1}`, path: `tm${i + 1}`, slotsNumber: slots.perTaskManager, freeSlots },
  }));
  return ok({ taskmanagers });
}

export function jobManagerConfig({ cluster }: RestContext): Handled {
  const { version, savepointRoot, checkpointRoot, refreshIntervalMs, checkpointing, scheduling, settings } =
    cluster.options;
  const all = {
    [isSince(version, '1.20') ? 'execution.checkpointing.savepoint-dir' : 'state.savepoints.dir']:
      savepointRoot,
    [isSince(version, '1.20') ? 'execution.checkpointing.dir' : 'state.checkpoints.dir']: checkpointRoot,
    'execution.checkpointing.interval': checkpointing && `${checkpointing.intervalMs}ms`,
    'execution.checkpointing.externalized-checkpoint-retention': checkpointing?.retention,
    'jobmanager.scheduler': scheduling.kind === 'ADAPTIVE' ? 'adaptive' : undefined,
    'scheduler-mode': scheduling.kind === 'REACTIVE' ? 'REACTIVE' : undefined,
    'jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout':
      scheduling.kind === 'REACTIVE' && isSince(version, '2.0') ? `${scheduling.partMs} ms` : undefined,
    [isSince(version, '2.0')
      ? 'jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling'
      : 'jobmanager.adaptive-scheduler.scaling-interval.min']:
      scheduling.kind === 'DEFAULT' ? undefined : `${scheduling.cooldownMs} ms`,
    'web.refresh-interval': String(refreshIntervalMs),
    ...settings,
  };
  return ok(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])));
}

export function list({ cluster }: RestContext): Handled {
  return ok({ jobs: [...cluster.jobs.values()].map(({ id, state }) => ({ id, status: state })) });
}

export function jobsOverview({ cluster }: RestContext): Handled {
  const now = cluster.options.clock.now();
  return ok({
    jobs: [...cluster.jobs.values()].map((job) => bodies.overviewEntry(cluster.options.version, job, now)),
  });
}

export function details(context: RestContext, request: Request): Handled {
  const job = context.job(request);
  // Seen on 1.20.5; 1.17.2 and 2.3.0 answer.
  if (
    job.onlyResult &&
    isSince(context.cluster.options.version, '1.20') &&
    !isSince(context.cluster.options.version, '2.0')
  )
    throw serverError(trace(texts.noPlan));
  return ok(context.cache.graph(job).details);
}

/** Not cached; the one route on which an unknown job is a 500. */
export function status(context: RestContext, request: Request): Handled {
  const id = context.jobId(request);
  const job = context.cluster.jobs.get(id);
  if (job === undefined) throw serverError(trace(texts.jobNotFound(id)));
  return ok({ status: job.state });
}

export function jobConfig(context: RestContext, request: Request): Handled {
  return ok(context.cache.graph(context.job(request)).config);
}

export function vertex(context: RestContext, request: Request): Handled {
  const { vertex: id = '' } = request.params;
  const found = context.cache.graph(context.job(request)).vertices.get(id);
  if (found === undefined) throw notFound(`JobVertex ${id} not found`);
  return ok(found);
}

export function backpressure(context: RestContext, request: Request): Handled {
  return ok(
    bodies.backpressure(
      context.cluster.options.version,
      context.job(request),
      request.params['vertex'] ?? '',
    ),
  );
}

export function exceptions(context: RestContext, request: Request): Handled {
  return ok(context.cache.graph(context.job(request)).exceptions);
}

export function checkpoints(context: RestContext, request: Request): Handled {
  const job = context.job(request);
  if (job.options.checkpointing === undefined || job.onlyResult)
    throw refused(404, 'Checkpointing has not been enabled.');
  return ok(context.cache.checkpoints(job));
}

/** Long.MAX_VALUE, as far as JavaScript can tell. */
const longestLong = 2 ** 63;

export function checkpointConfig(context: RestContext, request: Request): Handled {
  const { onlyResult, options } = context.job(request);
  const { checkpointing } = options;
  if (checkpointing === undefined || onlyResult) throw notFound('Checkpointing is not enabled for this job.');
  const { intervalMs, timeoutMs, retention, unaligned } = checkpointing;
  const interval = Math.min(intervalMs, longestLong);
  return ok({
    ...{ mode: 'exactly_once', interval, timeout: timeoutMs, min_pause: 0, max_concurrent: 1 },
    externalization: {
      enabled: retention !== 'NO_EXTERNALIZED_CHECKPOINTS',
      delete_on_cancellation: retention !== 'RETAIN_ON_CANCELLATION',
    },
    ...{ state_backend: 'HashMapStateBackend', checkpoint_storage: 'FileSystemCheckpointStorage' },
    ...{ unaligned_checkpoints: unaligned, tolerable_failed_checkpoints: 0 },
  });
}

/** CANCELED already is a success, another end a conflict (FLINK-24275). */
export function cancel(context: RestContext, request: Request): Handled {
  const id = context.jobId(request);
  if (request.query.get('mode') === 'stop')
    throw refused(308, 'The termination mode "stop" has been removed.');
  const job = context.cluster.jobs.get(id);
  if (job === undefined) throw refused(404, 'Job could not be found.');
  if (job.state === 'FINISHED' || job.state === 'FAILED') {
    const why = `the job has already reached another terminal state (${job.state})`;
    throw refused(409, `Job cancellation failed because ${why}.`);
  }
  job.cancel();
  return { ...ok({}, 202), outcome: 'EXECUTED' };
}
