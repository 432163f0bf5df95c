import type { JobState } from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import { samePath } from './paths';

/**
 * What is true after the last try of a savepoint (design, table 3.1). `settle` looks until this is no longer WAIT:
 * "the job is RUNNING" proves nothing while a stop of ours may be under way (P5).
 */

/** What Flink says about one stop that we may have sent. */
export type TryState =
  /** Flink does not know the id: never sent, or forgotten by a JobManager that was restarted. */
  | { readonly kind: 'UNKNOWN'; readonly n: number }
  | { readonly kind: 'UNDER_WAY'; readonly n: number }
  | { readonly kind: 'FAILED'; readonly n: number; readonly cause: string; readonly savepointPath?: string }
  | { readonly kind: 'SUCCEEDED'; readonly n: number; readonly savepointPath: string };

/** A settlement that can be acted on: no longer WAIT, or an operator would not wait for it. `since`: the first look, ms. */
export type Settled =
  | Exclude<Settlement, { kind: 'WAIT' }>
  | { readonly kind: 'GIVEN_UP'; readonly state: JobState; readonly since: number; readonly why: string };

/** One look at the job and at our tries. */
export interface Look {
  /** Whether a try is a stop; else it is a savepoint, after which the job goes on until it is cancelled. */
  readonly stops: boolean;
  readonly jobId: string;
  readonly state: JobState;
  /** Whether every task runs; a job is RUNNING before its tasks are. */
  readonly allTasksRun: boolean;
  readonly savepointInProgress: boolean;
  readonly tries: readonly TryState[];
  /** A stop's savepoint that the job's history or the snapshot store shows in a directory of ours (P16). */
  readonly foundSavepoint?: Snapshot;
  /** The newest snapshot known of this job, whoever took it. */
  readonly newest?: Snapshot;
  /** Set where nobody tells which savepoints it took, and it had state: where the one of a stop would be. */
  readonly untoldDirectory?: string;
}

export type Settlement =
  | { readonly kind: 'WAIT'; readonly why: string }
  /** It runs as it did, or again. */
  | { readonly kind: 'RUNNING' }
  /** It runs, and the savepoint that was to be taken of it is there after all: go on and cancel it. */
  | { readonly kind: 'SAVED'; readonly snapshot: Snapshot }
  /** The stop went through after all: go on from its savepoint. `warning` where the job failed on the way out. */
  | { readonly kind: 'STOPPED'; readonly snapshot: Snapshot; readonly warning?: string }
  /** No job runs and it was not asked to end: start it again as it was, from `snapshot` if there is one. */
  | { readonly kind: 'DOWN'; readonly state: 'FAILED' | 'FORGOTTEN'; readonly snapshot?: Snapshot }
  /** It ended, and not by us: nothing is restarted (P13). */
  | {
      readonly kind: 'ENDED_BY_OTHERS';
      readonly state: 'FINISHED' | 'CANCELED';
      readonly snapshot?: Snapshot;
    };

export function settlement(look: Look): Settlement {
  const underWay = look.tries.find((one) => one.kind === 'UNDER_WAY');
  if (underWay !== undefined) return wait(`stop ${underWay.n} is still under way`);

  switch (look.state) {
    case 'RUNNING':
      if (look.savepointInProgress) return wait('a savepoint is still in progress');
      if (!look.allTasksRun) return wait('the job is RUNNING, not yet all of its tasks');
      if (!look.stops) return saved(look);
      // Flink says that a stop went well only once the job has ended: the next look will see that end.
      if (succeeded(look) !== undefined) return wait('a stop has succeeded, and the job is still RUNNING');
      return { kind: 'RUNNING' };
    case 'INITIALIZING':
    case 'CREATED':
    case 'FAILING':
    case 'CANCELLING':
    case 'RESTARTING':
    case 'SUSPENDED':
    case 'RECONCILING':
      return wait(`the job is ${look.state}`);
    case 'FINISHED':
    case 'CANCELED': {
      const savepoint = look.stops ? newestOfOurs(look) : undefined;
      // Only the result is left of it, which is that of a stop as well as that of its own end.
      if (
        savepoint === undefined &&
        look.stops &&
        look.state === 'FINISHED' &&
        look.untoldDirectory !== undefined
      )
        return wait(untold(look.untoldDirectory));
      if (savepoint === undefined) return { kind: 'ENDED_BY_OTHERS', state: look.state, ...snapshotOf(look) };
      return { kind: 'STOPPED', snapshot: savepoint };
    }
    case 'FAILED':
    case 'FORGOTTEN': {
      const savepoint = newestOfOurs(look);
      if (savepoint === undefined) return { kind: 'DOWN', state: look.state, ...snapshotOf(look) };
      return {
        kind: 'STOPPED',
        snapshot: savepoint,
        warning:
          look.state === 'FAILED'
            ? `the job FAILED ${look.stops ? 'while stopping, ' : ''}after its savepoint was complete`
            : 'the JobManager forgot the job after its savepoint was complete',
      };
    }
  }
}

function untold(directory: string): string {
  return (
    'the job is FINISHED, and nobody tells whether a stop did that: Flink has lost its history, and neither a ' +
    `HistoryServer nor the snapshot store can be asked; a stop's savepoint would be below ${directory}`
  );
}

function saved(look: Look): Settlement {
  const snapshot = ourSavepoint(look);
  return snapshot === undefined ? { kind: 'RUNNING' } : { kind: 'SAVED', snapshot };
}

/** Our savepoint, if the job has not gone on from it (P15). */
function newestOfOurs(look: Look): Snapshot | undefined {
  const savepoint = ourSavepoint(look);
  return savepoint === undefined || isOlder(savepoint, look.newest) ? undefined : savepoint;
}

/** The savepoint of a try of ours, wherever it was found. */
function ourSavepoint(look: Look): Snapshot | undefined {
  const path = (succeeded(look) ?? look.tries.findLast(hasPath))?.savepointPath;
  const { foundSavepoint: found } = look;
  if (path === undefined) return found;
  // The history may be as old as Flink's cache: what the try itself says is newer.
  const isFound = found !== undefined && samePath(found.path, path);
  return isFound ? found : { kind: 'SAVEPOINT', path, jobId: look.jobId };
}

function succeeded(look: Look): Extract<TryState, { kind: 'SUCCEEDED' }> | undefined {
  return look.tries.findLast((one) => one.kind === 'SUCCEEDED');
}

function hasPath(one: TryState): one is TryState & { readonly savepointPath: string } {
  return one.kind === 'FAILED' && one.savepointPath !== undefined;
}

/** A savepoint is history once the job has completed a later checkpoint (P15); without an id it is taken for the latest. */
function isOlder({ jobId, checkpointId = Infinity }: Snapshot, newest: Snapshot | undefined): boolean {
  return newest?.jobId === jobId && (newest.checkpointId ?? 0) > checkpointId;
}

function snapshotOf(look: Look): { snapshot?: Snapshot } {
  return look.newest === undefined ? {} : { snapshot: look.newest };
}

function wait(why: string): Settlement {
  return { kind: 'WAIT', why };
}
