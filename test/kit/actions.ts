import type { HistoryEvent } from './rescale';

/** What Temporal Cloud would bill, by the rules of its documentation, as far as the history shows it. */
const billed = [
  'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
  'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
  'EVENT_TYPE_TIMER_STARTED',
  'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
  'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
  'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
];

/** Heartbeats and queries leave no event and are not counted; each retry of an activity is. */
export function billableActions(history: readonly HistoryEvent[]): number {
  const events = history.filter((event) => billed.includes(event.eventType)).length;
  const retries = history.map((event) => (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1);
  return events + retries.reduce((sum, more) => sum + more, 0);
}
