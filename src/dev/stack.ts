/**
 * The local stack: Temporal, Flink and the Weir worker, for the demo, the tests and the benches alike. All of a run
 * is in one folder of the project, `.weir/runs/<name>`.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { JobConfig } from '../config';
import { buildExample, EXAMPLE_JAR } from './example';
import { FlinkCluster, type FlinkOptions } from './flink';
import { freshRunDir } from './paths';
import { provisionFlink } from './provision-flink';
import { provisionTemporal } from './provision-temporal';
import type { Service } from './service';
import { OwnedTaskManagers } from './task-managers';
import { TemporalServer, type TemporalOptions } from './temporal';
import type { FlinkVersion } from './versions';
import { workerService } from './worker';

export interface StackOptions {
  /** Names the run folder, which is emptied first. */
  name: string;
  temporal?: Omit<TemporalOptions, 'runDir' | 'binary'>;
  flink?: Omit<FlinkOptions, 'runDir' | 'distribution'> & { version?: FlinkVersion };
  /** So many TaskManagers, which the worker runs, instead of those of `flink`: a rescale may start and end some. */
  ownedTaskManagers?: number;
  /** `false`: no worker; then nothing needs `dist/worker.js`. */
  worker?: WorkerOptions | false;
  /** Told of each step that is done, for a person to read. */
  report?: (line: string) => void;
}

export interface WorkerOptions {
  /** `weir` when left out. */
  taskQueue?: string;
  /** The `jobs` of weir.yaml, given where this run keeps its files. */
  jobs?: (stack: Stack) => JobConfig[];
  /** Added to (or instead of) what the stack says of the cluster `local` in weir.yaml. */
  cluster?: Record<string, unknown>;
  env?: Record<string, string>;
}

/** What {@link startStack} has started. */
export class Stack {
  readonly workers: Service[] = [];

  constructor(
    readonly runDir: string,
    readonly temporal: TemporalServer,
    readonly flink: FlinkCluster,
    readonly taskQueue: string,
    private readonly workerEnv: Record<string, string>,
    private readonly owned: OwnedTaskManagers | undefined,
  ) {}

  /** Throws if the worker does not run them. */
  get ownedTaskManagers(): OwnedTaskManagers {
    if (!this.owned) throw new Error('the TaskManagers of this stack are its own');
    return this.owned;
  }

  /** The first worker. Throws if there is none. */
  get worker(): Service {
    const [first] = this.workers;
    if (!first) throw new Error('this stack was started without a worker');
    return first;
  }

  /** The jars of the cluster `local`, with the example's in it. */
  get artifacts(): string {
    return join(this.runDir, 'artifacts');
  }

  /** Where jobs of this run may write. */
  get output(): string {
    return join(this.runDir, 'output');
  }

  /** The weir.yaml of this run. */
  get config(): string {
    return join(this.runDir, 'weir.yaml');
  }

  /** Runs the real Temporal CLI against this stack. */
  cli(args: string[]) {
    return this.temporal.cli(args);
  }

  /** Starts one more worker process. */
  async addWorker(): Promise<Service> {
    const worker = workerService({
      runDir: this.runDir,
      n: this.workers.length + 1,
      config: this.config,
      env: { ...this.temporal.env, ...this.workerEnv },
    });
    this.workers.push(worker);
    await worker.start();
    return worker;
  }

  /** Ends every process of this stack. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.flink.stop();
    await this.owned?.stop();
    await this.temporal.service.stop();
  }
}

/** Provisions and starts all of it. If a part does not start, the others are ended before the error is thrown. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const {
    name,
    temporal = {},
    flink = {},
    worker = {},
    ownedTaskManagers,
    report = () => undefined,
  } = options;
  const { version, ...flinkOptions } = flink;
  const binary = await provisionTemporal();
  const distribution = await provisionFlink(version);
  const jar = await buildExample();

  const runDir = freshRunDir(name);
  const { taskQueue = 'weir', env = {} } = worker || {};
  const none = ownedTaskManagers === undefined ? {} : { taskManagers: 0 };
  const cluster = await FlinkCluster.create({ ...flinkOptions, ...none, runDir, distribution });
  const owned = ownedTaskManagers === undefined ? undefined : new OwnedTaskManagers(cluster, runDir);
  const stack = new Stack(
    runDir,
    await TemporalServer.create({ ...temporal, runDir, binary }),
    cluster,
    taskQueue,
    env,
    owned,
  );
  mkdirSync(stack.artifacts);
  mkdirSync(stack.output);
  copyFileSync(jar, join(stack.artifacts, EXAMPLE_JAR));
  const taskManagers = owned && { taskManagers: owned.config };
  const written = { ...worker, cluster: { ...taskManagers, ...(worker || {}).cluster } };
  writeFileSync(stack.config, weirYaml(stack, written));

  try {
    await all([
      stack.temporal.service.start().then(() => report(`Temporal at ${stack.temporal.address}`)),
      stack.flink.start().then(() => report(`Flink ${stack.flink.version} at ${stack.flink.restUrl}`)),
    ]);
    await owned?.platform.scale(ownedTaskManagers ?? 0);
    if (worker !== false) {
      await stack.addWorker();
      report(`Weir worker on task queue ${taskQueue}`);
    }
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function weirYaml(stack: Stack, { jobs = () => [], cluster = {} }: WorkerOptions): string {
  const local = {
    rest: stack.flink.restUrl,
    savepointRoot: stack.flink.savepointRoot,
    artifacts: stack.artifacts,
    snapshotStore: { kind: 'file' },
    ...cluster,
  };
  return stringify({ taskQueue: stack.taskQueue, clusters: { local }, jobs: jobs(stack) });
}

/** Waits for every one, so that nothing is still starting when the first error is thrown. */
async function all(works: Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(works);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
