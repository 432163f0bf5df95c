import { failureTypes } from '../../src/contracts/failures';
import { submitId, triggerId } from '../../src/planning/ids';
import { samePath } from '../../src/planning/paths';
import type { Call, Effect } from '../flink-simulator';
import { neverTwoCopies, startsThatLostState } from '../flink-simulator/invariants';
import { oldParallelism } from './case';
import type { Deed } from './case';
import type { RunRecord } from './record';

/** What must hold after every run, whatever went wrong in it (docs/guarantees.md). S9 and L2 are of a whole campaign. */
export const invariants = {
  S1: 'never two live jobs for one logical job',
  S2: 'every start is from the newest snapshot, and from nothing only where that was asked for',
  S3: 'a savepoint that failed: the job runs at the old parallelism, and the failure says so',
  S4: 'an old job that was stopped: a job runs, or the run is open with the path of the state in sight',
  S5: 'one rescale per job',
  S6: 'no snapshot that is needed is deleted, and each one is named in the history',
  S7: 'a call that is repeated changes nothing',
  S8: 'an abort or a cancel at any moment ends in a named safe state',
  S9: 'a recorded history replays',
  L1: 'when the faults are over, the run ends',
  L2: 'no timer, socket, process or attempt is left',
} as const;
export type Invariant = keyof typeof invariants;

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

type Started = Extract<Effect, { kind: 'STARTED' }>;

type Judge = (record: RunRecord) => readonly string[];

/** What the run violates; S9 is judged by replaying, L2 also by what the process holds at the end. */
export function violations(record: RunRecord): Violation[] {
  return Object.entries(judges).flatMap(([name, judge]) =>
    judge(record).map((what) => ({ invariant: name as Invariant, what })),
  );
}

const judges: Partial<Record<Invariant, Judge>> = {
  S1: ({ effects }) => {
    try {
      neverTwoCopies(effects, new Set());
      return [];
    } catch (error) {
      return [String(error)];
    }
  },

  S2: (record) => {
    const { effects, case: one, live } = record;
    const { restoreStrategy, acknowledgeStateLoss } = one.input;
    if (
      restoreStrategy === 'NONE' ||
      (restoreStrategy === 'LATEST_SAVEPOINT' && acknowledgeStateLoss === true)
    )
      return [];
    const lost = startsThatLostState(effects)
      .filter(({ jobId }) => jobId !== record.oldJobId)
      .filter((start) => !isExcused(record, start));
    const empty = live.filter((job) => job.empty && job.id !== record.oldJobId);
    return [
      ...lost.map(({ jobId, restoredFrom = 'nothing' }) => `job ${jobId} was started from ${restoredFrom}`),
      ...empty.map(({ id }) => `job ${id} was started from nothing, and is live`),
    ];
  },

  S3: (record) => {
    const { end, live } = record;
    if (end.kind === 'COMPLETED' && end.result.outcome === 'RESCALED' && savesState(record)) {
      const { snapshot } = end.result;
      const real = record.effects.some(
        (effect) => effect.kind === 'SAVEPOINT' && samePath(effect.path, snapshot?.path ?? ''),
      );
      return real ? [] : [`it says RESCALED from ${snapshot?.path}, which no savepoint has written`];
    }
    if (end.kind !== 'FAILED' || end.type !== 'SavepointFailed' || did(record, 'GIVE_UP')) return [];
    const runs = isAlive(record, oldParallelism) || othersEnded(record);
    const says = end.message.includes(`is RUNNING at parallelism ${oldParallelism}`);
    return [
      ...(runs ? [] : [`it says SavepointFailed, and what lives is ${JSON.stringify(live)}`]),
      ...(says ? [] : [`SavepointFailed does not say that the job runs: ${end.message}`]),
    ];
  },

  S4: (record) => (isAborted(record) ? [] : unsafe(record)),

  S5: ({ beside }) => beside.map((id) => `${id} was started while it ran`),

  S6: (record) => [
    ...record.disposals
      .filter(({ needed }) => needed)
      .map(({ path }) => `${path} was deleted while it was needed`),
    ...record.effects.flatMap((effect) =>
      effect.kind !== 'SAVEPOINT' ||
      isOthers(effect.path) ||
      record.told.includes(bare(effect.path)) ||
      isForgotten(record, effect)
        ? []
        : [`${effect.path} is named nowhere in the history`],
    ),
  ],

  S7: (record) => {
    const { calls, repeated, effects, done } = record;
    const lost = effects.some(({ kind }) => kind === 'JOB_MANAGER_LOST');
    const twice = lost ? [] : executedTwice(calls);
    const changes = repeated.filter((effect) => isChange(effect) && !isToldOf(record, effect));
    const others = done.some(({ act }) => act.deed.kind === 'OLD_JOB');
    return [
      ...underived(record).map((what) => `${what} has an id that is not derived`),
      ...twice.map((what) => `${what} was executed twice`),
      ...(lost || others ? [] : changes.map((effect) => `sent again: ${JSON.stringify(effect)}`)),
    ];
  },

  S8: (record) => {
    if (!isAborted(record)) return [];
    const { end, live, oldJobId } = record;
    if (end.kind === 'OTHERWISE') return [`it ended as ${end.how}`];
    if (end.kind !== 'COMPLETED' || end.result.outcome !== 'ABORTED') return unsafe(record);
    const asBefore = live.length === 1 && live[0]?.id === oldJobId;
    // a job that others have ended before the run had touched it
    const untouched = record.calls.every(({ jobId }) => jobId !== oldJobId);
    if (asBefore || othersEnded(record) || (untouched && did(record, 'OLD_JOB'))) return [];
    return [`it says ABORTED, and what lives is ${JSON.stringify(live)}`];
  },

  L1: (record) => {
    const { end, case: one, before } = record;
    if (end.kind === 'OPEN' && !isBeyondHelp(record))
      return [`it has not ended: ${JSON.stringify(end.status)}`];
    return one.hopeless === true && before === undefined ? ['it never called for attention'] : [];
  },

  L2: ({ left }) => left.map((attempt) => `${attempt} goes on after the end`),
};

