import type { temporal } from '@temporalio/proto';

/** How many attempts of activities were taken for lost, as Temporal's server tells a history. */
export function lostIn({ events }: temporal.api.history.v1.IHistory): number {
  return (events ?? []).filter(
    ({ activityTaskStartedEventAttributes: started, activityTaskTimedOutEventAttributes: timedOut }) =>
      Boolean(timedOut ?? started?.lastFailure?.timeoutFailureInfo),
  ).length;
}
