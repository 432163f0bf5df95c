import { adjust } from '../../src/activities/adjust';
import type { AdjustInput } from '../../src/activities/adjust';
import { taskManagersOf } from '../../src/activities/demand';
import { PlatformRefused, PlatformUnavailable } from '../../src/platform';
import type { SimulatedJob } from '../flink-simulator';
import { key } from '../kit/inputs';
import { Owner } from '../kit/owner';
import { useRig } from '../kit/rig';
import type { Rig, RigOptions } from '../kit/rig';

/** A job of a reactive cluster that follows its TaskManagers, 2 slots each, by the activities alone. */

const rigOf = useRig();
const scheduling = { kind: 'REACTIVE', cooldownMs: 0, partMs: 1_000, stabilizationMs: 0 } as const;
const start = (options: RigOptions = {}) =>
  rigOf({ taskManagers: 1, slots: 2, ...options, scheduling: { ...scheduling, ...options.scheduling } });

async function begun(options: RigOptions = {}): Promise<{ rig: Rig; job: SimulatedJob; owner: Owner }> {
  const rig = await start(options);
  const job = await rig.job();
  return { rig, job, owner: new Owner(rig, options.taskManagers) };
}

function inputOf(
  job: SimulatedJob,
  { from = 2, to = 4, ...change }: Partial<AdjustInput> & { from?: number; to?: number } = {},
): AdjustInput {
  return {
    ...{ cluster: 'local', key, jobId: job.id, n: 1, waitsForCheckpoint: true, maxTries: 2 },
    aim: {
      ...{ requirements: to / 2, from, to, newerThan: 0 },
      targets: Object.fromEntries(job.vertices.map(({ id }) => [id, to])),
    },
    known: [from / 2],
    timeouts: { restart: 600_000, restore: 600_000 },
    ...change,
  };
}
const shape = (job: SimulatedJob) => job.vertices.map(({ parallelism }) => parallelism).join();

test('up: a checkpoint, one more TaskManager, and the checkpoint by which Flink makes use of it', async () => {
  const { rig, job, owner } = await begun();
  expect(shape(job)).toBe('2,2');
  const seen = await rig.run(() => adjust(owner.cluster, inputOf(job)));
  expect(seen).toMatchObject({ kind: 'REACHED', restored: { kind: 'CHECKPOINT', jobId: job.id } });
  expect(shape(job)).toBe('4,4');
  expect(new Set(owner.asked)).toEqual(new Set([2]));
  expect(rig.callsOf('REQUIRE')).toEqual([]);
});

test('down: a checkpoint right before the TaskManager goes, so that little is processed again', async () => {
  const { rig, job, owner } = await begun({ taskManagers: 2 });
  expect(shape(job)).toBe('4,4');
  const input = inputOf(job, { from: 4, to: 2 });
  expect(await rig.run(() => adjust(owner.cluster, input))).toMatchObject({ kind: 'REACHED', warnings: [] });
  expect([shape(job), owner.count]).toEqual(['2,2', 1]);
});

test('P1: an attempt that follows a dead one takes up what that has asked for', async () => {
  const { rig, job, owner } = await begun();
  await owner.scale(2);
  expect(await rig.run(() => adjust(owner.cluster, inputOf(job)), { attempt: 2 })).toMatchObject({
    kind: 'REACHED',
  });
  expect(owner.count).toBe(2);
});

test('P5: no answer of the platform is followed by a look, and by the same call', async () => {
  const { rig, job, owner } = await begun();
  owner.answers.push(
    { wanted: new PlatformUnavailable('nobody there') },
    { scale: new PlatformUnavailable('gone') },
  );
  expect(await rig.run(() => adjust(owner.cluster, inputOf(job)))).toMatchObject({ kind: 'REACHED' });
  expect(owner.asked.slice(0, 2)).toEqual([2, 2]);
});

