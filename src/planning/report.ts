import type { FailureReport, FailureType, TryFailure } from '../contracts/failures';
import type { JobState } from '../contracts/observation';
import { rescaleInputSchema } from '../contracts/rescale';
import type { GivenRequest, RescaleInput, Transition, TransitionRequest } from '../contracts/rescale';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { rescaleWorkflowId } from './ids';
import { flinkRun, quote } from './by-hand';
import type { Mend } from './objections';
import type { Launch, Plan, RescalePlan, SavepointPlan, SuspendPlan } from './plan';

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

/** How the job came through tries of a savepoint that failed. */
export type Aftermath =
  | { readonly kind: 'RUNS_ON'; readonly restartsBefore: number; readonly restartsAfter: number | undefined }
  /** An operator gave up waiting for it to settle. */
  | {
      readonly kind: 'UNSETTLED';
      readonly state: JobState;
      /** Since when it has not come to rest, ms. */
      readonly since: number;
      readonly why: string;
    }
  | {
      readonly kind: 'STARTED_AGAIN';
      readonly jobId: string;
      readonly found: string;
      readonly snapshot: Snapshot;
    };

/** A plan that takes a savepoint, and starts the job as it was should that take it down. */
export type Saving = RescalePlan | SuspendPlan | SavepointPlan;

export function savepointFailed(
  teller: Teller,
  plan: Saving,
  causes: readonly string[],
  after: Aftermath,
): FailureReport {
  const given =
    plan.transition === 'SAVEPOINT' ? '' : `, so the ${wordsOf(plan.transition).noun} was given up`;
  return {
    type: 'SavepointFailed',
    what:
      causes.length === 0
        ? `The savepoint of ${plan.job.name} did not come${given}.`
        : `The savepoint of ${plan.job.name} failed ${times(causes.length)}${given}.`,
    now: stateAfter(plan, after),
    kept:
      after.kind !== 'STARTED_AGAIN'
        ? 'the job and its state, as they were.'
        : `the state of ${after.snapshot.kind.toLowerCase()} ${after.snapshot.path}, which the job was started again from.`,
    next: `once the cause is mended: ${startCommand(again(teller, after))}`,
    causes,
  };
}

/** A job that was started again has another id than the one that the request may have named. */
function again(teller: Teller, after: Aftermath): Teller {
  const { request } = teller;
  if (after.kind !== 'STARTED_AGAIN' || request.jobId === undefined) return teller;
  return { ...teller, request: { ...request, jobId: after.jobId } };
}

function stateAfter(plan: Saving, after: Aftermath): string {
  const { job, previous } = plan;
  switch (after.kind) {
    case 'RUNS_ON': {
      const running = `job ${job.name} (${job.id}) is RUNNING at parallelism ${previous.parallelism}`;
      if (after.restartsAfter === after.restartsBefore) return `${running}, left alone.`;
      return `${running}; the tries made it restart (restarts before ${after.restartsBefore}, now ${after.restartsAfter ?? 'unknown'}).`;
    }
    case 'UNSETTLED':
      return `job ${job.name} (${job.id}) is ${after.state} since ${new Date(after.since).toISOString()}: ${after.why}; an operator would not wait longer.`;
    case 'STARTED_AGAIN':
      return `${after.found}; it was started again as job ${after.jobId} and is RUNNING at parallelism ${previous.parallelism}.`;
  }
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

/** What is started by hand where Weir has stopped trying; undefined where nothing was to run. */
function launchOf(plan: Plan): Launch | undefined {
  switch (plan.transition) {
    case 'RESCALE':
    case 'SUSPEND':
    case 'SAVEPOINT':
      return plan.previous;
    case 'START':
      return plan.next;
    case 'CANCEL':
      return undefined;
  }
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
  const launch = launchOf(plan);
  const empty = plan.transition === 'START' && plan.origin.kind === 'EMPTY';
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
        : empty
          ? 'no state: it was to begin without, as asked.'
          : 'no snapshot of it is known, and it was not started empty.',
    next:
      launch !== undefined && (snapshot !== undefined || empty)
        ? flinkRun(launch, snapshot?.path)
        : plan.transition === 'CANCEL'
          ? `flink cancel ${plan.job.id}`
          : 'look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s <path> ...',
    causes: options.causes,
  };
}

