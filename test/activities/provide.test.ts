import { provide } from '../../src/activities/provide';
import { release } from '../../src/activities/release';
import type { Provision } from '../../src/planning/provision';
import { PlatformRefused, PlatformUnavailable } from '../../src/platform';
import { Owner } from '../kit/owner';
import { failureOf, useRig } from '../kit/rig';
import type { Rig } from '../kit/rig';

/** TaskManagers that come before anything else is done, 4 slots each; a job of 2 is to go to 8. */

const rigOf = useRig();
const provision: Provision = { before: 1, count: 2, slotsEach: 4, needed: 8, givenBack: 2, free: 2 };

async function begun(): Promise<{ rig: Rig; owner: Owner }> {
  const rig = await rigOf({ taskManagers: 1, slots: 4 });
  await rig.job();
  return { rig, owner: new Owner(rig) };
}
const input = { cluster: 'local', provision, waitMs: 60_000 };
const missing =
  'not within 60000 ms: 1 of 2 TaskManagers are registered with Flink; 8 slots are needed and 2 are free beside the 2 that the job gives back';

describe('provide', () => {
  test('asks for as many as are to run, and waits until Flink has their slots', async () => {
    const { rig, owner } = await begun();
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({ kind: 'THERE' });
    expect(owner.asked).toEqual([2]);
    expect(rig.calls).toEqual([]);
  });

  test('P1: an attempt that follows a dead one waits for what that has asked for', async () => {
    const { rig, owner } = await begun();
    owner.count = 2;
    const running = rig.begin(() => provide(owner.cluster, input), { attempt: 2 });
    expect(await running.end).toEqual({ kind: 'THERE' });
    expect(new Set(owner.asked)).toEqual(new Set([2]));
  });

  test('where the slots are there already nobody is asked', async () => {
    const { rig, owner } = await begun();
    rig.flink.addTaskManager();
    owner.answers.push({ wanted: new PlatformRefused('never asked') });
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({ kind: 'THERE' });
    expect(owner.asked).toEqual([]);
  });

  test('slots that another job has taken do not count', async () => {
    const { rig, owner } = await begun();
    await rig.job({ name: 'other', parallelism: 2 });
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({
      kind: 'NOT_THERE',
      why: expect.stringContaining(
        '2 of 2 TaskManagers are registered with Flink; 8 slots are needed and 4',
      ) as string,
    });
  });

  test('those that do not come are asked for again and again, until the time is over: what is missing', async () => {
    const { rig, owner } = await begun();
    owner.most = 1;
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({ kind: 'NOT_THERE', why: missing });
    expect(owner.asked.length).toBeGreaterThan(5);
    expect(owner.asked.length).toBeLessThan(15);
  });

  test('the time that a dead attempt has spent counts', async () => {
    const { rig, owner } = await begun();
    owner.most = 1;
    const details = { stands: true, spentMs: 59_900, why: '' };
    owner.count = 2;
    const left = { attempt: 1, over: false, details };
    const run = rig.run(() => provide(owner.cluster, input), { attempt: 2, heartbeatDetails: left });
    expect(await run).toEqual({ kind: 'NOT_THERE', why: missing });
    expect(owner.asked.length).toBeLessThan(3);
  });

  test.each([
    ['when it is asked how many', { wanted: new PlatformRefused('403: not allowed to') }],
    ['when it is asked for more', { scale: new PlatformRefused('403: not allowed to') }],
  ])('the platform refuses, %s: its words say why', async (_, answer) => {
    const { rig, owner } = await begun();
    owner.answers.push(answer);
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({
      ...{ kind: 'NOT_THERE', why: '403: not allowed to' },
    });
    expect(owner.count).toBe(1);
  });

  test('P5: no answer of the platform is followed by a look, and by the same call', async () => {
    const { rig, owner } = await begun();
    owner.answers.push(
      { wanted: new PlatformUnavailable('nobody there') },
      { scale: new PlatformUnavailable('gone') },
    );
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({ kind: 'THERE' });
    expect(owner.asked).toEqual([2, 2]);
  });

  test('a platform that never answers is waited for no longer than TaskManagers are, and the heartbeat says for whom', async () => {
    const { rig, owner } = await begun();
    owner.wanted = () => Promise.reject(new PlatformUnavailable('nobody there'));
    const running = rig.begin(() => provide(owner.cluster, input));
    expect(await running.end).toEqual({ kind: 'NOT_THERE', why: 'not within 60000 ms: nobody there' });
    expect(running.beats.some(({ waiting = '' }) => waiting.includes('the TaskManagers’ platform'))).toBe(
      true,
    );
  });

  test('as many as somebody else has asked for are left, before and after ours', async () => {
    const { rig, owner } = await begun();
    owner.count = 5;
    owner.most = 1;
    const theirs = 'somebody else has asked for 5 TaskManagers meanwhile, instead of 2';
    expect(await rig.run(() => provide(owner.cluster, input))).toEqual({ kind: 'NOT_THERE', why: theirs });
    expect(owner.asked).toEqual([]);

    owner.count = 1;
    const running = rig.begin(() => provide(owner.cluster, input));
    await rig.until(
      () => running.beats.some(({ details }) => JSON.stringify(details).includes('"stands":true')),
      'ours',
    );
    owner.count = 1;
    expect(await running.end).toMatchObject({ why: expect.stringContaining('asked for 1') as string });
  });

  test('an abort ends it at once', async () => {
    const { rig, owner } = await begun();
    owner.most = 1;
    const running = rig.begin(() => provide(owner.cluster, input));
    await rig.until(() => owner.asked.length > 0, 'the call');
    running.abort();
    expect((await failureOf(running.end)).name).toBe('CancelledFailure');
    expect(owner.asked).toEqual([2]);
  });

  test('a worker whose weir.yaml does not say any more who runs them: the reason, and the field', async () => {
    const { rig } = await begun();
    expect(await rig.run(() => provide(rig.cluster, input))).toMatchObject({
      why: expect.stringContaining('valid: clusters.local.taskManagers there') as string,
    });
  });
});

