import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import { ordersSplits } from '../../src/dev/orders';
import type { Stack } from '../../src/dev/stack';
import { application, running } from '../kit/application';
import { endOf, startRescale } from '../kit/rescale';
import type { Ended } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { says, succeeded } from '../kit/watch';

/** A cluster that runs one application. */

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
      '"mechanism": "AUTO"',
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

describe('in reactive mode, where nobody says who runs the TaskManagers', () => {
  const stack = useStack('application-mode-reactive', () => application({ 'scheduler-mode': 'reactive' }));

  test('every mechanism is refused, the job untouched, and what would do is said', async () => {
    const { orders, jobId } = await running(stack());
    const [before] = await orders.live();
    refused(
      await rescaled(stack(), { mechanism: 'IN_PLACE' }),
      'the cluster is reactive',
      'another number of TaskManagers, by "mechanism": "REACTIVE"',
    );
    for (const mechanism of ['REACTIVE', 'AUTO'] as const) {
      refused(
        await rescaled(stack(), { mechanism }),
        'weir.yaml does not say who runs the TaskManagers of cluster "local"',
        'clusters.local.taskManagers',
      );
    }
    expect(before).toMatchObject({ id: jobId, allTasksRun: true });
    expect(await orders.live()).toEqual([before]);
  }, 120_000);
});
