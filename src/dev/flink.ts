import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  configFile,
  JOB_MANAGER_HEAP_MB,
  jvmFlags,
  LOG4J_PROPERTIES,
  settingsFor,
  TASK_HEAP_MB,
  TASK_MANAGER_DIRECT_MEMORY,
  taskManagerHeapMb,
  taskManagerMemory,
  type FlinkFolders,
  type FlinkPorts,
  type FlinkSettings,
} from './flink-config';
import { HighAvailability } from './high-availability';
import { jvmCommand, jvmService, type JvmOptions } from './jvm';
import { freePort } from './ports';
import type { FlinkDistribution } from './provision-flink';
import type { Service } from './service';
import { until } from './until';

/** By which Flink knows a TaskManager that somebody else runs; `{n}` is its number. */
export const taskManagerId = 'tm-{n}';

export interface FlinkOptions {
  runDir: string;
  distribution: FlinkDistribution;
  /** 2 when left out. */
  taskManagers?: number;
  /** Per TaskManager; 4 when left out. */
  slots?: number;
  /** What the tasks of a TaskManager have for state and all else; 320 when left out. */
  taskHeapMb?: number;
  /** Win over the settings that the local cluster chooses (`flink-config.ts`). */
  settings?: FlinkSettings;
  /** A free one when left out. */
  restPort?: number;
  /** Whether a JobManager that is lost and started again recovers its jobs; it does not when left out. */
  highAvailability?: boolean;
  /** Jars beside Flink's own, for every process of the cluster: a file system, say. */
  classpath?: readonly string[];
  /** It runs this one program and takes no other (application mode); its jar, and Flink's for that, are in the `classpath`. */
  application?: Application;
}

export interface Application {
  /** The class with its main(). */
  main: string;
  args: (runDir: string) => readonly string[];
}

/** A Flink session cluster on loopback: one JobManager, n TaskManagers, each a process to stop, kill and start. */
export class FlinkCluster {
  readonly version: string;
  readonly restUrl: string;
  /** `file://` URLs. */
  readonly savepointRoot: string;
  readonly checkpointRoot: string;
  readonly jobManager: Service;
  readonly taskManagers: Service[] = [];
  private readonly highAvailability: HighAvailability | undefined;
  private readonly slots: number;
  private readonly taskHeapMb: number;
  private readonly classpath: readonly string[];
  private readonly runDir: string;

  /** Writes the configuration; nothing is started yet. */
  static async create(options: FlinkOptions): Promise<FlinkCluster> {
    const ports = {
      rest: options.restPort ?? (await freePort()),
      rpc: await freePort(),
      blob: await freePort(),
    };
    const { runDir, distribution } = options;
    const highAvailability = options.highAvailability
      ? new HighAvailability({ runDir, lib: distribution.lib, port: await freePort() })
      : undefined;
    return new FlinkCluster(options, ports, highAvailability);
  }

  private constructor(
    options: FlinkOptions,
    ports: FlinkPorts,
    highAvailability: HighAvailability | undefined,
  ) {
    const { runDir, distribution, taskManagers = 2, slots = 4, classpath = [] } = options;
    const { taskHeapMb = TASK_HEAP_MB } = options;
    const settings = { ...highAvailability?.settings, ...options.settings };
    this.version = distribution.version;
    this.highAvailability = highAvailability;
    this.classpath = [join(distribution.lib, '*'), ...classpath];
    this.slots = slots;
    this.taskHeapMb = taskHeapMb;
    this.runDir = runDir;
    const folders: FlinkFolders = {
      runDir,
      checkpoints: join(runDir, 'checkpoints'),
      savepoints: join(runDir, 'savepoints'),
    };
    this.restUrl = `http://127.0.0.1:${ports.rest}`;
    this.savepointRoot = `file://${folders.savepoints}`;
    this.checkpointRoot = `file://${folders.checkpoints}`;
    for (const folder of [
      folders.checkpoints,
      folders.savepoints,
      join(runDir, 'tmp'),
      join(runDir, 'conf'),
    ]) {
      mkdirSync(folder, { recursive: true });
    }
    const config = configFile(this.version, { ...settingsFor(folders, ports, slots), ...settings });
    writeFileSync(join(runDir, 'conf', config.name), config.text);
    writeFileSync(join(runDir, 'conf', 'log4j.properties'), LOG4J_PROPERTIES);
    this.jobManager = this.jvm('jobmanager', {
      flags: jvmFlags('jobmanager', runDir, JOB_MANAGER_HEAP_MB),
      ...entryOf(options),
      what: 'its REST API to answer',
      isReady: async () => Boolean(await this.read('/overview')),
    });
    for (let n = 0; n < taskManagers; n++) this.taskManagers.push(this.taskManager(n + 1));
  }