describe('release', () => {
  const back = { cluster: 'local', provision };

  test('as many as before, whether the others have come or not', async () => {
    const { rig, owner } = await begun();
    for (const most of [1, Infinity]) {
      owner.most = most;
      await owner.scale(2);
      expect(await rig.run(() => release(owner.cluster, back))).toEqual({ kind: 'BACK', wanted: 1 });
      expect(owner.count).toBe(1);
    }
    expect(rig.flink.live('orders')).toMatchObject([{ tasks: 'RUNNING' }]);
  });

  test('nobody is asked where none were asked for', async () => {
    const { rig, owner } = await begun();
    expect(await rig.run(() => release(owner.cluster, back))).toEqual({ kind: 'BACK', wanted: 1 });
    expect(owner.asked).toEqual([]);
  });

  test('one that has come, and may hold tasks of another job, is left', async () => {
    const { rig, owner } = await begun();
    await owner.scale(2);
    await rig.job({ name: 'other', parallelism: 4 });
    expect(await rig.run(() => release(owner.cluster, back))).toEqual({ kind: 'KEPT', wanted: 2 });
    expect(rig.flink.live('other')).toMatchObject([{ tasks: 'RUNNING' }]);
  });

  test('of three of which one has come, and may hold tasks, the others are not wanted any more', async () => {
    const { rig, owner } = await begun();
    owner.most = 2;
    await owner.scale(4);
    await rig.job({ name: 'other', parallelism: 4 });
    const three = { ...back, provision: { ...provision, count: 4, needed: 16 } };
    expect(await rig.run(() => release(owner.cluster, three))).toEqual({ kind: 'KEPT', wanted: 2 });
    expect(owner.count).toBe(2);
  });

  test('as many as somebody else has asked for are left', async () => {
    const { rig, owner } = await begun();
    owner.count = 5;
    expect(await rig.run(() => release(owner.cluster, back))).toEqual({ kind: 'OVERRULED', wanted: 5 });
    expect(owner.asked).toEqual([]);
  });

  test('P5: no answer of the platform is followed by a look, and by the same call', async () => {
    const { rig, owner } = await begun();
    await owner.scale(2);
    owner.answers.push(
      { wanted: new PlatformUnavailable('nobody there') },
      { scale: new PlatformUnavailable('gone') },
    );
    expect(await rig.run(() => release(owner.cluster, back))).toEqual({ kind: 'BACK', wanted: 1 });
  });

  test('a platform that refuses, or never answers, is the reason', async () => {
    const { rig, owner } = await begun();
    await owner.scale(2);
    owner.answers.push({ scale: new PlatformRefused('403: not allowed to') });
    expect(await rig.run(() => release(owner.cluster, back))).toEqual({
      ...{ kind: 'STUCK', why: '403: not allowed to' },
    });
    owner.wanted = () => Promise.reject(new PlatformUnavailable('nobody there'));
    expect(await rig.run(() => release(owner.cluster, back))).toEqual({ kind: 'STUCK', why: 'nobody there' });
  });

  test('until Flink knows no more of them: whoever plans next would count on their slots', async () => {
    const { rig, owner } = await begun();
    await owner.scale(2);
    // it ends, and Flink does not miss it yet
    owner.most = 0;
    owner.scale = (count) => {
      owner.asked.push(count);
      owner.count = count;
      return Promise.resolve();
    };
    const running = rig.begin(() => release(owner.cluster, back));
    await rig.until(() => owner.count === 1, 'the call');
    const overviews = rig.counting('GET /overview');
    await rig.until(() => overviews() > 3, 'looks');
    rig.flink.removeTaskManager();
    expect(await running.end).toEqual({ kind: 'BACK', wanted: 1 });
  });
});
