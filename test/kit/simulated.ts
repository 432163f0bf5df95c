import { Client, Connection } from '@temporalio/client';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { freshRunDir } from '../../src/dev/paths';
import { provisionTemporal } from '../../src/dev/provision-temporal';
import type { Service } from '../../src/dev/service';
import { TemporalServer } from '../../src/dev/temporal';
import type { CliResult } from '../../src/dev/temporal';
import { workerService } from '../../src/dev/worker';
import { FlinkSimulator } from '../flink-simulator';
import type { SimulatorOptions } from '../flink-simulator';
import { SimulatedTaskManagers } from './simulated-task-managers';

/** A real Temporal server and real worker processes, on a simulated Flink: for what a real one will not do on demand. */
export class Simulated {
  readonly workers: Service[] = [];
  /** Those that workers run. */
  readonly taskManagers: SimulatedTaskManagers[] = [];
  private connected: Client | undefined;

  constructor(
    readonly flink: FlinkSimulator,
    /** Of the clusters beside `local`, by name. */
    readonly others: ReadonlyMap<string, FlinkSimulator>,
    readonly runDir: string,
    readonly temporal: TemporalServer,
    readonly taskQueue: string,
    private readonly env: Record<string, string>,
  ) {}

  cli(args: string[]): Promise<CliResult> {
    return this.temporal.cli(args);
  }

  /** For looks that are too many for a process each. */
  get client(): Client {
    this.connected ??= new Client({ connection: Connection.lazy({ address: this.temporal.address }) });
    return this.connected;
  }

  get worker(): Service {
    const [first] = this.workers;
    if (first === undefined) throw new Error('no worker was started');
    return first;
  }

  async addWorker(env: Record<string, string> = {}): Promise<Service> {
    const worker = workerService({
      runDir: this.runDir,
      n: this.workers.length + 1,
      config: join(this.runDir, 'weir.yaml'),
      env: { ...this.temporal.env, ...this.env, ...env },
    });
    this.workers.push(worker);
    await worker.start();
    return worker;
  }

  async stop(): Promise<void> {
    await this.connected?.connection.close();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.temporal.service.stop();
    await Promise.all(this.taskManagers.map((owned) => owned.stop()));
    await Promise.all([this.flink, ...this.others.values()].map((flink) => flink.stop()));
  }

  /** The simulated Flink of that cluster of weir.yaml. */
  flinkOf(cluster: string): FlinkSimulator {
    const flink = cluster === 'local' ? this.flink : this.others.get(cluster);
    if (flink === undefined) throw new Error(`no cluster ${cluster} was started`);
    return flink;
  }

  /** Where the simulated cluster puts savepoints: real folders, seen by the worker too. */
  get savepointRoot(): string {
    return pathToFileURL(join(this.runDir, 'savepoints')).href;
  }
}

export interface SimulatedOptions {
  /** Names of further clusters, each a simulated Flink of its own, with the same jobs and options as `local`. */
  readonly clusters?: readonly string[];
  readonly flink?: SimulatorOptions;
  /** By cluster, what its Flink has that others have not. */
  readonly flinks?: Readonly<Record<string, SimulatorOptions>>;
  /** By cluster: so many TaskManagers at first, which its worker starts and ends. */
  readonly ownedTaskManagers?: Readonly<Record<string, number>>;
  /** Names of jobs that weir.yaml knows. */
  readonly jobs?: readonly string[];
  readonly workers?: number;
  /** Added to each cluster in weir.yaml. */
  readonly cluster?: Record<string, unknown>;
  /** Puts something before each Flink; what it returns is added to that cluster in weir.yaml. */
  readonly inFront?: (cluster: string, flink: FlinkSimulator) => Promise<Record<string, unknown>>;
  /** Added to weir.yaml beside the clusters: health, metrics, webhook. */
  readonly worker?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  /** Temporal with its Web UI. */
  readonly webUi?: boolean;
  /** Of the Temporal server: `limit.historyCount.suggestContinueAsNew=50`. */
  readonly dynamicConfig?: readonly string[];
}