/** What is wrong with how the job stands at the end, for what the run says of it. */
function unsafe(record: RunRecord): string[] {
  const { end, live } = record;
  const lives = `what lives is ${JSON.stringify(live)}`;
  switch (end.kind) {
    case 'OPEN': {
      const { phase, snapshot } = end.status ?? {};
      if (live.length > 0 || (phase === 'ATTENTION' && snapshot !== undefined)) return [];
      return [`it is open, ${lives}, and no path is in sight: ${JSON.stringify(end.status)}`];
    }
    case 'OTHERWISE':
      return [`it ended as ${end.how}; ${lives}`];
    case 'COMPLETED': {
      const { outcome, to } = end.result;
      if (othersEnded(record)) return [];
      const isDown = outcome === 'SUSPENDED' || outcome === 'CANCELLED';
      const starts = outcome === 'RESCALED' || outcome === 'RESUMED' || outcome === 'STARTED';
      const isRight = isDown ? live.length === 0 : isAlive(record, starts ? to?.parallelism : oldParallelism);
      return isRight ? [] : [`it says ${outcome}; ${lives}`];
    }
    case 'FAILED':
      return unsafeFailure(record, end, lives);
  }
}

function unsafeFailure(
  record: RunRecord,
  { type, message }: { readonly type: string; readonly message: string },
  lives: string,
): string[] {
  const { live } = record;
  const wrong = [`it says ${type}; ${lives}: ${message}`];
  if (!failureTypes.some((known) => known === type)) return wrong;
  switch (type) {
    case 'InvalidRequest':
    case 'PlanRejected': {
      const touched = record.calls.some(({ verb }) => verb !== 'UPLOAD');
      return touched || (live.length !== 1 && !did(record, 'OLD_JOB') && !did(record, 'LOSE_JOB_MANAGER'))
        ? wrong
        : [];
    }
    case 'SavepointFailed': // S3
      return [];
    case 'RolledBack':
      return isAlive(record, oldParallelism) || othersEnded(record) || did(record, 'GIVE_UP') ? [] : wrong;
    case 'JobDown': {
      const known = record.effects.filter((effect) => effect.kind === 'SAVEPOINT');
      const named = /file:\S+/.test(message) || known.length === 0;
      const allowed = did(record, 'GIVE_UP') || record.case.hopeless === true;
      return allowed && named ? [] : wrong;
    }
    case 'JobFinished':
      return did(record, 'OLD_JOB') ? [] : wrong;
    case 'CanceledByOther':
      return did(record, 'OLD_JOB') ? [] : wrong;
    default:
      return wrong;
  }
}

/** One job lives, at that parallelism, and runs; or it recovers from what others did to it. */
function isAlive({ live, done, case: one }: RunRecord, parallelism: number | undefined): boolean {
  const [only, ...others] = live;
  if (only === undefined || others.length > 0 || only.parallelism !== parallelism) return false;
  const recovers = done.length > 0 || (one.starts ?? []).length > 0;
  return only.state === 'RUNNING' || recovers;
}

function isAborted(record: RunRecord): boolean {
  return did(record, 'ABORT') || did(record, 'CANCEL');
}

function did({ done, case: one }: RunRecord, kind: Deed['kind']): boolean {
  if (kind === 'GIVE_UP' && one.hopeless === true) return true;
  return done.some(({ act }) => act.deed.kind === kind);
}

/** Somebody ended the old job when the run had looked at it for the last time. */
function othersEnded({ done, sent }: RunRecord): boolean {
  return done.some(({ act: { deed }, afterCalls }) => {
    const ends = deed.kind === 'LOSE_JOB_MANAGER' || deed.kind === 'OLD_JOB';
    return ends && afterCalls >= sent.length - 6;
  });
}

