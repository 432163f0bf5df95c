import { ApplicationFailure } from '@temporalio/common';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';

/** The deployment does not take the command: the message says why, and what would do. Nothing has changed. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    message: string,
    /** Stable: `InvalidRequest`, `PlanRejected`, ... */
    readonly type: string,
  ) {
    super(message);
  }
}

/** No deployment of that name lives on that cluster; `apply` creates one. */
export class NoSuchDeployment extends Error {
  override readonly name = 'NoSuchDeployment';
}

/** What Temporal answers, in Weir's own errors where they say more than the SDK's. */
export async function answered<T>(workflowId: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new NoSuchDeployment(`there is no ${workflowId}; apply creates it`, { cause: error });
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) throw new Refused(cause.message, cause.type ?? 'Unexpected');
    throw error;
  }
}
