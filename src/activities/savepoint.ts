import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityFailureType, Tries } from '../contracts/failures';
import type { Snapshot } from '../contracts/snapshot';
import { FlinkAmbiguous, FlinkRefused, FlinkUnavailable, isRefusal } from '../flink/errors';
import { triggerId } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import { tryDirectory } from '../planning/paths';
import type { Plan } from '../planning/plan';
import type { Cluster } from './cluster';
import { allTasksRun, checkpointsOf, hasEnded, overviewOf, savepointBelow, savepointInProgress, stateOf } from './job';
import { answered, heartbeating, pause, pollDelay } from './wait';
import type { Pulse } from './wait';

export interface SavepointInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly jobId: string;
  readonly savepoint: Plan['savepoint'];
  readonly timeouts: Plan['timeouts'];
  readonly maxTries: number;
  /** What was tried before this activity was scheduled. */
  readonly tries: Tries;
}

export interface SavepointOutput {
  readonly snapshot: Snapshot;
  readonly tries: Tries;
  /** From the stop request to the savepoint complete, ms. */
  readonly tookMs: number;
  readonly warning?: string;
}

/** Flink's words for "not now": the job's state says what to do, and the try is not used up (P6). */
const notNow = /is not being executed at the moment|is currently not executing|UnavailableDispatcherOperation/;
const jobGone = /FlinkJobNotFoundException|Could not find Flink job/;
/** Answers of "not now" that one activity puts up with before it lets `settle` look. */
const mostNotNows = 20;

/**
 * Stop with savepoint: one try of it, which is one Temporal attempt (P2). The id of try n is derived, so an attempt
 * that follows a dead worker finds that worker's stop instead of sending a second one, which would kill the first
 * (FLINK-34519). A stop without an answer is sent again under the same id until it is answered, then followed to its
 * end (P5).
 *
 * @throws `TryFailed` Flink answered with a failure; details: `Tries`
 * @throws `NoMoreTries` the job cannot be stopped with a savepoint as it is; `settle` says what is true
 * @throws CancelledFailure aborted, and no try of ours is under way
 */
export async function savepoint(cluster: Cluster, input: SavepointInput): Promise<SavepointOutput> {
  return heartbeating<Tries, SavepointOutput>(input.tries, async (pulse) => {
    for (let notNows = 0; ; ) {
      const { failures, next: n } = pulse.details;
      if (failures.length >= input.maxTries) throw tryFailed(pulse);
      const id = triggerId(input.key, n);
      const posted = await isKnown(cluster, input.jobId, id, pulse);
      if (!posted) {
        await untilStoppable(cluster, input, pulse);
        if (pulse.aborted()) throw new CancelledFailure(`aborted before try ${n}`);
      }
      const startedAt = Date.now();
      const end = posted
        ? await follow(cluster, input, id, pulse)
        : ((await post(cluster, input, id, pulse)) ?? (await follow(cluster, input, id, pulse)));

      switch (end.kind) {
        case 'COMPLETED':
          return {
            snapshot: { kind: 'SAVEPOINT', path: end.path, jobId: input.jobId },
            tries: pulse.details,
            tookMs: Date.now() - startedAt,
            ...(end.warning === undefined ? {} : { warning: end.warning }),
          };
        case 'GONE':
          throw noMoreTries(end.why, pulse);
        case 'FAILED':
          if (notNow.test(end.cause)) {
            pulse.details = { failures, next: n + 1 };
            if (++notNows > mostNotNows) throw noMoreTries(end.cause, pulse);
            break;
          }
          pulse.details = { failures: [...failures, { n, cause: end.cause }], next: n + 1 };
          // what an earlier attempt sent does not end this one
          if (!posted) throw tryFailed(pulse);
      }
    }
  });
}

type End =
  | { readonly kind: 'COMPLETED'; readonly path: string; readonly warning?: string }
  | { readonly kind: 'FAILED'; readonly cause: string }
  /** The try has no end that could be read: the job or the JobManager went. */
  | { readonly kind: 'GONE'; readonly why: string };

async function isKnown(cluster: Cluster, jobId: string, id: string, pulse: Pulse<unknown>): Promise<boolean> {
  return answered(pulse, async (signal) => {
    try {
      await cluster.flink.savepointOperation(jobId, id, signal);
      return true;
    } catch (error) {
      if (isRefusal(error, 'TRIGGER_NOT_FOUND') || isRefusal(error, 'JOB_NOT_FOUND')) return false;
      throw error;
    }
  });
}

