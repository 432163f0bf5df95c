import type { Demand, Observation, ObservedJob, Program, Requirements } from '../contracts/observation';
import type { IfNotReached, PredictedDowntime, RescaleRequest, Timeouts } from '../contracts/rescale';
import { inPlaceObjections } from './in-place-objections';
import { isUpgrade, programDiffers, sizeObjections, slotWarnings } from './objections';
import type { Objection } from './objections';
import type { ByRestart, InPlace, JobBefore, RescalePlan } from './plan';
import { refused } from './refusal';
import { effectiveTimeouts } from './request';
import { can, parseVersion, versionWarnings } from './versions';

/** Where a job is to be taken, and how that is known. */
export interface Aim {
  /** What is asked for. */
  readonly requirements: Demand;
  /** At what each vertex is to run, by its id. */
  readonly targets: Readonly<Record<string, number>>;
  /** The parallelism of the job, as it is and as it is to be. */
  readonly from: number;
  readonly to: number;
  /** What it restores has to be a later checkpoint than this; absent: it has not to be restarted. */
  readonly newerThan?: number;
}

/** The job goes to another parallelism and is not ended: an adaptive scheduler restarts its tasks. */
export interface InPlacePlan {
  /** IN_PLACE: its bounds are changed; REACTIVE: the number of TaskManagers, which it follows. */
  readonly mechanism: 'IN_PLACE' | 'REACTIVE';
  readonly job: JobBefore;
  readonly parallelism: number;
  /** REACTIVE: the slots of each TaskManager. */
  readonly slotsEach?: number;
  readonly aim: Aim;
  /** As it is. */
  readonly back: Aim;
  readonly ifNotReached: IfNotReached;
  /** Since 2.0 Flink acts with the next checkpoint; before, at once. */
  readonly waitsForCheckpoint: boolean;
  /** Checkpoints that may fail: each may cost the job a restart, and those may be bounded (P9). */
  readonly maxTries: number;
  /** How it is started as it was, should it be lost meanwhile; absent where that is not known. */
  readonly lost?: RescalePlan;
  readonly timeouts: Timeouts;
  readonly predictedDowntime: PredictedDowntime;
  /** Why in place, where that was left to us. */
  readonly why?: string;
  readonly warnings: readonly string[];
}

/** `restart`: what would be done of the request by the mechanism RESTART. */
export function planInPlace(
  job: ObservedJob,
  observation: Observation,
  request: RescaleRequest,
  restart: (request: RescaleRequest) => ByRestart,
): InPlace {
  const byRestart = restart({ ...request, mechanism: 'RESTART' });
  const ofChoices = (changed: RescaleRequest): readonly Objection[] =>
    changed.mechanism === 'RESTART'
      ? reasonsOf(restart(changed))
      : objections(job, observation, changed, byRestart);
  const found = ofChoices(request);
  const { requirements } = job;
  if (found.length > 0 || requirements === undefined)
    return refused(found, false, (mend) => ofChoices({ ...request, ...mend, transition: 'RESCALE' }));

  const aim = aimOf(job, requirements, observation.program, request);
  const isThere = aim.newerThan === undefined && sameDemand(aim.requirements, requirements);
  if (isThere) return { kind: 'UNCHANGED', job };

  const program = programOf(job, observation.program, request);
  return {
    kind: 'IN_PLACE',
    plan: {
      mechanism: 'IN_PLACE',
      job,
      parallelism: job.parallelism,
      aim,
      back: {
        ...{ requirements, from: request.parallelism, to: job.parallelism },
        targets: shapeOf(job),
      },
      ...choicesOf(job, observation, request),
      ...(program !== undefined && byRestart.kind === 'RESCALE' ? { lost: byRestart.plan } : {}),
      warnings: [
        ...cooling(job),
        ...unknownProgram(program, byRestart),
        ...slotWarnings(asked(job, observation, request)),
        ...versionWarnings(observation),
      ],
    },
  };
}

/** What is the same of a plan by either mechanism. */
export function choicesOf(job: ObservedJob, observation: Observation, request: RescaleRequest) {
  return {
    ifNotReached: request.ifNotReached ?? 'PUT_BACK',
    waitsForCheckpoint: waitsForCheckpoint(observation),
    maxTries: job.restartsForEver ? request.maxSavepointCreationAttempts : 1,
    timeouts: effectiveTimeouts(request, observation.timeouts),
    predictedDowntime: predicted(job),
  } as const;
}

/** At what each vertex runs, by its id. */
export function shapeOf({ vertices }: ObservedJob): Readonly<Record<string, number>> {
  return Object.fromEntries(vertices.map(({ id, parallelism }) => [id, parallelism]));
}

export type Retargeted =
  | { readonly kind: 'PLANNED'; readonly plan: InPlacePlan }
  | { readonly kind: 'REFUSED'; readonly reasons: readonly string[] };

/** Another target for a rescale that is under way. */
export function retargetedInPlace(
  plan: InPlacePlan,
  job: ObservedJob,
  observation: Pick<Observation, 'program' | 'slots'>,
  request: RescaleRequest,
): Retargeted {
  const { requirements } = plan.back;
  if (typeof requirements === 'number' || job.requirements === undefined)
    return { kind: 'REFUSED', reasons: ['the job cannot be looked at now'] };
  const found = [
    ...sizeObjections(asked(job, observation, request)),
    ...fixedObjections(job, observation.program, request),
  ];
  if (found.length > 0) return { kind: 'REFUSED', reasons: found.map(({ reason }) => reason) };
  const aim = aimOf(job, requirements, observation.program, request);
  return { kind: 'PLANNED', plan: { ...plan, aim: { ...aim, from: plan.parallelism } } };
}

