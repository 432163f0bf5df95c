import { isDeepStrictEqual } from 'node:util';
import type { Revision } from '../../../src/contracts/deployment';
import type { Effect } from '../../flink-simulator';
import { neverTwoCopies, startsThatLostState } from '../../flink-simulator/invariants';
import type { Deed, Saying } from './case';
import { jarOf } from './jars';
import type { DeploymentRecord, Look, Said } from './record';

/** What must hold of every deployment, whatever went wrong. S1 and S2 are those of a rescale. */
export const deploymentInvariants = {
  S1: 'never two live jobs of one name',
  S2: 'every start is from the newest snapshot, and from nothing only where none was ever there',
  E1: 'a command that was accepted is in the history, and its version is what it says',
  E2: 'one request id is one request: one version, one answer',
  E3: 'what the status says is what is, in a cell of the table',
  E4: 'when the faults are over it comes to rest: what is wanted is, or a condition says why not',
  E5: 'the next edit brings what is wanted',
  E6: 'no task of its workflow fails',
} as const;
export type DeploymentInvariant = keyof typeof deploymentInvariants;

export interface DeploymentViolation {
  readonly invariant: DeploymentInvariant;
  readonly what: string;
}

export function deploymentViolations(record: DeploymentRecord): DeploymentViolation[] {
  return Object.entries(judges).flatMap(([name, judge]) =>
    judge(record).map((what) => ({ invariant: name as DeploymentInvariant, what })),
  );
}

type Judge = (record: DeploymentRecord) => readonly string[];

const judges: Record<DeploymentInvariant, Judge> = {
  S1: ({ effects }) => {
    try {
      neverTwoCopies(effects, new Set());
      return [];
    } catch (error) {
      return [String(error)];
    }
  },

  S2: (record) => {
    const { effects, adopted } = record;
    const first = effects.find((effect) => effect.kind === 'STARTED');
    const lost = startsThatLostState(effects).filter((start) => !isAllowed(record, start));
    const empty = effects.filter(
      (effect) => effect.kind === 'STARTED' && effect.restoredFrom === undefined && hadState(record, effect),
    );
    return [...new Set([...lost, ...empty])]
      .filter((effect) => effect !== first && effect.kind === 'STARTED' && effect.jobId !== adopted)
      .map((effect) => `started from other than the newest: ${JSON.stringify(effect)}`);
  },

  E1: (record) => {
    const look = record.last ?? record.rest;
    if (look === undefined) return [];
    const { history } = look;
    const versions = history.map(({ resourceVersion }) => resourceVersion);
    const gaps = versions.some((version, n) => version !== n + 1)
      ? [`versions are ${versions.join(', ')}`]
      : [];
    return [
      ...gaps,
      ...record.said.flatMap((said) => misrecorded(record, look, said)),
      ...unsaved(record, look),
    ];
  },

  E2: ({ said, rest, last }) =>
    said.flatMap(({ requestId, outcomes }) => {
      const answers = outcomes.flatMap((one) => (one.kind === 'ANSWERED' ? [one.answer] : []));
      const [first] = answers;
      const versions = ((last ?? rest)?.history ?? []).filter(({ by }) => by === requestId);
      return [
        ...(answers.every((one) => isDeepStrictEqual(one, first))
          ? []
          : [`${requestId} was answered ${JSON.stringify(answers)}`]),
        ...(versions.length > 1 ? [`${requestId} is ${versions.length} versions`] : []),
      ];
    }),

  E3: ({ rest, last }) =>
    [rest, last].flatMap((look) =>
      look === undefined || !isAtRest(look) || isTrue(look)
        ? []
        : [`it says ${JSON.stringify(shown(look))}, and what lives is ${JSON.stringify(look.live)}`],
    ),

  E4: ({ rest }) =>
    rest !== undefined && isAtRest(rest)
      ? []
      : [`it does not come to rest: ${JSON.stringify(rest && shown(rest))}`],

  E5: (record) => {
    const { last } = record;
    if (last === undefined || isReached(last) || isBeyondHelp(record)) return [];
    return [`not reached: ${JSON.stringify(shown(last))}, and what lives is ${JSON.stringify(last.live)}`];
  },

  E6: ({ runs }) => runs.flatMap(({ failedTasks }) => failedTasks),
};

