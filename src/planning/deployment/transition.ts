import type { CatalogueEntry, RunEnd } from '../../contracts/deployment';
import type { RescaleResult } from '../../contracts/rescale';
import type { Snapshot } from '../../contracts/snapshot';
import { maxRecoveries } from './decide';
import {
  atParallelism,
  held,
  superseded,
  unseen,
  withCondition,
  withEvent,
  withOne,
  withRevision,
} from './state';
import type { EntityState, Transition } from './state';

/** What a transition, from its beginning to its end, makes of what a deployment's entity knows. */

/** A transition has begun. */
export function began(state: EntityState, running: Transition, at: number): EntityState {
  const name = running.transition === 'START' ? 'STARTING_JOB' : `${running.transition}_STARTED`;
  const drain = state.drain && running.transition !== 'SUSPEND';
  return withEvent({ ...state, running, drain }, at, name, `version ${running.resourceVersion}`);
}

/** The transition that is under way was sent to what is wanted now. */
export function retargets(state: EntityState, at: number): EntityState {
  const { running, resource } = state;
  if (running === undefined || resource === undefined) return state;
  const { resourceVersion } = resource.metadata;
  const target = { resourceVersion, spec: resource.spec };
  const before = withRevision(state, running.resourceVersion, { outcome: 'SUPERSEDED' });
  const next = { ...before, running: { ...running, target, resourceVersion } };
  return withEvent(next, at, 'RETARGETED', `version ${resourceVersion}`);
}

/** Whether somebody else holds the lock of the job. */
export function locked(state: EntityState, workflowId: string, status: boolean, at: number): EntityState {
  return withCondition(state, at, {
    ...{ type: 'WaitingForLock', status, reason: status ? 'LockHeld' : 'LockFree' },
    message: `${workflowId} ${status ? 'is under way, and was not started from here' : 'has ended'}`,
  });
}

/** The transition that was under way has ended. */
export function carriedOut(state: EntityState, end: RunEnd, at: number): EntityState {
  const { running, ...rest } = state;
  if (running === undefined) return state;
  switch (end.kind) {
    case 'COMPLETED':
      return superseded(completed(rest, running, end.result, at));
    case 'FAILED':
      return failed(rest, running, end, at);
    case 'LOST':
      return failed(rest, running, { type: 'Lost', message: end.message }, at);
  }
}

function completed(state: EntityState, running: Transition, result: RescaleResult, at: number): EntityState {
  const { outcome, snapshot, checkpoint = snapshot, to, downtimeMs } = result;
  const done = withCondition(
    {
      ...withSnapshot(state, running, snapshot, at),
      ...(checkpoint === undefined ? {} : { newest: checkpoint }),
    },
    at,
    {
      ...{ type: 'TransitionSucceeded', status: outcome !== 'ABORTED', reason: outcome },
      message: `${running.workflowId} ended`,
    },
  );
  const told = (next: EntityState, name: string) =>
    withEvent(next, at, name, `${running.transition}: ${outcome}`);
  const carried = (next: EntityState) => withRevision(next, running.resourceVersion, { outcome: 'DONE' });
  switch (outcome) {
    case 'RESCALED':
    case 'RESUMED':
    case 'STARTED':
    case 'UNCHANGED': {
      if (to === undefined) return unseen(done);
      const asAsked = to.parallelism === running.target.spec.template.spec.parallelism;
      const { jobId, parallelism } = to;
      const next: EntityState = {
        ...done,
        ...{ known: { kind: 'RUNNING', jobId, parallelism }, upSince: at },
        deployed: atParallelism(running.target, parallelism),
      };
      const calm = withCondition(told(next, 'TRANSITIONED_TO_RUNNING_STATE'), at, {
        ...{ type: 'JobFailing', status: false, reason: outcome, message: `job ${jobId} runs` },
      });
      if (!asAsked) return calm;
      return withRevision(calm, running.target.resourceVersion, {
        outcome: 'DONE',
        ...(downtimeMs === undefined ? {} : { downtimeMs: downtimeMs.total }),
      });
    }
    case 'SUSPENDED':
      return told(
        carried({ ...done, known: { kind: 'NONE', since: 'SUSPENDED' } }),
        'TRANSITIONED_TO_SUSPENDED_STATE',
      );
    case 'CANCELLED':
      return told(
        carried({ ...done, known: { kind: 'NONE', since: 'CANCELLED' } }),
        'TRANSITIONED_TO_CANCELLED_STATE',
      );
    case 'SAVED':
      return told(savepointTaken(done), 'SAVEPOINT_COMPLETED');
    case 'ABORTED':
      return told(undone(unseen(done), running, 'Aborted', 'somebody aborted it', at), 'TRANSITION_ABORTED');
    case 'PLANNED':
      return unseen(done);
  }
}