test('TaskManagers that do not come: how many slots are missing, and they are asked for again and again', async () => {
  const { rig, job, owner } = await begun();
  owner.most = 2;
  const input = inputOf(job, { to: 6, timeouts: { restart: 60_000, restore: 60_000 } });
  expect(await rig.run(() => adjust(owner.cluster, input))).toEqual({
    // no checkpoint is asked for that would have Flink make use of a part of them
    ...{ kind: 'NOT_REACHED', sent: true, parallelism: 2 },
    why: expect.stringContaining('it needs 6 slots, holds 2, and 0 of 4 are free') as string,
  });
  expect(owner.asked.length).toBeGreaterThan(2);
});

test('as many as somebody else has asked for are left', async () => {
  const { rig, job, owner } = await begun();
  owner.count = 5;
  expect(await rig.run(() => adjust(owner.cluster, inputOf(job)))).toMatchObject({
    ...{ kind: 'OVERRULED', why: 'somebody else has asked for 5 TaskManagers meanwhile' },
  });
  expect(owner.asked).toEqual([]);
});

test.each([
  ['when it is asked how many', { wanted: new PlatformRefused('403: not allowed to') }],
  ['when it is asked for more', { scale: new PlatformRefused('403: not allowed to') }],
])('the platform refuses, %s: nothing was done, and its words say why', async (_, answer) => {
  const { rig, job, owner } = await begun();
  owner.answers.push(answer);
  expect(await rig.run(() => adjust(owner.cluster, inputOf(job)))).toEqual({
    ...{ kind: 'NOT_REACHED', sent: false, parallelism: 2, why: '403: not allowed to' },
  });
  expect(owner.count).toBe(1);
});

test('a worker whose weir.yaml does not say any more who runs them: the reason, and the field', async () => {
  const { rig, job } = await begun();
  expect(await rig.run(() => adjust(rig.cluster, inputOf(job)))).toMatchObject({
    kind: 'NOT_REACHED',
    why: expect.stringContaining('valid: clusters.local.taskManagers there') as string,
  });
});

test('put back at once: as many as before are asked for first', async () => {
  const { rig, job, owner } = await begun();
  await rig.run(() => adjust(owner.cluster, inputOf(job)));
  const back = inputOf(job, { from: 4, to: 2, atOnce: true, n: 2 });
  const checkpoints = rig.callsOf('CHECKPOINT').length;
  expect(await rig.run(() => adjust(owner.cluster, back))).toMatchObject({ kind: 'REACHED' });
  expect([shape(job), owner.count]).toEqual(['2,2', 1]);
  expect(rig.callsOf('CHECKPOINT')).toHaveLength(checkpoints);
});

describe('what PLANNING sees', () => {
  test('how many are wanted and how many have come, and how long new slots lie idle', async () => {
    const { rig, owner } = await begun();
    owner.count = 2;
    expect(await rig.look((pulse) => taskManagersOf(owner.cluster, pulse))).toEqual({
      ...{ kind: 'SEEN', wanted: 2, registered: 1, settlesForMs: 1_000 },
    });
  });

  test.each([
    ['1.20.5', 0],
    ['2.3.0', 60_000],
  ])('Flink %s that says nothing of that waits %d ms', async (version, settlesForMs) => {
    const rig = await start({ version, scheduling: { kind: 'ADAPTIVE' } });
    const owner = new Owner(rig);
    expect(await rig.look((pulse) => taskManagersOf(owner.cluster, pulse))).toMatchObject({ settlesForMs });
  });

  test('what the platform says that refuses', async () => {
    const { rig, owner } = await begun();
    owner.answers.push({ wanted: new PlatformRefused('404: no such workload') });
    expect(await rig.look((pulse) => taskManagersOf(owner.cluster, pulse))).toEqual({
      ...{ kind: 'REFUSED', reason: '404: no such workload' },
    });
  });

  test('nothing, where weir.yaml does not say who runs them', async () => {
    const { rig } = await begun();
    expect(await rig.look((pulse) => taskManagersOf(rig.cluster, pulse))).toBeUndefined();
  });
});
