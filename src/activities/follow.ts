import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { RunEnd } from '../contracts/deployment';
import type { RescaleResult } from '../contracts/rescale';
import { patiently } from './wait';

export interface FollowInput {
  readonly workflowId: string;
  /** Left out: the run that is under way, or the last one. */
  readonly runId?: string | undefined;
}

/** Waits for the end of a run, for days if need be, and tells how it ended. */
export async function follow({ workflowId, runId }: FollowInput): Promise<RunEnd> {
  return patiently(async (pulse) => {
    const { client, cancellationSignal } = Context.current();
    const handle = client.workflow.getHandle<() => Promise<RescaleResult>>(workflowId, runId);
    try {
      const result = await client.connection.withAbortSignal(cancellationSignal, () => handle.result());
      return { kind: 'COMPLETED', result };
    } catch (error) {
      pulse.lost.throwIfAborted();
      cancellationSignal.throwIfAborted();
      if (error instanceof WorkflowNotFoundError) return { kind: 'LOST', message: error.message };
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      if (cause instanceof ApplicationFailure && cause.type != null)
        return { kind: 'FAILED', type: cause.type, message: cause.message };
      return { kind: 'LOST', message: `${error.message}: ${cause?.message ?? 'no cause is known'}` };
    }
  });
}
