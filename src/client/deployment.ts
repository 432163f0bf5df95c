import type { Workflow } from '@temporalio/common';
import { WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { deploymentQueries } from '../contracts/deployment';
import type {
  Answer,
  CatalogueEntry,
  CommandInput,
  CommandName,
  Deployment,
  DeploymentEvent,
  DeploymentInput,
  DeploymentStatus,
  DryRun,
  Revision,
} from '../contracts/deployment';
import { answered, NoSuchDeployment } from './answered';
import { waitFor } from './wait';
import type { WaitOptions } from './wait';

/** Who asks, and why: kept in the deployment's history. */
export interface Asked {
  /** The same one twice is one request, whoever sends it; default: a fresh one, so that a call repeated by the SDK counts once. */
  readonly requestId?: string;
  readonly by?: string;
  readonly reason?: string;
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

  /**
   * The command as a signal, for who wants no answer: Temporal has taken it, and that is all that is known. One that is not
   * valid changes nothing; it is among the `events` as COMMAND_REFUSED, with the reason. Creates no deployment.
   *
   * @throws NoSuchDeployment
   */
  async send<N extends CommandName>(name: N, input: CommandInput<N>): Promise<void> {
    const handle = this.client.workflow.getHandle(this.workflowId);
    const { requestId = randomUUID() } = input;
    await answered(this.workflowId, () => handle.signal<[object]>(name, { ...input, requestId }));
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
    return waitFor(
      this.workflowId,
      async () => {
        const status = await this.status();
        options.onStatus?.(status);
        return holds(status) ? status : undefined;
      },
      options,
    );
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
    return waitFor(
      this.workflowId,
      async () => {
        if (options.onStatus !== undefined) options.onStatus(await this.status());
        const history = await this.history();
        const revision = history.find((one) => one.resourceVersion === resourceVersion);
        if (revision === undefined && history.some((one) => one.resourceVersion > resourceVersion))
          throw new Error(`version ${resourceVersion} of ${this.workflowId} is not in its history any more`);
        return revision?.outcome === 'PENDING' ? undefined : revision;
      },
      options,
    );
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
}

function commandOf(asked: Asked, fields: object): { readonly requestId: string; readonly command: object } {
  const requestId = asked.requestId ?? randomUUID();
  return { requestId, command: { ...asked, ...fields, requestId } };
}
