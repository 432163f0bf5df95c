import {
  cooldownMs,
  coolsForMs,
  requirementsOf,
  schedulerOf,
  settlesForMs,
} from '../../src/activities/scheduling';
import { freshId } from '../flink-simulator/ids';
import { useRig } from '../kit/rig';

/** What is seen of a cluster's scheduler. */

const rigOf = useRig();
const cooldown = (version: '1.x' | '2.x') =>
  `jobmanager.adaptive-scheduler.${version === '2.x' ? 'executing.cooldown-after-rescaling' : 'scaling-interval.min'}`;
const stabilization = 'jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout';

test.each([
  [{}, 'DEFAULT'],
  [{ 'jobmanager.scheduler': 'Default' }, 'DEFAULT'],
  [{ 'jobmanager.scheduler': 'Adaptive' }, 'ADAPTIVE'],
  [{ 'jobmanager.scheduler': 'adaptive', 'scheduler-mode': 'reactive' }, 'REACTIVE'],
  [{ 'scheduler-mode': 'REACTIVE' }, 'REACTIVE'],
])('of a cluster with %j it is %s', async (settings, scheduler) => {
  const rig = await rigOf({ settings });
  expect(await rig.look((pulse) => schedulerOf(rig.cluster, pulse))).toBe(scheduler);
});

describe('what was asked for of a job', () => {
  const asked = async (options: Parameters<typeof rigOf>[0], id?: string) => {
    const rig = await rigOf(options);
    const job = await rig.job();
    return { job, seen: await rig.look((pulse) => requirementsOf(rig.cluster, id ?? job.id, pulse)) };
  };

  test('are the bounds of each vertex, on an adaptive cluster', async () => {
    const { job, seen } = await asked({ scheduling: { kind: 'ADAPTIVE' } });
    const bounds = { lower: 1, upper: 2 };
    expect(seen).toEqual(Object.fromEntries(job.vertices.map(({ id }) => [id, bounds])));
  });

  test.each<[string, { options: Parameters<typeof rigOf>[0]; id?: string }]>([
    ['with another scheduler', { options: {} }],
    ['before 1.18', { options: { version: '1.17.2', scheduling: { kind: 'ADAPTIVE' } } }],
    ['that Flink does not know', { options: { scheduling: { kind: 'ADAPTIVE' } }, id: freshId() }],
  ])('is not told of a job %s', async (_, { options, id }) => {
    expect((await asked(options, id)).seen).toBeUndefined();
  });
});

test.each([
  [{ [cooldown('2.x')]: '5 s' }, 5_000],
  [{ [cooldown('1.x')]: '1 min' }, 60_000],
  [{ [cooldown('2.x')]: '0 ms', [cooldown('1.x')]: '1 min' }, 0],
  [{}, 30_000],
  [{ [cooldown('2.x')]: 'soon' }, 30_000],
])('the cooldown of a cluster with %j is %d ms', async (settings, ms) => {
  const rig = await rigOf({ settings });
  expect(await rig.look((pulse) => cooldownMs(rig.cluster, pulse))).toBe(ms);
});

test('a job cools from when it began to run; one that does not run does not', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  const runs = rig.look((pulse) => coolsForMs(rig.cluster, job.id, 10_000_000, pulse));
  expect(await runs).toBeGreaterThan(9_000_000);
  expect(await runs).toBeLessThanOrEqual(10_000_000);
  const adaptive = await rigOf({ scheduling: { kind: 'ADAPTIVE' }, taskManagers: 0 });
  const waits = adaptive.flink.startJob({ name: 'waits', parallelism: 2 });
  await adaptive.until(() => waits.state === 'CREATED', 'it to wait for slots');
  expect(await adaptive.look((pulse) => coolsForMs(adaptive.cluster, waits.id, 10_000, pulse))).toBe(0);
});

test.each([
  ['2.3.0', { [stabilization]: '3 s' }, 3_000],
  ['2.3.0', { [stabilization]: 'soon' }, 60_000],
  ['2.3.0', {}, 60_000],
  ['1.20.5', {}, 0],
])(
  'new slots of a reactive cluster of Flink %s with %j lie idle for %d ms',
  async (version, settings, ms) => {
    const rig = await rigOf({ version, settings });
    expect(await rig.look((pulse) => settlesForMs(rig.cluster, pulse))).toBe(ms);
  },
);
