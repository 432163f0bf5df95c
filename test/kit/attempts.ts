import type { Failure, HistoryEvent } from './rescale';

/** How an attempt of an activity ended that did not end well: a time-out's type, or the failure's. */
export interface FailedAttempt {
  readonly activity: string;
  readonly attempt: number;
  readonly why: string;
}

/**
 * The failed attempts that a history shows: the last one of each activity that failed for good, and of each that went on
 * the one before.
 */
export function failedAttempts(history: readonly HistoryEvent[]): FailedAttempt[] {
  const activityOf = (scheduledEventId: string) =>
    history.find((event) => event.eventId === scheduledEventId)?.activityTaskScheduledEventAttributes
      ?.activityType.name ?? '';
  return history.flatMap((event): FailedAttempt[] => {
    const started = event.activityTaskStartedEventAttributes;
    if (started?.lastFailure !== undefined) {
      const { scheduledEventId, attempt, lastFailure } = started;
      return [{ activity: activityOf(scheduledEventId), attempt: attempt - 1, why: whyOf(lastFailure) }];
    }
    const ended = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    if (ended === undefined) return [];
    const { scheduledEventId, startedEventId, failure } = ended;
    const start = history.find(({ eventId }) => eventId === startedEventId);
    const attempt = start?.activityTaskStartedEventAttributes?.attempt ?? 1;
    return [{ activity: activityOf(scheduledEventId), attempt, why: whyOf(failure) }];
  });
}

/** Those of them that were lost with their worker, or with the server: nothing that Flink has answered. */
export function lostAttempts(history: readonly HistoryEvent[]): FailedAttempt[] {
  return failedAttempts(history).filter(
    ({ why }) => why === 'TIMEOUT_TYPE_HEARTBEAT' || why === 'AttemptLost',
  );
}

function whyOf(failure: Failure): string {
  return failure.timeoutFailureInfo?.timeoutType ?? failure.applicationFailureInfo?.type ?? '';
}
