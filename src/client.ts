import type { Client, WorkflowHandle } from '@temporalio/client';
import { DeploymentHandle } from './client/deployment';
import type { RescaleInput, RescaleResult } from './contracts/rescale';
import { deploymentWorkflowId } from './planning/deployment/ids';
import { rescaleWorkflowId } from './planning/ids';

export { NoSuchDeployment, Refused } from './client/answered';
export { DeploymentHandle } from './client/deployment';
export type { Asked } from './client/deployment';
export { WaitTimedOut } from './client/wait';
export type { WaitOptions } from './client/wait';
export type * from './contracts/deployment';
export type { RescaleInput, RescaleResult, RescaleStatus } from './contracts/rescale';

/**
 * Weir, for services in TypeScript: names and shapes of its workflows on a Temporal client that the caller has made.
 * What is not Weir's own to explain (a Temporal that does not answer, a missing permission) is thrown as the SDK throws it.
 */

export interface WeirClientOptions {
  readonly client: Client;
  /** The workers' (weir.yaml); default `weir`. */
  readonly taskQueue?: string;
}

export class WeirClient {
  private readonly client: Client;
  private readonly taskQueue: string;

  constructor({ client, taskQueue = 'weir' }: WeirClientOptions) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /** Of that cluster of weir.yaml. It need not be there yet. */
  deployment(cluster: string, name: string): DeploymentHandle {
    return new DeploymentHandle(this.client, this.taskQueue, deploymentWorkflowId({ cluster, name }));
  }

  /**
   * Starts one rescale of a job that no deployment owns. The handle's `result` is thrown as Temporal's
   * `WorkflowFailedError` whose cause has one of Weir's failure types.
   *
   * @throws WorkflowExecutionAlreadyStartedError a rescale of this job runs
   */
  rescale(
    cluster: string,
    job: string,
    parallelism: number,
    options: Omit<RescaleInput, 'cluster' | 'job' | 'parallelism'> = {},
  ): Promise<WorkflowHandle<(input: RescaleInput) => Promise<RescaleResult>>> {
    return this.client.workflow.start('rescale', {
      workflowId: rescaleWorkflowId(cluster, job),
      taskQueue: this.taskQueue,
      args: [{ ...options, cluster, job, parallelism }],
      workflowIdConflictPolicy: 'FAIL',
    });
  }
}
