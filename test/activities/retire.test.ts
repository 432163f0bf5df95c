import { retire } from '../../src/activities/retire';
import { PlatformRefused, PlatformUnavailable } from '../../src/platform';
import { Owner } from '../kit/owner';
import { useRig } from '../kit/rig';
import type { Rig, RigOptions } from '../kit/rig';

/** Three TaskManagers of 4 slots each, of which one is to be left: the job holds 2 slots, and the first ones are filled first. */

const rigOf = useRig();
const input = { cluster: 'local', surplus: { before: 3, least: 1 } };

async function begun(options: RigOptions = {}): Promise<{ rig: Rig; owner: Owner }> {
  const rig = await rigOf({ taskManagers: 3, slots: 4, ...options });
  await rig.job();
  const owner = new Owner(rig, 3);
  owner.retires = true;
  return { rig, owner };
}

test('those that are idle are ended, and it waits until Flink knows no more of them', async () => {
  const { rig, owner } = await begun();
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({ kind: 'ENDED', wanted: 1 });
  expect(owner.asked).toEqual([1]);
  expect(await rig.cluster.flink.overview()).toMatchObject({ taskmanagers: 1 });
  expect(rig.calls).toEqual([]);
});

test('no more of them than the job has given back', async () => {
  const { rig, owner } = await begun();
  const surplus = { before: 3, least: 2 };
  expect(await rig.run(() => retire(owner.cluster, { ...input, surplus }))).toEqual({
    kind: 'ENDED',
    wanted: 2,
  });
});

test('one that another job has taken a slot of goes on, and so do its tasks; the others are ended', async () => {
  const { rig, owner } = await begun();
  await rig.job({ name: 'other', parallelism: 4 });
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({
    ...{ kind: 'IN_USE', wanted: 2, why: 'tm1, tm2 have slots in use' },
  });
  expect(owner.asked).toEqual([2]);
});

test('where all are in use none is ended', async () => {
  const { rig, owner } = await begun();
  await rig.job({ name: 'other', parallelism: 7 });
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({
    ...{ kind: 'IN_USE', wanted: 3, why: 'tm1, tm2, tm3 have slots in use' },
  });
  expect(owner.asked).toEqual([]);
});

test('one that has died is nobody’s to end: another would go in its place', async () => {
  const { rig, owner } = await begun();
  rig.flink.removeTaskManager();
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({
    ...{ kind: 'IN_USE', wanted: 3, why: '2 of 3 are registered with Flink' },
  });
  expect(owner.asked).toEqual([]);
});

test('P1: an attempt that follows a dead one ends no more than that would have', async () => {
  const { rig, owner } = await begun();
  await owner.scale(1);
  owner.asked.length = 0;
  const running = rig.begin(() => retire(owner.cluster, input), { attempt: 2 });
  expect(await running.end).toEqual({ kind: 'ENDED', wanted: 1 });
  expect(owner.asked).toEqual([]);
});

test.each([4, 0])('%d, which somebody else has asked for since, is left', async (count) => {
  const { rig, owner } = await begun();
  owner.count = count;
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({ kind: 'OVERRULED', wanted: count });
  expect(owner.asked).toEqual([]);
});

test('P5: no answer of the platform is followed by a look, and by the same call', async () => {
  const { rig, owner } = await begun();
  owner.answers.push({ scale: new PlatformUnavailable('it may have been taken') });
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({ kind: 'ENDED', wanted: 1 });
  expect(owner.asked).toEqual([1, 1]);
});

test.each([
  ['the platform refuses', { scale: new PlatformRefused('403: not allowed to') }, '403: not allowed to'],
  ['it does not answer for long', { scale: new PlatformUnavailable('nobody there') }, 'nobody there'],
])('%s: it gives up, with the words of it', async (_, answer, why) => {
  const { rig, owner } = await begun();
  owner.answers.push(...Array.from({ length: 2_000 }, () => answer));
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({ kind: 'STUCK', why });
});

test('a worker whose weir.yaml does not say any more which is which ends none', async () => {
  const { rig, owner } = await begun();
  owner.retires = false;
  expect(await rig.run(() => retire(owner.cluster, input))).toEqual({
    ...{ kind: 'STUCK', why: 'weir.yaml has no "resourceId" of them any more' },
  });
});
