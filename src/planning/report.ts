import type { FailureReport, FailureType, TryFailure } from '../contracts/failures';
import type { Transition, TransitionRequest } from '../contracts/rescale';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { flinkRun } from './by-hand';
import type { Mend } from './objections';
import type { Launch, Plan, RescalePlan } from './plan';
import { startCommand, startCommandFor } from './start-command';

/**
 * What a rescale that fails says. The Web UI shows a failure's message and hides the rest below the fold, so the
 * message alone tells what happened, the state of the job now, what was kept, and one command to run next.
 */

/** What the wording needs to know of the run that failed. */
export interface Teller {
  readonly taskQueue: string;
  readonly request: TransitionRequest;
  readonly flinkUrl: string;
}

/** The whole report as one text, in the order in which it is read. */
export function message(report: FailureReport): string {
  return [
    report.what,
    ...numbered(report.causes),
    `Now: ${report.now}`,
    `Kept: ${report.kept}`,
    `Next: ${report.next}`,
  ].join('\n');
}

/** Lines of causes in a message, and characters of all of them: a failure is about 2 KB (P32). Details have them all. */
const mostCauses = 6;
const allCauses = 1_100;

/** A line a cause; tries that failed alike share one: `(1)-(4) ...`. Of many, the first and the last ones. */
function numbered(causes: readonly string[]): string[] {
  const lines = merged(causes);
  const most = Math.floor(allCauses / Math.min(lines.length, mostCauses));
  const short = lines.map((line) => (line.length > most ? `${line.slice(0, most - 3)}...` : line));
  if (short.length <= mostCauses) return short;
  const half = mostCauses / 2;
  return [...short.slice(0, half), `... ${short.length - mostCauses} more ...`, ...short.slice(-half)];
}

function merged(causes: readonly string[]): string[] {
  const lines: string[] = [];
  for (let first = 0; first < causes.length;) {
    const cause = causes[first];
    let last = first;
    while (causes[last + 1] === cause) last++;
    lines.push(`(${first + 1})${last > first ? `-(${last + 1})` : ''} ${cause}`);
    first = last + 1;
  }
  return lines;
}

/** What a transition is called in a sentence. */
export function wordsOf(transition: Transition): { readonly noun: string; readonly done: string } {
  switch (transition) {
    case 'RESCALE':
      return { noun: 'rescale', done: 'rescaled' };
    case 'START':
      return { noun: 'start', done: 'started' };
    case 'SUSPEND':
      return { noun: 'suspend', done: 'suspended' };
    case 'CANCEL':
      return { noun: 'cancel', done: 'cancelled' };
    case 'SAVEPOINT':
      return { noun: 'savepoint', done: 'saved' };
  }
}

/** The request cannot be carried out: said before anything was touched. */
export function rejected(
  type: FailureType & ('InvalidRequest' | 'PlanRejected'),
  reasons: readonly string[],
  next: string,
  transition: Transition = 'RESCALE',
): FailureReport {
  return {
    type,
    what:
      type === 'InvalidRequest'
        ? 'The request cannot be carried out.'
        : `The job cannot be ${wordsOf(transition).done} like this now.`,
    now: 'nothing was touched; whatever ran goes on running.',
    kept: 'everything.',
    next,
    causes: reasons,
  };
}

/** The input or the options of the start are refused, before anything was looked at; `suggestion`: what could be started. */
export function invalidStart(
  problems: readonly string[],
  suggestion: { readonly workflowId: string; readonly input: unknown },
  taskQueue: string,
): FailureReport {
  return rejected('InvalidRequest', problems, startCommandFor({ ...suggestion, taskQueue }));
}

export function rolledBack(
  teller: Teller,
  plan: RescalePlan,
  options: {
    readonly jobId: string;
    readonly failedJobId: string;
    readonly origin: Origin;
    readonly causes: readonly string[];
  },
): FailureReport {
  const { job, next, previous } = plan;
  return {
    type: 'RolledBack',
    what: `${job.name} could not be started at parallelism ${next.parallelism} and was rolled back.`,
    now: `job ${job.name} (${options.jobId}) is RUNNING at parallelism ${previous.parallelism}.`,
    kept:
      options.origin.kind === 'EMPTY'
        ? 'no state: there was none to restore, and its loss was acknowledged.'
        : `all state: it was restored from ${options.origin.snapshot.path}`,
    next: `see why the new job did not start: curl -s ${teller.flinkUrl}/jobs/${options.failedJobId}/exceptions`,
    causes: options.causes,
  };
}

/** What is started by hand where Weir has stopped trying. */
function launchOf(plan: Exclude<Plan, { transition: 'CANCEL' }>): Launch {
  return plan.transition === 'START' ? plan.next : plan.previous;
}

