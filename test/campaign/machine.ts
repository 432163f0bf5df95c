import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { BundleOptions, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createActivities } from '../../src/activities';
import type { Activities } from '../../src/activities';
import type { Cluster } from '../../src/activities/cluster';
import { freshRunDir } from '../../src/dev/paths';
import { provisionTemporal } from '../../src/dev/provision-temporal';
import { TemporalServer } from '../../src/dev/temporal';
import { FlinkClient } from '../../src/flink/client';
import { FlinkSimulator } from '../flink-simulator';
import type { SimulatorOptions } from '../flink-simulator';
import { Attempts } from './attempts';
import { Calls } from './calls';
import type { Crash } from './case';

/** The job that every run has, on a cluster of its own. */
export const job = 'orders';

export interface MachineOptions {
  /** What a planted defect makes of the activities; they are as they are when left out. */
  readonly activities?: (sound: Activities, clusters: ReadonlyMap<string, Cluster>) => Activities;
  /** What a planted defect makes of the workflows' bundle. */
  readonly bundle?: Partial<BundleOptions>;
}

/** A simulated Flink with one job, under a name in the worker's configuration. */
export interface Site {
  readonly cluster: string;
  readonly flink: FlinkSimulator;
  readonly calls: Calls;
  /** Ends the Flink, and takes it out of the configuration. */
  readonly close: () => Promise<void>;
}

/**
 * A real Temporal server, and one real worker with the real activities and workflows in this process; simulated Flinks
 * as many as there are runs at once. A crash is an attempt that is cut off (`Attempts`), so that it costs no process and
 * hits no other run.
 */
export class Machine {
  private sites = 0;

  private constructor(
    readonly client: Client,
    readonly attempts: Attempts,
    readonly taskQueue: string,
    readonly bundle: WorkflowBundleWithSourceMap,
    private readonly runDir: string,
    private readonly clusters: Map<string, Cluster>,
    private readonly closing: () => Promise<void>,
  ) {}

  /** Starts it in the run folder `name`. Whoever starts it stops it. */
  static async start(name: string, options: MachineOptions = {}): Promise<Machine> {
    quietly();
    const runDir = freshRunDir(name);
    mkdirSync(join(runDir, 'artifacts'));
    for (const jar of ['orders.jar', 'orders-2.jar'])
      writeFileSync(join(runDir, 'artifacts', jar), `the program ${jar}`);
    const binary = await provisionTemporal();
    const bundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../src/workflows'),
      logger: new DefaultLogger('ERROR'),
      ...options.bundle,
    });
    const temporal = await TemporalServer.create({ runDir, binary, headless: true });
    const clusters = new Map<string, Cluster>();
    const attempts = new Attempts();
    const taskQueue = `weir-${name}`;
    const sound = createActivities(clusters, undefined);
    const activities = options.activities?.(sound, clusters) ?? sound;
    await temporal.service.start();
    const { address } = temporal;
    const connection = await NativeConnection.connect({ address });
    const clientConnection = await Connection.connect({ address });
    const worker = await Worker.create({
      ...{ connection, taskQueue, workflowBundle: bundle, activities },
      ...workerOptions,
      interceptors: { activity: [attempts.interceptor] },
    });
    const running = worker.run();
    const closing = async () => {
      worker.shutdown();
      await running;
      await clientConnection.close();
      await connection.close();
      await temporal.service.stop();
    };
    const client = new Client({ connection: clientConnection });
    return new Machine(client, attempts, taskQueue, bundle, runDir, clusters, closing);
  }

  /** Another simulated Flink, which the worker knows from now on. */
  async site(crashes: readonly Crash[] = [], options: SimulatorOptions = {}): Promise<Site> {
    const cluster = `c${++this.sites}`;
    const savepointRoot = pathToFileURL(join(this.runDir, 'savepoints', cluster)).href;
    const flink = await FlinkSimulator.start({ savepointRoot, folders: true, ...options });
    const calls = new Calls(flink, this.attempts, crashes);
    const rest = flink.restUrl;
    this.clusters.set(cluster, {
      name: cluster,
      config: {
        ...{ rest, savepointRoot, artifacts: join(this.runDir, 'artifacts'), timeouts: {} },
        snapshotStore: { kind: 'file', folder: join(this.runDir, 'savepoints', cluster) },
      },
      jobs: [{ cluster, job, artifact: { jar: 'orders.jar', args: ['--name', job] } }],
      flink: calls.through(new FlinkClient({ rest })),
    });
    const close = async () => {
      this.clusters.delete(cluster);
      await flink.stop();
    };
    return { cluster, flink, calls, close };
  }

  /** Ends the worker, then Temporal. */
  async stop(): Promise<void> {
    await this.closing();
  }
}

/** As in `src/worker.ts`, where the reasons are. */
const workerOptions = {
  maxCachedWorkflows: 200,
  stickyQueueScheduleToStartTimeout: '1s',
  maxHeartbeatThrottleInterval: '500ms',
  defaultHeartbeatThrottleInterval: '500ms',
  maxConcurrentActivityTaskExecutions: 2_000,
  shutdownGraceTime: '5s',
  shutdownForceTime: '20s',
} as const;

let installed = false;

/** What a dead attempt says at last is no news. */
function quietly(): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger('ERROR', () => undefined);
  Runtime.install({ logger, telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } });
}
