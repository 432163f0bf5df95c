/**
 * Many rescales at once on one worker and one dev server: whether a job is lost or doubled, how long they take, what they
 * take of worker, server and this process, which is simulator and client, and what each costs in Temporal. Real Temporal,
 * one real worker process, simulated Flink: clusters of ten jobs each. For each size a place of its own; its first ten
 * rescales are a warm-up. A last, small run is one with faults.
 *
 *     npm run build && npm run bench:many -- [sizes] [file] [options of the worker's Node.js]
 *     npm run bench:many -- 10 100 1000 --max-old-space-size=768
 *
 * A run is a row of `file`; one that is there already, with those options, is not measured again. What they come to is
 * printed as Markdown. Exit code 1: a job was lost or doubled.
 */
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { WeirClient } from '../../src/client';
import { freePort } from '../../src/dev/ports';
import type { Service } from '../../src/dev/service';
import { inParallel } from '../../test/campaign/parallel';
import { billableActions } from '../../test/kit/actions';
import { startSimulated } from '../../test/kit/simulated';
import type { Simulated } from '../../test/kit/simulated';
import { requireBuilt } from '../built';
import { heartbeatsSent } from '../heartbeats';
import { eventsOf } from '../histories';
import { percentile } from '../statistics';
import { Stopwatch, highestRssMiB } from '../processes';
import { Rows } from '../rows';
import { aCluster, clusterNames, goWrong, jobNames, judged, startJobs, warmUpCluster } from './jobs';
import type { Job } from './jobs';
import { rowSchema, tablesOf } from './rows';
import type { Row } from './rows';

const given = process.argv.slice(2);
const isNumber = (one: string) => /^\d+$/.test(one);
const isOption = (one: string) => one.startsWith('--');
const sizes = given.some(isNumber) ? given.filter(isNumber).map(Number) : [10, 100, 1_000];
const nodeOptions = given.filter(isOption).join(' ');
const file = given.find((one) => !isNumber(one) && !isOption(one)) ?? 'bench/results/many.jsonl';
/** That many rescales are the run with faults. */
const withFaults = 40;
/** So many histories are read at a time, once all is over. */
const atOnce = 16;

async function main(): Promise<void> {
  const known = new Rows(file, rowSchema);
  const rows: Row[] = [];
  for (const { count, faults } of [
    ...sizes.map((count) => ({ count, faults: false })),
    { count: withFaults, faults: true },
  ]) {
    const isThis = (row: Row) =>
      row.rescales === count && row.withFaults === faults && row.nodeOptions === nodeOptions;
    const before = known.all.find(isThis);
    const row = before ?? (await measured(count, faults));
    rows.push(row);
    if (before !== undefined) continue;
    known.add(row);
    console.log(JSON.stringify(row));
  }
  console.log(`\n${tablesOf(rows)}`);
  if (rows.some(({ lost, doubled, stateLost }) => lost + doubled + stateLost > 0)) process.exitCode = 1;
}

async function measured(count: number, faults: boolean): Promise<Row> {
  const clusters = clusterNames(count);
  const port = await freePort();
  const place = await startSimulated(`bench-many-${count}`, {
    ...{ clusters, jobs: jobNames, worker: { metrics: { port } } },
    env: { NODE_OPTIONS: nodeOptions },
    flink: { slots: 4 * aCluster, checkpointing: { intervalMs: 10_000 } },
  });
  try {
    requireBuilt(place.worker);
    await rescaled(place, await startJobs(place, [warmUpCluster], aCluster));
    const jobs = await startJobs(place, clusters, count);
    if (faults) goWrong(jobs);
    const heartbeatsBefore = await heartbeatsSent(port);
    const pids = {
      worker: place.worker.current.pid,
      server: place.temporal.service.current.pid,
      bench: process.pid,
    };
    const watch = new Stopwatch(pids);
    const runs = await Promise.race([rescaled(place, jobs), ended(place.worker)]);
    const took = {
      ...{ wallSeconds: watch.seconds, idle: watch.idle, highestRssMiB: highestRssMiB(pids.worker) },
      ...{ worker: watch.used('worker'), server: watch.used('server'), bench: watch.used('bench') },
    };
    const sent = (await heartbeatsSent(port)) - heartbeatsBefore;
    const downtimes = runs.flatMap(({ downtimeMs }) => downtimeMs ?? []);
    const isRescaled = (job: Job) => runs.some((run) => run.job === job && run.outcome === 'RESCALED');
    return {
      ...{
        rescales: count,
        clusters: clusters.length,
        withFaults: faults,
        nodeOptions,
        outcomes: counted(runs),
      },
      ...judged(jobs, isRescaled),
      ...took,
      ...(await costs(runs)),
      ...{ downtimeP50Ms: percentile(downtimes, 50), downtimeP99Ms: percentile(downtimes, 99) },
      heartbeats: sent / count,
    };
  } finally {
    await place.stop();
  }
}

interface Run {
  readonly job: Job;
  readonly handle: WorkflowHandle;
  /** The result's, or the failure's type. */
  readonly outcome: string;
  /** Undefined: it failed. */
  readonly downtimeMs: number | undefined;
}

/** All of them are started at once, 2 -> 4, and awaited. */
function rescaled({ client, taskQueue }: Simulated, jobs: readonly Job[]): Promise<Run[]> {
  const weir = new WeirClient({ client, taskQueue });
  return Promise.all(
    jobs.map(async (job) => {
      const handle = await weir.rescale(job.cluster, job.name, 4);
      const ended = await handle.result().then(
        ({ outcome, downtimeMs }) => ({ outcome, downtimeMs: downtimeMs?.total }),
        (error: unknown) => ({ outcome: failureType(error), downtimeMs: undefined }),
      );
      return { job, handle, ...ended };
    }),
  );
}

/** Without it nobody would end them: one whose memory is too small would have us wait for ever. */
async function ended(worker: Service): Promise<never> {
  const { code, signal } = await worker.current.exited;
  throw new Error(`the worker ended (${signal ?? `exit code ${code}`}): ${worker.tail()}`);
}

function failureType(error: unknown): string {
  if (!(error instanceof WorkflowFailedError)) throw error;
  const { cause } = error;
  return (cause instanceof ApplicationFailure ? cause.type : cause?.name) ?? 'failed';
}

function counted(runs: readonly Run[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of runs) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

type Costs = Pick<
  Row,
  'p50Ms' | 'p99Ms' | 'events' | 'mostEvents' | 'actions' | 'mostActions' | 'historyBytes'
>;

/** As Temporal tells it, once they have ended. */
async function costs(runs: readonly Run[]): Promise<Costs> {
  const latencies: number[] = [];
  const events: number[] = [];
  const actions: number[] = [];
  const bytes: number[] = [];
  await inParallel(atOnce, runs, async ({ handle }) => {
    const { startTime, closeTime, historySize } = await handle.describe();
    const history = await eventsOf(handle);
    latencies.push((closeTime?.getTime() ?? NaN) - startTime.getTime());
    events.push(history.length);
    actions.push(billableActions(history));
    bytes.push(historySize ?? NaN);
  });
  return {
    ...{ p50Ms: percentile(latencies, 50), p99Ms: percentile(latencies, 99) },
    ...{ events: mean(events), mostEvents: Math.max(...events) },
    ...{ actions: mean(actions), mostActions: Math.max(...actions) },
    historyBytes: mean(bytes),
  };
}

function mean(of: readonly number[]): number {
  return of.reduce((sum, one) => sum + one, 0) / of.length;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