/** Waits until the job is RUNNING with all its tasks and no savepoint is in progress (P9). */
async function untilStoppable(cluster: Cluster, input: SavepointInput, pulse: Pulse<Tries>): Promise<void> {
  const startedAt = Date.now();
  while (!pulse.aborted()) {
    const job = await overviewOf(cluster, input.jobId, pulse);
    const state = job?.state ?? 'FORGOTTEN';
    if (job === undefined || hasEnded(job.state)) throw noMoreTries(`the job is ${state}`, pulse);
    if (job.state === 'RUNNING' && allTasksRun(job)) {
      if (!savepointInProgress(await checkpointsOf(cluster, input.jobId, pulse))) return;
    }
    if (Date.now() - startedAt > input.timeouts.recovery) {
      throw noMoreTries(`the job is ${state} and did not become ready for a savepoint`, pulse);
    }
    await pause(pulse, 250);
  }
}

/** Sends the stop until it is answered; undefined once Flink has it. Never aborted: it would be executed all the same. */
async function post(cluster: Cluster, input: SavepointInput, id: string, pulse: Pulse<unknown>): Promise<End | undefined> {
  const { directory, format } = input.savepoint;
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    try {
      await cluster.flink.stop(input.jobId, {
        triggerId: id,
        targetDirectory: tryDirectory(directory, id),
        formatType: format,
      });
      return undefined;
    } catch (error) {
      if (isRefusal(error, 'JOB_NOT_FOUND')) return { kind: 'GONE', why: 'Flink does not know the job' };
      if (error instanceof FlinkRefused) return { kind: 'FAILED', cause: error.message };
      if (!(error instanceof FlinkUnavailable || error instanceof FlinkAmbiguous)) throw error;
    }
    await pause(pulse, delay);
  }
}

/** Follows a stop that Flink has to its end. */
async function follow(cluster: Cluster, input: SavepointInput, id: string, pulse: Pulse<unknown>): Promise<End> {
  const startedAt = Date.now();
  const hang = new HangWatch(cluster, input, id);
  for (;;) {
    const operation = await operationOf(cluster, input.jobId, id, pulse);
    switch (operation.kind) {
      case 'COMPLETED':
        return { kind: 'COMPLETED', path: operation.location };
      case 'FAILED':
        if (operation.savepointPath !== undefined) return { kind: 'GONE', why: operation.cause };
        if (jobGone.test(operation.cause)) return { kind: 'GONE', why: operation.cause };
        return { kind: 'FAILED', cause: operation.cause };
      case 'FORGOTTEN':
        return { kind: 'GONE', why: 'the JobManager forgot the stop' };
      case 'IN_PROGRESS': {
        const elapsed = Date.now() - startedAt;
        if (elapsed > input.savepoint.tryMs) return { kind: 'GONE', why: `no end of the stop after ${elapsed} ms` };
        const freed = await hang.freed(pulse);
        if (freed !== undefined) return freed;
        await pause(pulse, pollDelay(elapsed));
      }
    }
  }
}

async function operationOf(cluster: Cluster, jobId: string, id: string, pulse: Pulse<unknown>) {
  return answered(pulse, async (signal) => {
    try {
      return await cluster.flink.savepointOperation(jobId, id, signal);
    } catch (error) {
      if (isRefusal(error, 'TRIGGER_NOT_FOUND') || isRefusal(error, 'JOB_NOT_FOUND')) {
        return { kind: 'FORGOTTEN' as const };
      }
      throw error;
    }
  });
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
    private readonly input: SavepointInput,
    private readonly id: string,
  ) {}

  async freed(pulse: Pulse<unknown>): Promise<End | undefined> {
    const { cluster, input } = this;
    if (Date.now() < this.nextLookAt) return undefined;
    this.nextLookAt = Date.now() + 1_000;
    const directory = tryDirectory(input.savepoint.directory, this.id);
    this.savepoint = savepointBelow(input.jobId, directory, await checkpointsOf(cluster, input.jobId, pulse));
    if (this.savepoint === undefined) return undefined;
    this.completeSince ??= Date.now();
    if (Date.now() - this.completeSince < input.timeouts.stop) return undefined;

    while (!hasEnded(await stateOf(cluster, input.jobId, pulse))) {
      await answered(pulse, () => cluster.flink.cancel(input.jobId));
      await pause(pulse, 500);
    }
    return {
      kind: 'COMPLETED',
      path: this.savepoint.path,
      warning: `the job did not end ${input.timeouts.stop} ms after its savepoint was complete, and was cancelled`,
    };
  }
}

function tryFailed(pulse: Pulse<Tries>): ApplicationFailure {
  const { failures } = pulse.details;
  const last = failures.at(-1);
  return ApplicationFailure.create({
    type: 'TryFailed' satisfies ActivityFailureType,
    message: `try ${last?.n ?? 0}: ${last?.cause ?? 'no try is left'}`,
    details: [pulse.details],
  });
}

function noMoreTries(why: string, pulse: Pulse<Tries>): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NoMoreTries' satisfies ActivityFailureType,
    nonRetryable: true,
    message: why,
    details: [pulse.details],
  });
}
