import type {
  Answer,
  CatalogueEntry,
  CommandName,
  DeploymentEvent,
  DeploymentStatus,
  Revision,
} from '../../src/contracts/deployment';
import { until } from '../../src/dev/until';
import { deploymentWorkflowId } from '../../src/planning/deployment/ids';
import type { Simulated } from './simulated';

/** A deployment on a real Temporal, as a test steers and reads it. */
export class Deployed {
  readonly workflowId: string;

  constructor(
    private readonly place: Pick<Simulated, 'client' | 'cli' | 'taskQueue'>,
    /** Of the deployment, and of its job. */
    readonly name: string,
    cluster = 'local',
    /** Of the jar, which names its job by them. */
    private readonly mainArgs = `--name ${name}`,
  ) {
    this.workflowId = deploymentWorkflowId({ cluster, name });
  }

  /** The resource of this deployment: a jar that names its job by its arguments. */
  resource(spec: object = {}, parallelism = 2, jarUri = 'orders.jar'): object {
    const artifact = { jarUri, mainArgs: this.mainArgs };
    return {
      ...{ kind: 'Deployment', apiVersion: 'v1', metadata: { name: this.name } },
      spec: { ...spec, template: { spec: { parallelism, artifact } } },
    };
  }

  /** As a user creates it: the real CLI, the resource as the input. */
  async create(spec: object = {}, parallelism = 2, jarUri = 'orders.jar'): Promise<this> {
    const started = await this.place.cli([
      ...['workflow', 'start', '--fail-existing', '--task-queue', this.place.taskQueue],
      ...['--type', 'deployment', '--workflow-id', this.workflowId],
      ...['--input', JSON.stringify(this.resource(spec, parallelism, jarUri))],
    ]);
    if (started.code !== 0) throw new Error(`not started: ${started.stderr}`);
    return this;
  }

  private get handle() {
    return this.place.client.workflow.getHandle(this.workflowId);
  }

  /** An update: it answers, or is rejected with the reason. */
  async say(name: CommandName, input: object = {}): Promise<Answer> {
    return this.handle.executeUpdate<Answer, [object]>(name, { args: [input] });
  }

  async signal(name: CommandName, input: object = {}): Promise<void> {
    return this.handle.signal(name, input);
  }

  status(): Promise<DeploymentStatus | null> {
    return this.handle.query<DeploymentStatus | null>('status');
  }

  history(): Promise<Revision[]> {
    return this.handle.query<Revision[]>('history');
  }

  savepoints(): Promise<CatalogueEntry[]> {
    return this.handle.query<CatalogueEntry[]>('savepoints');
  }

  events(): Promise<DeploymentEvent[]> {
    return this.handle.query<DeploymentEvent[]>('events');
  }

  async until(what: string, fits: (status: DeploymentStatus) => boolean): Promise<DeploymentStatus> {
    return until(
      async () => {
        const status = await this.status();
        return status !== null && fits(status) && status;
      },
      { what: `${this.workflowId}: ${what}`, deadlineMs: 90_000, pollMs: 100 },
    );
  }

  /** Its job runs at that parallelism, nothing is under way, and it is what is wanted. */
  untilRuns(parallelism: number): Promise<DeploymentStatus> {
    return this.until(
      `runs at ${parallelism}`,
      ({ actual, job, transition, conditions }) =>
        actual === 'RUNNING' &&
        job?.parallelism === parallelism &&
        transition === undefined &&
        conditions.some(({ type, status }) => type === 'SpecAligned' && status),
    );
  }

  untilIs(actual: DeploymentStatus['actual']): Promise<DeploymentStatus> {
    return this.until(`is ${actual}`, (status) => status.actual === actual);
  }
}
