import type { CatalogueEntry, RunEnd, Sighting } from '../../contracts/deployment';
import type { RescaleResult } from '../../contracts/rescale';
import type { Snapshot } from '../../contracts/snapshot';
import { decide, drift, maxRecoveries } from './decide';
import type { Held, Known, Versioned } from './decide';
import { knowledgeOf, withCondition, withEvent, withOne, withRevision } from './state';
import type { EntityState, Transition } from './state';

/** What a look at the cluster, or the end of a transition, makes of what a deployment's entity knows. */

/** A job that has run for so long, ms, is brought back as if it had never failed. */
const stableMs = 10 * 60_000;

/** `at`: ms since the epoch. */
export function sighted(state: EntityState, sighting: Sighting, at: number): EntityState {
  const { known } = state;
  const before = known.kind === 'UNSEEN' ? known.before : known;
  const seen = { ...state, ...newestOf(sighting) };
  switch (sighting.kind) {
    case 'LIVE':
      return live(seen, { jobId: sighting.jobId, parallelism: sighting.parallelism }, before, at);
    case 'SEVERAL':
      return withEvent(
        { ...seen, known: { kind: 'SEVERAL', jobIds: sighting.jobIds } },
        at,
        'SEVERAL_JOBS',
        `${sighting.jobIds.length} live jobs bear its name: ${sighting.jobIds.join(', ')}`,
      );
    case 'NOTHING':
      return { ...seen, known: noneLeft(before) };
    case 'STOPPED':
      if (isOver(before)) return { ...seen, known: before };
      return sighting.meant
        ? changedElsewhere({ ...seen, known: { kind: 'NONE', since: 'SUSPENDED' } }, at, 'it was stopped')
        : over(seen, { kind: 'ENDED', how: 'VANISHED', jobId: sighting.jobId }, at);
    case 'ENDED':
      // What we have started and ended ourselves since tells nothing new.
      if (isOver(before)) return { ...seen, known: before };
      return over(seen, { kind: 'ENDED', how: sighting.how, jobId: sighting.jobId }, at);
  }
}

/** No live job bears its name. Of several, somebody has ended all: that was meant, so only an edit starts it again. */
function noneLeft(before: Known | undefined): Known {
  if (before === undefined) return { kind: 'NONE', since: 'NEVER' };
  if (before.kind !== 'SEVERAL') return before;
  return { kind: 'ENDED', how: 'CANCELED', jobId: before.jobIds.join(', ') };
}

function isOver(known: Known | undefined): known is Known & { readonly kind: 'NONE' | 'ENDED' } {
  return known?.kind === 'NONE' || known?.kind === 'ENDED';
}

function newestOf({ newest }: Sighting): { readonly newest?: Snapshot } {
  return newest === undefined ? {} : { newest };
}

interface Job {
  readonly jobId: string;
  readonly parallelism: number;
}

/** A job runs. One that nobody has started from here is adopted: as what is wanted, at the parallelism that it has. */
function live(state: EntityState, job: Job, before: Known | undefined, at: number): EntityState {
  const seen: EntityState = { ...state, known: { kind: 'RUNNING', ...job } };
  const { deployed, resource } = state;
  if (deployed === undefined) {
    if (resource === undefined) return seen;
    const { resourceVersion } = resource.metadata;
    const adopted = atParallelism({ resourceVersion, spec: resource.spec }, job.parallelism);
    return withEvent(
      { ...seen, deployed: adopted, upSince: at },
      at,
      'ADOPTED',
      `job ${job.jobId}, which runs at ${job.parallelism}, is looked after from now on`,
    );
  }
  const isSame = before?.kind === 'RUNNING' && before.jobId === job.jobId;
  if (isSame && before.parallelism === job.parallelism) return seen;
  const here = { ...seen, deployed: atParallelism(deployed, job.parallelism), upSince: at };
  return changedElsewhere(here, at, `job ${job.jobId} runs at ${job.parallelism}`);
}

/** Somebody has changed the job behind our back: the drift is shown, and only the next edit is carried out. */
function changedElsewhere(state: EntityState, at: number, what: string): EntityState {
  const version = state.resource?.metadata.resourceVersion;
  const isEdited = state.revisions.at(-1)?.outcome === 'PENDING';
  if (version === undefined || isEdited || state.held !== undefined) return state;
  return withEvent(held(state, version, 'ChangedElsewhere'), at, 'CHANGED_ELSEWHERE', what);
}

function held(state: EntityState, resourceVersion: number, reason: Held['reason']): EntityState {
  return { ...state, held: { resourceVersion, reason } };
}

/** It ended, and not by us. */
function over(state: EntityState, known: Known & { readonly kind: 'ENDED' }, at: number): EntityState {
  const { upSince = at } = state;
  const recoveries = at - upSince >= stableMs ? 0 : state.recoveries;
  const event = events[known.how];
  return withCondition(
    withEvent({ ...state, known, recoveries }, at, event, `job ${known.jobId} is ${known.how}`),
    at,
    {
      ...{ type: 'JobFailing', status: known.how === 'FAILED' || known.how === 'VANISHED' },
      ...{ reason: known.how, message: `job ${known.jobId} is ${known.how}` },
    },
  );
}

/** Ververica Platform's names. */
const events = {
  FAILED: 'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_FAILED_JOB',
  VANISHED: 'TRANSITIONING_TO_FAILED_STATE_BECAUSE_OF_A_MISSING_JOB',
  FINISHED: 'TRANSITIONED_TO_FINISHED_STATE',
  CANCELED: 'TRANSITIONED_TO_CANCELLED_STATE',
} as const;

