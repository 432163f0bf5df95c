import type {
  Jar,
  KnownSavepoint,
  Observation,
  ObservedJob,
  Program,
  ProgramVertex,
  StoppedJob,
} from '../contracts/observation';
import type {
  PredictedDowntime,
  RescaleRequest,
  SavepointFormat,
  Timeouts,
  TransitionRequest,
} from '../contracts/rescale';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { directoryObjections, directoryOf } from './directory';
import { predictDowntime } from './downtime';
import { formatOf } from './format';
import { isUpgrade, limitObjections, programObjections, provisionFor, slotWarnings } from './objections';
import { planInPlace } from './in-place';
import { planAuto } from './mechanism';
import { planReactive } from './reactive';
import type { InPlacePlan } from './in-place';
import { providerOf } from './provision';
import type { Provision } from './provision';
import { surplusOf } from './surplus';
import type { Surplus } from './surplus';
import { planCancel, planSavepoint, planSuspend } from './end';
import type { Mend, Objection } from './objections';
import { noOneJob, refused, rejected } from './refusal';
import type { Rejected } from './refusal';
import { effectiveTimeouts } from './request';
import { withSubmittedStrategy } from './restart-strategy';
import { planStart } from './start';
import { resumeObjections, strategyObjections } from './strategy';
import { versionObjections, versionWarnings } from './versions';
import { resumeWarnings, warnings } from './warnings';

/** How to start one version of the job: everything the submit and the proof of readiness need. */
export interface Launch {
  readonly jar: Jar;
  readonly parallelism: number;
  /** What Flink will deploy: the program may fix parallelism in code, so these count and not the request (P23). */
  readonly vertices: readonly ProgramVertex[];
  /** Whether state that has no operator any more is dropped. */
  readonly allowNonRestoredState: boolean;
}

export interface JobBefore {
  readonly id: string;
  readonly name: string;
  readonly vertices: readonly { readonly id: string }[];
  readonly startedAt: number;
  readonly restarts: number;
  readonly restartsForEver: boolean;
  readonly newestSnapshot?: Snapshot;
  readonly newestSavepoint?: KnownSavepoint;
}

/** How a rescale brings the job to its end; NONE: it is over already. */
export type Ending = 'STOP_WITH_SAVEPOINT' | 'SAVEPOINT_THEN_CANCEL' | 'CANCEL' | 'NONE';

/** What will happen, decided while the job still runs. Nothing is checked in the stopped window. */
export type Plan = RescalePlan | StartPlan | SuspendPlan | CancelPlan | SavepointPlan;

interface Common {
  readonly namesakes: readonly string[];
  readonly savepoint: {
    readonly format: SavepointFormat;
    /** Below the cluster's savepoint root; each try gets its own directory in it. */
    readonly directory: string;
    /** How long one try may take, ms: the job's checkpoint time-out, the stop time-out and a minute (P25). */
    readonly tryMs: number;
    /** false: ours is disposed of after the new job's first checkpoint. */
    readonly keep: boolean;
    /** All windows end with it, as if there were no more input. Only a suspend may. */
    readonly drain?: true;
  };
  readonly attempts: { readonly savepoint: number; readonly job: number };
  readonly timeouts: Timeouts;
  readonly predictedDowntime: PredictedDowntime;
  readonly warnings: readonly string[];
}

/** The job goes to another parallelism, or another program: it is ended and started again. */
export interface RescalePlan extends Common {
  readonly transition: 'RESCALE';
  /** The job that runs, or ran. */
  readonly job: JobBefore;
  readonly ending: Ending;
  /** What the new job begins from, of what is there once the old one is over. */
  readonly restore: RescaleRequest['restoreStrategy'];
  /** The job as it is to be. */
  readonly next: Launch;
  /** The job as it is: what a roll-back starts again. */
  readonly previous: Launch;
  /** Why by a restart, and with a savepoint of which format, where that was left to us. */
  readonly why?: string;
  /** What comes before anything of that; then it is planned anew. */
  readonly provision?: Provision;
  /** What comes after all of that. */
  readonly surplus?: Surplus;
}

/** No job of this name runs, and one is started: there is nothing to roll back to. */
export interface StartPlan extends Common {
  readonly transition: 'START';
  readonly job: { readonly name: string };
  /** The job that ran last, if one is known: its end is proven first. */
  readonly last?: { readonly id: string; readonly parallelism?: number };
  readonly origin: Origin;
  readonly next: Launch;
  /** What comes before anything of that; then it is planned anew. */
  readonly provision?: Provision;
}

/** The job stops with a savepoint, and nothing is started. */
export interface SuspendPlan extends Common {
  readonly transition: 'SUSPEND';
  readonly job: JobBefore;
  readonly ending: 'STOP_WITH_SAVEPOINT';
  /** What is started again should the stop take the job down without a savepoint. */
  readonly previous: Launch;
}

