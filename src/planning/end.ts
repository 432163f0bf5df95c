import type { Observation, ObservedJob, Program } from '../contracts/observation';
import type { EndRequest } from '../contracts/rescale';
import { directoryObjections, directoryOf } from './directory';
import { formatObjections, formatOf } from './format';
import { previousObjections } from './objections';
import type { Objection } from './objections';
import type { CancelPlan, Decision, Launch, SavepointPlan, SuspendPlan } from './plan';
import { noOneJob, refused, rejected } from './refusal';
import { effectiveTimeouts } from './request';
import { leftByFailure, savableObjections } from './strategy';
import { stopObjections } from './versions';
import { savepointWarnings } from './warnings';

/** What ends a job, or only saves it: nothing new is started, so no program and no parallelism is asked for. */

export function planSuspend(observation: Observation, request: EndRequest): Decision {
  const { job: lookup, program } = observation;
  switch (lookup.kind) {
    case 'UNKNOWN':
    case 'AMBIGUOUS':
      return noOneJob(lookup, observation.cluster, request);
    case 'STOPPED': {
      const { job } = lookup;
      return { kind: 'OVER', outcome: 'SUSPENDED', job, snapshot: job.snapshot, warning: over(job) };
    }
    case 'FOUND': {
      const { job, namesakes } = lookup;
      const gone = { valid: '"transition": "CANCEL"', mend: { transition: 'CANCEL' } as const };
      const objections = [
        ...savableObjections(job, gone),
        ...leftByFailure(job, request),
        ...ofPrevious(job, program),
      ];
      const saved = saving(job, observation, request, objections);
      if (saved.kind === 'REJECTED') return saved;
      const drain = request.savepoint.drain === true;
      const plan: SuspendPlan = {
        ...saved.common,
        ...{ transition: 'SUSPEND', job, namesakes, ending: 'STOP_WITH_SAVEPOINT', previous: saved.previous },
        savepoint: { ...saved.common.savepoint, ...(drain ? { drain } : {}) },
        predictedDowntime: { basis: 'nothing is started: the job is down until it is' },
        warnings: [...saved.common.warnings, ...(drain ? [drained] : [])],
      };
      return { kind: 'TRANSITION', plan };
    }
  }
}

const drained =
  'drain: all windows end with the savepoint, as if there were no more input: a job that is started from it does not ' +
  'go on where this one was';

export function planSavepoint(observation: Observation, request: EndRequest): Decision {
  const { job: lookup, program } = observation;
  switch (lookup.kind) {
    case 'UNKNOWN':
    case 'AMBIGUOUS':
      return noOneJob(lookup, observation.cluster, request);
    case 'STOPPED':
      return rejected('PlanRejected', {
        reason: `${over(lookup.job)}, so no savepoint can be taken of it; its state is in ${lookup.job.snapshot.path}`,
      });
    case 'FOUND': {
      const { job, namesakes } = lookup;
      const objections = [...savableObjections(job), ...ofPrevious(job, program)];
      const saved = saving(job, observation, request, objections);
      if (saved.kind === 'REJECTED') return saved;
      const plan: SavepointPlan = {
        ...saved.common,
        ...{ transition: 'SAVEPOINT', job, namesakes, ending: 'GOES_ON', previous: saved.previous },
        predictedDowntime: { ms: 0, basis: 'the job goes on' },
      };
      return { kind: 'TRANSITION', plan };
    }
  }
}

/** Whoever cancels a job wants it gone, whatever it is doing: nothing is objected to. */
export function planCancel(observation: Observation, request: EndRequest): Decision {
  const { job: lookup } = observation;
  switch (lookup.kind) {
    case 'UNKNOWN': {
      const { ended } = lookup;
      if (ended === undefined) return noOneJob(lookup, observation.cluster, request);
      return { kind: 'OVER', outcome: 'CANCELLED', job: { id: ended.id }, warning: over(ended) };
    }
    case 'AMBIGUOUS':
      return noOneJob(lookup, observation.cluster, request);
    case 'STOPPED': {
      const { job } = lookup;
      return { kind: 'OVER', outcome: 'CANCELLED', job, snapshot: job.snapshot, warning: over(job) };
    }
    case 'FOUND': {
      const { job, namesakes } = lookup;
      const plan: CancelPlan = {
        ...commonOf(job, observation, request),
        ...{ transition: 'CANCEL', job, namesakes, parallelism: job.parallelism, ending: 'CANCEL' },
        predictedDowntime: { basis: 'nothing is started: the job is down until it is' },
        warnings: retention(job),
      };
      return { kind: 'TRANSITION', plan };
    }
  }
}

function retention({ newestSnapshot: newest, checkpointing }: ObservedJob): string[] {
  if (newest?.kind === 'SAVEPOINT' || checkpointing?.retainedOnCancel === true) return [];
  return [
    newest === undefined
      ? 'the job has no snapshot: nothing of its state is left'
      : 'Flink deletes the checkpoints of the job when it is cancelled: no more of its state is left than a savepoint, if it has one',
  ];
}

function over({ id, name, state }: { id: string; name: string; state: string }): string {
  return `no job named ${name} runs: job ${id} is ${state}`;
}

type Saving =
  | { readonly kind: 'SAVING'; readonly common: ReturnType<typeof commonOf>; readonly previous: Launch }
  | Extract<Decision, { kind: 'REJECTED' }>;

/** What has to hold for a savepoint, with which the job stops or not. */
function saving(
  job: ObservedJob,
  observation: Observation,
  request: EndRequest,
  ofTransition: readonly Objection[],
): Saving {
  const { program } = observation;
  const outside = directoryObjections(job, observation, request);
  const ofFormat = formatObjections(job, observation, request);
  const objections = [...outside, ...stopObjections(observation), ...ofFormat, ...ofTransition];
  if (objections.length > 0 || program?.kind !== 'READY')
    return refused(objections, outside.length > 0, () => []);
  const previous = {
    jar: program.previousJar,
    parallelism: job.parallelism,
    vertices: program.previousVertices,
    allowNonRestoredState: false,
  };
  const common = commonOf(job, observation, request);
  const warnings = [...savepointWarnings(job, observation), ...program.warnings];
  return { kind: 'SAVING', common: { ...common, warnings }, previous };
}

/** What is started again should the savepoint take the job down: known before, or it is not begun. */
function ofPrevious(job: ObservedJob, program: Program | undefined): Objection[] {
  if (program === undefined) return [{ reason: 'what the job is made of is not known' }];
  if (program.kind === 'REFUSED') return [{ reason: `${program.reason}; valid: ${program.valid}` }];
  return previousObjections(job, program);
}

function commonOf(job: ObservedJob, observation: Observation, request: EndRequest) {
  const timeouts = effectiveTimeouts(request, observation.timeouts);
  const { keep } = request.savepoint;
  const format = formatOf(request);
  const tryMs = (job.checkpointing?.timeoutMs ?? 0) + timeouts.stop + 60_000;
  return {
    savepoint: { format, keep, directory: directoryOf(job, observation, request), tryMs },
    attempts: { savepoint: request.maxSavepointCreationAttempts, job: request.maxJobCreationAttempts },
    timeouts,
    warnings: [] as readonly string[],
  };
}
