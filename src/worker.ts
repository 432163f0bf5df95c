import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { createActivities } from './activities';
import { connectClusters } from './activities/cluster';
import { ConfigError, loadConfig } from './config';
import { ensureSearchAttributes } from './search-attributes';

/**
 * The worker: config -> connections -> activities -> Worker. Nothing else builds objects.
 *
 * Temporal's address, namespace and credentials come from the usual environment variables and temporal.toml
 * (`@temporalio/envconfig`), clusters and jobs from weir.yaml (WEIR_CONFIG).
 */
async function main(): Promise<void> {
  const config = loadConfig();
  Runtime.install({
    logger: new DefaultLogger('INFO'),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' } } },
  });

  requireConfigFile();
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connect(connectionOptions);
  try {
    await ensureSearchAttributes(connection, namespace);
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: config.taskQueue,
      workflowsPath: require.resolve('./workflows'),
      activities: createActivities(connectClusters(config)),
      // A workflow holds about 0.7 MiB in the cache: zod is evaluated anew for each.
      maxCachedWorkflows: 200,
      // After a kill the default adds 10 s until another worker gets the workflow's next task.
      stickyQueueScheduleToStartTimeout: '1s',
      // Heartbeats are beaten each 500 ms and must not be held back: their details are what the next attempt knows.
      maxHeartbeatThrottleInterval: '500ms',
      defaultHeartbeatThrottleInterval: '500ms',
      // Waiting is cheap, and many savepoint waits must not take the slots that stopped jobs need (P32).
      maxConcurrentActivityTaskExecutions: 2_000,
      shutdownGraceTime: '5s',
      shutdownForceTime: '20s',
    });
    const clusters = Object.entries(config.clusters).map(([name, cluster]) => `${name} (${cluster.rest})`);
    const running = worker.run();
    process.stdout.write(
      `Weir worker is polling task queue ${config.taskQueue} in namespace ${namespace} at ` +
        `${connectionOptions.address ?? 'localhost:7233'}; clusters: ${clusters.join(', ')}\n`,
    );
    await running;
  } finally {
    await connection.close();
  }
}

/** The SDK ignores a TEMPORAL_CONFIG_FILE that is not there, and would connect to localhost instead. */
function requireConfigFile(): void {
  const file = process.env['TEMPORAL_CONFIG_FILE'];
  if (file === undefined || existsSync(file)) return;
  throw new ConfigError(`TEMPORAL_CONFIG_FILE names ${file}, which is not there`);
}

/** NativeConnection.connect does not retry; a Temporal that starts beside the worker is waited for. */
async function connect(options: Parameters<typeof NativeConnection.connect>[0]): Promise<NativeConnection> {
  const deadline = Date.now() + 60_000;
  for (let delay = 250; ; delay = Math.min(delay * 2, 5_000)) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      if (Date.now() + delay > deadline) throw error;
      process.stderr.write(
        `Temporal at ${options?.address ?? 'localhost:7233'} does not answer yet, trying again\n`,
      );
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

main()
  .catch((error: unknown) => {
    const known = error instanceof ConfigError;
    process.stderr.write(
      `${error instanceof Error ? (known ? error.message : error.stack) : String(error)}\n`,
    );
    process.exitCode = 1;
  })
  // A call to Flink whose answer nobody waits for any more would keep the process alive.
  .finally(() => process.exit());
