import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ActivityInterceptorsFactory, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createActivities } from '../../src/activities';
import type { Cluster } from '../../src/activities/cluster';
import { freshRunDir } from '../../src/dev/paths';
import { provisionTemporal } from '../../src/dev/provision-temporal';
import { TemporalServer } from '../../src/dev/temporal';
import { FlinkClient } from '../../src/flink/client';
import { deploymentOf } from '../../src/planning/deployment/ids';
import { clusterOf } from '../../src/planning/ids';
import { bundleOf } from '../../src/worker/bundle';
import { FlinkSimulator } from '../flink-simulator';
import type { SimulatorOptions } from '../flink-simulator';
import { Attempts } from './attempts';
import { Calls } from './calls';
import type { Crash } from './case';

/** The job that every run has, on a cluster of its own. */
export const job = 'orders';

/** One call of an activity, as a planted defect gets hold of it. */
export interface Invocation {
  readonly activity: string;
  readonly input: unknown;
  /** The sound activity, with this input. */
  readonly next: (input: unknown) => Promise<unknown>;
  readonly site: Site;
  /** That of weir.yaml, with the client as the activities have it. */
  readonly cluster: Cluster;
}

/** What a planted defect does in the place of an activity. */
export type Defect = (invocation: Invocation) => Promise<unknown>;

/** A simulated Flink with one job, under a name in the worker's configuration. */
export interface Site {
  readonly cluster: string;
  readonly flink: FlinkSimulator;
  readonly calls: Calls;
  /** Ends the Flink, and takes it out of the configuration. */
  readonly close: () => Promise<void>;
}

export interface SiteOptions {
  readonly flink?: SimulatorOptions;
  readonly defect?: Defect;
}

type Defects = Map<string, { readonly site: Site; readonly defect: Defect }>;

/** The workflows as they are. */
const soundWorkflows = require.resolve('../../src/workflows');

/** The bundle of these workflows, for a worker or for a replay. */
export function bundled(workflowsPath: string): Promise<WorkflowBundleWithSourceMap> {
  return bundleOf(workflowsPath, new DefaultLogger('ERROR'));
}

/** Puts a planted defect in the place of the activities of its cluster. */
function planting(defects: Defects, clusters: ReadonlyMap<string, Cluster>): ActivityInterceptorsFactory {
  return ({ info: { activityType: activity, workflowExecution } }) => ({
    inbound: {
      execute: (input, next) => {
        const { workflowId = '' } = workflowExecution ?? {};
        const name = clusterOf(workflowId) ?? deploymentOf(workflowId)?.cluster ?? '';
        const planted = defects.get(name);
        const cluster = clusters.get(name);
        if (planted === undefined || cluster === undefined) return next(input);
        const { site, defect } = planted;
        const sound = (changed: unknown) => next({ ...input, args: [changed] });
        return defect({ activity, input: input.args[0], next: sound, site, cluster });
      },
    },
  });
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
    private readonly defects: Defects,
    private readonly closing: () => Promise<void>,
  ) {}

  /** Starts it in the run folder `name`, with these options of the server. Whoever starts it stops it. */
  static async start(
    name: string,
    workflowsPath = soundWorkflows,
    dynamicConfig: readonly string[] = [],
  ): Promise<Machine> {
    quietly();
    const runDir = freshRunDir(name);
    mkdirSync(join(runDir, 'artifacts'));
    for (const jar of ['orders.jar', 'orders-2.jar'])
      writeFileSync(join(runDir, 'artifacts', jar), `the program ${jar}`);
    const binary = await provisionTemporal();
    const bundle = await bundled(workflowsPath);
    const temporal = await TemporalServer.create({ runDir, binary, headless: true, dynamicConfig });
    const clusters = new Map<string, Cluster>();
    const attempts = new Attempts();
    const taskQueue = `weir-${name}`;
    const activities = createActivities(clusters, undefined);
    const defects: Defects = new Map();
    await temporal.service.start();
    const { address } = temporal;
    const connection = await NativeConnection.connect({ address });
    const clientConnection = await Connection.connect({ address });
    const worker = await Worker.create({
      ...{ connection, taskQueue, workflowBundle: bundle, activities },
      ...workerOptions,
      interceptors: { activity: [attempts.interceptor, planting(defects, clusters)] },
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
    return new Machine(client, attempts, taskQueue, bundle, runDir, clusters, defects, closing);
  }

  /** Another simulated Flink, which the worker knows from now on. */
  async site(crashes: readonly Crash[] = [], options: SiteOptions = {}): Promise<Site> {
    const cluster = `c${++this.sites}`;
    const store = join(this.runDir, 'savepoints', cluster);
    mkdirSync(store, { recursive: true });
    const savepointRoot = pathToFileURL(store).href;
    const flink = await FlinkSimulator.start({ savepointRoot, folders: true, ...options.flink });
    const calls = new Calls(flink, this.attempts, crashes);
    const rest = flink.restUrl;
    this.clusters.set(cluster, {
      name: cluster,
      config: {
        ...{ rest, savepointRoot, artifacts: join(this.runDir, 'artifacts'), timeouts: {} },
        snapshotStore: { kind: 'file', folder: store },
      },
      jobs: [{ cluster, job, artifact: { jar: 'orders.jar', args: ['--name', job] } }],
      flink: calls.through(new FlinkClient({ rest })),
    });
    const close = async () => {
      this.clusters.delete(cluster);
      this.defects.delete(cluster);
      await flink.stop();
    };
    const site = { cluster, flink, calls, close };
    if (options.defect !== undefined) this.defects.set(cluster, { site, defect: options.defect });
    return site;
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
