import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterFailure } from '../contracts/failures';
import type { ActivityFailureType, Tries } from '../contracts/failures';
import { submitId } from '../planning/ids';
import { checkpointsOf, progressOf } from './checkpoints';
import type { Cluster } from './cluster';
import { endByCancel } from './ended';
import { overviewOf, stateOf } from './job';
import type { RestartOutput } from './restart';
import { failed, submitOnce } from './submitting';
import type { Submit } from './submitting';
import { carryingTries, farewellMs, interruptible, pause, within } from './wait';
import type { Pulse } from './wait';

export interface ReviveInput extends Submit {
  readonly tries: Tries;
}

export type ReviveOutput =
  | ({ readonly kind: 'RUNNING' } & RestartOutput)
  /** An operator intervened. `unresolved`: a job that may still be live, since Flink did not say that it ended. */
  | { readonly kind: 'INTERRUPTED'; readonly tries: Tries; readonly unresolved?: string }
  /** The job of the last try is to be ended, and has gone on from its snapshot: with a savepoint, then (P14). */
  | { readonly kind: 'GONE_ON'; readonly tries: Tries }
  /** Somebody has started the job by hand, say: a live job that is not accounted for stands in the way (P21). */
  | { readonly kind: 'ANOTHER_JOB_RUNS'; readonly cause: string }
  /** Somebody cancelled the job of the last try: it is not started behind their back (P13). */
  | { readonly kind: 'CANCELED'; readonly tries: Tries };

/** Failures that are remembered: the loop may go on for days, and heartbeat details must stay small (P32). */
const remembered = 4;

/**
 * The last resort: starts the job again and again, with back-off, until it runs or an operator intervenes. One long
 * activity, so that a day of trying is not a history of thousands of events (P29). Each try ends, and proven so,
 * before the next begins.
 */
export async function revive(cluster: Cluster, input: ReviveInput): Promise<ReviveOutput> {
  return carryingTries(input.tries, async (pulse): Promise<ReviveOutput> => {
    try {
      return await interruptible(pulse, (either) => untilItRuns(cluster, input, either));
    } catch (error) {
      if (error instanceof CancelledFailure) return farewell(cluster, input, pulse);
      if (
        error instanceof ApplicationFailure &&
        error.type === ('AnotherJobRuns' satisfies ActivityFailureType)
      )
        return { kind: 'ANOTHER_JOB_RUNS', cause: error.message };
      throw error;
    }
  });
}

async function untilItRuns(cluster: Cluster, input: ReviveInput, pulse: Pulse<Tries>): Promise<ReviveOutput> {
  // What an attempt that died has ended, it had no time to say.
  let mayBeOurs = pulse.unheard || pulse.details.open === 'SENT';
  for (let delay = 1_000; ; delay = Math.min(delay * 2, 60_000)) {
    const n = pulse.details.next;
    const jobId = submitId(input.key, input.verb, n);
    const end = await submitOnce(cluster, input, pulse);
    switch (end.kind) {
      case 'READY': {
        const { acceptedAt, warnings } = end;
        const restoreMs = Date.now() - acceptedAt;
        return { kind: 'RUNNING', jobId, tries: pulse.details, restoreMs, warnings };
      }
      case 'FAILED':
        remember(pulse, failed(pulse.details, end));
        break;
      case 'CANCELED':
        if (!mayBeOurs) return { kind: 'CANCELED', tries: pulse.details };
        remember(pulse, afterFailure(pulse.details, 'it was not ready in time and was cancelled'));
        break;
      case 'TOO_LATE':
        if (await hasGoneOn(cluster, input, jobId, pulse)) {
          remember(pulse, afterFailure(pulse.details, end.why));
          return { kind: 'GONE_ON', tries: { ...pulse.details, next: n, open: 'ACCEPTED' } };
        }
        if (await isOver(cluster, jobId, pulse.details.open, pulse))
          remember(pulse, afterFailure(pulse.details, end.why));
        else pulse.details = { ...pulse.details, spentMs: 0, restoringMs: 0 };
        break;
    }
    mayBeOurs = false;
    await pause(pulse, delay);
  }
}

/** An operator has intervened: ends the try that may be live, if Flink says in time that it is over. */
async function farewell(cluster: Cluster, input: ReviveInput, pulse: Pulse<Tries>): Promise<ReviveOutput> {
  const { next: n, open } = pulse.details;
  if (open === 'NO') return { kind: 'INTERRUPTED', tries: pulse.details };
  const jobId = submitId(input.key, input.verb, n);
  const seen = await within(pulse, farewellMs, async (bounded) => {
    if (await hasGoneOn(cluster, input, jobId, bounded)) return 'GONE_ON';
    return (await isOver(cluster, jobId, open, bounded)) ? 'OVER' : undefined;
  });
  switch (seen) {
    case 'GONE_ON':
      return { kind: 'GONE_ON', tries: pulse.details };
    case 'OVER':
      return { kind: 'INTERRUPTED', tries: { ...pulse.details, next: n + 1, open: 'NO' } };
    case undefined:
      return { kind: 'INTERRUPTED', tries: pulse.details, unresolved: jobId };
  }
}

/** Whether the job runs and has completed a checkpoint of its own: a cancel would lose what it has done since. */
async function hasGoneOn(
  cluster: Cluster,
  { origin }: Submit,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<boolean> {
  if (origin.kind === 'EMPTY' || (await stateOf(cluster, jobId, pulse)) !== 'RUNNING') return false;
  return progressOf(jobId, await checkpointsOf(cluster, jobId, pulse)) !== undefined;
}

/** Ends the try; false if Flink never answered it: without an answer only the same job id may follow (P20). */
async function isOver(
  cluster: Cluster,
  jobId: string,
  open: Tries['open'],
  pulse: Pulse<unknown>,
): Promise<boolean> {
  if (open === 'SENT' && (await overviewOf(cluster, jobId, pulse)) === undefined) return false;
  await endByCancel(cluster, jobId, pulse);
  return true;
}

/** Notes the failure, and gives the next try the whole of its time-outs. */
function remember(pulse: Pulse<Tries>, after: Tries): void {
  pulse.details = { ...after, failures: after.failures.slice(-remembered), spentMs: 0, restoringMs: 0 };
}
