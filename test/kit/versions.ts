import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { compareVersions } from '../../src/dev/versions';
import type { FlinkVersion } from '../../src/dev/versions';
import { checkpointed, restoredFrom } from './flink';
import { rescale } from './rescale';
import { useStack } from './stack';

/** Declares the tests of what holds on every version of Flink, on a real cluster of this one. */
export function holdsOn(version: FlinkVersion): void {
  const names = ['orders', 'blocked', 'stubborn', 'options', 'stateless'];
  const stack = useStack(`flink-${version}`, {
    flink: { version, taskManagers: 2, slots: 8 },
    worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
  });

  /** The job, and what its output says; nothing may ever be lost or counted twice. */
  const start = async (name: string) => {
    const orders = new Orders(stack(), { name });
    const jobId = await orders.start(2);
    const verdict = async () => {
      const seen = await checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 });
      expect(seen).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
      return seen;
    };
    return { orders, jobId, verdict };
  };

  test('the cluster is of that version', () => {
    expect(stack().flink.version).toBe(version);
  });

  test('a running job goes from 2 to 4 and back to 2: always one job, each from its savepoint, which is kept or not, exact', async () => {
    const { orders, jobId, verdict } = await start('orders');
    for (const [from, to, savepoint] of [
      [2, 4, { format: 'CANONICAL', keep: true }],
      [4, 2, { format: 'NATIVE', keep: false }],
    ] as const) {
      const ended = await rescale(stack(), { job: 'orders', parallelism: to, savepoint });
      expect(ended).toMatchObject({
        status: 'COMPLETED',
        result: { outcome: 'RESCALED', from: { parallelism: from }, to: { parallelism: to } },
      });
      const live = await orders.live();
      expect(live).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: to }]);
      const [{ id = '' } = {}] = live;
      expect(id).not.toBe(jobId);
      const path = (await restoredFrom(stack(), id)) ?? '';
      expect(ended).toMatchObject({ result: { snapshot: { path } } });
      expect(existsSync(fileURLToPath(path))).toBe(savepoint.keep);
    }
    expect(await verdict()).toMatchObject({ replayed: 0 });
  }, 180_000);

  test('a savepoint that cannot be written: SavepointFailed, and the job runs on under its id', async () => {
    const { orders, jobId, verdict } = await start('blocked');
    const { savepointRoot } = stack().flink;
    await writeFile(join(fileURLToPath(savepointRoot), 'blocked'), 'a regular file where a folder should be');
    const savepoint = { directory: `${savepointRoot}/blocked` };
    const ended = await rescale(stack(), {
      ...{ job: 'blocked', parallelism: 4, savepoint, maxSavepointCreationAttempts: 2 },
    });
    expect(ended).toMatchObject({
      ...{ status: 'FAILED', type: 'SavepointFailed' },
      message: expect.stringContaining(`job blocked (${jobId}) is RUNNING at parallelism 2, left alone`),
    });
    expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism: 2 }]);
    expect(await verdict()).toMatchObject({ replayed: 0 });
  }, 120_000);

  test('a new job that does not come up: RolledBack, and the job runs at the old parallelism, exact', async () => {
    const { orders, verdict } = await start('stubborn');
    await orders.fault('open-fail', '4');
    const ended = await rescale(stack(), { job: 'stubborn', parallelism: 4, timeouts: { restart: 6_000 } });
    expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
    expect(await orders.live()).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
    expect(await verdict()).toMatchObject({ replayed: 0 });
  }, 120_000);

  test('options with a submission: planned since 1.17, refused by name before', async () => {
    const { orders } = await start('options');
    const { artifact } = orders.config;
    const ended = await rescale(stack(), {
      ...{ job: 'options', parallelism: 4, dryRun: true },
      artifact: { ...artifact, flinkConfiguration: { 'execution.checkpointing.interval': '3s' } },
    });
    if (compareVersions(version, '1.17') >= 0) {
      expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'PLANNED' } });
    } else {
      expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
      const named = `Flink ${version} takes no options with a submission`;
      expect(ended).toMatchObject({ message: expect.stringContaining(named) });
    }
    expect(await orders.live()).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
  }, 120_000);

  test('STATELESS: cancelled, and started from its last checkpoint: nothing lost, nothing counted twice', async () => {
    const { orders, jobId, verdict } = await start('stateless');
    await checkpointed(stack(), jobId, 1);
    const ended = await rescale(stack(), {
      ...{ job: 'stateless', parallelism: 4, upgradeStrategy: 'STATELESS' },
    });
    expect(ended).toMatchObject({ status: 'COMPLETED', result: { snapshot: { kind: 'CHECKPOINT' } } });
    expect(await orders.live()).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 4 }]);
    await verdict();
  }, 120_000);
}