/** Nothing is under way or to come, and what became of the newest version is said. */
export function isAtRest({ status, history }: Look): boolean {
  const { transition, queue, actual, conditions } = status;
  const newest = history.at(-1)?.outcome;
  const waits = conditions.some(({ type, status }) => type === 'WaitingForLock' && status);
  if (transition !== undefined || queue.length > 0 || waits) return false;
  if (actual === 'TRANSITIONING') return isRefused(status);
  if (newest === 'PENDING') return false;
  return isAligned({ status, history }) || reasons(status).length > 0;
}

/** Between two tries to bring the job back, the last of which was refused: what is wanted cannot be, and it is said why. */
function isRefused({ conditions }: Look['status']): boolean {
  return conditions.some(
    ({ type, status, reason }) => type === 'TransitionSucceeded' && !status && reason === 'PlanRejected',
  );
}

/** What is wanted is, or no job is there with which to do it. */
function isAligned({ status: { desired, actual, drift } }: Pick<Look, 'status' | 'history'>): boolean {
  if (desired === 'RUNNING') return actual === 'RUNNING' && drift.length === 0;
  return actual !== 'RUNNING';
}

/** The reasons that conditions name for which what is wanted is not. */
function reasons({ conditions, actual }: Look['status']): string[] {
  const why = conditions.flatMap(({ type, status, reason }) => {
    if (type === 'SpecAligned') return status ? [] : [reason];
    return type === 'JobFailing' && status && actual === 'FAILED' ? [reason] : [];
  });
  return actual === 'FINISHED' ? [...why, actual] : why;
}

/** What the status says of the job is so on Flink; of a job that goes down, that it is down. */
export function isTrue({ status: { desired, actual, job }, live }: Look): boolean {
  const [only, ...others] = live;
  if (others.length > 0 || only?.state === 'CANCELLING' || only?.state === 'FAILING') return false;
  if (actual === 'RUNNING')
    return only !== undefined && only.id === job?.jobId && only.parallelism === job.parallelism;
  return only === undefined && (desired !== 'CANCELLED' || actual === 'CANCELLED');
}

/** What is wanted is: the job, its parallelism, its program. */
export function isReached(look: Look): boolean {
  const { status, history, live } = look;
  const newest = history.at(-1);
  if (newest?.outcome !== 'DONE' || !isAtRest(look) || !isTrue(look)) return false;
  if (status.desired !== 'RUNNING') return live.length === 0;
  const { parallelism, artifact } = newest.spec.template.spec;
  return live[0]?.parallelism === parallelism && live[0].jar === artifact.jarUri;
}

function shown({ status, history }: Look): object {
  const { desired, actual, job, transition, conditions, drift } = status;
  const because = conditions.map(
    ({ type, status, reason, message }) => `${type} ${status} ${reason} ${message}`,
  );
  const outcomes = history.map(({ command, outcome }) => `${command} ${outcome}`);
  return { desired, actual, job, transition: transition?.transition, drift, because, outcomes };
}

function misrecorded({ case: one }: DeploymentRecord, { history }: Look, said: Said): string[] {
  const { requestId, saying, outcomes } = said;
  const its = history.filter(({ by }) => by === requestId);
  const versions = outcomes.flatMap((o) => (o.kind === 'ANSWERED' ? [o.answer.resourceVersion] : []));
  const wrong = [
    ...(its.every((revision) => fits(one, saying, revision, history)) ? [] : ['its version is another spec']),
  ];
  const [answered] = versions;
  if (answered !== undefined && saying.name !== 'savepoint') {
    const revision = history.find(({ resourceVersion }) => resourceVersion === answered);
    if (revision === undefined) wrong.push(`it was answered version ${answered}, which is not there`);
    else if (!fits(one, saying, revision, history)) wrong.push(`version ${answered} is another spec`);
  }
  return wrong.map((what) => `${requestId} ${JSON.stringify(saying)}: ${what}`);
}

