import type { Observation, ObservedJob, StoppedJob } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { directoryObjections, directoryOf } from './directory';
import { formatOf } from './format';
import { isUpgrade, limitObjections, provisionFor, slotWarnings } from './objections';
import type { Mend, Objection } from './objections';
import { samePath } from './paths';
import type { Decision, StartPlan } from './plan';
import { providerOf } from './provision';
import { refused, rejected } from './refusal';
import { effectiveTimeouts } from './request';
import { knownSavepointObjections, unaskedEmpty } from './strategy';
import { versionObjections, versionWarnings } from './versions';

/** A job that does not run is started: from the newest state that Flink or whoever starts it knows of, or empty. */
export function planStart(observation: Observation, request: RescaleRequest): Decision {
  const { job: lookup, cluster } = observation;
  const mend = { transition: 'RESCALE', startFrom: undefined } as const;
  switch (lookup.kind) {
    case 'FOUND':
      if (isAsAsked(lookup.job, observation, request)) return { kind: 'UNCHANGED', job: lookup.job };
      return rejected('PlanRejected', { reason: runs(lookup.job), mend });
    case 'AMBIGUOUS': {
      const [first] = lookup.candidates;
      const reason = `${lookup.candidates.length} live jobs on cluster "${cluster}" are named "${request.job}", and a START starts none beside them; valid: "transition": "RESCALE" with a "jobId"`;
      return rejected('PlanRejected', { reason, mend: { ...mend, jobId: first?.id } });
    }
    case 'STOPPED':
      return planFrom(lookup.job, observation, request);
    case 'UNKNOWN': {
      const writer = lookup.live.find(({ id }) => id === request.startFrom?.jobId);
      if (writer === undefined) return planFrom(undefined, observation, request);
      const reason = `job ${writer.id}, which wrote "startFrom", is ${writer.state} and its name is ${writer.name}; valid: "transition": "RESCALE" of that one`;
      return rejected('PlanRejected', { reason });
    }
  }
}

/** Whether the job that runs is the one that is to be started: a START may be repeated. */
function isAsAsked(job: ObservedJob, { program }: Observation, request: RescaleRequest): boolean {
  if (program?.kind !== 'READY') return false;
  return job.parallelism === request.parallelism && !isUpgrade(request, program);
}

function runs({ id, name, state, parallelism }: ObservedJob): string {
  return `job ${name} (${id}) is ${state} at parallelism ${parallelism}, and a START is of a job that does not run; valid: "transition": "RESCALE"`;
}

function planFrom(last: StoppedJob | undefined, observation: Observation, request: RescaleRequest): Decision {
  const { program, slots } = observation;
  const named = { name: request.job };
  const { restoreStrategy } = request;
  const origin = originOf(last, request);
  const asked = {
    job: {
      parallelism: last?.parallelism ?? request.parallelism,
      // the key groups of a state that is not restored do not count
      vertices: origin?.kind === 'SNAPSHOT' ? (last?.vertices ?? []) : [],
    },
    ...{ program, slots, taskManagers: providerOf(observation), running: [], request },
  };
  const outside = directoryObjections(named, observation, request);
  const ofChoices = (request: RescaleRequest) => [
    ...directoryObjections(named, observation, request),
    ...versionObjections(observation, request),
    ...originObjections(last, observation, request),
  ];
  const objections = [...ofChoices(request), ...limitObjections(asked)];
  if (objections.length > 0 || program?.kind !== 'READY' || origin === undefined) {
    const { transition } = request;
    return refused(objections, outside.length > 0, (mend: Mend) =>
      ofChoices({ ...request, ...mend, transition }),
    );
  }

  const timeouts = effectiveTimeouts(request, observation.timeouts);
  const { keep } = request.savepoint;
  const format = formatOf(request);
  const before = lastOf(last, request);
  const provision = provisionFor(asked);
  const plan: StartPlan = {
    transition: 'START',
    job: named,
    namesakes: [],
    ...(before === undefined ? {} : { last: before }),
    origin,
    next: {
      jar: program.jar,
      parallelism: request.parallelism,
      vertices: program.vertices,
      allowNonRestoredState: request.allowNonRestoredState,
    },
    savepoint: { format, keep, directory: directoryOf(named, observation, request), tryMs: timeouts.restart },
    attempts: { savepoint: request.maxSavepointCreationAttempts, job: request.maxJobCreationAttempts },
    timeouts,
    predictedDowntime: { basis: 'the job is down already' },
    ...(provision === undefined ? {} : { provision }),
    warnings: [
      ...leftAside(last, origin, restoreStrategy),
      ...slotWarnings(asked),
      ...versionWarnings(observation),
      ...program.warnings,
    ],
  };
  return { kind: 'TRANSITION', plan };
}