const origins = {
  RESCALE: 'SUSPEND_AND_UPGRADE',
  SUSPEND: 'SUSPEND',
  SAVEPOINT: 'USER_REQUEST',
  CANCEL: 'RETAINED_CHECKPOINT',
  START: undefined,
} as const;

function withSnapshot(
  state: EntityState,
  { transition }: Transition,
  snapshot: Snapshot | undefined,
  at: number,
): EntityState {
  const origin = origins[transition];
  if (snapshot === undefined || origin === undefined) return state;
  const isCheckpoint = snapshot.kind === 'CHECKPOINT';
  const entry: CatalogueEntry = {
    ...{ origin: isCheckpoint ? 'RETAINED_CHECKPOINT' : origin, state: 'COMPLETED', snapshot, at },
    resourceVersion: state.deployed?.resourceVersion ?? 0,
  };
  return withOne(state, 'catalogue', entry);
}

function failed(
  state: EntityState,
  running: Transition,
  { type, message }: { readonly type: string; readonly message: string },
  at: number,
): EntityState {
  const what = message.replace(/\n.*/s, '');
  const name = `${running.transition}_FAILED`;
  const told = withCondition(withEvent(afterFailure(state, type), at, name, `${type}: ${what}`), at, {
    ...{ type: 'TransitionSucceeded', status: false, reason: type, message },
  });
  return undone(told, running, 'TransitionFailed', message, at);
}

/** What was to be done is not: it is noted, and not begun again by itself, but for the bounded tries to bring a job back. */
function undone(
  state: EntityState,
  { transition, target, resourceVersion, recovers }: Transition,
  reason: 'TransitionFailed' | 'Aborted',
  message: string,
  at: number,
): EntityState {
  if (transition === 'SAVEPOINT') {
    const entry: CatalogueEntry = {
      ...{ origin: 'USER_REQUEST', state: 'FAILED', message, at },
      resourceVersion: target.resourceVersion,
    };
    return withOne(savepointTaken(state), 'catalogue', entry);
  }
  if (recovers) {
    const recoveries = state.recoveries + 1;
    const isLast = recoveries >= maxRecoveries || reason === 'Aborted';
    return isLast
      ? held({ ...state, recoveries }, resourceVersion, 'RecoveryFailed')
      : { ...state, recoveries };
  }
  return held(withRevision(state, resourceVersion, { outcome: 'FAILED', message }), resourceVersion, reason);
}

/** One fewer is asked for. */
function savepointTaken(state: EntityState): EntityState {
  return { ...state, savepointsAsked: Math.max(0, state.savepointsAsked - 1) };
}

/** After JobDown no job runs, and that was not meant. */
function afterFailure(state: EntityState, type: string): EntityState {
  const { known } = state;
  const isDown = type === 'JobDown' && known.kind === 'RUNNING';
  return unseen(isDown ? { ...state, known: { kind: 'ENDED', how: 'FAILED', jobId: known.jobId } } : state);
}
