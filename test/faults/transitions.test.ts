import type { RescaleInput, RescaleResult } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { checkpointed, newestRetained, read, restoredFrom, stateOf } from '../kit/flink';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { succeeded } from '../kit/watch';

/** A job's whole life on real Flink, by the transitions alone; its own output says that each is exact. */
const name = 'life';
const stack = useStack('transitions-real', {
  flink: { taskManagers: 2, slots: 4 },
  worker: { jobs: (stack) => [new Orders(stack, { name }).config] },
});

const life = () => new Orders(stack(), { name });
const run = async (transition: RescaleInput['transition'], more: Partial<RescaleInput> = {}) =>
  succeeded(await rescale(stack(), { job: name, transition, ...more }));
const start = (parallelism: number, more: Partial<RescaleInput> = {}) =>
  run('START', { parallelism, artifact: life().config.artifact, ...more });
const pathOf = ({ snapshot }: RescaleResult) => snapshot?.path ?? 'none';

async function expectLive(parallelism: number, jobId: string | undefined): Promise<void> {
  expect(await life().live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism }]);
}

/** Nothing lost, nothing counted twice since its very first record; `replayed`: whether lines were written again. */
async function expectExact(): Promise<void> {
  const verdict = await checkRunning({ output: life().output, splits: ordersSplits, deadlineMs: 60_000 });
  expect(verdict).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, replayed: 0, missingSplits: [] });
}

test('started empty, saved, suspended, started from there at another parallelism: exact', async () => {
  const first = await start(2, { restoreStrategy: 'NONE' });
  expect(first.outcome).toBe('STARTED');
  await expectLive(2, first.to?.jobId);

  const saved = await run('SAVEPOINT', { savepoint: { format: 'NATIVE' } });
  expect(saved).toMatchObject({ outcome: 'SAVED', to: { jobId: first.to?.jobId } });
  await expectLive(2, first.to?.jobId);

  const suspended = await run('SUSPEND');
  expect(suspended).toMatchObject({ outcome: 'SUSPENDED', from: first.to });
  expect(pathOf(suspended)).not.toBe(pathOf(saved));
  expect(await life().live()).toEqual([]);
  expect(await stateOf(stack(), first.to?.jobId ?? '')).toBe('FINISHED');

  const second = await start(4);
  expect(second).toMatchObject({ outcome: 'STARTED', from: first.to, to: { parallelism: 4 } });
  expect(await restoredFrom(stack(), second.to?.jobId ?? '')).toBe(pathOf(suspended));
  await expectLive(4, second.to?.jobId);
  expect((await start(4)).outcome).toBe('UNCHANGED');
  await expectExact();
}, 180_000);

test('P12: suspended, its JobManager lost, and started from what was told of its savepoint: exact', async () => {
  const { snapshot } = await run('SUSPEND');
  if (snapshot === undefined) throw new Error('no savepoint');
  await stack().flink.jobManager.kill();
  await stack().flink.jobManager.start();
  // what is planned before they are back is refused for want of slots
  const slots = async () => (await read<{ 'slots-total': number }>(stack(), '/overview'))['slots-total'];
  await until(async () => (await slots()) === 8, { what: 'the TaskManagers', deadlineMs: 60_000 });
  const { path, kind, jobId } = snapshot;
  const started = await start(3, { startFrom: { path, kind, jobId } });
  expect(started).toMatchObject({ outcome: 'STARTED', snapshot: { path } });
  await expectLive(3, started.to?.jobId);
  await expectExact();
}, 180_000);

test('cancelled, and started from the checkpoint that it left: nothing lost, nothing counted twice', async () => {
  const [job] = await life().live();
  if (job === undefined) throw new Error('no job runs');
  await checkpointed(stack(), job.id, 2);
  const cancelled = await run('CANCEL');
  expect(cancelled).toMatchObject({ outcome: 'CANCELLED', snapshot: { kind: 'CHECKPOINT' } });
  expect(await life().live()).toEqual([]);
  expect(await stateOf(stack(), job.id)).toBe('CANCELED');
  expect(pathOf(cancelled)).toContain(await newestRetained(stack(), job.id));

  const started = await start(2);
  expect(await restoredFrom(stack(), started.to?.jobId ?? '')).toBe(pathOf(cancelled));
  await expectLive(2, started.to?.jobId);
  const verdict = await checkRunning({ output: life().output, splits: ordersSplits, deadlineMs: 60_000 });
  expect(verdict).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, missingSplits: [] });
  expect((await run('CANCEL')).outcome).toBe('CANCELLED');
}, 180_000);