/** No job runs. `flink run -s` is what a person does by hand then. */
export function jobDown(
  plan: Plan,
  options: {
    readonly what: string;
    readonly snapshot?: Snapshot | undefined;
    readonly causes: readonly string[];
    /** Jobs whose end could not be proven: to be cancelled before anything is started. */
    readonly mayBeLive?: readonly string[];
  },
): FailureReport {
  const { snapshot, mayBeLive = [] } = options;
  return {
    type: 'JobDown',
    what: options.what,
    now:
      mayBeLive.length === 0
        ? `no job named ${plan.job.name} runs.`
        : `it is not known whether ${mayBeLive.join(', ')} still runs: cancel it before you start another.`,
    kept:
      snapshot !== undefined
        ? `its state, in ${snapshot.kind.toLowerCase()} ${snapshot.path}`
        : beginsEmpty(plan)
          ? 'no state: it was to begin without, as asked.'
          : 'no snapshot of it is known, and it was not started empty.',
    next: byHandAfter(plan, snapshot),
    causes: options.causes,
  };
}

function byHandAfter(plan: Plan, snapshot: Snapshot | undefined): string {
  if (plan.transition === 'CANCEL') return `flink cancel ${plan.job.id}`;
  const launch = launchOf(plan);
  if (snapshot !== undefined || beginsEmpty(plan)) return flinkRun(launch, snapshot?.path);
  return `look for a retained checkpoint of the job in its checkpoint folder, then: ${flinkRun(launch, '<path>')}`;
}

function beginsEmpty(plan: Plan): boolean {
  return plan.transition === 'START' && plan.origin.kind === 'EMPTY';
}

/** The job ended, and not by us: nothing is restarted (P13). `jobId`: of the job that did. */
export function endedByOthers(
  plan: Exclude<Plan, { transition: 'CANCEL' }>,
  state: 'FINISHED' | 'CANCELED',
  snapshot: Snapshot | undefined,
  jobId: string,
): FailureReport {
  const { noun } = wordsOf(plan.transition);
  const launch = launchOf(plan);
  return {
    type: state === 'FINISHED' ? 'JobFinished' : 'CanceledByOther',
    what:
      state === 'FINISHED'
        ? `Job ${plan.job.name} (${jobId}) finished by itself during the ${noun}.`
        : `Somebody cancelled job ${plan.job.name} (${jobId}) during the ${noun}.`,
    now: `the job is ${state}; nothing was restarted.`,
    kept: snapshot === undefined ? 'no snapshot of it is known.' : `its newest snapshot: ${snapshot.path}`,
    next:
      snapshot === undefined
        ? `to start it anew, without state: ${flinkRun(launch, undefined)}`
        : flinkRun(launch, snapshot.path),
    causes: [],
  };
}

/** A job that is not ours stands where the new one should go (P21). */
export function anotherJobRuns(
  teller: Teller,
  plan: Plan,
  snapshot: Snapshot | undefined,
  cause: string,
): FailureReport {
  return {
    type: 'AnotherJobRuns',
    what:
      plan.transition === 'START'
        ? `${plan.job.name} was to be started, and a job that Weir did not start stands in its place.`
        : `${plan.job.name} was stopped, and then a job that Weir did not start took its place.`,
    now: `${cause}; Weir started nothing beside it.`,
    kept:
      snapshot === undefined
        ? 'no snapshot of the stopped job is known.'
        : `the state of the stopped job: ${snapshot.path}`,
    next: `see what runs: curl -s ${teller.flinkUrl}/jobs/overview`,
    causes: [],
  };
}

/** The warning of a run that starts a job without state. */
export const startsEmpty = 'the job begins without state, as asked';

/** The warning of a run whose new job was to begin without state. */
export function startedEmpty(left: Snapshot | undefined): string {
  return left === undefined
    ? 'the new job begins without state, as asked; the old one left none'
    : `the new job begins without state, as asked; that of the old one is in ${left.path}`;
}

/** The command after a rejection: the same request, made valid where that is known; else a look at what there is. */
export function nextAfter(teller: Teller, suggestion: Mend | undefined): string {
  if (suggestion === undefined) return `see what runs: curl -s ${teller.flinkUrl}/jobs/overview`;
  return startCommand({ taskQueue: teller.taskQueue, request: { ...teller.request, ...suggestion } });
}

/** Each cause once answered, and the last one if no answer carries it. */
export function causesOf(failures: readonly TryFailure[], last?: string): string[] {
  const causes = failures.map((failure) => failure.cause);
  return last === undefined || causes.some((cause) => last.endsWith(cause)) ? causes : [...causes, last];
}
