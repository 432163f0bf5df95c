import type { Observation, ObservedJob, StoppedJob } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import { formatOf } from './format';
import { samePath } from './paths';

/** What does not stand in a plan's way and should be known before it is carried out: with figures where there are any. */

export function warnings(job: ObservedJob, observation: Observation, request: RescaleRequest): string[] {
  switch (request.upgradeStrategy) {
    case 'STATEFUL':
      return [...ofSavepoint(job), ...ofStore(observation), ...ofMode(request), ...ofJob(job)];
    case 'STATELESS':
      return [...ofCancel(job, observation, request), ...ofJob(job)];
  }
}

/** Of a savepoint after which nothing is started. */
export function savepointWarnings(job: ObservedJob, observation: Observation): string[] {
  return [...ofSavepoint(job), ...ofStore(observation), ...ofJob(job)];
}

/** Of a job that is over already, and begins from less than its newest state. */
export function resumeWarnings(
  { snapshot, newestSavepoint }: StoppedJob,
  observation: Observation,
  { restoreStrategy }: RescaleRequest,
): string[] {
  const savepoint = newestSavepoint?.snapshot;
  if (restoreStrategy !== 'LATEST_SAVEPOINT' || samePath(savepoint?.path ?? '', snapshot.path)) return [];
  return [sinceSavepoint(savepoint, observation)];
}

/** The savepoint may take long, or abort something; a failure of it may cost more than it should. */
function ofSavepoint({ checkpointing, backpressure }: ObservedJob): string[] {
  if (checkpointing === undefined) return [];
  const found: string[] = [];
  const { retainedOnFailure, unaligned, underWay, timeoutMs, lastCheckpointMs, lastSavepointMs } =
    checkpointing;
  if (!retainedOnFailure) {
    found.push(
      'checkpoints are not kept when the job fails (execution.checkpointing.externalized-checkpoint-retention): ' +
        'should it fail while it is stopped, only an older savepoint is left',
    );
  }
  if (backpressure !== undefined && backpressure.ratio >= 0.1) {
    found.push(
      `"${backpressure.vertex}" is held up ${percent(backpressure.ratio)} of the time by what comes after it: ` +
        'the savepoint waits behind the records that are on their way',
    );
  }
  if (unaligned) {
    const took =
      lastCheckpointMs === undefined ? '' : ` than the ${lastCheckpointMs} ms of the last checkpoint`;
    found.push(`checkpoints are unaligned, savepoints never are: ours may take longer${took}`);
  }
  const last = lastSavepointMs ?? lastCheckpointMs;
  if (last !== undefined && last >= timeoutMs / 2) {
    found.push(
      `the last ${lastSavepointMs === undefined ? 'checkpoint' : 'savepoint'} took ${last} ms, and Flink gives up at ` +
        `${timeoutMs} ms (execution.checkpointing.timeout)`,
    );
  }
  if (underWay?.kind === 'SAVEPOINT') {
    found.push(
      `a savepoint that Weir did not ask for is in progress (checkpoint ${underWay.checkpointId}): ours waits for its ` +
        'end, no longer than the time-out "recovery"',
    );
  }
  return found;
}

function ofStore({ snapshotStore, hasHistoryServer = false, cluster }: Observation): string[] {
  if (snapshotStore === 'file') return [];
  return [
    `snapshotStore of cluster "${cluster}" is none: if the JobManager is lost between the stop and ` +
      `its answer, ${hasHistoryServer ? 'the HistoryServer or ' : ''}a person must find the savepoint`,
  ];
}

function ofMode({ savepoint, restoreStrategy }: RescaleRequest): string[] {
  if (savepoint.mode === 'STOP_WITH_SAVEPOINT') return [];
  const since = restoreStrategy === 'NONE' ? [] : ['SAVEPOINT_THEN_CANCEL: the job goes on until its cancel'];
  return since.map((what) => `${what}, so records after the savepoint are processed twice (at least once)`);
}

function ofCancel(job: ObservedJob, observation: Observation, request: RescaleRequest): string[] {
  const found: string[] = [];
  if (formatOf(request) !== 'CANONICAL' || request.savepoint.mode !== 'STOP_WITH_SAVEPOINT')
    found.push('STATELESS takes no savepoint, so "savepoint.format" and "savepoint.mode" say nothing');
  switch (request.restoreStrategy) {
    case 'NONE':
      return found;
    case 'LATEST_STATE':
      return [
        ...found,
        'STATELESS: records since the newest checkpoint are processed twice (at least once)' +
          age(job.newestSnapshot, observation),
      ];
    case 'LATEST_SAVEPOINT':
      return [...found, sinceSavepoint(job.newestSavepoint?.snapshot, observation)];
  }
}

function sinceSavepoint(savepoint: Snapshot | undefined, observation: Observation): string {
  return (
    `LATEST_SAVEPOINT: records since ${savepoint?.path ?? 'the savepoint'} are processed twice (at least once)` +
    age(savepoint, observation)
  );
}

function ofJob({ finishedTasks }: ObservedJob): string[] {
  if (finishedTasks === 0) return [];
  return [
    `${finishedTasks} of its tasks are FINISHED: should the job come to its end before its stop, it is not restarted`,
  ];
}

function age(snapshot: Snapshot | undefined, { observedAt }: Observation): string {
  if (snapshot?.completedAt === undefined) return '';
  const seconds = Math.max(0, Math.round((observedAt - snapshot.completedAt) / 1000));
  return `; it was complete ${seconds} s before this plan`;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
