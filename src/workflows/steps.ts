import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  TimeoutFailure,
  isCancellation,
  proxyActivities,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { ActivityFailureType } from '../contracts/failures';
import type { Notice } from '../contracts/notice';
import type { Plan } from '../planning/plan';

/**
 * The activities and their retry policies, in one place. Each call gives its summary: the line that the Web UI's
 * timeline shows.
 *
 * A killed worker is noticed after 3 s without a heartbeat. The start-to-close time-out is a last resort only: waits
 * end by their own deadlines, and a Flink that cannot be reached is waited for inside an attempt.
 */
const base = {
  heartbeatTimeout: '3s',
  startToCloseTimeout: '30 days',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

export const activities = proxyActivities<Activities>(base);

/** A summary: the bar in the timeline tells by itself which job goes from where to where. */
export function story(plan: Plan, what: string): string {
  switch (plan.transition) {
    case 'RESCALE':
      return `${plan.job.name} ${plan.previous.parallelism} -> ${plan.next.parallelism}: ${what}`;
    case 'START':
    case 'SUSPEND':
    case 'CANCEL':
    case 'SAVEPOINT':
      return `${plan.job.name}: ${what}`;
  }
}

/** What Temporal promises to take as a summary, in bytes. A dev server takes more; another need not (P28). */
const longestSummary = 200;

/** The summary, shortened to what fits. */
export function fitting(summary: string): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  if (bytes(summary) <= longestSummary) return summary;
  let short = '';
  for (const letter of summary) {
    if (bytes(short + letter) > longestSummary - 3) break;
    short += letter;
  }
  return `${short}...`;
}

/** For what only looks, or can be repeated until it is done. */
export function untilDone(summary: string): ActivityOptions {
  return { ...base, summary: fitting(summary), retry: { initialInterval: '500ms', maximumInterval: '30s' } };
}

/**
 * Whether the activity, which is repeated until it is done, was let go of before it could say anything: cancelled between
 * two attempts; or its attempt failed, or its worker was lost, when it had been cancelled, and then Temporal starts no
 * other attempt.
 */
export function isLetGo(error: unknown): boolean {
  if (isCancellation(error)) return true;
  if (!(error instanceof ActivityFailure)) return false;
  const { cause, retryState } = error;
  if (retryState === 'CANCEL_REQUESTED' || cause instanceof TimeoutFailure) return true;
  return cause instanceof ApplicationFailure && cause.type === ('AttemptLost' satisfies ActivityFailureType);
}

/** What such an activity gives; `otherwise` if it was let go of. */
export async function unlessLetGo<T>(given: Promise<T>, otherwise: () => T | Promise<T>): Promise<T> {
  try {
    return await given;
  } catch (error) {
    if (!isLetGo(error)) throw error;
    return otherwise();
  }
}

/** For what Flink may refuse: each attempt is a try, so that the Web UI says "Attempt 2 / 4". */
export function asTries(
  summary: string,
  tries: { readonly maximumAttempts: number; readonly initialInterval: '1s' | '200ms' },
): ActivityOptions {
  return {
    ...base,
    summary: fitting(summary),
    retry: { ...tries, backoffCoefficient: 2, maximumInterval: '30s' },
  };
}

/** For what a deployment waits for, for days: it only looks, so whoever lets go of it does not wait for its end. */
export function watching(summary: string): ActivityOptions {
  return {
    ...base,
    // beaten less often than what a job waits for
    heartbeatTimeout: '15s',
    startToCloseTimeout: '3650 days',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary: fitting(summary),
    retry: { initialInterval: '500ms', maximumInterval: '30s' },
  };
}

const webhook = proxyActivities<Pick<Activities, 'notify'>>({
  startToCloseTimeout: '3s',
  // over all attempts: the end of a run waits for what it has told
  scheduleToCloseTimeout: '10s',
  retry: { initialInterval: '500ms' },
});

/** Tells the webhook, for ten seconds at most. Throws ActivityFailure if it could not be told by then. */
export function notify(summary: string, notice: Notice): Promise<void> {
  return webhook.notify.executeWithOptions({ summary: fitting(summary) }, [notice]);
}