/** Whether the run takes a savepoint that the new job begins from. */
function savesState({ case: { input } }: RunRecord): boolean {
  const { upgradeStrategy = 'STATEFUL', restoreStrategy = 'LATEST_STATE', savepoint } = input;
  const { mode = 'STOP_WITH_SAVEPOINT' } = savepoint ?? {};
  return upgradeStrategy === 'STATEFUL' && restoreStrategy !== 'NONE' && mode === 'STOP_WITH_SAVEPOINT';
}

/**
 * Flink dropped the snapshot that it was given, of this start or of one before, whose checkpoints are of nothing then;
 * an operator named one; or a JobManager without a memory was lost, and with it the word of its last checkpoints.
 */
function isExcused(record: RunRecord, start: Started): boolean {
  if (isEmptyByFlink(record, start)) return true;
  if (start.restoredFrom === undefined) return false;
  const before = record.effects.slice(0, record.effects.indexOf(start));
  const dropped = before.some((effect) => effect.kind === 'STARTED' && isEmptyByFlink(record, effect));
  return dropped || did(record, 'RESTORE_FROM') || isForgetful(record);
}

function isEmptyByFlink({ calls }: RunRecord, { jobId, restoredFrom }: Started): boolean {
  const given = calls.find((call) => call.verb === 'RUN' && call.jobId === jobId)?.savepointPath;
  return given !== undefined && restoredFrom === undefined;
}

/** A JobManager that kept nothing was lost. */
function isForgetful({ done }: RunRecord): boolean {
  return done.some(({ act: { deed } }) => deed.kind === 'LOSE_JOB_MANAGER' && deed.ha !== true);
}

/** The word of its path was lost with the JobManager before the run had read it; its folder is the try's own. */
function isForgotten({ effects }: RunRecord, savepoint: Effect): boolean {
  return effects.slice(effects.indexOf(savepoint)).some(({ kind }) => kind === 'JOB_MANAGER_LOST');
}

/**
 * The newest checkpoint was never seen before the JobManager that knew it was lost, and the one that was seen is deleted:
 * only a person can find the other. The run calls for one, and tries. High availability keeps nothing of a job that is over.
 */
function isBeyondHelp(record: RunRecord): boolean {
  const { end, effects } = record;
  const isOver = effects.findIndex(({ kind }) => kind === 'ENDED');
  const lostAfterIt = isOver >= 0 && effects.slice(isOver).some(({ kind }) => kind === 'JOB_MANAGER_LOST');
  if (end.kind !== 'OPEN' || !(isForgetful(record) || lostAfterIt)) return false;
  const { phase, snapshot, failedTries = [] } = end.status ?? {};
  const isGone = failedTries.some((why) => why.includes('Cannot find checkpoint or savepoint'));
  return phase === 'ATTENTION' && snapshot?.kind === 'CHECKPOINT' && isGone;
}

/** `file:///a` and `file:/a` are one path. */
function bare(path: string): string {
  return path.replace(/^file:\/+/, '');
}

function isOthers(path: string): boolean {
  return path.includes('/somebody-else/');
}

/** Calls under ids that a worker that follows a dead one would not find (P1). */
function underived({ workflowId, firstExecutionRunId, calls }: RunRecord): string[] {
  const key = { lock: workflowId.replace(/^rescale\//, ''), run: firstExecutionRunId };
  const known = new Set(
    Array.from({ length: mostTries }, (_, i) => i + 1).flatMap((n) => [
      ...(['stop', 'withdraw', 'checkpoint'] as const).map((verb) => triggerId(key, verb, n)),
      ...(['restart', 'rollback'] as const).map((verb) => submitId(key, verb, n)),
    ]),
  );
  return calls.flatMap(({ verb, triggerId: trigger, jobId = '' }) => {
    const id = trigger ?? (verb === 'RUN' ? jobId : undefined);
    return id === undefined || known.has(id) ? [] : [`${verb} ${id}`];
  });
}

/** More than any run makes. */
const mostTries = 60;

function isChange({ kind }: Effect): boolean {
  return kind === 'STARTED' || kind === 'SAVEPOINT' || kind === 'ENDED';
}

/** The run gave up on a job of which it said itself that it may yet live, or end. */
function isToldOf({ end }: RunRecord, effect: Effect): boolean {
  if (end.kind !== 'FAILED' || !('jobId' in effect)) return false;
  return new RegExp(`it is not known whether [^:]*${effect.jobId}`).test(end.message);
}

/** Ids under which Flink did something more than once. */
function executedTwice(calls: readonly Call[]): string[] {
  const ids = calls.flatMap(({ verb, outcome, jobId = '', triggerId }) =>
    outcome === 'EXECUTED' && (verb === 'RUN' || triggerId !== undefined)
      ? [`${verb} ${triggerId ?? jobId}`]
      : [],
  );
  return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))];
}
