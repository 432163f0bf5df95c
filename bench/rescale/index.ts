/**
 * The downtime of a rescale, 2 -> 4 and 4 -> 2, by each way that there is from outside Flink, read from the job's own
 * output. Real Flink with the adaptive scheduler, which does both, real Temporal, one worker. In each round a job of its
 * own goes there and back by every way, in an order drawn by lot; a round that was not finished does not count.
 *
 *     npm run build && npm run bench:rescale -- [rounds] [file] [--state-mb 200]
 *
 * Every rescale is a row of `file`; rounds that are there already are not measured again. The plots go to docs/images.
 */
import { Client, Connection } from '@temporalio/client';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WeirClient } from '../../src/client';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { runsDir } from '../../src/dev/paths';
import { startStack } from '../../src/dev/stack';
import type { Stack } from '../../src/dev/stack';
import { FlinkClient } from '../../src/flink/client';
import { cancel } from '../../test/kit/flink';
import { flinkOnPath } from '../../test/kit/flink-cli';
import { Rows } from '../rows';
import { momentsOf } from './course';
import { plot } from './plot';
import { notingRequests } from './requests';
import { rowSchema } from './rows';
import type { Row } from './rows';
import { checkpointed, clusterFor, collected, paddingOf } from './state';
import { tablesOf } from './table';
import { idOf, ways } from './ways';
import type { Place, Way } from './ways';
import { takenApart } from './window';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'state-mb': { type: 'string', default: '0' } },
});
const rounds = Number(positionals[0] ?? 30);
const file = positionals[1] ?? 'bench/results/rescale.jsonl';
const stateMb = Number(values['state-mb']);
if (!Number.isInteger(rounds) || !Number.isInteger(stateMb) || stateMb < 0)
  throw new Error('usage: npm run bench:rescale -- [rounds] [file] [--state-mb <whole number>]');

/** JVMs that have just started take twice as long: so many rounds are for nothing. */
const warmUps = 2;

const name = 'bench-rescale';
const requests = join(runsDir, name, 'requests.jsonl');

async function main(): Promise<void> {
  const rows = new Rows(file, rowSchema);
  const done = Math.max(0, ...rows.all.filter((row) => row.stateMb === stateMb).map(({ round }) => round));
  if (done < rounds) await measure(rows, done + 1);
  console.log(`\n${tablesOf(rows.all, ways)}\n\n${plot(rows.all, ways).join('\n')}`);
}

async function measure(rows: Rows<Row>, first: number): Promise<void> {
  const numbers = Array.from({ length: rounds - first + 1 + warmUps }, (_, n) => first - warmUps + n);
  const { settings, ...cluster } = clusterFor(stateMb);
  const stack = await startStack({
    name,
    temporal: { headless: true },
    flink: {
      ...cluster,
      settings: {
        'jobmanager.scheduler': 'adaptive',
        'jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling': '0 s',
        // by its default, 100 ms, a record is seen up to so much later than it was written, and downtimes come in steps of it
        'execution.buffer-timeout.interval': '5 ms',
        ...settings,
      },
    },
    worker: {
      jobs: (stack) => numbers.map((round) => ordersOf(stack, round).config),
      env: notingRequests(requests),
    },
  });
  const connection = await Connection.connect({ address: stack.temporal.address });
  const place: Place = {
    ...{ stack, requests, cli: await flinkOnPath(stack) },
    flink: new FlinkClient({ rest: stack.flink.restUrl }),
    weir: new WeirClient({ client: new Client({ connection }) }),
  };
  try {
    for (const round of numbers) {
      const measured = await carriedOut(place, round, byLot(ways));
      if (round < first) continue;
      rows.add(...measured);
      console.log(
        `round ${round}: ${measured.map(({ way, to, gapMs }) => `${way} to ${to} ${gapMs}`).join(', ')}`,
      );
    }
  } finally {
    await connection.close();
    await stack.stop();
  }
}

function ordersOf(stack: Stack, round: number): Orders {
  return new Orders(stack, { name: `orders-${round}`, args: paddingOf(stateMb) });
}

/** There and back by each way, with one job. */
async function carriedOut(place: Place, round: number, inTurn: readonly Way[]): Promise<Row[]> {
  const { stack, flink } = place;
  const orders = ordersOf(stack, round);
  await orders.start(2);
  const rows: Row[] = [];
  let before = 0;
  for (const way of inTurn)
    for (const [from, to] of [
      [2, 4],
      [4, 2],
    ] as const) {
      if (stateMb > 0) await collected(stack.flink.taskManagers);
      const stateBytes = await checkpointed(flink, await idOf(orders), stateMb);
      const fromMs = Date.now();
      const course = await way.rescale(place, orders, to);
      const question = { output: orders.output, splits: ordersSplits, window: { fromMs, toMs: Date.now() } };
      const verdict = await checkRunning({ ...question, deadlineMs: 60_000 });
      const { gapMs, lost, forgotten, countedTwice, replayed } = verdict;
      const silence = { fromMs: verdict.gapFromMs, toMs: verdict.gapToMs };
      rows.push({
        ...{ round, stateMb, stateBytes, way: way.name, from, to, gapMs },
        ...{ lost: lost + forgotten, countedTwice, replayed: replayed - before },
        ...(course === undefined ? {} : { window: takenApart(await momentsOf(flink, course), silence) }),
      });
      before = replayed;
    }
  await cancel(stack, await idOf(orders));
  // Of 200 MB each they would fill the disk.
  for (const snapshots of [stack.flink.savepointRoot, stack.flink.checkpointRoot])
    await rm(fileURLToPath(snapshots), { recursive: true, force: true });
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
