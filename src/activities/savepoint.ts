import { metricMeter } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterFailure, maybeSent } from '../contracts/failures';
import type { ActivityFailureType, Tries } from '../contracts/failures';
import { savepointTriesMetric } from '../contracts/metrics';
import type { Snapshot } from '../contracts/snapshot';
import type { Checkpoints } from '../flink/schemas';
import { triggerId } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import type { JobBefore, Plan } from '../planning/plan';
import { checkpointsOf, lastStateOf, savepointUnderWay } from './checkpoints';
import type { Cluster } from './cluster';
import { endedByNow } from './ended';
import type { EndedAs } from './ended';
import { allTasksRun, hasEnded, overviewOf, restartsOf } from './job';
import { follow, operationOf, takeSavepoint } from './stopping';
import { answered, carryingTries, pause, tellTries } from './wait';
import type { Pulse } from './wait';

export interface SavepointInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly job: JobBefore;
  /** Whether the job stops with it; else it goes on. */
  readonly stops: boolean;
  readonly savepoint: Plan['savepoint'];
  readonly timeouts: Plan['timeouts'];
  readonly maxTries: number;
  /** What was tried before this activity was scheduled. */
  readonly tries: Tries;
  /** An abort was asked for before: of what may be on its way the end is found out, and nothing follows it (P8). */
  readonly aborted?: boolean;
}

export interface SavepointOutput {
  readonly snapshot: Snapshot;
  readonly tries: Tries;
  /** From the request to the savepoint complete, ms. */
  readonly tookMs: number;
  /** How the job was seen to be over with it (P11); absent: that is still to be proven. */
  readonly ended?: EndedAs;
  readonly warning?: string;
}

/** Flink's words for "not now": the job's state says what to do, and the try is not used up (P6). */
const notNow =
  /is not being executed at the moment|is currently not executing|is not a streaming job|UnavailableDispatcherOperation/;
/** Answers of "not now" that one activity puts up with before it lets `settle` look. */
const mostNotNows = 20;

/**
 * Stop with savepoint, or a savepoint only: one try of it, which is one Temporal attempt (P2). The id of try n is derived, so an attempt
 * that follows a dead worker finds that worker's stop instead of sending a second one, which would kill the first
 * (FLINK-34519). A stop without an answer is sent again under the same id until it is answered, then followed to its
 * end (P5).
 *
 * @throws `TryFailed` Flink answered with a failure; details: `Tries`
 * @throws `NoMoreTries` the job cannot be stopped with a savepoint as it is, or an abort came before this activity;
 *   `settle` says what is true
 * @throws CancelledFailure aborted: this attempt has sent nothing that has no end
 */
export async function savepoint(cluster: Cluster, input: SavepointInput): Promise<SavepointOutput> {
  return carryingTries(input.tries, async (pulse) => {
    for (let notNows = 0; ;) {
      const { failures, next: n } = pulse.details;
      if (failures.length >= input.maxTries) {
        // no attempt sends one after the last
        pulse.details = { ...pulse.details, open: 'NO' };
        throw tryFailed(pulse);
      }
      const { savepoint } = input;
      const jobId = input.job.id;
      const stopping = {
        kind: input.stops ? ('STOP' as const) : ('SAVEPOINT' as const),
        jobId,
        triggerId: triggerId(input.key, 'stop', n),
        savepoint,
        stopMs: input.timeouts.stop,
        seen: (checkpoints: Checkpoints | undefined) => keepNewest(pulse, jobId, checkpoints),
        onItsWay: pulse.details.open === 'SENT',
        accepted: () => (pulse.details = { ...pulse.details, open: 'ACCEPTED' }),
      };
      const posted = (await operationOf(cluster, jobId, stopping.triggerId, pulse)).kind !== 'UNKNOWN';
      if (!posted) {
        await untilStoppable(cluster, input, pulse);
        if (failures.length > 0 && pulse.details.open === 'NO') await unlessWornOut(cluster, input, pulse);
        if (pulse.aborted()) throw aborted(n, pulse);
        // what a lost attempt has SENT may still reach Flink: only the same stop makes that harmless (P5)
        if (input.aborted === true && pulse.details.open !== 'SENT')
          throw noMoreTries(`aborted before try ${n}`, pulse);
        pulse.details = { ...pulse.details, open: 'SENT' };
        await tellTries(pulse);
        // what is sent after the last word would be unheard of
        pulse.lost.throwIfAborted();
      } else stopping.accepted();
      const startedAt = Date.now();
      const end = posted
        ? await follow(cluster, stopping, pulse)
        : await takeSavepoint(cluster, stopping, pulse);

      switch (end.kind) {
        case 'COMPLETED': {
          const tookMs = Date.now() - startedAt;
          count(input.cluster, 'completed');
          const ended = input.stops ? await endedByNow(cluster, jobId, pulse) : undefined;
          return {
            snapshot: { kind: 'SAVEPOINT', path: end.path, jobId },
            tries: pulse.details,
            tookMs,
            ...(ended === undefined ? {} : { ended }),
            ...(end.warning === undefined ? {} : { warning: end.warning }),
          };
        }
        case 'GONE':
          throw noMoreTries(end.why, pulse);
        case 'FAILED':
          if (notNow.test(end.cause)) {
            // who saw the answer of one that was sent before may have sent the next; of this one there is no other copy
            const open = posted && pulse.unheard ? 'SENT' : 'NO';
            pulse.details = { ...pulse.details, next: n + 1, open };
            if (++notNows > mostNotNows) throw noMoreTries(end.cause, pulse);
            break;
          }
          pulse.details = afterFailure(pulse.details, end.cause);
          count(input.cluster, 'failed');
          await tellTries(pulse);
          // what an earlier attempt sent does not end this one
          if (!posted) throw tryFailed(pulse);
          if (pulse.unheard) pulse.details = maybeSent(pulse.details);
      }
    }
  });
}

