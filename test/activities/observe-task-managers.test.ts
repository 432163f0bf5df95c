import type { Cluster } from '../../src/activities/cluster';
import { observe } from '../../src/activities/observe';
import type { ObserveInput } from '../../src/activities/observe';
import { PlatformRefused, PlatformUnavailable } from '../../src/platform';
import { Owner } from '../kit/owner';
import { failureOf, useRig } from '../kit/rig';
import type { Rig, RigOptions } from '../kit/rig';

/** When PLANNING asks whoever runs the TaskManagers: two of them, 4 slots each, and a job at 2. */

const rigOf = useRig();
const artifact = { jar: 'orders.jar', args: ['--name', 'orders'] };

async function begun(options: RigOptions = {}): Promise<{ rig: Rig; owner: Owner }> {
  const rig = await rigOf({ taskManagers: 2, slots: 4, ...options });
  await rig.job();
  return { rig, owner: new Owner(rig, 2) };
}

function look(cluster: Cluster, change: Partial<ObserveInput> = {}) {
  const input = { cluster: 'local', job: 'orders', parallelism: 12, artifact, previousArtifact: artifact };
  return () => observe(cluster, { ...input, ...change });
}
const seen = { kind: 'SEEN', wanted: 2, registered: 2 };

test('where the slots are short: how many are wanted, and how many have come', async () => {
  const { rig, owner } = await begun();
  expect(await rig.run(look(owner.cluster))).toMatchObject({ taskManagers: seen });
});

test('a START likewise', async () => {
  const { rig, owner } = await begun();
  const observation = await rig.run(look(owner.cluster, { job: 'other', transition: 'START' }));
  expect(observation).toMatchObject({ job: { kind: 'UNKNOWN' }, taskManagers: seen });
});

test.each([
  ['there are slots enough', { parallelism: 8 }, {}],
  ['the job is only to be suspended', { transition: 'SUSPEND', parallelism: 12 }, {}],
  ['the cluster starts them by itself', {}, { settings: { 'execution.target': 'kubernetes-session' } }],
] as const)(
  '%s: nobody is asked, so a platform that does not answer keeps nothing waiting',
  async (_, change, options) => {
    const { rig, owner } = await begun(options);
    owner.wanted = () => Promise.reject(new PlatformUnavailable('nobody there'));
    expect(await rig.run(look(owner.cluster, change))).not.toHaveProperty('taskManagers');
  },
);

test('where slots are given back and idle ones can be ended: the same, and that they can', async () => {
  const { rig, owner } = await begun();
  owner.retires = true;
  const observation = await rig.run(look(owner.cluster, { parallelism: 1 }));
  expect(observation).toMatchObject({ taskManagers: { ...seen, retires: true } });
});

test('where slots are given back and nobody knows which one is which, nobody is asked', async () => {
  const { rig, owner } = await begun();
  expect(await rig.run(look(owner.cluster, { parallelism: 1 }))).not.toHaveProperty('taskManagers');
});

test('where weir.yaml does not say who runs them, there is nobody to ask', async () => {
  const { rig } = await begun();
  expect(await rig.run(look(rig.cluster))).not.toHaveProperty('taskManagers');
});

test('a platform that refuses: its words', async () => {
  const { rig, owner } = await begun();
  owner.answers.push({ wanted: new PlatformRefused('403: not allowed to') });
  expect(await rig.run(look(owner.cluster))).toMatchObject({
    taskManagers: { kind: 'REFUSED', reason: '403: not allowed to' },
  });
});

test('one that does not answer is not waited for for long: what lacks slots is refused then', async () => {
  const { rig, owner } = await begun();
  owner.wanted = () => Promise.reject(new PlatformUnavailable('nobody there'));
  expect(await rig.run(look(owner.cluster))).toMatchObject({
    taskManagers: { kind: 'REFUSED', reason: 'whoever runs them did not answer within 15000 ms' },
  });
});

test('an abort does not wait for it either', async () => {
  const { rig, owner } = await begun();
  let asked = 0;
  owner.wanted = () => {
    asked += 1;
    return Promise.reject(new PlatformUnavailable('nobody there'));
  };
  const running = rig.begin(look(owner.cluster));
  await rig.until(() => asked > 0, 'the question');
  running.abort();
  expect((await failureOf(running.end)).name).toBe('CancelledFailure');
});

test('one that registers between two looks is not taken for half of the slots', async () => {
  const { rig, owner } = await begun();
  const wanted = () => {
    rig.flink.addTaskManager();
    return Promise.resolve(3);
  };
  owner.wanted = wanted;
  expect(await rig.run(look(owner.cluster))).toMatchObject({
    slots: { total: 8 },
    taskManagers: { kind: 'SEEN', wanted: 3, registered: 2 },
  });
});
