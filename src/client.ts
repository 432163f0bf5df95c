import { ApplicationFailure } from '@temporalio/common';
import type { Workflow } from '@temporalio/common';
import {
  ServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploymentQueries } from './contracts/deployment';
import type {
  Answer,
  CatalogueEntry,
  CommandName,
  Deployment,
  DeploymentEvent,
  DeploymentInput,
  DeploymentStatus,
  DryRun,
  Revision,
} from './contracts/deployment';
import type { RescaleInput, RescaleResult } from './contracts/rescale';
import { deploymentWorkflowId } from './planning/deployment/ids';
import { rescaleWorkflowId } from './planning/ids';

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

/** Who asks, and why: kept in the deployment's history. */
export interface Asked {
  /** The same one twice is one request, whoever sends it; default: a fresh one, so that a call repeated by the SDK counts once. */
  readonly requestId?: string;
  readonly by?: string;
  readonly reason?: string;
}

export interface WaitOptions {
  /** Default: wait for as long as it takes. */
  readonly timeoutMs?: number;
  /** Between two looks; default 500. */
  readonly everyMs?: number;
  /** Ends the waiting; what is waited for goes on. */
  readonly signal?: AbortSignal;
  /** Told why a look had no answer; the next one follows. */
  readonly onTrouble?: (why: string) => void;
  /** Told the status at each look. */
  readonly onStatus?: (status: DeploymentStatus) => void;
}

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

/** What was waited for has not come in time; it goes on. */
export class WaitTimedOut extends Error {
  override readonly name = 'WaitTimedOut';
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

/**
 * One deployment. Commands are answered once they are known to be valid, with what will happen; to wait for that:
 * `carriedOut`.
 *
 * Every command throws `Refused` if it is not valid, and every one but `apply` throws `NoSuchDeployment`, as the
 * queries do.
 */
export class DeploymentHandle {
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    readonly workflowId: string,
  ) {}

