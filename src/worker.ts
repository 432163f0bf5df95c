import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger, WorkerOptions } from '@temporalio/worker';
import { createActivities } from './activities';
import { connectClusters } from './activities/cluster';
import { connectWebhook } from './activities/notify';
import { ConfigError, loadConfig } from './config';
import type { Config } from './config';
import { attentionMetric } from './contracts/metrics';
import { inAttention, watchAttention } from './worker/attention';
import { bundleOf, currentBundle } from './worker/bundle';
import { connectWithBackOff } from './worker/connect';
import { workerDeployment } from './worker/deployment';
import { greet } from './worker/flink';
import { serveHealth } from './worker/health';
import { createLogger, logFormat } from './worker/log';
import type { LogFormat } from './worker/log';
import { notReady } from './worker/readiness';
import { ensureSearchAttributes } from './worker/search-attributes';
import { StartError } from './worker/start-error';
import { targets } from './worker/targets';
import { countFromZero, installRuntime } from './worker/telemetry';
import { loadTemporal } from './worker/temporal';

/**
 * The worker: config -> connections -> activities -> Worker. Nothing else builds objects.
 *
 * Temporal's address, namespace and credentials come from the usual environment variables and temporal.toml
 * (`@temporalio/envconfig`), clusters and jobs from weir.yaml (WEIR_CONFIG).
 */
async function main(): Promise<void> {
  const { WEIR_LOG } = process.env;
  const terminal = process.stdout.isTTY;
  let format: LogFormat = terminal ? 'text' : 'json';
  try {
    format = logFormat(WEIR_LOG, undefined, terminal);
    const config = loadConfig();
    format = logFormat(WEIR_LOG, config.log, terminal);
    await work(
      config,
      createLogger(format, (line) => process.stdout.write(line)),
    );
  } catch (error) {
    if (format === 'text') process.stderr.write(`${explained(error)}\n`);
    else createLogger(format, (line) => process.stderr.write(line)).error(explained(error));
    process.exitCode = 1;
  }
}

function explained(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function work(config: Config, log: Logger): Promise<void> {
  const clusters = connectClusters(config);
  const webhook = config.webhook && connectWebhook(config.webhook);
  const { connectionOptions, namespace, address } = loadTemporal();
  const { tls, apiKey } = connectionOptions;
  const temporal = { address, namespace, tls: Boolean(tls ?? apiKey) };
  for (const line of targets(temporal, config)) log.info(line);

  const runtime = installRuntime(log, config.metrics);
  const ending = signalled();
  let connection: NativeConnection | undefined;
  let worker: Worker | undefined;
  const ask = () => connection && answers(connection);
  if (config.health !== undefined)
    await serveHealth(config.health, () => notReady({ address, state: worker?.getState(), ask }));
  try {
    connection = await connectWithBackOff({
      connect: () => NativeConnection.connect(connectionOptions),
      ...{ address, log, patienceMs: 60_000, pauseMs: 250, signal: ending },
    });
    await ensureSearchAttributes(connection.operatorService, namespace);
    const activities = createActivities(clusters, webhook);
    worker = await createWorker({ connection, namespace, taskQueue: config.taskQueue, activities }, log);
    const running = worker.run();
    log.info(`Weir worker is polling task queue ${config.taskQueue} in namespace ${namespace} at ${address}`);
    for (const cluster of clusters.values()) void greet(cluster, log);
    if (config.metrics !== undefined) {
      const { taskQueue } = config;
      const client = new Client({ connection, namespace });
      countFromZero(runtime, Object.keys(config.clusters), { namespace, taskQueue });
      const { name, description } = attentionMetric;
      void watchAttention({
        clusters: Object.keys(config.clusters),
        list: () => inAttention(client, taskQueue),
        gauge: runtime.metricMeter.createGauge(name, 'int', undefined, description),
        ...{ log, everyMs: 5_000, signal: ending },
      });
    }
    await running;
    log.info('Weir worker has ended');
  } catch (error) {
    if (error !== ending.reason) throw error;
    log.info('Weir worker was ended before it polled');
  } finally {
    runtime.flushLogs();
    await connection?.close();
  }
}

type WorkerTarget = Required<Pick<WorkerOptions, 'connection' | 'namespace' | 'taskQueue' | 'activities'>>;

async function createWorker(target: WorkerTarget, log: Logger): Promise<Worker> {
  const codePath = await currentBundle();
  if (codePath === undefined)
    log.info('there is no workflow bundle of this code (npm run build makes one): it is made now');
  const workflowBundle =
    codePath === undefined ? await bundleOf(require.resolve('./workflows'), log) : { codePath };
  const deployment = await workerDeployment();
  if (deployment !== undefined) {
    const { deploymentName, buildId } = deployment.version;
    log.info(
      `worker deployment ${deploymentName}, build ${buildId}: it is given what starts once it is current`,
    );
  }
  return Worker.create({
    ...target,
    ...(deployment && { workerDeploymentOptions: deployment }),
    workflowBundle,
    // Each takes up to 2 MiB with its activity (docs/operate.md, Worker): zod is evaluated anew for each.
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
}

function answers(connection: NativeConnection): Promise<unknown> {
  return connection.withDeadline(Date.now() + 1_000, () => connection.workflowService.getSystemInfo({}));
}

/** Fires when somebody wants the worker to end. The SDK ends a worker that runs by itself, and keeps the signal from ending anything else. */
function signalled(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const)
    process.once(name, () => ending.abort());
  return ending.signal;
}

// A call to Flink whose answer nobody waits for any more would keep the process alive.
void main().finally(() => process.exit());
