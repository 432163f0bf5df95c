import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { HistoryEvent } from '../test/kit/rescale';

/** The events of a run, as `temporal workflow show` gives them. */
export async function eventsOf(handle: WorkflowHandle): Promise<HistoryEvent[]> {
  const { events } = JSON.parse(historyToJSON(await handle.fetchHistory())) as { events: HistoryEvent[] };
  return events;
}