/** The job ended, and not by us: nothing is restarted (P13). `jobId`: of the job that did. */
export function endedByOthers(
  plan: Exclude<Plan, { transition: 'CANCEL' }>,
  state: 'FINISHED' | 'CANCELED',
  snapshot: Snapshot | undefined,
  jobId: string,
): FailureReport {
  const { noun } = wordsOf(plan.transition);
  const launch = plan.transition === 'START' ? plan.next : plan.previous;
  return {
    type: state === 'FINISHED' ? 'JobFinished' : 'CanceledByOther',
    what:
      state === 'FINISHED'
        ? `Job ${plan.job.name} (${jobId}) finished by itself during the ${noun}.`
        : `Somebody cancelled job ${plan.job.name} (${jobId}) during the ${noun}.`,
    now: `the job is ${state}; nothing was restarted.`,
    kept: snapshot === undefined ? 'no snapshot of it is known.' : `its newest snapshot: ${snapshot.path}`,
    next: snapshot === undefined ? 'start it as you did the first time.' : flinkRun(launch, snapshot.path),
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

/** What deletes the files of a savepoint. */
export function disposeCommand(flinkUrl: string, path: string): string {
  const body = quote(JSON.stringify({ 'savepoint-path': path }));
  return `curl -s -X POST -H content-type:application/json -d ${body} ${flinkUrl}/savepoint-disposal`;
}

/** The command after a rejection: the same request, made valid where that is known; else a look at what there is. */
export function nextAfter(teller: Teller, suggestion: Mend | undefined): string {
  if (suggestion === undefined) return `see what runs: curl -s ${teller.flinkUrl}/jobs/overview`;
  return commandOf(teller.taskQueue, { ...teller.request, ...suggestion });
}

/** The command that starts this rescale, as somebody would type it. */
export function startCommand({ taskQueue, request }: Teller): string {
  return commandOf(taskQueue, request);
}

function commandOf(taskQueue: string, request: GivenRequest & { readonly cluster: string }): string {
  const workflowId = rescaleWorkflowId(request.cluster, request.job);
  return startCommandFor({ taskQueue, workflowId, input: asTyped(request) });
}

/** The request without what it leaves to the defaults. */
function asTyped(request: GivenRequest): RescaleInput {
  const { cluster, job, parallelism } = request;
  const { savepoint, ...defaults } = rescaleInputSchema.parse({ job, parallelism: parallelism ?? 1 });
  const drain = request.savepoint.drain === undefined ? {} : { drain: false };
  const given = withoutDefaults(request, { ...defaults, savepoint: { ...savepoint, ...drain } });
  return { cluster, job, ...(parallelism === undefined ? {} : { parallelism }), ...given };
}

function withoutDefaults(said: object, defaults: object): object {
  const left = new Map<string, unknown>(Object.entries(defaults));
  const entries = Object.entries(said).flatMap(([name, value]: [string, unknown]) => {
    const usual = left.get(name);
    if (JSON.stringify(value) === JSON.stringify(usual)) return [];
    return [[name, isRecord(value) && isRecord(usual) ? withoutDefaults(value, usual) : value] as const];
  });
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An input that is longer belongs into a file: the message has to stay small (P32). */
const longestInput = 600;

/** Always with --fail-existing: without it the CLI attaches to a running workflow and drops the new input. */
export function startCommandFor(options: {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: unknown;
}): string {
  const input = JSON.stringify(options.input);
  const command =
    `temporal workflow start --fail-existing --task-queue ${quote(options.taskQueue)} --type rescale ` +
    `--workflow-id ${quote(options.workflowId)}`;
  if (input.length <= longestInput) return `${command} --input ${quote(input)}`;
  return `with the input, corrected, in input.json: ${command} --input-file input.json`;
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}

/** Each cause once answered, and the last one if no answer carries it. */
export function causesOf(failures: readonly TryFailure[], last?: string): string[] {
  const causes = failures.map((failure) => failure.cause);
  return last === undefined || causes.some((cause) => last.endsWith(cause)) ? causes : [...causes, last];
}