  /**
   * Starts the JobManager, then the TaskManagers; returns when every slot is there. (One that starts before the
   * JobManager answers may wait 10 s before it tries again.)
   */
  async start(): Promise<void> {
    await this.highAvailability?.zooKeeper.start();
    await this.jobManager.start();
    await Promise.all(this.taskManagers.map((taskManager) => taskManager.start()));
    await this.slotsReady();
  }

  /** The command of a TaskManager that somebody else runs; `{n}` in it is its number. */
  get taskManagerCommand(): readonly string[] {
    const settings = { ...taskManagerMemory(this.taskHeapMb), 'taskmanager.resource-id': taskManagerId };
    const { command, args } = jvmCommand(
      { ...this.taskManagerJvm('taskmanager-{n}'), classpath: this.classpath },
      this.arguments(settings),
    );
    return [command, ...args];
  }

  /** Starts one more TaskManager. */
  async addTaskManager(): Promise<Service> {
    const added = this.taskManager(this.taskManagers.length + 1);
    this.taskManagers.push(added);
    await added.start();
    return added;
  }

  /**
   * Waits until the JobManager counts exactly the slots of the TaskManagers that run. After a loss that takes it
   * `heartbeat.timeout` and some seconds.
   */
  async slotsReady(deadlineMs = 60_000): Promise<void> {
    await until(
      async () => {
        const wanted = this.taskManagers.filter(({ running }) => running).length * this.slots;
        const overview = await this.read<{ 'slots-total': number }>('/overview');
        return overview['slots-total'] === wanted;
      },
      { what: 'Flink to have the slots of its TaskManagers', deadlineMs },
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.taskManagers, this.jobManager].map((service) => service.kill()));
    await this.highAvailability?.zooKeeper.kill();
  }

  private taskManager(n: number): Service {
    const name = `taskmanager-${n}`;
    // An id of its own for each start: only this start's registration counts as ready, as on a real cluster.
    const id = (start: number) => `tm${n}-${start}`;
    return this.jvm(name, {
      ...this.taskManagerJvm(name),
      settings: (start) => ({
        ...taskManagerMemory(this.taskHeapMb),
        'taskmanager.resource-id': id(start),
      }),
      what: 'its slots to be registered',
      isReady: async (start) => {
        const { taskmanagers } = await this.read<{ taskmanagers: { id: string; slotsNumber: number }[] }>(
          '/taskmanagers',
        );
        return taskmanagers.some((seen) => seen.id === id(start) && seen.slotsNumber > 0);
      },
    });
  }

  private taskManagerJvm(name: string): Pick<JvmOptions, 'flags' | 'main'> {
    return {
      flags: [...jvmFlags(name, this.runDir, taskManagerHeapMb(this.taskHeapMb)), TASK_MANAGER_DIRECT_MEMORY],
      main: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
    };
  }

  private arguments(settings: FlinkSettings, program: readonly string[] = []): string[] {
    return [
      ...['--configDir', join(this.runDir, 'conf')],
      ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
      ...program,
    ];
  }

  private jvm(
    name: string,
    options: Pick<JvmOptions, 'flags' | 'main' | 'what' | 'isReady'> & {
      settings?: (start: number) => FlinkSettings;
      program?: readonly string[];
    },
  ): Service {
    const { settings, program, ...jvm } = options;
    return jvmService({
      ...jvm,
      name,
      runDir: this.runDir,
      classpath: this.classpath,
      args: (start) => this.arguments(settings?.(start) ?? {}, program),
    });
  }

  private async read<T>(path: string): Promise<T> {
    const response = await fetch(`${this.restUrl}${path}`, { signal: AbortSignal.timeout(2000) });
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return (await response.json()) as T;
  }
}

/** What a JobManager begins with: it takes jobs, or runs the one program. */
function entryOf({ application, runDir }: FlinkOptions): { main: string; program?: readonly string[] } {
  if (application === undefined)
    return { main: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint' };
  const { main, args } = application;
  return {
    main: 'org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint',
    program: ['--job-classname', main, ...args(runDir)],
  };
}
