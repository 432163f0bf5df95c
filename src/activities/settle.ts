import { z } from 'zod';
import type { Tries, TryFailure } from '../contracts/failures';
import type { JobState } from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import { isRefusal } from '../flink/errors';
import { triggerId } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import { settlement } from '../planning/settlement';
import type { Look, Settled, Settlement, TryState } from '../planning/settlement';
import { tryDirectory } from '../planning/paths';
import { pastOf } from './archive';
import { checkpointsOf, lastStateOf, savepointBelow, savepointUnderWay } from './checkpoints';
import type { Cluster } from './cluster';
import { ended } from './ended';
import type { EndedAs } from './ended';
import { allTasksRun, overviewOf, restartsOf } from './job';
import { operationOf } from './stopping';
import { isStoreSeen, newestInStore, savepointInStore } from './store';
import { answered, carrying, pause } from './wait';
import type { Pulse } from './wait';

export interface SettleInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly jobId: string;
  readonly vertexIds: readonly string[];
  /** Whether each try was a stop; else a savepoint, after which the job goes on. */
  readonly stops: boolean;
  /** As PLANNING saw it. */
  readonly before: { readonly startedAt: number; readonly restarts: number };
  /** Where the tries' savepoints were to go. */
  readonly directory: string;
  readonly tries: Tries;
  /** How many tries there may have been at least: an attempt that was ended cannot say. */
  readonly maxTries: number;
  /** The newest snapshot that PLANNING saw: what is left if the JobManager forgets the job before a try saw another. */
  readonly newest?: Snapshot | undefined;
  /** An operator would not wait for it to settle: one look is all. */
  readonly givingUp?: boolean;
}

export interface SettleOutput {
  readonly settlement: Settled;
  readonly failures: readonly TryFailure[];
  /** Restarts of the job, counted on from `before`; undefined if it is no longer known. */
  readonly restarts?: number;
}

/**
 * Looks until it is known what became of the job and of every stop that we may have sent. Decides nothing and changes
 * nothing: `planning/settlement` says what each look means. An abort ends the waiting, not the looking: GIVEN_UP then
 * says what the job's state was.
 */
export async function settle(cluster: Cluster, input: SettleInput): Promise<SettleOutput> {
  const waiting = z.object({ why: z.string(), since: z.number() });
  return carrying(waiting, { why: 'the first look', since: Date.now() }, async (pulse) => {
    const { since } = pulse.details;
    const { 'refresh-interval': cacheMs } = await answered(pulse, (signal) => cluster.flink.config(signal));
    let before: Settlement['kind'] = 'WAIT';
    for (;;) {
      const look = await lookAt(cluster, input, pulse);
      const settled = settlement(look);
      // History is cached for `cacheMs`: what is seen once is believed when a look after that says the same. A job that
      // is FORGOTTEN has none, and was looked for twice.
      const sure = settled.kind === before || look.state === 'FORGOTTEN';
      if (settled.kind !== 'WAIT' && sure) {
        return {
          settlement: settled,
          failures: allFailures(input.tries.failures, look.tries),
          ...(await restartsIfKnown(cluster, input, pulse)),
        };
      }
      if (settled.kind === 'WAIT' && (input.givingUp === true || pulse.aborted())) {
        const failures = allFailures(input.tries.failures, look.tries);
        return { settlement: { kind: 'GIVEN_UP', state: look.state, since, why: settled.why }, failures };
      }
      before = settled.kind;
      pulse.details = {
        since,
        why: settled.kind === 'WAIT' ? settled.why : `${settled.kind}, to be confirmed`,
      };
      await pause(pulse, settled.kind === 'WAIT' ? 500 : cacheMs);
    }
  });
}

async function restartsIfKnown(
  cluster: Cluster,
  input: SettleInput,
  pulse: Pulse<unknown>,
): Promise<{ restarts?: number }> {
  try {
    const job = await overviewOf(cluster, input.jobId, pulse);
    // One that is known by its result only has no tasks any more that could be asked.
    if (job === undefined || job.tasks.total === 0) return {};
    const counted = await restartsOf(cluster, input.jobId, input.vertexIds, pulse);
    // A JobManager that has recovered the job counts from 0, and its own recovery not at all.
    const { startedAt, restarts } = input.before;
    return { restarts: job['start-time'] === startedAt ? counted : restarts + 1 + counted };
  } catch (error) {
    if (isRefusal(error, 'JOB_NOT_FOUND')) return {};
    throw error;
  }
}

