import type { Sighting } from '../../contracts/deployment';
import type { Snapshot } from '../../contracts/snapshot';
import { decide, drift, isOver } from './decide';
import type { Known, Seen } from './decide';
import {
  atParallelism,
  held,
  isPending,
  knowledgeOf,
  lastKnown,
  letGo,
  withCondition,
  withEvent,
  withRevision,
} from './state';
import type { EntityState } from './state';

/** What a look at the cluster makes of what a deployment's entity knows. */

/** A job that has run for so long, ms, is brought back as if it had never failed. */
const stableMs = 10 * 60_000;

/** `at`: ms since the epoch. */
export function sighted(state: EntityState, sighting: Sighting, at: number): EntityState {
  return letGo(learned(state, sighting, at));
}

function learned(state: EntityState, sighting: Sighting, at: number): EntityState {
  const before = lastKnown(state);
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
function noneLeft(before: Seen | undefined): Known {
  if (before === undefined) return { kind: 'NONE', since: 'NEVER' };
  if (before.kind !== 'SEVERAL') return before;
  return { kind: 'ENDED', how: 'CANCELED', jobId: before.jobIds.join(', ') };
}

function newestOf({ newest }: Sighting): { readonly newest?: Snapshot } {
  return newest === undefined ? {} : { newest };
}

interface Job {
  readonly jobId: string;
  readonly parallelism: number;
}

/** A job runs. One that nobody has started from here is adopted: as what is wanted, at the parallelism that it has. */
function live(state: EntityState, job: Job, before: Seen | undefined, at: number): EntityState {
  const seen = up({ ...state, known: { kind: 'RUNNING', ...job } }, job.jobId, at);
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

/** A job runs again, whoever has brought it back. */
function up(state: EntityState, jobId: string, at: number): EntityState {
  const isDown = state.conditions.some(({ type, status }) => type === 'JobFailing' && status);
  if (!isDown) return state;
  return withCondition(state, at, {
    ...{ type: 'JobFailing', status: false, reason: 'Running', message: `job ${jobId} runs` },
  });
}

/** Somebody has changed the job behind our back: the drift is shown, and only the next edit is carried out. */
function changedElsewhere(state: EntityState, at: number, what: string): EntityState {
  const version = state.resource?.metadata.resourceVersion;
  if (version === undefined || isPending(state) || state.held !== undefined) return state;
  return withEvent(held(state, version, 'ChangedElsewhere'), at, 'CHANGED_ELSEWHERE', what);
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

/** Nothing is left to do: what became of the newest revision is noted, and whether what runs is what is wanted. */
export function rested(state: EntityState, at: number): EntityState {
  const knowledge = knowledgeOf(state);
  if (knowledge === undefined || decide(knowledge).kind !== 'REST') return state;
  const differing = drift(knowledge);
  const aligned = differing.length === 0;
  const { resourceVersion } = knowledge.wanted;
  const settled = letGo(state);
  const marked = isPending(state)
    ? withRevision(settled, resourceVersion, { outcome: aligned ? 'DONE' : 'STORED' })
    : settled;
  const runsIt = aligned && knowledge.known.kind === 'RUNNING';
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
