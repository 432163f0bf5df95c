import type { Tries } from '../contracts/failures';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { submitId, triggerId } from '../planning/ids';
import type { RunKey, SubmitVerb } from '../planning/ids';
import type { Plan } from '../planning/plan';
import { newestSnapshot } from '../planning/snapshots';
import { checkpointsOf, progressOf } from './checkpoints';
import type { Cluster } from './cluster';
import { endByCancel, ended } from './ended';
import { overviewOf } from './job';
import { takeSavepoint } from './stopping';
import { answered, farewellMs, looking, pause, within } from './wait';
import type { Pulse } from './wait';

export interface WithdrawInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly verb: SubmitVerb;
  readonly tries: Tries;
  /** The first of the tries that were started from the present origin. */
  readonly firstTry: number;
  /** What those tries began from. */
  readonly origin: Origin;
  readonly savepoint: Plan['savepoint'];
  readonly stopMs: number;
  /** An operator gives up: Flink is not waited for for long. */
  readonly givingUp: boolean;
}

export interface WithdrawOutput {
  /** What they have added to it, if they have: the newest state then (P14). */
  readonly snapshot?: Snapshot;
  /**
   * The last submit has no answer, and Flink may yet carry it out: only the same job id may follow it (P20). Or Flink did
   * not say in time, before an operator gave up, that its job is over.
   */
  readonly unanswered: boolean;
}

/**
 * Clears the way for another start: each job that was submitted is over, and proven so. One that has completed a
 * checkpoint has gone on from the snapshot, so it is stopped with a savepoint and that is restored: the newest state
 * wins, never the older one (P14).
 */
export async function withdraw(cluster: Cluster, input: WithdrawInput): Promise<WithdrawOutput> {
  return looking(async (pulse) => {
    if (!input.givingUp) return endAll(cluster, input, pulse);
    const known = await within(pulse, farewellMs, (bounded) => endAll(cluster, input, bounded));
    return known ?? { unanswered: input.tries.open !== 'NO' };
  });
}

async function endAll(
  cluster: Cluster,
  input: WithdrawInput,
  pulse: Pulse<unknown>,
): Promise<WithdrawOutput> {
  let newest: Snapshot | undefined;
  const { next, open } = input.tries;
  for (let n = input.firstTry; n <= next; n++) {
    const jobId = submitId(input.key, input.verb, n);
    const listed = (await overviewOf(cluster, jobId, pulse)) !== undefined;
    if (!listed && n === next && open === 'SENT') return { ...snapshotOf(newest), unanswered: true };
    // What was never sent, or was seen to fail, and is not known to Flink, needs no proof of its end.
    if (!listed && !(n === next && open === 'ACCEPTED')) continue;
    const left = await endOne(cluster, input, n, pulse);
    newest = newestSnapshot([newest, left]);
  }
  return { ...snapshotOf(newest), unanswered: false };
}

function snapshotOf(snapshot: Snapshot | undefined): { snapshot?: Snapshot } {
  return snapshot === undefined ? {} : { snapshot };
}

/** Ends one of the jobs; returns what it leaves behind. */
async function endOne(
  cluster: Cluster,
  input: WithdrawInput,
  n: number,
  pulse: Pulse<unknown>,
): Promise<Snapshot | undefined> {
  const jobId = submitId(input.key, input.verb, n);
  const { ended: over, state } = await ended(cluster, jobId, pulse);
  if (over === undefined) {
    const progress = await progressOfOne(cluster, input, jobId, pulse);
    if (progress !== undefined && state === 'RUNNING') {
      const { key, savepoint, stopMs } = input;
      const id = triggerId(key, 'withdraw', n);
      const stop = { kind: 'STOP', jobId, triggerId: id, savepoint, stopMs } as const;
      const end = await takeSavepoint(cluster, stop, pulse);
      if (end.kind === 'COMPLETED') return { kind: 'SAVEPOINT', path: end.path, jobId };
    }
    await endByCancel(cluster, jobId, pulse);
  }
  // Statistics are cached for so long after the end, and a last checkpoint may be newer than the cache (P17).
  await pause(pulse, (await answered(pulse, (signal) => cluster.flink.config(signal)))['refresh-interval']);
  return progressOfOne(cluster, input, jobId, pulse);
}

/** One that began without state has not gone on from what the old job left. */
async function progressOfOne(
  cluster: Cluster,
  { origin }: WithdrawInput,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<Snapshot | undefined> {
  if (origin.kind === 'EMPTY') return undefined;
  return progressOf(jobId, await checkpointsOf(cluster, jobId, pulse));
}
