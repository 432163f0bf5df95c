import type { FailureType } from '../contracts/failures';
import type {
  Jar,
  KnownSavepoint,
  Observation,
  ObservedJob,
  Program,
  ProgramVertex,
  StoppedJob,
} from '../contracts/observation';
import type { PredictedDowntime, RescaleRequest, Timeouts } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import { predictDowntime } from './downtime';
import {
  ambiguousName,
  isUpgrade,
  limitObjections,
  programObjections,
  slotWarnings,
  unknownJob,
} from './objections';
import type { Objection } from './objections';
import { isBelow } from './paths';
import { effectiveTimeouts } from './request';
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

/** How the job is brought to its end; NONE: it is over already. */
export type Ending = 'STOP_WITH_SAVEPOINT' | 'SAVEPOINT_THEN_CANCEL' | 'CANCEL' | 'NONE';

/** What will happen, decided while the job still runs. Nothing is checked in the stopped window. */
export interface Plan {
  /** The job that runs, or ran. */
  readonly job: JobBefore;
  readonly namesakes: readonly string[];
  readonly ending: Ending;
  /** What the new job begins from, of what is there once the old one is over. */
  readonly restore: RescaleRequest['restoreStrategy'];
  readonly savepoint: {
    readonly format: RescaleRequest['savepoint']['format'];
    /** Below the cluster's savepoint root; each try gets its own directory in it. */
    readonly directory: string;
    /** How long one try may take, ms: the job's checkpoint time-out, the stop time-out and a minute (P25). */
    readonly tryMs: number;
    /** false: ours is disposed of after the new job's first checkpoint. */
    readonly keep: boolean;
  };
  /** The job as it is to be. */
  readonly next: Launch;
  /** The job as it is: what a roll-back starts again. */
  readonly previous: Launch;
  readonly attempts: { readonly savepoint: number; readonly job: number };
  readonly timeouts: Timeouts;
  readonly predictedDowntime: PredictedDowntime;
  readonly warnings: readonly string[];
}

export type Decision =
  | { readonly kind: 'RESCALE'; readonly plan: Plan }
  /** The job is stopped already, by a rescale that did not come to its end: start it from its newest state (P30). */
  | { readonly kind: 'RESUME'; readonly plan: Plan }
  | { readonly kind: 'UNCHANGED'; readonly job: ObservedJob }
  | Rejected;

interface Rejected {
  readonly kind: 'REJECTED';
  readonly type: FailureType & ('InvalidRequest' | 'PlanRejected');
  readonly reasons: readonly string[];
  /** What would make the request valid, where that is known. */
  readonly suggestion?: Partial<RescaleRequest>;
}

/** Decides from what was seen and what was asked; touches nothing. All reasons at once, each with what is valid. */
export function plan(observation: Observation, request: RescaleRequest): Decision {
  const { job: lookup } = observation;
  switch (lookup.kind) {
    case 'UNKNOWN':
      return rejected('InvalidRequest', unknownJob(lookup, observation.cluster, request));
    case 'AMBIGUOUS':
      return rejected('InvalidRequest', ambiguousName(lookup, observation.cluster, request));
    case 'STOPPED':
      return planResume(lookup.job, observation, request);
    case 'FOUND':
      return planFor(lookup.job, lookup.namesakes, observation, request);
  }
}

