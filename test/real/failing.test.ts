import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** What the promise is for: whatever fails, the job runs afterwards and nothing is lost. */
const names = ['blocked', 'stubborn'];
const stack = useStack('failing', {
  flink: { taskManagers: 2, slots: 4 },
  worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
});

test('a savepoint that cannot be written: SavepointFailed, and the job runs on under its id, left alone', async () => {
  const orders = new Orders(stack(), { name: 'blocked' });
  const jobId = await orders.start(2);
  const { savepointRoot } = stack().flink;
  await writeFile(join(fileURLToPath(savepointRoot), 'blocked'), 'a regular file where a folder should be');

  const ended = await rescale(stack(), {
    job: 'blocked',
    parallelism: 4,
    savepoint: { directory: `${savepointRoot}/blocked` },
    maxSavepointCreationAttempts: 3,
  });

  expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  for (const part of [
    'failed 3 times',
    '(3) CheckpointException: An Exception occurred while triggering the checkpoint. IO-problem detected.',
    'FileAlreadyExistsException: ',
    `job blocked (${jobId}) is RUNNING at parallelism 2, left alone`,
    'Next: once the cause is mended: temporal workflow start --fail-existing',
  ]) {
    expect(ended).toMatchObject({ message: expect.stringContaining(part) });
  }
  expect(await orders.live()).toEqual([{ id: jobId, state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, replayed: 0 });
}, 120_000);

test('a new job that does not come up: rolled back to the old parallelism, from the savepoint, nothing lost', async () => {
  const orders = new Orders(stack(), { name: 'stubborn' });
  await orders.start(2);
  await orders.fault('open-fail', '4');

  const ended = await rescale(stack(), { job: 'stubborn', parallelism: 4, timeouts: { restart: 6_000 } });

  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  const live = await orders.live();
  expect(live).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
  for (const part of [
    'could not be started at parallelism 4 and was rolled back',
    `job stubborn (${live[0]?.id}) is RUNNING at parallelism 2`,
    'Kept: all state',
  ]) {
    expect(ended).toMatchObject({ message: expect.stringContaining(part) });
  }
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 });
}, 120_000);
