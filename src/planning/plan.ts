import type {
  Jar,
  Observation,
  ObservedJob,
  Program,
  ProgramVertex,
  StoppedJob,
} from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import type { RescaleRequest, Timeouts } from '../contracts/rescale';
import type { FailureType } from '../contracts/failures';
import { slotsMissing, slotsNeeded } from './capacity';
import { nearest } from './nearest';
import { isBelow } from './paths';
import { effectiveTimeouts } from './request';

/** How to start one version of the job: everything the submit and the proof of readiness need. */
export interface Launch {
  readonly jar: Jar;
  readonly parallelism: number;
  /** What Flink will deploy: the program may fix parallelism in code, so these count and not the request (P23). */
  readonly vertices: readonly ProgramVertex[];
}

export interface JobBefore {
  readonly id: string;
  readonly name: string;
  readonly vertices: readonly { readonly id: string }[];
  readonly restarts: number;
  readonly newestSnapshot?: Snapshot;
}

/** What will happen, decided while the job still runs. Nothing is checked in the stopped window. */
export interface Plan {
  /** The job that runs, or ran. */
  readonly job: JobBefore;
  readonly namesakes: readonly string[];
  readonly savepoint: {
    readonly format: RescaleRequest['savepoint']['format'];
    /** Below the cluster's savepoint root; each try gets its own directory in it. */
    readonly directory: string;
    /** How long one try may take, ms: the job's checkpoint time-out, the stop time-out and a minute (P25). */
    readonly tryMs: number;
  };
  /** The job as it is to be. */
  readonly next: Launch;
  /** The job as it is: what a roll-back starts again. */
  readonly previous: Launch;
  readonly attempts: { readonly savepoint: number; readonly job: number };
  readonly timeouts: Timeouts;
  readonly warnings: readonly string[];
}

export type Decision =
  | { readonly kind: 'RESCALE'; readonly plan: Plan }
  /** The job is stopped already, by a rescale that did not come to its end: start it from its newest state (P30). */
  | { readonly kind: 'RESUME'; readonly plan: Plan; readonly snapshot: Snapshot }
  | { readonly kind: 'UNCHANGED'; readonly job: ObservedJob }
  | {
      readonly kind: 'REJECTED';
      readonly type: FailureType & ('InvalidRequest' | 'PlanRejected');
      readonly reasons: readonly string[];
      /** What would make the request valid, where one change does. */
      readonly suggestion?: Partial<RescaleRequest>;
    };

