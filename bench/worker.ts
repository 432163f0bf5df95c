/**
 * What a worker needs: the size of the workflows' bundle, its cold start with and without it, its memory when idle and with
 * rescales under way, whose workflows are in the cache; and what deployments cost to which nothing happens. Real Temporal,
 * real worker processes, simulated Flink.
 *
 *     npm run build && npm run bench:worker -- [rescales] [file]
 *
 * What is measured is written to `file` once all of it is there, and not measured again; what it comes to is printed as
 * Markdown.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { projectDir } from '../src/dev/paths';
import { freePort } from '../src/dev/ports';
import { Service } from '../src/dev/service';
import { until } from '../src/dev/until';
import { rescaleWorkflowId } from '../src/planning/ids';
import { sampled } from '../test/kit/scrape';
import { startSimulated } from '../test/kit/simulated';
import type { Simulated } from '../test/kit/simulated';
import { requireBuilt } from './built';
import { idleDays, idleDaysSchema } from './idle-days';
import { table } from './markdown';
import { rssMiB } from './processes';
import { Rows } from './rows';
import { median } from './statistics';

const most = Number(process.argv[2] ?? 200);
const file = process.argv[3] ?? 'bench/results/worker.jsonl';
const starts = 10;
const bundle = 'workflow-bundle.js';

const rowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('BUNDLE'),
    bytes: z.int(),
    /** Its source map apart, which makes the stack of a failure readable. */
    codeBytes: z.int(),
    gzipBytes: z.int(),
  }),
  /** ms, from the start of the process until it polls. */
  z.strictObject({
    kind: z.literal('COLD_START'),
    bundle: z.enum(['BUILT', 'MADE_AT_START']),
    ms: z.array(z.number()),
  }),
  z.strictObject({ kind: z.literal('MEMORY'), cached: z.int(), rssMiB: z.number() }),
  idleDaysSchema.extend({ kind: z.literal('IDLE_DAYS') }),
]);
type Row = z.infer<typeof rowSchema>;

async function main(): Promise<void> {
  const rows = new Rows(file, rowSchema);
  if (rows.all.length === 0) rows.add(...(await measured()));
  const points = rows.all.flatMap((row): Point[] =>
    row.kind === 'MEMORY' ? [[row.cached, row.rssMiB]] : [],
  );
  const each = [
    'each rescale that is cached: the workflow and its activity',
    `${slope(points).toFixed(2)} MiB`,
  ];
  console.log(table(['what', 'measured'], [...rows.all.flatMap(shown), each]));
}

async function measured(): Promise<Row[]> {
  const port = await freePort();
  const jobs = Array.from({ length: most }, (_, n) => `job-${n}`);
  const place = await startSimulated('bench-worker', {
    ...{ workers: 0, jobs: ['orders'], worker: { metrics: { port } } },
    flink: { slots: 40 },
  });
  // A copy of the code, whose bundle can be taken away from it; it finds its dependencies above.
  const dist = join(place.runDir, 'dist');
  cpSync(join(projectDir, 'dist'), dist, { recursive: true });
  cpSync(join(projectDir, 'package.json'), join(place.runDir, 'package.json'));
  const worker = workerIn(place, dist);
  const rows: Row[] = [];
  try {
    rows.push(sizeOf(readFileSync(join(dist, bundle))));

    const ms = await coldStarts(worker);
    requireBuilt(worker);
    rows.push({ kind: 'COLD_START', bundle: 'BUILT', ms });

    await worker.start();
    const days = await idleDays(place, { port, pid: worker.current.pid });
    rows.push({ kind: 'IDLE_DAYS', ...days });
    await worker.restart();

    for (const share of [0, 0.25, 0.5, 1]) {
      const count = Math.round(most * share);
      await startUpTo(place, jobs.slice(0, count));
      await until(async () => ((await cached(port)) ?? 0) === count, {
        what: `${count} workflows to be cached`,
        deadlineMs: 120_000,
      });
      rows.push({ kind: 'MEMORY', cached: count, rssMiB: await settledRss(worker) });
    }
    await worker.kill();

    rmSync(join(dist, bundle));
    rows.push({ kind: 'COLD_START', bundle: 'MADE_AT_START', ms: await coldStarts(worker) });
    return rows;
  } finally {
    await worker.kill();
    await place.stop();
  }
}

function shown(row: Row): [what: string, measured: string][] {
  switch (row.kind) {
    case 'BUNDLE':
      return [
        ['bundle of the workflows', `${row.bytes} bytes, ${row.gzipBytes} by gzip`],
        ['of them code, the source map apart', `${row.codeBytes} bytes`],
      ];
    case 'COLD_START': {
      const [least, middle, longest] = [Math.min(...row.ms), median(row.ms), Math.max(...row.ms)];
      const range = `${Math.round(least)} to ${Math.round(longest)} ms, median ${Math.round(middle)}`;
      const how = row.bundle === 'BUILT' ? 'with that bundle' : 'with the bundle made at the start';
      return [[`cold start, from the process to polling, ${how}`, `${range} (${row.ms.length} starts)`]];
    }
    case 'MEMORY': {
      const what =
        row.cached === 0 ? 'when idle' : `with ${row.cached} rescales under way, all of them cached`;
      return [[`resident memory ${what}`, `${Math.round(row.rssMiB)} MiB`]];
    }
    case 'IDLE_DAYS': {
      const aDay = (count: number) => (count / row.deployments) * (86_400 / row.seconds);
      return [
        ['events of a deployment a day in which nothing happens', aDay(row.events).toFixed(0)],
        ['heartbeats that it sends a day', aDay(row.heartbeats).toFixed(0)],
        [`CPU of the worker for ${row.deployments} such`, `${(row.cpu * 100).toFixed(1)} % of one`],
      ];
    }
  }
}

function sizeOf(code: Buffer): Row {
  const map = code.lastIndexOf('//# sourceMappingURL=');
  return {
    ...{ kind: 'BUNDLE', bytes: code.length, gzipBytes: gzipSync(code).length },
    codeBytes: map < 0 ? code.length : map,
  };
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
  return took;
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

/** Resident memory, MiB, once it has not grown for a few seconds. */
async function settledRss(worker: Service): Promise<number> {
  let highest = 0;
  let since = Date.now();
  await until(
    () => {
      const rss = rssMiB(worker.current.pid);
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

type Point = readonly [cached: number, rss: number];

/** MiB a workflow, by least squares: the heap grows in steps. */
function slope(points: readonly Point[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([cached]) => cached)), mean(points.map(([, rss]) => rss))];
  const covariance = points.reduce((sum, [cached, rss]) => sum + (cached - x) * (rss - y), 0);
  return covariance / points.reduce((sum, [cached]) => sum + (cached - x) ** 2, 0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
