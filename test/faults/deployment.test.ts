import { Client, Connection } from '@temporalio/client';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { Deployed } from '../kit/deployed';
import { checkpointed, restoredFrom, stateOf, verticesOf } from '../kit/flink';
import { rebuiltExample } from '../kit/rebuilt-example';
import { useStack } from '../kit/stack';

/** Deployments on real Flink: what they are told is what runs, and the job's own output says that nothing was lost. */
const stack = useStack('deployment-real', {
  flink: {
    ...{ taskManagers: 2, slots: 6 },
    // TaskManagers keep a dead JobManager's tasks for that long
    settings: { 'heartbeat.timeout': '6s', 'heartbeat.interval': '1s' },
  },
});
const newJar = 'orders-2.jar';
/** What a job shows that is of the new jar. */
const newOperator = 'append anew';

let client: Client | undefined;
beforeAll(async () => {
  client = new Client({ connection: Connection.lazy({ address: stack().temporal.address }) });
  await copyFile(await rebuiltExample('deployment-real'), join(stack().artifacts, newJar));
}, 600_000);
afterAll(() => client?.connection.close());

function deployed(name: string): { readonly orders: Orders; readonly deployment: Deployed } {
  if (client === undefined) throw new Error('it is there only while a test runs');
  const orders = new Orders(stack(), { name });
  const { args = [] } = orders.config.artifact;
  const place = { client, cli: (words: string[]) => stack().cli(words), taskQueue: stack().taskQueue };
  return { orders, deployment: new Deployed(place, name, 'local', args.join(' ')) };
}

const exact = { lost: 0, countedTwice: 0, forgotten: 0, missingSplits: [] };
const verdict = ({ output }: Orders) => checkRunning({ output, splits: ordersSplits, deadlineMs: 60_000 });

test('created, scaled up and down, upgraded, suspended, resumed, rolled back: exact, from its very first record', async () => {
  const { orders, deployment } = deployed('life');
  await deployment.create();
  await deployment.untilRuns(2);
  for (const parallelism of [4, 3]) {
    await deployment.say('scale', { parallelism });
    await deployment.untilRuns(parallelism);
  }
  await deployment.say('patch', {
    patch: { spec: { template: { spec: { artifact: { jarUri: newJar } } } } },
  });
  const { job: upgraded } = await deployment.untilRuns(3);
  expect(await verticesOf(stack(), upgraded?.jobId ?? '')).toContain(newOperator);
  await deployment.say('suspend');
  await deployment.untilIs('SUSPENDED');
  expect(await orders.live()).toEqual([]);
  await deployment.say('resume');
  const { job } = await deployment.untilRuns(3);
  const [suspended] = (await deployment.savepoints()).filter(({ origin }) => origin === 'SUSPEND');
  expect(await restoredFrom(stack(), job?.jobId ?? '')).toBe(suspended?.snapshot?.path);
  await deployment.say('rollback', { to: 2 });
  const { job: rolledBack } = await deployment.untilRuns(4);
  expect(await verticesOf(stack(), rolledBack?.jobId ?? '')).not.toContain(newOperator);
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
  expect(await verdict(orders)).toMatchObject({ ...exact, replayed: 0 });
  await deployment.say('cancel');
  await deployment.untilIs('CANCELLED');
}, 240_000);

test('a job that runs is adopted; edits during its transition are coalesced; an upgrade whose savepoint fails costs nothing: exact', async () => {
  const { orders, deployment } = deployed('adopted');
  const jobId = await orders.start(2);
  await checkpointed(stack(), jobId, 1);
  await orders.fault('snapshot-delay', '3000');
  await deployment.create({ maxSavepointCreationAttempts: 1 }, 4);
  await deployment.until('its transition', ({ transition }) => transition?.transition === 'RESCALE');
  await deployment.say('scale', { parallelism: 5 });
  await deployment.say('scale', { parallelism: 3 });
  await orders.mend('snapshot-delay');
  const { job: before } = await deployment.untilRuns(3);

  await orders.fault('snapshot-fail');
  await deployment.say('patch', {
    patch: { spec: { template: { spec: { parallelism: 4, artifact: { jarUri: newJar } } } } },
  });
  const failed = await deployment.until('the failure', ({ conditions }) =>
    conditions.some(({ type, reason }) => type === 'SpecAligned' && reason === 'TransitionFailed'),
  );
  await orders.mend('snapshot-fail');
  expect(failed).toMatchObject({ actual: 'RUNNING', job: before });
  // Flink's own checkpoints failed as well, for which it may restart the job; it is the same one
  const allRun = async () => (await orders.live()).some(({ allTasksRun }) => allTasksRun);
  await until(allRun, { what: 'the job to run without the fault', deadlineMs: 60_000 });
  expect(await orders.live()).toMatchObject([{ id: before?.jobId, state: 'RUNNING', parallelism: 3 }]);
  expect((await deployment.history()).at(-1)).toMatchObject({ outcome: 'FAILED' });
  expect(await verdict(orders)).toMatchObject(exact);
  await deployment.say('cancel');
  await deployment.untilIs('CANCELLED');
}, 240_000);

test('its TaskManagers killed, and Flink not to start it again: FAILED, it is brought back from its newest checkpoint', async () => {
  const { orders, deployment } = deployed('fails');
  const flinkConfiguration = { 'restart-strategy.type': 'none' };
  await deployment.create();
  await deployment.untilRuns(2);
  await deployment.say('patch', { patch: { spec: { template: { spec: { flinkConfiguration } } } } });
  const { job: first } = await deployment.untilRuns(2);
  await checkpointed(stack(), first?.jobId ?? '', 2);

  const { taskManagers } = stack().flink;
  await Promise.all(taskManagers.map((one) => one.kill()));
  await Promise.all(taskManagers.map((one) => one.start()));
  await deployment.until('another job', ({ job }) => job !== undefined && job.jobId !== first?.jobId);
  const { job: second } = await deployment.untilRuns(2);
  expect(await stateOf(stack(), first?.jobId ?? '')).toBe('FAILED');
  expect(await restoredFrom(stack(), second?.jobId ?? '')).toContain(`/${first?.jobId}/chk-`);
  expect(await orders.live()).toMatchObject([{ id: second?.jobId, state: 'RUNNING', parallelism: 2 }]);
  expect(await verdict(orders)).toMatchObject(exact);
  await deployment.say('cancel');
  await deployment.untilIs('CANCELLED');
}, 300_000);

test('its TaskManagers killed, then its JobManager: the job is brought back from its latest state, nothing is lost', async () => {
  const { orders, deployment } = deployed('recovers');
  await deployment.create();
  const { job: first } = await deployment.untilRuns(2);
  await checkpointed(stack(), first?.jobId ?? '', 2);
  const { taskManagers, jobManager } = stack().flink;
  await Promise.all(taskManagers.map((one) => one.kill()));
  await Promise.all(taskManagers.map((one) => one.start()));
  const runs = async () => (await orders.live()).some(({ allTasksRun }) => allTasksRun);
  await until(runs, { what: 'the job after its TaskManagers were killed', deadlineMs: 120_000 });
  const { job: second } = await deployment.untilRuns(2);
  await checkpointed(stack(), second?.jobId ?? '', 2);

  await jobManager.kill();
  await jobManager.start();
  await deployment.until('another job', ({ job }) => job !== undefined && job.jobId !== second?.jobId);
  await deployment.untilRuns(2);
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 2 }]);
  expect(await verdict(orders)).toMatchObject(exact);
}, 300_000);
