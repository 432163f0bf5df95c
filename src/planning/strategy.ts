import type { Checkpointing, Observation, ObservedJob, Program, StoppedJob } from '../contracts/observation';
import type { RescaleRequest, TransitionRequest } from '../contracts/rescale';
import { backendObjections, resumedBackendObjections } from './backend';
import { formatObjections } from './format';
import type { Mend, Objection } from './objections';
import { isUpgrade } from './objections';
import { samePath } from './paths';

/**
 * What `upgradeStrategy` and `restoreStrategy` ask of the job as it is (P9, P17 to P19): whether it can be brought to its
 * end like this, whether there will be something to begin from, and whether state is given up without being asked.
 */

/** Asked of a job that is still there, whatever its state. */
export function strategyObjections(
  job: ObservedJob,
  observation: Observation,
  request: RescaleRequest,
): Objection[] {
  const { program } = observation;
  switch (request.upgradeStrategy) {
    case 'STATEFUL':
      return [
        ...savepointObjections(job, request),
        ...formatObjections(job, observation, request),
        ...lossObjections(program, request),
        ...backendObjections(job.checkpointing?.stateBackend, program, request),
      ];
    case 'STATELESS':
      return [
        ...cancelObjections(job),
        ...checkpointObjections(job, request),
        ...knownSavepointObjections(job, request),
        ...lossObjections(program, request),
        ...backendObjections(job.checkpointing?.stateBackend, program, request),
      ];
  }
}

/** Asked of a job that is over already, and leaves a snapshot. */
export function resumeObjections(
  job: StoppedJob,
  program: Program | undefined,
  request: RescaleRequest,
): Objection[] {
  return [
    ...knownSavepointObjections(job, request),
    ...lossObjections(program, request),
    ...resumedBackendObjections(job, program, request),
  ];
}

/** STATEFUL: whether a savepoint can be taken right now, and whether its failure would leave something. */
function savepointObjections(job: ObservedJob, request: RescaleRequest): Objection[] {
  const usable = job.newestSnapshot !== undefined && cancelObjections(job).length === 0;
  const stateless = {
    valid: '"upgradeStrategy": "STATELESS", which starts it from its newest checkpoint',
    mend: { upgradeStrategy: 'STATELESS' } as const,
  };
  return [...savableObjections(job, usable ? stateless : undefined), ...leftByFailure(job, request)];
}

/** Whether a savepoint can be taken of the job right now (P9). `instead`: what would do where the job does not run. */
export function savableObjections(
  job: ObservedJob,
  instead?: { readonly valid: string; readonly mend: Mend },
): Objection[] {
  const { checkpointing } = job;
  if (job.batch || checkpointing === undefined) {
    const what = job.batch ? 'it is a batch job' : 'Flink takes no snapshots of it';
    return [{ reason: `no savepoint can be taken of the job: ${what}; valid: let it come to its end` }];
  }
  const { underWay } = checkpointing;
  const second = underWay?.kind === 'STOP' ? [foreign(underWay, 'a second stop')] : [];
  return [...runningObjections(job, instead), ...second];
}

/** Whether there is something to start the job from should its stop fail half-way. */
export function leftByFailure(
  { batch, checkpointing }: ObservedJob,
  request: Pick<TransitionRequest, 'acknowledgeStateLoss'>,
): Objection[] {
  if (batch || checkpointing === undefined) return [];
  const objections: Objection[] = [];
  if (checkpointing.intervalMs === undefined && !request.acknowledgeStateLoss) {
    objections.push({
      reason:
        'the job takes no checkpoints, so a savepoint that fails half-way would leave nothing to start it from; ' +
        'valid: set execution.checkpointing.interval, or "acknowledgeStateLoss": true if that risk is taken',
    });
  }
  return objections;
}

function runningObjections(
  job: ObservedJob,
  instead: { readonly valid: string; readonly mend: Mend } | undefined,
): Objection[] {
  if (job.state !== 'RUNNING') {
    return [
      {
        reason:
          `the job is ${job.state}; a savepoint needs it RUNNING with all its tasks RUNNING` +
          (instead === undefined ? '' : `; valid: ${instead.valid}`),
        mend: instead?.mend,
      },
    ];
  }
  return job.vertices
    .filter((vertex) => vertex.ready < vertex.parallelism)
    .map(({ ready, parallelism, name }) => ({
      reason: `${ready} of ${parallelism} tasks of "${name}" are running; a savepoint needs all of them; valid: wait until they do`,
    }));
}

/** STATELESS: to scale out a job that crash-loops is what it is for, so no task has to run. */
function cancelObjections(job: ObservedJob): Objection[] {
  switch (job.state) {
    case 'RUNNING':
    case 'RESTARTING':
    case 'FAILING':
    case 'FAILED': {
      const underWay = job.checkpointing?.underWay;
      return underWay === undefined ? [] : [foreign(underWay, 'a cancel')];
    }
    case 'INITIALIZING':
    case 'CREATED':
    case 'CANCELLING':
    case 'CANCELED':
    case 'FINISHED':
    case 'SUSPENDED':
    case 'RECONCILING':
    case 'FORGOTTEN':
      return [{ reason: `the job is ${job.state}; valid: RUNNING, RESTARTING, FAILING or FAILED` }];
  }
}

