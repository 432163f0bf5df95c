import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRunning } from '../../src/dev/checker';
import { buildJar } from '../../src/dev/example';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { projectDir, runsDir } from '../../src/dev/paths';
import { subtasksOf } from '../kit/flink';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/**
 * Savepoints go to a file system of our own that can run out of space (test/kit/full-disk). It does so in the tasks,
 * half-way through the stop, and that is not harmless: Flink restarts the job.
 */
const runDir = join(runsDir, 'full-disk');
const savepointRoot = `full://${join(runDir, 'savepoints')}`;
/** As long as it is there, each file gets as many bytes as it says. */
const roomFile = join(runDir, 'room');

/** Big enough to be written to files: Flink keeps smaller state in the metadata, which the JobManager writes. */
const args = ['--state-bytes', '1000'];
/** Restarts twice, and then never again. */
const flinkConfiguration = {
  'restart-strategy.type': 'fixed-delay',
  'restart-strategy.fixed-delay.attempts': '2',
  'restart-strategy.fixed-delay.delay': '1s',
};
const patient = { name: 'patient', args };
const bounded = { name: 'bounded', args, flinkConfiguration };

const stack = useStack('full-disk', async () => ({
  flink: {
    classpath: [await buildJar(join(projectDir, 'test', 'kit', 'full-disk'), 'full-disk.jar')],
    settings: { 'full-disk.room-file': roomFile },
  },
  worker: {
    cluster: { savepointRoot, snapshotStore: { kind: 'file', folder: join(runDir, 'savepoints') } },
    jobs: (stack) => [patient, bounded].map((job) => new Orders(stack, job).config),
  },
}));

afterEach(() => rm(roomFile, { force: true }));

const lasting = { lost: 0, countedTwice: 0, forgotten: 0 };

test('P9: a savepoint onto a full disk fails the job half-way: SavepointFailed names each restart, the job runs on; with space the next rescale succeeds', async () => {
  const orders = new Orders(stack(), patient);
  const jobId = await orders.start(2);
  const request = { job: 'patient', parallelism: 4 };
  await writeFile(roomFile, '100000');

  const ended = await rescale(stack(), { ...request, maxSavepointCreationAttempts: 2 });

  expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  for (const part of [
    'failed 2 times',
    'IOException: No space left on device',
    `job patient (${jobId}) is RUNNING at parallelism 2`,
    'the tries made it restart (restarts before 0, now 2)',
  ]) {
    expect(ended).toMatchObject({ message: expect.stringContaining(part) });
  }
  expect(await orders.live()).toEqual([{ id: jobId, state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject(lasting);

  await rm(roomFile);
  const succeeded = await rescale(stack(), request);
  expect(succeeded).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', from: { jobId }, to: { parallelism: 4 } },
  });
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', allTasksRun: true, parallelism: 4 }]);
  expect(await checkRunning(question)).toMatchObject(lasting);
}, 180_000);

test('P9: a job whose restarts are bounded is not worn out: the try that made it restart was the last', async () => {
  const orders = new Orders(stack(), bounded);
  const jobId = await orders.start(2);
  await writeFile(roomFile, '100000');

  const ended = await rescale(stack(), { job: 'bounded', parallelism: 4, maxSavepointCreationAttempts: 4 });

  expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  for (const part of [
    'failed once',
    `job bounded (${jobId}) is RUNNING at parallelism 2`,
    'the tries made it restart (restarts before 0, now 1)',
  ]) {
    expect(ended).toMatchObject({ message: expect.stringContaining(part) });
  }
  const attempts = (await subtasksOf(stack(), jobId)).map(({ attempt }) => attempt);
  expect(Math.max(...attempts)).toBe(1);
  expect(await orders.live()).toEqual([{ id: jobId, state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject(lasting);
}, 120_000);