/** A transition has begun. */
export function began(state: EntityState, running: Transition, at: number): EntityState {
  const name = running.transition === 'START' ? 'STARTING_JOB' : `${running.transition}_STARTED`;
  return withEvent({ ...state, running, drain: false }, at, name, `version ${running.resourceVersion}`);
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
      return completed(rest, running, end.result, at);
    case 'FAILED':
      return failed(rest, running, end, at);
    case 'LOST':
      return failed(rest, running, { type: 'Lost', message: end.message }, at);
  }
}

function completed(state: EntityState, running: Transition, result: RescaleResult, at: number): EntityState {
  const { outcome, snapshot, to, downtimeMs } = result;
  const done = withCondition(
    {
      ...withSnapshot(state, running, snapshot, at),
      ...(snapshot === undefined ? {} : { newest: snapshot }),
    },
    at,
    { type: 'TransitionSucceeded', status: true, reason: outcome, message: `${running.workflowId} ended` },
  );
  const told = (next: EntityState, name: string) =>
    withEvent(next, at, name, `${running.transition}: ${outcome}`);
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
      const running_ = told(next, 'TRANSITIONED_TO_RUNNING_STATE');
      const calm = withCondition(running_, at, {
        ...{ type: 'JobFailing', status: false, reason: outcome, message: `job ${jobId} runs` },
      });
      if (!asAsked) return calm;
      return withRevision(calm, running.resourceVersion, {
        outcome: 'DONE',
        ...(downtimeMs === undefined ? {} : { downtimeMs: downtimeMs.total }),
      });
    }
    case 'SUSPENDED':
      return told(
        { ...done, known: { kind: 'NONE', since: 'SUSPENDED' } },
        'TRANSITIONED_TO_SUSPENDED_STATE',
      );
    case 'CANCELLED':
      return told(
        { ...done, known: { kind: 'NONE', since: 'CANCELLED' } },
        'TRANSITIONED_TO_CANCELLED_STATE',
      );
    case 'SAVED':
      return told(
        { ...done, savepointsAsked: Math.max(0, state.savepointsAsked - 1) },
        'SAVEPOINT_COMPLETED',
      );
    case 'ABORTED':
      return told(held(unseen(done), running.resourceVersion, 'Aborted'), 'TRANSITION_ABORTED');
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
  const [what = type] = message.split('\n');
  const name = `${running.transition}_FAILED`;
  const told = withCondition(withEvent(afterFailure(state, type), at, name, `${type}: ${what}`), at, {
    ...{ type: 'TransitionSucceeded', status: false, reason: type, message },
  });
  if (running.transition === 'SAVEPOINT') {
    const entry: CatalogueEntry = {
      ...{ origin: 'USER_REQUEST', state: 'FAILED', message, at },
      resourceVersion: running.resourceVersion,
    };
    const savepointsAsked = Math.max(0, state.savepointsAsked - 1);
    return withOne({ ...told, savepointsAsked }, 'catalogue', entry);
  }
  const version = running.resourceVersion;
  if (running.recovers) {
    const recoveries = state.recoveries + 1;
    const counted = { ...told, recoveries };
    return recoveries < maxRecoveries ? counted : held(counted, version, 'RecoveryFailed');
  }
  const isNewest = state.resource?.metadata.resourceVersion === version;
  const marked = withRevision(told, version, { outcome: 'FAILED', message });
  return isNewest ? held(marked, version, 'TransitionFailed') : marked;
}

/** The job has to be looked for. */
export function unseen(state: EntityState): EntityState {
  const { known } = state;
  return known.kind === 'UNSEEN' ? state : { ...state, known: { kind: 'UNSEEN', before: known } };
}

/** After JobDown no job runs, and that was not meant. */
function afterFailure(state: EntityState, type: string): EntityState {
  const { known } = state;
  const isDown = type === 'JobDown' && known.kind === 'RUNNING';
  return unseen(isDown ? { ...state, known: { kind: 'ENDED', how: 'FAILED', jobId: known.jobId } } : state);
}

function atParallelism({ resourceVersion, spec }: Versioned, parallelism: number): Versioned {
  const template = { spec: { ...spec.template.spec, parallelism } };
  return { resourceVersion, spec: { ...spec, template } };
}

/** Nothing is left to do: what became of the newest revision is noted, and whether what runs is what is wanted. */
export function rested(state: EntityState, at: number): EntityState {
  const knowledge = knowledgeOf(state);
  if (knowledge === undefined || decide(knowledge).kind !== 'REST') return state;
  const differing = drift(knowledge);
  const aligned = differing.length === 0;
  const { resourceVersion } = knowledge.wanted;
  const pending = state.revisions.at(-1)?.outcome === 'PENDING';
  const marked = pending
    ? withRevision(state, resourceVersion, { outcome: aligned ? 'DONE' : 'STORED' })
    : state;
  const runsIt = aligned && knowledge.known.kind === 'RUNNING' && knowledge.deployed !== undefined;
  return withCondition(
    runsIt ? { ...marked, deployed: { resourceVersion, spec: knowledge.wanted.spec } } : marked,
    at,
    {
      ...{
        type: 'SpecAligned',
        status: aligned,
        reason: aligned ? 'Aligned' : (state.held?.reason ?? 'Drift'),
      },
      message: aligned ? `version ${resourceVersion}` : `these differ from what is: ${differing.join(', ')}`,
    },
  );
}
