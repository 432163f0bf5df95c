import type { Snapshot } from '../contracts/snapshot';
import type { SavepointOperation } from '../flink/client';
import { FlinkAmbiguous, FlinkRefused, FlinkUnavailable, isRefusal } from '../flink/errors';
import type { Checkpoints } from '../flink/schemas';
import { tryDirectory } from '../planning/paths';
import type { Plan } from '../planning/plan';
import { checkpointsOf, savepointBelow } from './checkpoints';
import type { Cluster } from './cluster';
import { endByCancel } from './ended';
import { answered, pause, pollDelay, unanswered } from './wait';
import type { Pulse } from './wait';

/**
 * One stop with savepoint, or one savepoint, from its request to its end. An unanswered one is not a failed one (P5): it
 * is sent again under the same trigger id, which executes nothing if Flink has it, and then followed.
 */
export interface Stopping {
  /** SAVEPOINT: the job goes on. */
  readonly kind: 'STOP' | 'SAVEPOINT';
  readonly jobId: string;
  readonly triggerId: string;
  readonly savepoint: Plan['savepoint'];
  /** The `stop` time-out, ms. */
  readonly stopMs: number;
  /** Told of the job's checkpoints while the stop is under way: no other one is completed meanwhile. */
  readonly seen?: (checkpoints: Checkpoints | undefined) => void;
  /** A copy of it may be on its way: an attempt that died had sent it, or may have. */
  readonly onItsWay?: boolean;
  /** Told when Flink has it. */
  readonly accepted?: () => void;
}

export type StopEnd =
  | { readonly kind: 'COMPLETED'; readonly path: string; readonly warning?: string }
  | { readonly kind: 'FAILED'; readonly cause: string }
  /** The stop has no end that could be read, or the job did not survive it. */
  | { readonly kind: 'GONE'; readonly why: string };

const jobGone = /FlinkJobNotFoundException|Could not find Flink job/;

/** What Flink says of this stop now; UNKNOWN if it was never asked for or is forgotten. */
export async function operationOf(
  cluster: Cluster,
  jobId: string,
  triggerId: string,
  pulse: Pulse<unknown>,
): Promise<SavepointOperation | { readonly kind: 'UNKNOWN' }> {
  return answered(pulse, async (signal) => {
    try {
      return await cluster.flink.savepointOperation(jobId, triggerId, signal);
    } catch (error) {
      if (isRefusal(error, 'TRIGGER_NOT_FOUND') || isRefusal(error, 'JOB_NOT_FOUND'))
        return { kind: 'UNKNOWN' };
      throw error;
    }
  });
}

/** Sends it until it is answered, and follows it to its end. */
export async function takeSavepoint(
  cluster: Cluster,
  stop: Stopping,
  pulse: Pulse<unknown>,
): Promise<StopEnd> {
  return (await post(cluster, stop, pulse)) ?? (await follow(cluster, stop, pulse));
}

/** So many refusals in a row say what a copy without an answer will get as well. */
const convincing = 3;

/** Sends the stop until it is answered; undefined once Flink has it. Never aborted: it would be executed all the same. */
async function post(cluster: Cluster, stop: Stopping, pulse: Pulse<unknown>): Promise<StopEnd | undefined> {
  const { jobId, triggerId, savepoint } = stop;
  let isUnanswered = stop.onItsWay === true;
  let refusals = 0;
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    let why: string;
    try {
      const targetDirectory = tryDirectory(savepoint.directory, triggerId);
      const options = { triggerId, targetDirectory, formatType: savepoint.format };
      const drain = savepoint.drain === true;
      if (stop.kind === 'STOP') await cluster.flink.stop(jobId, { ...options, drain });
      else await cluster.flink.savepoint(jobId, options);
      stop.accepted?.();
      return undefined;
    } catch (error) {
      if (isRefusal(error, 'JOB_NOT_FOUND')) return { kind: 'GONE', why: 'Flink does not know the job' };
      if (error instanceof FlinkRefused) {
        refusals += 1;
        if (!isUnanswered || refusals >= convincing) return { kind: 'FAILED', cause: error.message };
      } else if (error instanceof FlinkAmbiguous) {
        isUnanswered = true;
        refusals = 0;
      } else if (!(error instanceof FlinkUnavailable)) throw error;
      why = error.message;
    }
    await unanswered(pulse, why, delay);
  }
}

/** Follows a stop that Flink has to its end. */
export async function follow(cluster: Cluster, stop: Stopping, pulse: Pulse<unknown>): Promise<StopEnd> {
  const startedAt = Date.now();
  const hang = new HangWatch(cluster, stop);
  for (;;) {
    const operation = await operationOf(cluster, stop.jobId, stop.triggerId, pulse);
    switch (operation.kind) {
      case 'COMPLETED':
        return { kind: 'COMPLETED', path: operation.location };
      case 'FAILED':
        if (operation.savepointPath !== undefined) return { kind: 'GONE', why: operation.cause };
        if (jobGone.test(operation.cause)) return { kind: 'GONE', why: operation.cause };
        return { kind: 'FAILED', cause: operation.cause };
      case 'UNKNOWN':
        return { kind: 'GONE', why: 'the JobManager forgot the stop' };
      case 'IN_PROGRESS': {
        const elapsed = Date.now() - startedAt;
        if (elapsed > stop.savepoint.tryMs)
          return { kind: 'GONE', why: `no end of the stop after ${elapsed} ms` };
        const freed = stop.kind === 'STOP' ? await hang.freed(pulse) : undefined;
        if (freed !== undefined) return freed;
        await pause(pulse, pollDelay(elapsed));
      }
    }
  }
}

/**
 * A stop whose savepoint is complete and whose job does not end (P10): after the `stop` time-out it is cancelled and
 * its savepoint used. Never earlier, since a cancel can lose a savepoint that was just completed (FLINK-28127).
 */
class HangWatch {
  private nextLookAt = Date.now() + 5_000;
  private completeSince: number | undefined;
  private savepoint: Snapshot | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly stop: Stopping,
  ) {}

  async freed(pulse: Pulse<unknown>): Promise<StopEnd | undefined> {
    const { cluster, stop } = this;
    if (Date.now() < this.nextLookAt) return undefined;
    this.nextLookAt = Date.now() + 1_000;
    const directory = tryDirectory(stop.savepoint.directory, stop.triggerId);
    const checkpoints = await checkpointsOf(cluster, stop.jobId, pulse);
    stop.seen?.(checkpoints);
    this.savepoint = savepointBelow(stop.jobId, directory, checkpoints, 'STOP');
    if (this.savepoint === undefined) return undefined;
    this.completeSince ??= Date.now();
    if (Date.now() - this.completeSince < stop.stopMs) return undefined;

    await endByCancel(cluster, stop.jobId, pulse);
    return {
      kind: 'COMPLETED',
      path: this.savepoint.path,
      warning: `the job did not end ${stop.stopMs} ms after its savepoint was complete, and was cancelled`,
    };
  }
}