/** Decides from what was seen and what was asked; touches nothing. All reasons at once, each with what is valid. */
export function plan(observation: Observation, request: RescaleRequest): Decision {
  const { job: lookup } = observation;
  switch (lookup.kind) {
    case 'UNKNOWN': {
      const names = [...new Set(lookup.live.map((job) => job.name))];
      const close = nearest(request.job, names);
      return invalid(
        close === undefined ? undefined : { job: close },
        `no live job named "${request.job}" on cluster "${observation.cluster}"` +
          (close === undefined ? '' : `; did you mean "${close}"?`) +
          ` Live jobs: ${names.length === 0 ? 'none' : names.join(', ')}`,
      );
    }
    case 'AMBIGUOUS':
      return invalid(
        { jobId: lookup.candidates[0]?.id },
        `${lookup.candidates.length} live jobs on cluster "${observation.cluster}" are named "${request.job}"; ` +
          `pick one with "jobId": ${lookup.candidates.map((job) => `${job.id} (${job.state})`).join(', ')}`,
      );
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
  const { program } = observation;
  const upgrade = isUpgrade(request, program);
  if (job.parallelism === request.parallelism && !upgrade) return { kind: 'UNCHANGED', job };

  const directory = request.savepoint.directory ?? defaultDirectory(observation.savepointRoot, job.name);
  if (!isBelow(observation.savepointRoot, directory)) {
    return invalid(
      {},
      `"savepoint.directory" is ${directory}, which is not below the savepoint root of cluster ` +
        `"${observation.cluster}"; valid: a directory below ${observation.savepointRoot}`,
    );
  }

  const reasons = [
    ...jobReasons(job),
    ...limitReasons(job, program, { slots: observation.slots, running: job.vertices }, request),
    ...programReasons(job, program, request),
  ];
  const checkpointing = job.checkpointing;
  if (reasons.length > 0 || program?.kind !== 'READY' || checkpointing === undefined) {
    const most = mostParallelism(job, observation);
    const fits = request.parallelism <= most;
    return {
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons,
      ...(fits ? {} : { suggestion: { parallelism: most } }),
    };
  }

  const timeouts = effectiveTimeouts(request, observation.timeouts);
  return {
    kind: 'RESCALE',
    plan: {
      job,
      namesakes,
      savepoint: {
        format: request.savepoint.format,
        directory,
        tryMs: checkpointing.timeoutMs + timeouts.stop + 60_000,
      },
      next: { jar: program.jar, parallelism: request.parallelism, vertices: program.vertices },
      previous: {
        jar: program.previousJar,
        parallelism: job.parallelism,
        vertices: program.previousVertices,
      },
      attempts: { savepoint: request.maxSavepointCreationAttempts, job: request.maxJobCreationAttempts },
      timeouts,
      warnings: warnings(job, observation),
    },
  };
}

function planResume(job: StoppedJob, observation: Observation, request: RescaleRequest): Decision {
  const { program } = observation;
  const reasons = limitReasons(job, program, { slots: observation.slots, running: [] }, request);
  if (reasons.length > 0 || program?.kind !== 'READY')
    return { kind: 'REJECTED', type: 'PlanRejected', reasons };
  const timeouts = effectiveTimeouts(request, observation.timeouts);
  return {
    kind: 'RESUME',
    snapshot: job.snapshot,
    plan: {
      job: { id: job.id, name: job.name, vertices: job.vertices, restarts: 0, newestSnapshot: job.snapshot },
      namesakes: [],
      savepoint: {
        format: request.savepoint.format,
        directory: defaultDirectory(observation.savepointRoot, job.name),
        tryMs: timeouts.restart,
      },
      next: { jar: program.jar, parallelism: request.parallelism, vertices: program.vertices },
      previous: {
        jar: program.previousJar,
        parallelism: job.parallelism,
        vertices: program.previousVertices,
      },
      attempts: { savepoint: request.maxSavepointCreationAttempts, job: request.maxJobCreationAttempts },
      timeouts,
      warnings: [
        `no job named ${job.name} runs: job ${job.id} is ${job.state} and was not started again, so this resumes it`,
      ],
    },
  };
}

/** Whether another program is asked for, and not only another parallelism. */
function isUpgrade(request: RescaleRequest, program: Program | undefined): boolean {
  if (request.artifact === undefined) return false;
  return program?.kind !== 'READY' || !sameJar(program.jar, program.previousJar);
}

function sameJar(a: Jar, b: Jar): boolean {
  return a.sha256 === b.sha256 && JSON.stringify(a.artifact) === JSON.stringify(b.artifact);
}

/** The highest parallelism that both the state's key groups and the slots allow. */
function mostParallelism(job: ObservedJob, observation: Observation): number {
  const slots = observation.slots.available + slotsNeeded(job.vertices);
  return Math.min(slots, ...job.vertices.map((vertex) => vertex.maxParallelism));
}

function defaultDirectory(root: string, jobName: string): string {
  return `${root.replace(/\/+$/, '')}/${encodeURIComponent(jobName)}`;
}

/** Whether this job can be stopped with a savepoint right now (P9). */
function jobReasons(job: ObservedJob): string[] {
  const reasons: string[] = [];
  if (job.state !== 'RUNNING') {
    reasons.push(`the job is ${job.state}; a savepoint needs it RUNNING with all its tasks RUNNING`);
  } else {
    const behind = job.vertices.filter((vertex) => vertex.ready < vertex.parallelism);
    for (const vertex of behind) {
      reasons.push(
        `${vertex.ready} of ${vertex.parallelism} tasks of "${vertex.name}" are running; a savepoint needs all of them`,
      );
    }
  }
  if (job.checkpointing === undefined) {
    reasons.push(
      'the job has no checkpointing, so no savepoint can be taken; enable execution.checkpointing.interval',
    );
  } else if (job.checkpointing.savepointInProgress) {
    reasons.push(
      'a savepoint that Weir did not ask for is in progress, and a stop would abort it; wait for its end',
    );
  }
  return reasons;
}

/** What the state's key groups, the program and the slots allow. `running`: what gives its slots back. */
function limitReasons(
  job: { readonly vertices: ObservedJob['vertices'] },
  program: Program | undefined,
  cluster: { readonly slots: Observation['slots']; readonly running: readonly ProgramVertex[] },
  request: RescaleRequest,
): string[] {
  const tooHigh = job.vertices
    .filter((vertex) => request.parallelism > vertex.maxParallelism)
    .map(
      (vertex) =>
        `parallelism ${request.parallelism} is above the maxParallelism ${vertex.maxParallelism} of "${vertex.name}", ` +
        `which the job's state has fixed; valid: 1 to ${Math.min(...job.vertices.map((v) => v.maxParallelism))}`,
    );
  if (tooHigh.length > 0) return tooHigh;
  if (program === undefined) return ['what the new program looks like is not known'];
  if (program.kind === 'REFUSED') return [`${program.reason}; valid: ${program.valid}`];

  const { slots, running } = cluster;
  const missing = slotsMissing({ available: slots.available, running, wanted: program.vertices });
  if (missing === 0) return [];
  const givenBack = slotsNeeded(running);
  return [
    `${slotsNeeded(program.vertices)} slots are needed and ${slots.available} are free` +
      (givenBack === 0 ? '' : ` beside the ${givenBack} that the job gives back`) +
      `: ${missing} too few of ${slots.total}; valid: a parallelism of at most ${slots.available + givenBack}, ` +
      `or more TaskManagers`,
  ];
}

/** Whether the jars are what a rescale and its roll-back need. */
function programReasons(job: ObservedJob, program: Program | undefined, request: RescaleRequest): string[] {
  if (program?.kind !== 'READY') return [];
  const reasons: string[] = [];
  if (!isUpgrade(request, program) && sameShape(program.vertices, job.vertices)) {
    reasons.push(
      `the program would run as it does today whatever parallelism is asked for: it is fixed in code; ` +
        `valid: a jar that leaves the parallelism to the submission`,
    );
  }
  const differing = differences(program.previousVertices, job.vertices);
  if (differing.length > 0) {
    reasons.push(
      `${program.previousJar.artifact.jar} is not what runs (${differing.join('; ')}), so a roll-back could not ` +
        `start the old job again; valid: "previousArtifact" naming the jar and arguments of the running job`,
    );
  }
  return reasons;
}

function warnings(job: ObservedJob, observation: Observation): string[] {
  const found: string[] = [];
  if (job.checkpointing !== undefined && !job.checkpointing.retainedOnFailure) {
    found.push(
      'checkpoints are not kept when the job fails (execution.checkpointing.externalized-checkpoint-retention): ' +
        'should it fail while it is stopped, only an older savepoint is left',
    );
  }
  if (observation.snapshotStore === 'none') {
    found.push(
      `snapshotStore of cluster "${observation.cluster}" is none: if the JobManager is lost between the stop and ` +
        'its answer, a person must find the savepoint',
    );
  }
  return found;
}

function sameShape(a: readonly ProgramVertex[], b: readonly ProgramVertex[]): boolean {
  return differences(a, b).length === 0;
}

function differences(program: readonly ProgramVertex[], running: readonly ProgramVertex[]): string[] {
  const wanted = new Map(program.map((vertex) => [vertex.id, vertex.parallelism]));
  const have = new Map(running.map((vertex) => [vertex.id, vertex.parallelism]));
  return [...new Set([...wanted.keys(), ...have.keys()])]
    .filter((id) => wanted.get(id) !== have.get(id))
    .map(
      (id) =>
        `vertex ${id}: ${wanted.get(id) ?? 'absent'} in the jar, ${have.get(id) ?? 'absent'} in the job`,
    );
}

function invalid(suggestion: Partial<RescaleRequest> | undefined, reason: string): Decision {
  return {
    kind: 'REJECTED',
    type: 'InvalidRequest',
    reasons: [reason],
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