/** The job is cancelled, and nothing is started. */
export interface CancelPlan extends Common {
  readonly transition: 'CANCEL';
  readonly job: JobBefore;
  readonly parallelism: number;
  readonly ending: 'CANCEL';
}

/** A savepoint is taken of the job, which goes on. */
export interface SavepointPlan extends Common {
  readonly transition: 'SAVEPOINT';
  readonly job: JobBefore;
  readonly ending: 'GOES_ON';
  /** What is started again should the savepoint take the job down. */
  readonly previous: Launch;
}

export type Decision =
  | { readonly kind: 'RESCALE'; readonly plan: RescalePlan }
  /** The job is stopped already, by a rescale that did not come to its end: start it from its newest state (P30). */
  | { readonly kind: 'RESUME'; readonly plan: RescalePlan }
  | { readonly kind: 'IN_PLACE'; readonly plan: InPlacePlan }
  | { readonly kind: 'TRANSITION'; readonly plan: Exclude<Plan, RescalePlan> }
  | { readonly kind: 'UNCHANGED'; readonly job: ObservedJob }
  /** The job is to be ended, and is over already. */
  | {
      readonly kind: 'OVER';
      readonly outcome: 'SUSPENDED' | 'CANCELLED';
      readonly job: { readonly id: string; readonly parallelism?: number };
      readonly snapshot?: Snapshot;
      readonly warning: string;
    }
  | Rejected;

/** What becomes of a rescale of a job that is there, by the mechanism RESTART. */
export type ByRestart = Extract<Decision, { kind: 'RESCALE' | 'UNCHANGED' | 'REJECTED' }>;
/** The same, by IN_PLACE or REACTIVE. */
export type InPlace = Extract<Decision, { kind: 'IN_PLACE' | 'UNCHANGED' | 'REJECTED' }>;

/** Decides from what was seen and what was asked; touches nothing. All reasons at once, each with what is valid. */
export function plan(seen: Observation, request: TransitionRequest): Decision {
  const observation = withSubmittedStrategy(seen);
  switch (request.transition) {
    case 'RESCALE':
      return planRescale(observation, request);
    case 'START':
      return planStart(observation, request);
    case 'SUSPEND':
      return planSuspend(observation, request);
    case 'CANCEL':
      return planCancel(observation, request);
    case 'SAVEPOINT':
      return planSavepoint(observation, request);
  }
}

function planRescale(observation: Observation, request: RescaleRequest): Decision {
  const { job: lookup } = observation;
  switch (lookup.kind) {
    case 'UNKNOWN':
    case 'AMBIGUOUS':
      return noOneJob(lookup, observation.cluster, request);
    case 'STOPPED':
      if (request.mechanism === 'IN_PLACE' || request.mechanism === 'REACTIVE') return notInPlace(lookup.job);
      return planResume(lookup.job, observation, request);
    case 'FOUND': {
      const { job, namesakes } = lookup;
      const restart = (changed: RescaleRequest) => planFor(job, namesakes, observation, changed);
      switch (request.mechanism) {
        case 'RESTART':
          return restart(request);
        case 'IN_PLACE':
          return planInPlace(job, observation, request, restart);
        case 'REACTIVE':
          return planReactive(job, observation, request);
        case 'AUTO':
          return planAuto(job, observation, request, restart);
      }
    }
  }
}

function notInPlace({ id, name, state }: StoppedJob): Rejected {
  const reason =
    `no job named ${name} runs: job ${id} is ${state}, and only a job that runs can be rescaled in place; ` +
    'valid: "mechanism": "RESTART", which starts it from its newest state';
  return rejected('PlanRejected', { reason, mend: { mechanism: 'RESTART' } });
}

function planFor(
  job: ObservedJob,
  namesakes: readonly string[],
  observation: Observation,
  request: RescaleRequest,
): ByRestart {
  const { program, slots } = observation;
  const down = job.state === 'FAILED';
  const asItIs = job.parallelism === request.parallelism && !isUpgrade(request, program);
  if (!down && asItIs && program?.kind === 'READY') return { kind: 'UNCHANGED', job };

  const directory = directoryOf(job, observation, request);
  const refusal = refusalOf(job, observation, request);
  const taskManagers = providerOf(observation);
  const asked = { job, program, slots, taskManagers, running: down ? [] : job.vertices, request };
  const ofChoices = (request: RescaleRequest) => [
    ...directoryObjections(job, observation, request),
    ...versionObjections(observation, request),
    ...strategyObjections(job, observation, request),
  ];
  const objections = [
    ...ofChoices(request),
    ...limitObjections(asked),
    ...programObjections(job, program, request),
  ];
  if (objections.length > 0 || program?.kind !== 'READY') return refusal(objections, ofChoices);

  const ending = request.upgradeStrategy === 'STATELESS' ? 'CANCEL' : request.savepoint.mode;
  const timeouts = effectiveTimeouts(request, observation.timeouts);
  const tryMs = (job.checkpointing?.timeoutMs ?? 0) + timeouts.stop + 60_000;
  const savepoint = { directory, tryMs };
  const surplus = surplusOf({ ...asked, planned: program.vertices });
  const settings = { request, timeouts, program, savepoint, provision: provisionFor(asked), surplus };
  const predictedDowntime = predictDowntime(job, ending, observation);
  return {
    kind: 'RESCALE',
    plan: planOf({ job, namesakes, parallelism: job.parallelism, ending, predictedDowntime }, settings, [
      ...warnings(job, observation, request),
      ...slotWarnings(asked),
      ...versionWarnings(observation),
      ...program.warnings,
    ]),
  };
}

