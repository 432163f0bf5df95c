/** The settings and JVM flags of the local cluster. */
import { join } from 'node:path';
import { compareVersions } from './versions';

/** null: left to Flink's default. */
export type FlinkSettings = Record<string, string | number | boolean | null>;

export interface FlinkFolders {
  runDir: string;
  checkpoints: string;
  savepoints: string;
}

export interface FlinkPorts {
  rest: number;
  rpc: number;
  blob: number;
}

/** The settings of a cluster on loopback. Times that older versions know in ms only are in ms. */
export function settingsFor(folders: FlinkFolders, ports: FlinkPorts, slots: number): FlinkSettings {
  return {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': ports.rpc,
    'jobmanager.bind-host': '127.0.0.1',
    'blob.server.port': ports.blob,
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': ports.rest,
    'taskmanager.host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.numberOfTaskSlots': slots,
    'io.tmp.dirs': join(folders.runDir, 'tmp'),
    // A fixed folder: what was uploaded is still there after a restart of the JobManager.
    'web.upload.dir': join(folders.runDir, 'uploads'),
    // The Web UI's and REST's view of a job is cached for 3 s by default.
    'web.refresh-interval': 200,
    'execution.checkpointing.dir': `file://${folders.checkpoints}`,
    'execution.checkpointing.savepoint-dir': `file://${folders.savepoints}`,
    'execution.checkpointing.interval': '2s',
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'execution.buffer-timeout.interval': '5ms',
    // A TaskManager keeps the slots of a lost JobManager for the heartbeat timeout: 50 s by default.
    'heartbeat.timeout': 10_000,
    'heartbeat.interval': 2_000,
    // Also the grace after a JobManager's start during which missing slots are not an error: 5 min by default.
    'slot.request.timeout': 5_000,
  };
}

/** What options were called before 1.20. */
const FORMER_NAMES: Record<string, string> = {
  'execution.checkpointing.dir': 'state.checkpoints.dir',
  'execution.checkpointing.savepoint-dir': 'state.savepoints.dir',
};

/** The configuration file of that version: YAML since 1.19; before, lines that are taken as they are. */
export function configFile(version: string, settings: FlinkSettings): { name: string; text: string } {
  const isSince = (since: string) => compareVersions(version, since) >= 0;
  const lines = Object.entries(settings).flatMap(([key, value]) => {
    if (value === null) return [];
    const name = isSince('1.20') ? key : (FORMER_NAMES[key] ?? key);
    return `${name}: ${typeof value === 'string' && isSince('1.19') ? JSON.stringify(value) : value}\n`;
  });
  return { name: isSince('1.19') ? 'config.yaml' : 'flink-conf.yaml', text: lines.join('') };
}

/** Flags that Flink's own scripts pass to every JVM from 17 on, as far as a job here needs them. */
const OPEN_PACKAGES = [
  'java.lang',
  'java.net',
  'java.io',
  'java.nio',
  'sun.nio.ch',
  'java.lang.reflect',
  'java.text',
  'java.time',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'java.util.concurrent.locks',
];

export function jvmFlags(name: string, runDir: string, heapMb: number): string[] {
  return [
    // as Flink's own scripts do: a heap that grows while it is used collects more often
    ...[`-Xms${heapMb}m`, `-Xmx${heapMb}m`],
    '-XX:+UseSerialGC',
    ...OPEN_PACKAGES.map((opened) => `--add-opens=java.base/${opened}=ALL-UNNAMED`),
    '--add-exports=java.base/sun.net.util=ALL-UNNAMED',
    '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
    '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
    // Flink's Web UI shows the log through this property; log4j writes to standard output, which is that log.
    `-Dlog.file=${join(runDir, 'logs', `${name}.log`)}`,
    `-Dlog4j.configurationFile=file:${join(runDir, 'conf', 'log4j.properties')}`,
  ];
}

export const TASK_HEAP_MB = 320;
const FRAMEWORK_HEAP_MB = 64;
const NETWORK_MB = 64;
const FRAMEWORK_OFF_HEAP_MB = 64;
const DIRECT_SLACK_MB = 64;

export const JOB_MANAGER_HEAP_MB = 320;

/** What its JVM is given. */
export function taskManagerHeapMb(taskHeapMb: number): number {
  return taskHeapMb + FRAMEWORK_HEAP_MB;
}

export const TASK_MANAGER_DIRECT_MEMORY = `-XX:MaxDirectMemorySize=${NETWORK_MB + FRAMEWORK_OFF_HEAP_MB + DIRECT_SLACK_MB}m`;

/** A TaskManager that is not started by Flink's script must be told each part of its memory, or it exits. */
export function taskManagerMemory(taskHeapMb: number): FlinkSettings {
  return {
    'taskmanager.cpu.cores': 2,
    'taskmanager.memory.task.heap.size': `${taskHeapMb}m`,
    'taskmanager.memory.task.off-heap.size': '0b',
    'taskmanager.memory.managed.size': '16m',
    'taskmanager.memory.network.min': `${NETWORK_MB}m`,
    'taskmanager.memory.network.max': `${NETWORK_MB}m`,
    'taskmanager.memory.framework.heap.size': `${FRAMEWORK_HEAP_MB}m`,
    'taskmanager.memory.framework.off-heap.size': `${FRAMEWORK_OFF_HEAP_MB}m`,
    'taskmanager.memory.jvm-metaspace.size': '160m',
    'taskmanager.memory.jvm-overhead.min': '64m',
    'taskmanager.memory.jvm-overhead.max': '64m',
  };
}

export const LOG4J_PROPERTIES = `rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
appender.console.name = console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} - %m%n
`;