/** The job whose end has to be proven: a JobManager that was lost may have left its tasks (P12). */
function lastOf(last: StoppedJob | undefined, { startFrom }: RescaleRequest): StartPlan['last'] {
  if (last !== undefined) return { id: last.id, parallelism: last.parallelism };
  return startFrom?.jobId === undefined ? undefined : { id: startFrom.jobId };
}

/** What it begins from; undefined if there is nothing of that kind: it is not started empty then. */
function originOf(last: StoppedJob | undefined, request: RescaleRequest): Origin | undefined {
  const snapshot = chosen(last, request);
  switch (request.restoreStrategy) {
    case 'NONE':
      return { kind: 'EMPTY' };
    case 'LATEST_STATE':
    case 'LATEST_SAVEPOINT':
      return snapshot && { kind: 'SNAPSHOT', snapshot };
  }
}

function chosen(last: StoppedJob | undefined, request: RescaleRequest): Snapshot | undefined {
  switch (request.restoreStrategy) {
    case 'NONE':
      return undefined;
    case 'LATEST_STATE':
      return newerOf(last?.snapshot, given(request));
    case 'LATEST_SAVEPOINT': {
      const ours = given(request);
      return newerOf(last?.newestSavepoint?.snapshot, ours?.kind === 'SAVEPOINT' ? ours : undefined);
    }
  }
}

function given({ startFrom }: RescaleRequest): Snapshot | undefined {
  if (startFrom === undefined) return undefined;
  const { path, kind, jobId = 'unknown', checkpointId, completedAt } = startFrom;
  return {
    ...{ kind, path, jobId },
    ...(checkpointId === undefined ? {} : { checkpointId }),
    ...(completedAt === undefined ? {} : { completedAt }),
  };
}

/** Of what Flink shows and what whoever starts it knows: the newer where that can be told, else what Flink shows. */
function newerOf(shown: Snapshot | undefined, known: Snapshot | undefined): Snapshot | undefined {
  if (shown === undefined || known === undefined) return shown ?? known;
  if (samePath(shown.path, known.path)) return shown;
  const [a = Infinity, b = 0] =
    shown.jobId === known.jobId
      ? [shown.checkpointId, known.checkpointId]
      : [shown.completedAt, known.completedAt];
  return b > a ? known : shown;
}

function originObjections(
  last: StoppedJob | undefined,
  { cluster }: Observation,
  request: RescaleRequest,
): Objection[] {
  const { job, restoreStrategy } = request;
  if (restoreStrategy === 'NONE') {
    // of a job of which nothing was ever seen no state is given up
    return last === undefined && request.startFrom === undefined ? [] : unaskedEmpty(request);
  }
  const snapshot = chosen(last, request);
  const ofFlink = last?.newestSavepoint?.snapshot;
  if (snapshot !== undefined)
    return last !== undefined && snapshot === ofFlink ? knownSavepointObjections(last, request) : [];
  if (last === undefined && request.startFrom === undefined) {
    return [
      {
        reason:
          `no state of "${job}" is known: Flink shows no job of that name on cluster "${cluster}" that has left any, and ` +
          'the input has no "startFrom"; valid: "restoreStrategy": "NONE", which starts it empty, or "startFrom": {"path": "..."}',
        mend: { restoreStrategy: 'NONE' },
      },
    ];
  }
  return [
    {
      reason: `no savepoint of "${job}" is known, only a checkpoint; valid: "restoreStrategy": "LATEST_STATE"`,
      mend: { restoreStrategy: 'LATEST_STATE' },
    },
  ];
}

/** What Flink shows of the job, and it does not begin from. */
function leftAside(
  last: StoppedJob | undefined,
  origin: Origin,
  strategy: RescaleRequest['restoreStrategy'],
): string[] {
  if (last === undefined) return [];
  if (origin.kind === 'SNAPSHOT' && samePath(origin.snapshot.path, last.snapshot.path)) return [];
  const { kind, path } = last.snapshot;
  return [
    `restoreStrategy ${strategy}: the job does not begin from the ${kind.toLowerCase()} that job ${last.id} left, ${path}`,
  ];
}