  /** Creates the deployment, or makes this its resource. With a resourceVersion it counts only if that is still the version. */
  async apply(resource: DeploymentInput, asked: Asked = {}): Promise<Answer> {
    const { requestId, command } = commandOf(asked, { resource });
    const startWorkflowOperation = new WithStartWorkflowOperation('deployment', {
      workflowId: this.workflowId,
      taskQueue: this.taskQueue,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return answered(this.workflowId, () =>
      this.client.workflow.executeUpdateWithStart<Workflow, Answer, [object]>('apply', {
        args: [command],
        updateId: requestId,
        startWorkflowOperation,
      }),
    );
  }

  /** A JSON merge patch (RFC 7396) of the resource: null takes a field back to its default. */
  patch(patch: Readonly<Record<string, unknown>>, asked?: Asked): Promise<Answer> {
    return this.update('patch', { patch }, asked);
  }

  scale(parallelism: number, asked?: Asked): Promise<Answer> {
    return this.update('scale', { parallelism }, asked);
  }

  /** Stops the job with a savepoint. `drain`: windows end as if there were no more input. */
  suspend({ drain = false, ...asked }: Asked & { readonly drain?: boolean } = {}): Promise<Answer> {
    return this.update('suspend', { drain }, asked);
  }

  /** Starts the job again, from what the restoreStrategy says. */
  resume(asked?: Asked): Promise<Answer> {
    return this.update('resume', {}, asked);
  }

  /** Stops the job without a savepoint. */
  cancel(asked?: Asked): Promise<Answer> {
    return this.update('cancel', {}, asked);
  }

  savepoint(asked?: Asked): Promise<Answer> {
    return this.update('savepoint', {}, asked);
  }

  /** To the spec of an earlier version. */
  rollback(to: number, asked?: Asked): Promise<Answer> {
    return this.update('rollback', { to }, asked);
  }

  /** Ends the deployment, once it is CANCELLED. */
  delete(asked?: Asked): Promise<Answer> {
    return this.update('delete', {}, asked);
  }

  status(): Promise<DeploymentStatus> {
    return this.query(deploymentQueries.status);
  }

  /** The full resource, as it is wanted. */
  spec(): Promise<Deployment> {
    return this.query(deploymentQueries.spec);
  }

  history(): Promise<readonly Revision[]> {
    return this.query(deploymentQueries.history);
  }

  savepoints(): Promise<readonly CatalogueEntry[]> {
    return this.query(deploymentQueries.savepoints);
  }

  events(): Promise<readonly DeploymentEvent[]> {
    return this.query(deploymentQueries.events);
  }

  /** What `apply` would answer, and the fields that it would change. Nothing is touched, and nothing is kept of the question. */
  dryRun(resource: DeploymentInput): Promise<DryRun> {
    return this.query(deploymentQueries.dryRun, { resource });
  }

  /** Whether it lives: of one that was deleted the queries go on to answer while Temporal keeps its history. */
  async exists(): Promise<boolean> {
    try {
      const { status } = await this.client.workflow.getHandle(this.workflowId).describe();
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /** Looks until the status is as asked. @throws WaitTimedOut, NoSuchDeployment, the signal's reason */
  waitUntil(
    holds: (status: DeploymentStatus) => boolean,
    options: WaitOptions = {},
  ): Promise<DeploymentStatus> {
    return this.wait(async () => {
      const status = await this.status();
      options.onStatus?.(status);
      return holds(status) ? status : undefined;
    }, options);
  }

  /**
   * Waits for what an answer has promised: until the spec of its version is DONE, STORED, SUPERSEDED or FAILED.
   * That it has failed is told, not thrown.
   *
   * @throws WaitTimedOut, NoSuchDeployment, the signal's reason
   */
  carriedOut(
    { resourceVersion }: Pick<Answer, 'resourceVersion'>,
    options: WaitOptions = {},
  ): Promise<Revision> {
    return this.wait(async () => {
      if (options.onStatus !== undefined) options.onStatus(await this.status());
      const history = await this.history();
      const revision = history.find((one) => one.resourceVersion === resourceVersion);
      if (revision === undefined && history.some((one) => one.resourceVersion > resourceVersion))
        throw new Error(`version ${resourceVersion} of ${this.workflowId} is not in its history any more`);
      return revision?.outcome === 'PENDING' ? undefined : revision;
    }, options);
  }

  private update(name: CommandName, fields: object, asked: Asked = {}): Promise<Answer> {
    const { requestId, command } = commandOf(asked, fields);
    const handle = this.client.workflow.getHandle(this.workflowId);
    return answered(this.workflowId, () =>
      handle.executeUpdate<Answer, [object]>(name, { args: [command], updateId: requestId }),
    );
  }

  private async query<T>(name: string, ...args: readonly object[]): Promise<T> {
    const handle = this.client.workflow.getHandle(this.workflowId);
    const found = await answered(this.workflowId, () => handle.query<T | null, object[]>(name, ...args));
    // It was started, and its first resource is still to come.
    if (found === null) throw new NoSuchDeployment(`${this.workflowId} has no resource yet; apply brings it`);
    return found;
  }

  private async wait<T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
    const { timeoutMs = Infinity, everyMs = 500, signal, onTrouble } = options;
    const until = Date.now() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      try {
        const found = await look();
        if (found !== undefined) return found;
      } catch (error) {
        // Temporal or the worker is away for a moment: what is waited for goes on without us.
        if (!(error instanceof ServiceError)) throw error;
        onTrouble?.(error.cause instanceof Error ? error.cause.message : error.message);
      }
      if (Date.now() >= until)
        throw new WaitTimedOut(`${this.workflowId}: not in ${timeoutMs / 1_000} s; it goes on`);
      await sleep(everyMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

function commandOf(asked: Asked, fields: object): { readonly requestId: string; readonly command: object } {
  const requestId = asked.requestId ?? randomUUID();
  return { requestId, command: { ...asked, ...fields, requestId } };
}

async function answered<T>(workflowId: string, ask: () => Promise<T>): Promise<T> {
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
