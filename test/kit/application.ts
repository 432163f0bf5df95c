import { join } from 'node:path';
import type { FlinkSettings } from '../../src/dev/flink-config';
import { buildExample } from '../../src/dev/example';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { provisionApplicationEntry } from '../../src/dev/provision-flink';
import type { Stack, StackOptions } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import { checkpointed } from './flink';

/** Real clusters that run one application (Flink 2.3.0), the example: they take no program, so RESTART cannot be. */

export async function application(settings: FlinkSettings): Promise<Pick<StackOptions, 'flink'>> {
  return {
    flink: {
      ...{ taskManagers: 2, slots: 4, settings },
      classpath: [await provisionApplicationEntry(), await buildExample()],
      application: {
        main: 'weir.orders.OrdersJob',
        args: (runDir) => [
          ...['--name', 'orders', '--output', join(runDir, 'output', 'orders')],
          ...['--faults', join(runDir, 'faults', 'orders'), '--splits', String(ordersSplits)],
        ],
      },
    },
  };
}

export async function running(stack: Stack): Promise<{ orders: Orders; jobId: string }> {
  const orders = new Orders(stack, { name: 'orders' });
  const [job] = await until(
    async () => {
      const live = await orders.live();
      return live.some(({ allTasksRun }) => allTasksRun) && live;
    },
    { what: 'the application to run', deadlineMs: 60_000 },
  );
  if (job === undefined) throw new Error('nothing runs');
  await checkpointed(stack, job.id);
  return { orders, jobId: job.id };
}