function count(cluster: string, result: 'completed' | 'failed'): void {
  const { name, description } = savepointTriesMetric;
  metricMeter.createCounter(name, undefined, description).add(1, { cluster, result });
}

/** Carries the newest snapshot forward: a JobManager that is lost takes the job's history along (P16). */
function keepNewest(pulse: Pulse<Tries>, jobId: string, checkpoints: Checkpoints | undefined): void {
  const newest = lastStateOf(jobId, checkpoints);
  if (newest !== undefined) pulse.details = { ...pulse.details, newest };
}

/**
 * Waits until the job is RUNNING with all its tasks and no savepoint is in progress (P9). Not once an abort is in: what is
 * sent then is sent for its answer, and "not now" is the best one.
 */
async function untilStoppable(cluster: Cluster, input: SavepointInput, pulse: Pulse<Tries>): Promise<void> {
  const startedAt = Date.now();
  while (input.aborted !== true && !pulse.aborted()) {
    const job = await overviewOf(cluster, input.job.id, pulse);
    const state = job?.state ?? 'FORGOTTEN';
    if (job === undefined || hasEnded(job.state)) throw noMoreTries(`the job is ${state}`, pulse);
    if (job.state === 'RUNNING' && allTasksRun(job)) {
      const checkpoints = await checkpointsOf(cluster, input.job.id, pulse);
      keepNewest(pulse, input.job.id, checkpoints);
      if (savepointUnderWay(checkpoints) === undefined) return;
    }
    if (Date.now() - startedAt > input.timeouts.recovery) {
      throw noMoreTries(`the job is ${state} and did not become ready for a savepoint`, pulse);
    }
    await pause(pulse, 250);
  }
}

/** A try that made the job restart is repeated only if Flink's patience with the job is endless (P9). */
async function unlessWornOut(cluster: Cluster, input: SavepointInput, pulse: Pulse<Tries>): Promise<void> {
  if (input.job.restartsForEver) return;
  const { 'refresh-interval': cacheMs } = await answered(pulse, (signal) => cluster.flink.config(signal));
  await pause(pulse, cacheMs);
  const vertexIds = input.job.vertices.map((vertex) => vertex.id);
  const restarts = await restartsOf(cluster, input.job.id, vertexIds, pulse);
  if (restarts > input.job.restarts)
    throw noMoreTries('the try made the job restart, and its restarts are bounded', pulse);
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

/** Says nothing of what a lost attempt may have SENT: the workflow was told of that before, and has it let end (P5, P8). */
function aborted(n: number, { details }: Pulse<Tries>): CancelledFailure {
  const open = details.open === 'SENT' ? 'NO' : details.open;
  return new CancelledFailure(`aborted before try ${n}`, [{ ...details, open }]);
}

function noMoreTries(why: string, pulse: Pulse<Tries>): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NoMoreTries' satisfies ActivityFailureType,
    nonRetryable: true,
    message: why,
    details: [pulse.details],
  });
}
