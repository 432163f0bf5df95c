import { join } from 'node:path';
import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import { buildExample } from '../../src/dev/example';
import type { FlinkSettings } from '../../src/dev/flink-config';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { provisionApplicationEntry } from '../../src/dev/provision-flink';
import type { Stack, StackOptions } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import { checkpointed } from '../kit/flink';
import { endOf, startRescale } from '../kit/rescale';
import type { Ended } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { says, succeeded } from '../kit/watch';

/** Real clusters that run one application (Flink 2.3.0): they take no program, so RESTART cannot be. */

async function application(settings: FlinkSettings): Promise<Pick<StackOptions, 'flink'>> {
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

async function running(stack: Stack): Promise<{ orders: Orders; jobId: string }> {
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

const rescaled = async (stack: Stack, input: Partial<RescaleInput>) =>
  endOf(stack, await startRescale(stack, { job: 'orders', parallelism: 4, ...input }));

function refused(ended: Ended, ...texts: readonly string[]): void {
  expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  says(ended, ...texts);
}

describe('with the adaptive scheduler', () => {
  const stack = useStack('application-mode', () =>
    application({
      'jobmanager.scheduler': 'adaptive',
      'jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling': '1 s',
      'parallelism.default': 2,
    }),
  );

  test('RESTART is refused, the job untouched: it says what to do instead', async () => {
    const { orders, jobId } = await running(stack());
    refused(
      await rescaled(stack(), {}),
      'the cluster runs one application, and takes no program',
      '"mechanism": "IN_PLACE"',
    );
    expect(await orders.live()).toMatchObject([{ id: jobId, allTasksRun: true, parallelism: 2 }]);
  }, 120_000);

  test('AUTO goes in place, 2 -> 4 -> 2: the job keeps its id, nothing is lost, nothing is counted twice', async () => {
    const { orders, jobId } = await running(stack());
    for (const [from, to] of [
      [2, 4],
      [4, 2],
    ] as const) {
      expect(succeeded(await rescaled(stack(), { parallelism: to, mechanism: 'AUTO' }))).toMatchObject({
        ...{ outcome: 'RESCALED', mechanism: 'IN_PLACE' },
        ...{ from: { jobId, parallelism: from }, to: { jobId, parallelism: to } },
      });
      expect(await orders.live()).toMatchObject([{ id: jobId, allTasksRun: true, parallelism: to }]);
    }
    const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
    expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
  }, 180_000);
});

describe('in reactive mode', () => {
  const stack = useStack('application-mode-reactive', () => application({ 'scheduler-mode': 'reactive' }));

  test('every mechanism is refused, the job untouched, and what would do is said', async () => {
    const { orders, jobId } = await running(stack());
    const [before] = await orders.live();
    const valid = 'another number of TaskManagers';
    refused(await rescaled(stack(), { mechanism: 'IN_PLACE' }), 'the cluster is reactive', valid);
    refused(
      await rescaled(stack(), { mechanism: 'AUTO' }),
      'the cluster runs one application',
      'in place: the cluster is reactive',
      valid,
    );
    expect(before).toMatchObject({ id: jobId, allTasksRun: true });
    expect(await orders.live()).toEqual([before]);
  }, 120_000);
});
