import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../src/contracts/rescale';
import { checkRunning, type Verdict } from '../../src/dev/checker';
import { EXAMPLE_JAR } from '../../src/dev/example';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { read, verticesOf } from '../kit/flink';
import { rebuiltExample } from '../kit/rebuilt-example';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { says, succeeded } from '../kit/watch';

/** An upgrade is a rescale to another program: other arguments, another configuration, another jar. */
const names = ['reconfigured', 'rebuilt', 'regretted'];
const stack = useStack('upgrade', {
  flink: { taskManagers: 2, slots: 6 },
  worker: { jobs: (stack) => names.map((name) => new Orders(stack, { name }).config) },
});

const newJar = 'orders-2.jar';

beforeAll(async () => {
  await copyFile(await rebuiltExample('upgrade'), join(stack().artifacts, newJar));
}, 600_000);

async function checkpointIntervalOf(jobId: string): Promise<number> {
  return (await read<{ interval: number }>(stack(), `/jobs/${jobId}/checkpoints/config`)).interval;
}

async function bytesOf(jar: string): Promise<string> {
  const bytes = await readFile(join(stack().artifacts, jar));
  return createHash('sha256').update(bytes).digest('hex');
}

function verdict({ output }: Orders): Promise<Verdict> {
  return checkRunning({ output, splits: ordersSplits, deadlineMs: 60_000 });
}

const exact = { lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 };
const flinkConfiguration = { 'execution.checkpointing.interval': '700ms' };

test('other arguments and another configuration at the same parallelism: one job, on from the savepoint, exact', async () => {
  const orders = new Orders(stack(), { name: 'reconfigured' });
  const jobId = await orders.start(2);
  expect(await checkpointIntervalOf(jobId)).not.toBe(700);
  const changed = new Orders(stack(), { name: 'reconfigured', args: ['--rate', '600'], flinkConfiguration });
  const { artifact } = changed.config;

  const result = succeeded(await rescale(stack(), { job: 'reconfigured', parallelism: 2, artifact }));
  expect(result).toMatchObject({
    ...{ outcome: 'RESCALED', from: { jobId, parallelism: 2 }, to: { parallelism: 2 } },
    artifact: { ...artifact, sha256: await bytesOf(EXAMPLE_JAR) },
  });
  const live = await orders.live();
  expect(live).toEqual([{ id: result.to?.jobId, state: 'RUNNING', allTasksRun: true, parallelism: 2 }]);
  expect(live).not.toMatchObject([{ id: jobId }]);
  expect(await checkpointIntervalOf(result.to?.jobId ?? '')).toBe(700);
  expect(await verdict(orders)).toMatchObject(exact);

  const next = await rescale(stack(), { job: 'reconfigured', parallelism: 4 });
  expect(next).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  says(next, 'args: recorded ["--rate","600"], in weir.yaml []', 'flinkConfiguration: recorded {"execution.');
  expect(await orders.live()).toEqual(live);
}, 180_000);

test('another jar, 2 -> 4: its own job runs, on from the savepoint of the old one, exact', async () => {
  const orders = new Orders(stack(), { name: 'rebuilt' });
  const jobId = await orders.start(2);
  expect(await verticesOf(stack(), jobId)).not.toContain('append anew');
  const artifact: Artifact = { ...orders.config.artifact, jar: newJar };

  const result = succeeded(await rescale(stack(), { job: 'rebuilt', parallelism: 4, artifact }));
  expect(result).toMatchObject({
    ...{ outcome: 'RESCALED', from: { jobId, parallelism: 2 }, to: { parallelism: 4 } },
    artifact: { ...artifact, sha256: await bytesOf(newJar) },
  });
  expect(await bytesOf(newJar)).not.toBe(await bytesOf(EXAMPLE_JAR));
  expect(await orders.live()).toMatchObject([{ id: result.to?.jobId, state: 'RUNNING', parallelism: 4 }]);
  expect(await verticesOf(stack(), result.to?.jobId ?? '')).toContain('append anew');
  expect(await verdict(orders)).toMatchObject(exact);
}, 180_000);

test('an upgrade that does not come up is rolled back to the old jar with its settings, exact; and that is what the next rescale starts', async () => {
  const orders = new Orders(stack(), { name: 'regretted' });
  await orders.start(2);
  // of the new program alone: the old one looks for its faults elsewhere
  const broken = new Orders(stack(), { name: 'regretted-anew' });
  await broken.fault('open-fail');
  const { args = [] } = orders.config.artifact;
  const folderOf = ({ config }: Orders) =>
    config.artifact.args?.[config.artifact.args.indexOf('--faults') + 1];
  const artifact = {
    ...{ jar: newJar, flinkConfiguration },
    args: args.map((arg) => (arg === folderOf(orders) ? (folderOf(broken) ?? '') : arg)),
  };

  const input = { job: 'regretted', parallelism: 2, timeouts: { restart: 6_000 } };
  const ended = await rescale(stack(), { ...input, artifact });
  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  const [live] = await orders.live();
  says(ended, `job regretted (${live?.id}) is RUNNING at parallelism 2`, 'Kept: all state');
  expect(await verticesOf(stack(), live?.id ?? '')).not.toContain('append anew');
  expect(await checkpointIntervalOf(live?.id ?? '')).not.toBe(700);
  expect(await verdict(orders)).toMatchObject(exact);

  const next = succeeded(await rescale(stack(), { job: 'regretted', parallelism: 4 }));
  expect(next).toMatchObject({
    ...{ outcome: 'RESCALED', from: { jobId: live?.id, parallelism: 2 }, to: { parallelism: 4 } },
    artifact: { ...orders.config.artifact, sha256: await bytesOf(EXAMPLE_JAR) },
  });
  expect(next.warnings.join()).not.toContain('not known');
  expect(await verdict(orders)).toMatchObject(exact);
}, 180_000);