function planResume(job: StoppedJob, observation: Observation, request: RescaleRequest): Decision {
  const { program, slots } = observation;
  const directory = directoryOf(job, observation, request);
  const refusal = refusalOf(job, observation, request);
  const asked = { job, program, slots, taskManagers: providerOf(observation), running: [], request };
  const ofChoices = (request: RescaleRequest) => [
    ...directoryObjections(job, observation, request),
    ...versionObjections(observation, request),
    ...resumeObjections(job, program, request),
  ];
  const objections = [...ofChoices(request), ...limitObjections(asked)];
  const { id, name, vertices, parallelism, snapshot, newestSavepoint } = job;
  if (objections.length > 0 || program?.kind !== 'READY') {
    const { reasons, ...rest } = refusal(objections, ofChoices);
    const down =
      `no job named ${name} runs: job ${id} is ${job.state} and was not started again; ` +
      `its state is in ${snapshot.kind.toLowerCase()} ${snapshot.path}`;
    return { ...rest, reasons: [down, ...reasons] };
  }

  const timeouts = effectiveTimeouts(request, observation.timeouts);
  const savepoint = { directory, tryMs: timeouts.restart };
  const settings = { request, timeouts, program, savepoint, provision: provisionFor(asked) };
  const ended: JobBefore = {
    ...{ id, name, vertices, startedAt: 0, restarts: 0, restartsForEver: false, newestSnapshot: snapshot },
    ...(newestSavepoint === undefined ? {} : { newestSavepoint }),
  };
  const owed = `no job named ${name} runs: job ${id} is ${job.state} and was not started again, so this resumes it`;
  const predictedDowntime = { basis: 'the job is down already' };
  return {
    kind: 'RESUME',
    plan: planOf({ job: ended, namesakes: [], parallelism, ending: 'NONE', predictedDowntime }, settings, [
      owed,
      ...resumeWarnings(job, observation, request),
      ...slotWarnings(asked),
      ...versionWarnings(observation),
      ...program.warnings,
    ]),
  };
}

function planOf(
  before: {
    readonly job: JobBefore;
    readonly namesakes: readonly string[];
    readonly parallelism: number;
    readonly ending: Ending;
    readonly predictedDowntime: PredictedDowntime;
  },
  settings: {
    readonly request: RescaleRequest;
    readonly timeouts: Timeouts;
    readonly program: Extract<Program, { kind: 'READY' }>;
    readonly savepoint: { readonly directory: string; readonly tryMs: number };
    readonly provision: Provision | undefined;
    readonly surplus?: Surplus | undefined;
  },
  warnings: readonly string[],
): RescalePlan {
  const { request, timeouts, program, savepoint, provision, surplus } = settings;
  const { keep } = request.savepoint;
  return {
    transition: 'RESCALE',
    job: before.job,
    namesakes: before.namesakes,
    ending: before.ending,
    restore: request.restoreStrategy,
    savepoint: { format: formatOf(request), keep, ...savepoint },
    next: {
      jar: program.jar,
      parallelism: request.parallelism,
      vertices: program.vertices,
      allowNonRestoredState: request.allowNonRestoredState,
    },
    previous: {
      jar: program.previousJar,
      parallelism: before.parallelism,
      vertices: program.previousVertices,
      allowNonRestoredState: false,
    },
    attempts: { savepoint: request.maxSavepointCreationAttempts, job: request.maxJobCreationAttempts },
    timeouts,
    predictedDowntime: before.predictedDowntime,
    ...(provision === undefined ? {} : { provision }),
    ...(surplus === undefined ? {} : { surplus }),
    warnings,
  };
}

/** `ofChoices`: what would be said of the request with other choices. */
function refusalOf(job: { readonly name: string }, observation: Observation, request: RescaleRequest) {
  const invalid = directoryObjections(job, observation, request).length > 0;
  const { transition } = request;
  return (
    objections: readonly Objection[],
    ofChoices: (request: RescaleRequest) => readonly Objection[],
  ): Rejected => refused(objections, invalid, (mend: Mend) => ofChoices({ ...request, ...mend, transition }));
}
