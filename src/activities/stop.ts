import { CancelledFailure } from '@temporalio/common';
import type { Cluster } from './cluster';
import { ended } from './ended';
import type { EndedAs } from './ended';
import { looking, pause, pollDelay } from './wait';

export interface StopInput {
  readonly cluster: string;
  readonly jobId: string;
}

export interface StopOutput {
  /** Absent if an operator would not wait for the proof. */
  readonly ended?: EndedAs;
}

/**
 * The old job is over, and proven so: only then may another one start. Waits for as long as it takes; a JobManager
 * that does not answer is not a stopped job (P11).
 */
export async function stop(cluster: Cluster, input: StopInput): Promise<StopOutput> {
  try {
    return await looking(async (pulse) => {
      const startedAt = Date.now();
      for (;;) {
        const seen = await ended(cluster, input.jobId, pulse);
        if (seen.ended !== undefined) return { ended: seen.ended };
        await pause(pulse, pollDelay(Date.now() - startedAt));
      }
    });
  } catch (error) {
    if (error instanceof CancelledFailure) return {};
    throw error;
  }
}