/** Whether the version is as the command wants it. */
function fits(
  one: DeploymentRecord['case'],
  saying: Saying,
  { spec }: Revision,
  history: readonly Revision[],
): boolean {
  const { parallelism, artifact } = spec.template.spec;
  switch (saying.name) {
    case 'apply':
      return parallelism === saying.parallelism && artifact.jarUri === jarOf(one, saying.jar);
    case 'scale':
      return parallelism === saying.parallelism;
    case 'suspend':
      return spec.state === 'SUSPENDED';
    case 'resume':
      return spec.state === 'RUNNING';
    case 'cancel':
      return spec.state === 'CANCELLED';
    case 'rollback': {
      const to = history.find(({ resourceVersion }) => resourceVersion === saying.to);
      return isDeepStrictEqual({ ...to?.spec, state: spec.state }, spec);
    }
    case 'patch':
      if ('jar' in saying) return artifact.jarUri === jarOf(one, saying.jar);
      return Object.entries(saying.spec).every(([field, value]) => {
        const is: unknown = Reflect.get(spec, field);
        return typeof value === 'object'
          ? value.kind === Reflect.get(Object(is) as object, 'kind')
          : is === value;
      });
    case 'savepoint':
      return false;
  }
}

/** How many savepoints were asked for, and how many have come, or their failures. */
export function savepointsOf(
  said: readonly Said[],
  { savepoints }: Pick<Look, 'savepoints'>,
): { readonly least: number; readonly most: number; readonly taken: number } {
  const asked = said.filter(({ saying }) => saying.name === 'savepoint');
  const least = asked.filter(({ outcomes }) => outcomes.some(({ kind }) => kind === 'ANSWERED')).length;
  // whether a signal was taken is not answered
  const most = asked.filter(({ outcomes }) => outcomes.some(({ kind }) => kind !== 'REFUSED')).length;
  const taken = savepoints.filter(({ origin }) => origin === 'USER_REQUEST').length;
  return { least, most, taken };
}

/** Those of a job that does not run any more wait. */
function unsaved({ said }: DeploymentRecord, look: Look): string[] {
  const { least, most, taken } = savepointsOf(said, look);
  if (taken <= most && (taken >= least || look.status.actual !== 'RUNNING')) return [];
  return [`${least} to ${most} savepoints were asked for, ${taken} are in the catalogue`];
}

type Started = Extract<Effect, { kind: 'STARTED' }>;

/**
 * LATEST_SAVEPOINT was asked for; or a JobManager without HA was lost, and with it the word of its last checkpoints, or
 * of a savepoint that nobody had read.
 */
function isAllowed({ case: one, effects }: DeploymentRecord, start: Started): boolean {
  if (start.restoredFrom === undefined) return false;
  const asked = one.acts.some(
    ({ deed }) =>
      deed.kind === 'SAY' &&
      'spec' in deed.saying &&
      deed.saying.spec.restoreStrategy?.kind === 'LATEST_SAVEPOINT',
  );
  const lost = one.acts.some(({ deed }) => deed.kind === 'LOSE_JOB_MANAGER' && !deed.ha);
  const before = effects.slice(0, effects.indexOf(start));
  return asked || (lost && before.some(({ kind }) => kind === 'JOB_MANAGER_LOST'));
}

/** Whether a job of that name had run before, and may have saved what it did. */
function hadState({ case: one, effects }: DeploymentRecord, start: Effect): boolean {
  return !neverSaves(one) && effects.slice(0, effects.indexOf(start)).some(({ kind }) => kind === 'RUNNING');
}

/** Whether a job of it runs without ever completing a checkpoint. */
function neverSaves({ starts = [] }: DeploymentRecord['case']): boolean {
  return starts.some((start) => start !== 'NORMAL' && start.kind === 'NO_CHECKPOINT');
}

/**
 * There is nothing to begin from, and it says so: the state was lost with a JobManager that kept nothing, or the job ended
 * before any of it was saved, or came to its end, when Flink deletes it. Only a person may let it begin from nothing.
 */
function isBeyondHelp({ case: one, last, effects }: DeploymentRecord): boolean {
  if (last === undefined || !isAtRest(last)) return false;
  const did = (fits: (deed: Deed) => boolean) => one.acts.some(({ deed }) => fits(deed));
  const lost = did((deed) => deed.kind === 'LOSE_JOB_MANAGER' && !deed.ha);
  const finished = did((deed) => deed.kind === 'JOB' && deed.how === 'FINISHED');
  const none = (finished || neverSaves(one)) && effects.every(({ kind }) => kind !== 'SAVEPOINT');
  return (lost || none) && (reasons(last.status).length > 0 || isRefused(last.status));
}