function foreign(underWay: NonNullable<Checkpointing['underWay']>, ours: string): Objection {
  const { kind, checkpointId, since } = underWay;
  const what = kind === 'STOP' ? 'a stop with savepoint' : 'a savepoint';
  return {
    reason:
      `${what} that Weir did not ask for is in progress (checkpoint ${checkpointId}, since ` +
      `${new Date(since).toISOString()}), and ${ours} would abort it; valid: wait for its end`,
  };
}

/** STATELESS, LATEST_STATE: what the cancel leaves is all there is (P17). */
function checkpointObjections(job: ObservedJob, request: RescaleRequest): Objection[] {
  if (request.restoreStrategy !== 'LATEST_STATE') return [];
  const mend: Objection['mend'] = job.state === 'RUNNING' ? { upgradeStrategy: 'STATEFUL' } : undefined;
  const otherwise = mend === undefined ? '' : ', or "upgradeStrategy": "STATEFUL"';
  const { newestSnapshot: newest, newestSavepoint: savepoint, checkpointing } = job;
  if (newest === undefined) {
    return [
      {
        reason: `the job has no snapshot that it could be started from; valid: wait for its first checkpoint${otherwise}`,
        mend,
      },
    ];
  }
  const beganWith = savepoint?.takenByJob === false && samePath(savepoint.snapshot.path, newest.path);
  if (beganWith && takesNone(job)) {
    return [
      {
        reason:
          'the job takes no checkpoints: it would start from what it began with; valid: ' +
          `"restoreStrategy": "LATEST_SAVEPOINT"${otherwise}, with "acknowledgeStateLoss": true`,
      },
    ];
  }
  // A job that runs may complete a checkpoint between this plan and its cancel, which is its newest state then.
  const isNewest = newest.kind === 'SAVEPOINT' && (job.state !== 'RUNNING' || takesNone(job));
  if (!isNewest && job.state !== 'FAILED' && checkpointing?.retainedOnCancel !== true) {
    return [
      {
        reason:
          'Flink deletes the checkpoints of the job when it is cancelled; valid: RETAIN_ON_CANCELLATION as ' +
          `execution.checkpointing.externalized-checkpoint-retention of the job${otherwise}`,
        mend,
      },
    ];
  }
  return [];
}

function takesNone({ checkpointing }: ObservedJob): boolean {
  return checkpointing?.intervalMs === undefined;
}

/** LATEST_SAVEPOINT where none of ours will be taken (P18). */
export function knownSavepointObjections(
  job: Pick<ObservedJob, 'newestSavepoint'>,
  request: RescaleRequest,
): Objection[] {
  if (request.restoreStrategy !== 'LATEST_SAVEPOINT') return [];
  const mend = { restoreStrategy: 'LATEST_STATE' } as const;
  const { newestSavepoint: savepoint } = job;
  if (savepoint === undefined) {
    return [
      {
        reason:
          'no savepoint of the job is known, neither to Flink nor from the last rescale; ' +
          'valid: "restoreStrategy": "LATEST_STATE", or take one first',
        mend,
      },
    ];
  }
  if (savepoint.takenByJob || request.acknowledgeStateLoss) return [];
  return [
    {
      reason:
        `the newest savepoint, ${savepoint.snapshot.path}, is older than the job: all that it has done since its ` +
        'start would have to come from its sources again; valid: "restoreStrategy": "LATEST_STATE", or ' +
        '"acknowledgeStateLoss": true if that is meant',
      mend,
    },
  ];
}

/** State is never given up unasked. */
function lossObjections(program: Program | undefined, request: RescaleRequest): Objection[] {
  if (request.acknowledgeStateLoss) return [];
  if (request.restoreStrategy === 'NONE') return unaskedEmpty(request);
  if (!request.allowNonRestoredState || !isUpgrade(request, program)) return [];
  return [
    {
      reason:
        '"allowNonRestoredState" drops the state of every operator that the new program lacks, and which those are ' +
        'cannot be seen before; valid: false, or "acknowledgeStateLoss": true if that is meant',
      mend: { allowNonRestoredState: false },
    },
  ];
}

/** NONE, of a job that has left state. */
export function unaskedEmpty(request: RescaleRequest): Objection[] {
  if (request.acknowledgeStateLoss) return [];
  return [
    {
      reason:
        '"restoreStrategy": "NONE" starts the job without its state; valid: "LATEST_STATE", or ' +
        '"acknowledgeStateLoss": true if that is meant',
      mend: { restoreStrategy: 'LATEST_STATE' },
    },
  ];
}
