/**
 * Downtime of a rescale 2 -> 4, read from the job's own output: Weir beside a bare REST loop that polls every 10 ms,
 * which is the floor for anything outside Flink. The two take turns in one run, on one cluster.
 *
 *     npm run bench:downtime [rounds]
 */
import { Client, Connection } from '@temporalio/client';
import { checkRunning } from '../src/dev/checker';
import { Orders, ordersSplits } from '../src/dev/orders';
import { startStack, type Stack } from '../src/dev/stack';
import { until } from '../src/dev/until';
import { rescaleWorkflowId } from '../src/planning/ids';
import { billableActions } from '../test/kit/actions';
import { historyOf } from '../test/kit/rescale';

const rounds = Number(process.argv[2] ?? 5);

async function main(): Promise<void> {
  const stack = await startStack({
    name: 'bench-downtime',
    temporal: { headless: true },
    worker: { jobs: (stack) => [new Orders(stack, { name: 'orders' }).config] },
  });
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection });
  try {
    const orders = new Orders(stack, { name: 'orders' });
    await orders.start(2);
    const loop = new BareLoop(stack, orders);
    // Both ways a few times for nothing: JVMs that have just started take twice as long.
    for (let round = 1; round <= 3; round++) {
      await loop.rescale(4);
      await weir(client, 2);
      await weir(client, 4);
      await weir(client, 2);
    }

    const gaps: Record<'bare loop' | 'weir', number[]> = { 'bare loop': [], weir: [] };
    for (let round = 1; round <= rounds; round++) {
      gaps['bare loop'].push(await gapOf(orders, () => loop.rescale(4)));
      await weir(client, 2);
      gaps.weir.push(await gapOf(orders, () => weir(client, 4)));
      await weir(client, 2);
    }
    for (const [way, ms] of Object.entries(gaps)) print(way, ms);
    const history = await historyOf(stack, 'rescale/local/orders');
    console.log(
      `history of one rescale: ${history.length} events, ${billableActions(history)} billable actions (heartbeats apart)`,
    );
  } finally {
    await connection.close();
    await stack.stop();
  }
}

/** Through a client that is connected already: a CLI that starts up would take its share of two cores meanwhile. */
async function weir(client: Client, parallelism: number): Promise<void> {
  await client.workflow.execute('rescale', {
    taskQueue: 'weir',
    workflowId: rescaleWorkflowId('local', 'orders'),
    args: [{ cluster: 'local', job: 'orders', parallelism }],
  });
}

/** The longest silence of the output while `work` was done, ms. Throws if a record was lost or counted twice. */
async function gapOf(orders: Orders, work: () => Promise<void>): Promise<number> {
  const fromMs = Date.now();
  await work();
  const window = { fromMs, toMs: Date.now() };
  const verdict = await checkRunning({
    output: orders.output,
    splits: ordersSplits,
    window,
    deadlineMs: 60_000,
  });
  if (verdict.lost + verdict.countedTwice + verdict.forgotten > 0) throw new Error('the output is not exact');
  return verdict.gapMs;
}

/** What an expert's script would do: stop, poll, run, and nothing else. */
class BareLoop {
  private n = 0;

  constructor(
    private readonly stack: Stack,
    private readonly orders: Orders,
  ) {}

  async rescale(parallelism: number): Promise<void> {
    const [job] = await this.orders.live();
    if (job === undefined) throw new Error('nothing runs');
    const triggerId = (++this.n).toString(16).padStart(32, '0');
    const targetDirectory = `${this.stack.flink.savepointRoot}/bare`;
    await this.call('POST', `/jobs/${job.id}/stop`, { triggerId, targetDirectory, drain: false });
    const location = await until(async () => (await this.savepoint(job.id, triggerId)).operation?.location, {
      what: 'the savepoint',
      deadlineMs: 60_000,
      pollMs: 10,
    });
    await this.orders.start(parallelism, location);
  }

  private async savepoint(
    jobId: string,
    triggerId: string,
  ): Promise<{ operation?: { location?: string } | null }> {
    return this.call('GET', `/jobs/${jobId}/savepoints/${triggerId}`);
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.stack.flink.restUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.json()) as T;
  }
}

function print(way: string, ms: number[]): void {
  const sorted = [...ms].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `${way.padEnd(10)} gap ms: ${ms.join(' ')}; min ${sorted[0]}, median ${median}, max ${sorted.at(-1)}`,
  );
}

void main();
