import { freshId } from '../ids';
import type { Call } from '../journal';
import type { OperationEnd } from '../operations';
import { ok, refused, type Handled } from './answer';
import type { RestContext } from './context';
import { checkpointBody, disposalBody, parsed, savepointBody, stopBody, type Request } from './request';
import { isSince } from './versions';

/** The routes of asynchronous operations: a POST that is answered 202 whatever will become of it, and its result. */

export function stop(context: RestContext, request: Request): Handled {
  const { triggerId, targetDirectory } = parsed(request, stopBody, 'StopWithSavepointRequestBody');
  return trigger(context, request, { triggerId, directory: targetDirectory, stop: true });
}

export function savepoint(context: RestContext, request: Request): Handled {
  const body = parsed(request, savepointBody, 'SavepointTriggerRequestBody');
  return trigger(context, request, {
    triggerId: body.triggerId,
    directory: body['target-directory'],
    stop: false,
  });
}

function trigger(
  context: RestContext,
  request: Request,
  wanted: { triggerId: string | undefined; directory: string | null | undefined; stop: boolean },
): Handled {
  const { cluster } = context;
  const jobId = context.jobId(request);
  const directory = wanted.directory ?? cluster.options.savepointRoot;
  if (directory === undefined) {
    const { version } = cluster.options;
    const key = isSince(version, '1.20') ? 'execution.checkpointing.savepoint-dir' : 'state.savepoints.dir';
    throw refused(400, `Config key [${key}] is not set. Property [targetDirectory] must be provided.`);
  }
  const triggerId = wanted.triggerId ?? freshId();
  const outcome = cluster.savepoint({ jobId, triggerId, directory, stop: wanted.stop });
  return { ...ok({ 'request-id': triggerId }, 202), outcome };
}

export function savepointResult(context: RestContext, request: Request): Handled {
  return result(context, request, 'savepoint');
}

export function checkpoint(context: RestContext, request: Request): Handled {
  const { triggerId = freshId() } = parsed(request, checkpointBody, 'CheckpointTriggerRequestBody');
  const outcome = context.cluster.checkpoint(context.jobId(request), triggerId);
  return { ...ok({ 'request-id': triggerId }, 202), outcome };
}

export function checkpointResult(context: RestContext, request: Request): Handled {
  return result(context, request, 'checkpoint');
}

function result(context: RestContext, request: Request, kind: 'savepoint' | 'checkpoint'): Handled {
  const jobId = context.jobId(request);
  const triggerId = request.params['trigger'] ?? '';
  const { savepoints, checkpoints } = context.cluster;
  const cache = kind === 'savepoint' ? savepoints : checkpoints;
  const operation = cache.get(jobId, triggerId);
  if (operation === undefined) {
    throw refused(404, `There is no ${kind} operation with triggerId=${triggerId} for job ${jobId}.`);
  }
  return resultOf(operation.end);
}

function resultOf(end: OperationEnd | undefined): Handled {
  return ok({ status: { id: end === undefined ? 'IN_PROGRESS' : 'COMPLETED' }, operation: end ?? null });
}

/** Answered 200. No trigger id can be given: each call is another operation. */
export function dispose({ cluster }: RestContext, request: Request): Handled {
  const { 'savepoint-path': path } = parsed(request, disposalBody, 'SavepointDisposalRequest');
  const triggerId = freshId();
  cluster.dispose(triggerId, path);
  return { ...ok({ 'request-id': triggerId }), outcome: 'EXECUTED' };
}

export function disposalResult({ cluster }: RestContext, request: Request): Handled {
  const { trigger: triggerId = '' } = request.params;
  const operation = cluster.disposals.get('', triggerId);
  if (operation === undefined) throw refused(404, `Operation not found under key: ${triggerId}`);
  return resultOf(operation.end);
}

export function describeDisposal(request: Request): Partial<Call> {
  return { savepointPath: parsed(request, disposalBody, 'SavepointDisposalRequest')['savepoint-path'] };
}

export function describeStop(request: Request): Partial<Call> {
  const { triggerId, targetDirectory } = parsed(request, stopBody, 'StopWithSavepointRequestBody');
  return { jobId: request.params['id'], triggerId, targetDirectory: targetDirectory ?? undefined };
}

export function describeSavepoint(request: Request): Partial<Call> {
  const body = parsed(request, savepointBody, 'SavepointTriggerRequestBody');
  const targetDirectory = body['target-directory'] ?? undefined;
  return { jobId: request.params['id'], triggerId: body.triggerId, targetDirectory };
}

export function describeCheckpoint(request: Request): Partial<Call> {
  return {
    jobId: request.params['id'],
    triggerId: parsed(request, checkpointBody, 'CheckpointTriggerRequestBody').triggerId,
  };
}
