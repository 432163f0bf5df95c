import { until } from '../../src/dev/until';
import { pendingActivity } from './rescale';
import type { Place } from './rescale';

/** Waits until the activity has beaten twice: Temporal knows its details then, and has told it of a cancellation. */
export async function beaten(
  place: Place,
  workflowId: string,
  { cancelRequested }: { readonly cancelRequested: boolean },
): Promise<void> {
  const beats = new Set<string | undefined>();
  await until(
    async () => {
      const pending = await pendingActivity(place, workflowId);
      if (pending?.cancelRequested === cancelRequested) beats.add(pending.lastHeartbeatTime);
      return beats.size > 2;
    },
    { what: 'the activity to beat', deadlineMs: 30_000 },
  );
}