async function lookAt(cluster: Cluster, input: SettleInput, pulse: Pulse<unknown>): Promise<Look> {
  const { jobId } = input;
  const tries: TryState[] = [];
  for (let n = 1; n <= atLeast(input) || tries.at(-1)?.kind !== 'UNKNOWN'; n++) {
    tries.push(await tryState(cluster, input, n, pulse));
  }

  const seen = await ended(cluster, jobId, pulse);
  const entry = await overviewOf(cluster, jobId, pulse);
  const past = seen.ended && (await pastOf(cluster, jobId, seen.ended, pulse));
  const checkpoints = past === undefined ? await checkpointsOf(cluster, jobId, pulse) : past.checkpoints;
  const found =
    savepointBelow(jobId, input.directory, checkpoints, input.stops ? 'STOP' : 'ANY') ??
    // Where its history is told, its savepoint is in it, unless the job has gone on from it since (P15).
    (past !== undefined && checkpoints === undefined ? await storedSavepoint(cluster, input) : undefined);
  const isTold = checkpoints !== undefined || (await isStoreSeen(cluster));
  // What was seen earlier may have been deleted since: it counts only where Flink has nothing to show.
  const remembered = input.tries.newest ?? input.newest;
  const newest =
    checkpoints === undefined && remembered !== undefined
      ? await newestInStore(cluster, remembered)
      : lastStateOf(jobId, checkpoints);
  return {
    stops: input.stops,
    jobId,
    state: past?.ended ?? waitedFor(seen),
    allTasksRun: entry !== undefined && allTasksRun(entry),
    savepointInProgress: savepointUnderWay(checkpoints) !== undefined,
    tries,
    ...(found === undefined ? {} : { foundSavepoint: found }),
    ...(newest === undefined ? {} : { newest }),
    ...(isTold || remembered === undefined ? {} : { untoldDirectory: input.directory }),
  };
}

/** A job that is not proven forgotten is still to be waited for. */
function waitedFor(seen: { readonly ended: EndedAs | undefined; readonly state: JobState }): JobState {
  return seen.state === 'FORGOTTEN' && seen.ended === undefined ? 'RECONCILING' : seen.state;
}

function atLeast(input: SettleInput): number {
  return Math.max(input.tries.next, input.maxTries);
}

async function tryState(
  cluster: Cluster,
  input: SettleInput,
  n: number,
  pulse: Pulse<unknown>,
): Promise<TryState> {
  const operation = await operationOf(cluster, input.jobId, triggerId(input.key, 'stop', n), pulse);
  switch (operation.kind) {
    case 'UNKNOWN':
      return { kind: 'UNKNOWN', n };
    case 'IN_PROGRESS':
      return { kind: 'UNDER_WAY', n };
    case 'COMPLETED':
      return { kind: 'SUCCEEDED', n, savepointPath: operation.location };
    case 'FAILED':
      return { ...operation, n };
  }
}

/** The savepoint of any of our tries, by looking into the folder itself: the last place where a path can be found. */
async function storedSavepoint(cluster: Cluster, input: SettleInput): Promise<Snapshot | undefined> {
  for (let n = atLeast(input); n >= 1; n--) {
    const directory = tryDirectory(input.directory, triggerId(input.key, 'stop', n));
    const path = await savepointInStore(cluster, directory);
    if (path !== undefined) return { kind: 'SAVEPOINT', path, jobId: input.jobId };
  }
  return undefined;
}

/** The failures that were reported, and those that only this look has found (a worker died before it could say). */
function allFailures(reported: readonly TryFailure[], tries: readonly TryState[]): TryFailure[] {
  const found = tries.flatMap((one) => (one.kind === 'FAILED' ? [{ n: one.n, cause: one.cause }] : []));
  const unreported = found.filter((failure) => !reported.some((known) => known.n === failure.n));
  return [...reported, ...unreported].sort((a, b) => a.n - b.n);
}