const startMs = 10 * 60_000;

/** Starts it in the run folder `name`. Whoever starts it stops it. */
export async function startSimulated(name: string, options: SimulatedOptions = {}): Promise<Simulated> {
  const runDir = freshRunDir(name);
  const binary = await provisionTemporal();
  const savepointRoot = pathToFileURL(join(runDir, 'savepoints')).href;
  const startFlink = (cluster: string) =>
    FlinkSimulator.start({ savepointRoot, folders: true, ...options.flink, ...options.flinks?.[cluster] });
  // They take any free ports, and must not take those that Temporal is promised.
  const flink = await startFlink('local');
  const others = new Map<string, FlinkSimulator>();
  for (const cluster of options.clusters ?? []) others.set(cluster, await startFlink(cluster));
  const fronts: Fronts = new Map();
  for (const [cluster, one] of [['local', flink] as const, ...others])
    fronts.set(cluster, (await options.inFront?.(cluster, one)) ?? {});
  const { webUi = false, dynamicConfig = [] } = options;
  const temporal = await TemporalServer.create({ runDir, binary, headless: !webUi, dynamicConfig });
  const simulated = new Simulated(flink, others, runDir, temporal, `weir-${name}`, options.env ?? {});
  try {
    for (const [cluster, count] of Object.entries(options.ownedTaskManagers ?? {})) {
      const folder = join(runDir, 'task-managers', cluster);
      const owned = await SimulatedTaskManagers.start(simulated.flinkOf(cluster), folder, count);
      simulated.taskManagers.push(owned);
      fronts.set(cluster, { ...fronts.get(cluster), taskManagers: owned.config });
    }
    writeConfig(simulated, options, fronts);
    await temporal.service.start();
    for (let n = 0; n < (options.workers ?? 1); n++) await simulated.addWorker();
    return simulated;
  } catch (error) {
    await simulated.stop();
    throw error;
  }
}

/** Starts it before the tests of this file and ends it after them. A test takes a job of its own, by name. */
export function useSimulated(name: string, options: SimulatedOptions = {}): () => Simulated {
  let simulated: Simulated | undefined;
  beforeAll(async () => {
    simulated = await startSimulated(name, options);
  }, startMs);
  afterAll(async () => {
    await simulated?.stop();
  }, 60_000);
  return () => {
    if (simulated === undefined) throw new Error('it is there only while a test runs');
    return simulated;
  };
}

/** By cluster, what was put before it. */
type Fronts = Map<string, Record<string, unknown>>;

function writeConfig(simulated: Simulated, options: SimulatedOptions, fronts: Fronts): void {
  const artifacts = join(simulated.runDir, 'artifacts');
  mkdirSync(artifacts);
  const jobs = options.jobs ?? ['orders'];
  for (const job of jobs) writeFileSync(join(artifacts, `${job}.jar`), `the program of ${job}`);
  const flinks = [['local', simulated.flink] as const, ...simulated.others];
  const clusters = flinks.map(([name, flink]) => [
    name,
    {
      rest: flink.restUrl,
      savepointRoot: simulated.savepointRoot,
      artifacts,
      snapshotStore: { kind: 'file' },
      ...options.cluster,
      ...fronts.get(name),
    },
  ]);
  const entries = flinks.flatMap(([cluster]) =>
    jobs.map((job) => ({ cluster, job, artifact: { jar: `${job}.jar`, args: ['--name', job] } })),
  );
  const { taskQueue } = simulated;
  const yaml = stringify({
    taskQueue,
    clusters: Object.fromEntries(clusters) as object,
    jobs: entries,
    ...options.worker,
  });
  writeFileSync(join(simulated.runDir, 'weir.yaml'), yaml);
}