export function sameDemand(a: Demand, b: Demand): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  const ids = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return ids.every((id) => a[id]?.lower === b[id]?.lower && a[id]?.upper === b[id]?.upper);
}

function objections(
  job: ObservedJob,
  observation: Observation,
  request: RescaleRequest,
  byRestart: ByRestart,
): Objection[] {
  const { program } = observation;
  const fallback = request.ifNotReached === 'RESTART' ? reasonsOf(byRestart) : [];
  return [
    ...inPlaceObjections(job, observation, request),
    ...sizeObjections(asked(job, observation, request)),
    ...fixedObjections(job, program, request),
    ...fallback
      .map(({ reason }) => `"ifNotReached": "RESTART" cannot be: ${reason}`)
      .map((reason) => ({ reason, mend: { ifNotReached: 'PUT_BACK' } as const })),
  ];
}

function reasonsOf(decision: ByRestart): Objection[] {
  return decision.kind === 'REJECTED' ? decision.reasons.map((reason) => ({ reason })) : [];
}

/** Whatever is asked for, nothing of it would move. */
function fixedObjections(
  job: ObservedJob,
  program: Program | undefined,
  request: RescaleRequest,
): Objection[] {
  const targets = targetsOf(job, program, request);
  if (request.parallelism === job.parallelism) return [];
  if (job.vertices.some(({ id, parallelism }) => targets[id] !== parallelism)) return [];
  return [
    {
      reason:
        'the program would run as it does today whatever parallelism is asked for: it is fixed in code; ' +
        'valid: a jar that leaves the parallelism to the submission',
    },
  ];
}

function aimOf(
  job: ObservedJob,
  before: Requirements,
  program: Program | undefined,
  request: RescaleRequest,
): Aim {
  const targets = targetsOf(job, program, request);
  // A lower bound above the slots that there are would keep a job that fails over from running at all.
  const requirements = Object.fromEntries(
    Object.entries(targets).map(([id, upper]) => [
      id,
      { lower: Math.min(before[id]?.lower ?? 1, upper), upper },
    ]),
  );
  return aimAt(job, { requirements, targets }, request);
}

/** It has to be restarted from a checkpoint that is still to come, unless no vertex has to move. */
export function aimAt(
  job: ObservedJob,
  { requirements, targets }: Pick<Aim, 'requirements' | 'targets'>,
  request: RescaleRequest,
): Aim {
  const moves = job.vertices.some(({ id, parallelism }) => targets[id] !== parallelism);
  const { checkpointId = 0 } = job.newestSnapshot ?? {};
  return {
    ...{ requirements, targets, from: job.parallelism, to: request.parallelism },
    ...(moves ? { newerThan: checkpointId } : {}),
  };
}

/** As Flink would plan the program (P23); where that is not known a vertex that runs at the job's parallelism follows it. */
function targetsOf(
  job: ObservedJob,
  program: Program | undefined,
  request: RescaleRequest,
): Readonly<Record<string, number>> {
  const planned = programOf(job, program, request)?.vertices;
  return Object.fromEntries(
    job.vertices.map(({ id, parallelism }) => {
      const follows = parallelism === job.parallelism ? request.parallelism : parallelism;
      return [id, planned?.find((vertex) => vertex.id === id)?.parallelism ?? follows];
    }),
  );
}

/** The program, if it is what runs. */
function programOf(job: ObservedJob, program: Program | undefined, request: RescaleRequest) {
  if (program?.kind !== 'READY' || isUpgrade(request, program) || programDiffers(job, program))
    return undefined;
  return program;
}

/** What is not the program that runs says nothing of it. */
function asked(
  job: ObservedJob,
  observation: Pick<Observation, 'program' | 'slots'>,
  request: RescaleRequest,
) {
  const program = programOf(job, observation.program, request);
  return { job, program, slots: observation.slots, running: job.vertices, request };
}

function waitsForCheckpoint({ flinkVersion }: Observation): boolean {
  const version = parseVersion(flinkVersion);
  return version === undefined || can(version, 'RESCALE_AT_CHECKPOINT');
}

function predicted({ startTookMs }: ObservedJob): PredictedDowntime {
  if (startTookMs === undefined) return { basis: 'how long its tasks take to start is not known' };
  return { ms: startTookMs, basis: `its tasks took ${startTookMs} ms to start the last time` };
}

export function cooling({ coolsForMs }: ObservedJob): string[] {
  if (coolsForMs === undefined) return [];
  return [
    `Flink does not rescale the job again for another ${coolsForMs} ms (cooldown): that is waited for first`,
  ];
}

function unknownProgram(program: Program | undefined, byRestart: ByRestart): string[] {
  if (program !== undefined && byRestart.kind === 'RESCALE') return [];
  const why = byRestart.kind === 'REJECTED' ? byRestart.reasons[0] : undefined;
  return [
    `should the job be lost meanwhile, it is not started again: ${why ?? 'what it was started with is not known'}`,
  ];
}
