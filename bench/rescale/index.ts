/**
 * The downtime of a rescale, 2 -> 4 and 4 -> 2, by each way that there is from outside Flink, read from the job's own
 * output. Real Flink with the adaptive scheduler, which does both, real Temporal, one worker. In each round a job of its
 * own goes there and back by every way, in an order drawn by lot; a round that was not finished does not count.
 *
 *     npm run bench:rescale [rounds] [file]
 *
 * Every rescale is a row of `file`; a second start adds to them. The plots go to docs/images.
 */
import { Client, Connection } from '@temporalio/client';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { startStack } from '../../src/dev/stack';
import type { Stack } from '../../src/dev/stack';
import { cancel, checkpointed } from '../../test/kit/flink';
import { plot } from './plot';
import { Rows } from './rows';
import type { Row } from './rows';
import { tableOf } from './table';
import { waysOn } from './ways';
import type { Way } from './ways';

const rounds = Number(process.argv[2] ?? 30);
const file = process.argv[3] ?? 'bench/results/rescale.jsonl';

/** JVMs that have just started take twice as long: so many rounds are for nothing. */
const warmUps = 2;

const nameOf = (round: number) => `orders-${round}`;

async function main(): Promise<void> {
  const rows = new Rows(file);
  const first = Math.max(0, ...rows.all.map(({ round }) => round)) + 1;
  const numbers = Array.from({ length: rounds + warmUps }, (_, n) => first - warmUps + n);
  const stack = await startStack({
    name: 'bench-rescale',
    temporal: { headless: true },
    flink: {
      settings: {
        'jobmanager.scheduler': 'adaptive',
        'jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling': '0 s',
        // by its default, 100 ms, a record is seen up to so much later than it was written, and downtimes come in steps of it
        'execution.buffer-timeout.interval': '5 ms',
      },
    },
    worker: { jobs: (stack) => numbers.map((round) => new Orders(stack, { name: nameOf(round) }).config) },
  });
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const ways = await waysOn(stack, new Client({ connection }));
    for (const round of numbers) {
      const measured = await carriedOut(stack, round, byLot(ways));
      if (round < first) continue;
      for (const row of measured) rows.add(row);
      console.log(
        `round ${round}: ${measured.map(({ way, to, gapMs }) => `${way} to ${to} ${gapMs}`).join(', ')}`,
      );
    }
    console.log(`\n${tableOf(rows.all, ways)}\n\n${plot(rows.all, ways).join('\n')}`);
  } finally {
    await connection.close();
    await stack.stop();
  }
}

/** There and back by each way, with one job. */
async function carriedOut(stack: Stack, round: number, ways: readonly Way[]): Promise<Row[]> {
  const orders = new Orders(stack, { name: nameOf(round) });
  await checkpointed(stack, await orders.start(2));
  const rows: Row[] = [];
  let before = 0;
  for (const way of ways)
    for (const [from, to] of [
      [2, 4],
      [4, 2],
    ] as const) {
      const fromMs = Date.now();
      await way.rescale(orders, to);
      const question = { output: orders.output, splits: ordersSplits, window: { fromMs, toMs: Date.now() } };
      const verdict = await checkRunning({ ...question, deadlineMs: 60_000 });
      const { gapMs, lost, forgotten, countedTwice, replayed } = verdict;
      rows.push({
        ...{ round, way: way.name, from, to, gapMs, lost: lost + forgotten, countedTwice },
        replayed: replayed - before,
      });
      before = replayed;
    }
  const [job] = await orders.live();
  if (job !== undefined) await cancel(stack, job.id);
  return rows;
}

function byLot<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, lot: Math.random() }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ one }) => one);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
