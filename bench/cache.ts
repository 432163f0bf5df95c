/**
 * What a worker needs: its cold start with and without the prebuilt bundle of the workflows, its memory when idle, and the
 * memory of a rescale under way, whose workflow is in the cache. Real Temporal, real worker processes, simulated Flink
 * that lets every rescale wait in PLANNING.
 *
 *     npm run build && npm run bench:cache [rescales]
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../src/dev/paths';
import { freePort } from '../src/dev/ports';
import { Service } from '../src/dev/service';
import { until } from '../src/dev/until';
import { rescaleWorkflowId } from '../src/planning/ids';
import { sampled } from '../test/kit/scrape';
import { startSimulated } from '../test/kit/simulated';
import type { Simulated } from '../test/kit/simulated';

const most = Number(process.argv[2] ?? 200);
const starts = 5;
const MiB = 1024 * 1024;

async function main(): Promise<void> {
  const port = await freePort();
  const jobs = Array.from({ length: most }, (_, n) => `job-${n}`);
  const place = await startSimulated('bench-cache', {
    ...{ workers: 0, jobs: ['orders'], worker: { metrics: { port } } },
  });
  // A copy of the code, whose bundle can be taken away from it; it finds its dependencies above.
  const dist = join(place.runDir, 'dist');
  cpSync(join(projectDir, 'dist'), dist, { recursive: true });
  cpSync(join(projectDir, 'package.json'), join(place.runDir, 'package.json'));
  const worker = workerIn(place, dist);
  try {
    const built = await coldStarts(worker);
    if (worker.current.output().includes('is made now'))
      throw new Error('no bundle of this code: npm run build');
    console.log(`cold start, prebuilt bundle: ${shown(built)}`);

    await worker.start();
    const idle = await settledRss(worker);
    console.log(`idle: ${Math.round(idle / MiB)} MiB resident`);
    const points: [cached: number, rss: number][] = [[0, idle]];
    for (const share of [0.25, 0.5, 1]) {
      const count = Math.round(most * share);
      await startUpTo(place, jobs.slice(0, count));
      await until(async () => (await cached(port)) === count, {
        what: `${count} workflows to be cached`,
        deadlineMs: 120_000,
      });
      const rss = await settledRss(worker);
      points.push([count, rss]);
      console.log(`${count} rescales under way, ${count} cached: ${Math.round(rss / MiB)} MiB resident`);
    }
    console.log(`a cached workflow and its activity: ${(slope(points) / MiB).toFixed(2)} MiB`);
    await worker.kill();

    rmSync(join(dist, 'workflow-bundle.js'));
    console.log(`cold start, bundle made at start: ${shown(await coldStarts(worker))}`);
  } finally {
    await worker.kill();
    await place.stop();
  }
}

/** A worker whose code is in that folder. */
function workerIn(place: Simulated, dist: string): Service {
  const config = join(place.runDir, 'weir.yaml');
  return new Service({
    ...{ name: 'worker', runDir: place.runDir },
    command: () => ({
      command: process.execPath,
      args: [join(dist, 'worker.js')],
      env: { ...place.temporal.env, WEIR_CONFIG: config, WEIR_LOG: 'json' },
    }),
    ready: (started) =>
      started.ready(() => started.output().includes('Weir worker is polling'), {
        ...{ what: 'the worker to poll', deadlineMs: 60_000, pollMs: 2 },
      }),
  });
}

/** ms from the start of the process until it polls, several times. */
async function coldStarts(worker: Service): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < starts; n++) {
    const before = performance.now();
    await worker.start();
    took.push(performance.now() - before);
    await worker.stop();
  }
  return took.sort((a, b) => a - b);
}

function shown(ms: readonly number[]): string {
  const [least, median, longest] = [0, ms.length >> 1, ms.length - 1].map((i) => Math.round(ms[i] ?? NaN));
  return `${least} to ${longest} ms, median ${median} (${ms.length} starts)`;
}

/** Starts a rescale of each job that has none; Flink answers, and then never again, so that they stay. */
async function startUpTo(place: Simulated, jobs: readonly string[]): Promise<void> {
  const { client, flink, taskQueue } = place;
  if (!holding) flink.hold('GET /config', 'BEFORE', { times: Infinity });
  holding = true;
  for (const job of jobs) {
    if (begun.has(job)) continue;
    begun.add(job);
    const workflowId = rescaleWorkflowId('local', job);
    await client.workflow.start('rescale', {
      ...{ taskQueue, workflowId, args: [{ cluster: 'local', job, parallelism: 4 }] },
    });
  }
}
let holding = false;
const begun = new Set<string>();

async function cached(port: number): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return sampled(text, 'temporal_sticky_cache_size', {});
}

/** Resident memory, bytes, once it has not grown for a few seconds. */
async function settledRss(worker: Service): Promise<number> {
  let highest = 0;
  let since = Date.now();
  await until(
    () => {
      const rss = rssOf(worker.current.pid);
      if (rss > highest * 1.005) {
        highest = rss;
        since = Date.now();
      }
      return Date.now() - since > 5_000;
    },
    { what: 'the memory to settle', deadlineMs: 120_000, pollMs: 500 },
  );
  return highest;
}

/** Linux: what /proc says. */
function rssOf(pid: number): number {
  const [, kB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) * 1024;
}

/** Bytes a workflow, by least squares: the heap grows in steps. */
function slope(points: readonly (readonly [cached: number, rss: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([cached]) => cached)), mean(points.map(([, rss]) => rss))];
  const covariance = points.reduce((sum, [cached, rss]) => sum + (cached - x) * (rss - y), 0);
  return covariance / points.reduce((sum, [cached]) => sum + (cached - x) ** 2, 0);
}

void main();