function planFor(
  job: ObservedJob,
  namesakes: readonly string[],
  observation: Observation,
  request: RescaleRequest,
): Decision {
  const { program, slots } = observation;
  const down = job.state === 'FAILED';
  const asItIs = job.parallelism === request.parallelism && !isUpgrade(request, program);
  if (!down && asItIs && program?.kind === 'READY') return { kind: 'UNCHANGED', job };

  const directory = directoryOf(job, observation, request);
  const asked = { job, program, slots, running: down ? [] : job.vertices, request };
  const ofChoices = (request: RescaleRequest) => [
    ...directoryObjections(job, observation, request),
    ...versionObjections(observation, request),
    ...strategyObjections(job, program, request),
  ];
  const objections = [
    ...ofChoices(request),
    ...limitObjections(asked),
    ...programObjections(job, program, request),
  ];
  if (objections.length > 0 || program?.kind !== 'READY')
    return refused(job, observation, request, objections, ofChoices);

  const ending = request.upgradeStrategy === 'STATELESS' ? 'CANCEL' : request.savepoint.mode;
  const timeouts = effectiveTimeouts(request, observation.timeouts);
  const tryMs = (job.checkpointing?.timeoutMs ?? 0) + timeouts.stop + 60_000;
  const settings = { request, timeouts, program, savepoint: { directory, tryMs } };
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
  const asked = { job, program, slots, running: [], request };
  const ofChoices = (request: RescaleRequest) => [
    ...directoryObjections(job, observation, request),
    ...versionObjections(observation, request),
    ...resumeObjections(job, program, request),
  ];
  const objections = [...ofChoices(request), ...limitObjections(asked)];
  const { id, name, vertices, parallelism, snapshot, newestSavepoint } = job;
  if (objections.length > 0 || program?.kind !== 'READY') {
    const refusal = refused(job, observation, request, objections, ofChoices);
    const down =
      `no job named ${name} runs: job ${id} is ${job.state} and was not started again; ` +
      `its state is in ${snapshot.kind.toLowerCase()} ${snapshot.path}`;
    return { ...refusal, reasons: [down, ...refusal.reasons] };
  }

  const timeouts = effectiveTimeouts(request, observation.timeouts);
  const settings = { request, timeouts, program, savepoint: { directory, tryMs: timeouts.restart } };
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
  },
  warnings: readonly string[],
): Plan {
  const { request, timeouts, program, savepoint } = settings;
  const { format, keep } = request.savepoint;
  return {
    job: before.job,
    namesakes: before.namesakes,
    ending: before.ending,
    restore: request.restoreStrategy,
    savepoint: { format, keep, ...savepoint },
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
    warnings,
  };
}

/** Where the savepoints go: below the root, each job in a folder of its own. */
function directoryOf(
  job: { readonly name: string },
  { savepointRoot }: Observation,
  request: RescaleRequest,
): string {
  return (
    request.savepoint.directory ?? `${savepointRoot.replace(/\/+$/, '')}/${encodeURIComponent(job.name)}`
  );
}

function directoryObjections(
  job: { readonly name: string },
  observation: Observation,
  request: RescaleRequest,
): Objection[] {
  const directory = directoryOf(job, observation, request);
  const { savepointRoot, cluster } = observation;
  if (isBelow(savepointRoot, directory)) return [];
  const { format, mode, keep } = request.savepoint;
  return [
    {
      reason:
        `"savepoint.directory" is ${directory}, which is not below the savepoint root of cluster "${cluster}"; ` +
        `valid: a directory below ${savepointRoot}`,
      mend: { savepoint: { format, mode, keep } },
    },
  ];
}

/** `ofChoices`: what would be said of the request with other choices. */
function refused(
  job: { readonly name: string },
  observation: Observation,
  request: RescaleRequest,
  objections: readonly Objection[],
  ofChoices: (request: RescaleRequest) => readonly Objection[],
): Rejected {
  const type = directoryObjections(job, observation, request).length > 0 ? 'InvalidRequest' : 'PlanRejected';
  const reasons = objections.map(({ reason }) => reason);
  const suggestion = mended(request, objections, ofChoices);
  return { kind: 'REJECTED', type, reasons, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** What all mends come to, if nothing is said of the request with them; one may call for the next. */
function mended(
  request: RescaleRequest,
  objections: readonly Objection[],
  ofChoices: (request: RescaleRequest) => readonly Objection[],
): Partial<RescaleRequest> | undefined {
  let suggestion: Partial<RescaleRequest> = {};
  let open = objections;
  for (let left = 3; open.length > 0; left--) {
    const mends = open.flatMap(({ mend }) => mend ?? []);
    if (left === 0 || mends.length < open.length) return undefined;
    suggestion = mends.reduce((all, one) => ({ ...all, ...one }), suggestion);
    open = ofChoices({ ...request, ...suggestion });
  }
  return suggestion;
}

function rejected(type: Rejected['type'], { reason, mend }: Objection): Rejected {
  return { kind: 'REJECTED', type, reasons: [reason], ...(mend === undefined ? {} : { suggestion: mend }) };
}
