import { z } from 'zod';
import { table } from '../markdown';
import { usedSchema } from '../processes';
import { judgedSchema } from './jobs';

/** A run: so many rescales, all of them started at once. */
export const rowSchema = judgedSchema.extend({
  rescales: z.int(),
  clusters: z.int(),
  withFaults: z.boolean(),
  /** Of the worker. */
  nodeOptions: z.string(),
  /** By result's outcome or failure's type. */
  outcomes: z.record(z.string(), z.int()),
  /** From the first start to the last result that the client has. */
  wallSeconds: z.number(),
  /** From start to end of the workflow, as Temporal has them. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Of those that have a result: from the stop's request until every task of the new job ran. */
  downtimeP50Ms: z.number(),
  downtimeP99Ms: z.number(),
  /** Since the worker began: start and warm-up are in it. */
  highestRssMiB: z.number(),
  worker: usedSchema,
  server: usedSchema,
  /** Simulator and client. */
  bench: usedSchema,
  /** The share of the machine's processors that was idle. */
  idle: z.number(),
  /** Means of a rescale. */
  events: z.number(),
  actions: z.number(),
  mostActions: z.number(),
  mostEvents: z.number(),
  /** Those that reached the server; Temporal Cloud bills each as an action. */
  heartbeats: z.number(),
  historyBytes: z.number(),
});
export type Row = z.infer<typeof rowSchema>;

/** What the rows come to, as Markdown: what became of the jobs and who took how much, and what a rescale costs in Temporal. */
export function tablesOf(rows: readonly Row[]): string {
  return [
    table(
      [
        ...[
          'rescales at once',
          'ended as',
          'lost, doubled, state lost',
          'wall',
          'a second',
          'start to end: p50',
          'p99',
          'downtime: p50',
          'p99',
        ],
        ...['worker: highest RSS', 'CPU of worker (main thread, workflow thread)', 'CPU of the server'],
        ...['CPU of simulator and client (main thread)', 'idle'],
      ],
      rows.map((row) => [
        called(row),
        ended(row),
        `${row.lost}, ${row.doubled}, ${row.stateLost}`,
        `${row.wallSeconds.toFixed(1)} s`,
        (row.rescales / row.wallSeconds).toFixed(1),
        `${(row.p50Ms / 1_000).toFixed(1)} s`,
        `${(row.p99Ms / 1_000).toFixed(1)} s`,
        `${(row.downtimeP50Ms / 1_000).toFixed(1)} s`,
        `${(row.downtimeP99Ms / 1_000).toFixed(1)} s`,
        `${row.highestRssMiB.toFixed(0)} MiB`,
        `${row.worker.cpuSeconds.toFixed(1)} s (${percent(row.worker.mainThread)}, ${percent(row.worker.busiestOther)})`,
        `${row.server.cpuSeconds.toFixed(1)} s`,
        `${row.bench.cpuSeconds.toFixed(1)} s (${percent(row.bench.mainThread)})`,
        percent(row.idle),
      ]),
    ),
    table(
      [
        ...['rescales at once', 'events: mean, most', 'billable actions: mean, most'],
        ...['heartbeats sent, mean', 'bytes of history, mean'],
      ],
      rows.map((row) => [
        called(row),
        `${row.events.toFixed(1)}, ${row.mostEvents}`,
        `${row.actions.toFixed(1)}, ${row.mostActions}`,
        row.heartbeats.toFixed(1),
        row.historyBytes.toFixed(0),
      ]),
    ),
  ].join('\n\n');
}

function called({ rescales, withFaults }: Row): string {
  return withFaults ? `${rescales}, with faults` : `${rescales}`;
}

function ended({ outcomes }: Row): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
