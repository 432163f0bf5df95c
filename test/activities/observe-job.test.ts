import { observe } from '../../src/activities/observe';
import type { ObservedJob } from '../../src/contracts/observation';
import type { SimulatorOptions } from '../flink-simulator';
import { defaultProgram } from '../flink-simulator/program';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

/** The facts of a job that decide whether, and how, it is rescaled. */

const rigOf = useRig();

async function jobOf(rig: Rig): Promise<ObservedJob> {
  const artifact = { jar: 'orders.jar', args: ['--name', 'orders'] };
  const input = { cluster: 'local', job: 'orders', parallelism: 4, artifact, previousArtifact: artifact };
  const { job } = await rig.run(() => observe(rig.cluster, input));
  if (job.kind !== 'FOUND') throw new Error(`it is ${job.kind}`);
  return job.job;
}

describe('whether Flink starts it again for ever', () => {
  it.each<[string, SimulatorOptions, string | undefined, boolean]>([
    ['the default', {}, 'Cluster level default restart strategy', true],
    [
      'the cluster’s own, bounded',
      { settings: { 'restart-strategy.type': 'fixed-delay' } },
      'Cluster level default restart strategy',
      false,
    ],
    [
      'the same, by its name before 1.19',
      { settings: { 'restart-strategy': 'failure-rate' } },
      'Cluster level default restart strategy',
      false,
    ],
    [
      'the cluster’s own, endless',
      { settings: { 'restart-strategy.type': 'exponential-delay' } },
      'Cluster level default restart strategy',
      true,
    ],
    ['the job’s own, bounded', {}, 'Restart with fixed delay (1000 ms). #3 restart attempts.', false],
    ['nobody tells', {}, '', false],
  ])('%s', async (_, options, restartStrategy, forEver) => {
    const rig = await rigOf(options);
    await rig.job(restartStrategy === undefined ? {} : { restartStrategy });
    expect((await jobOf(rig)).restartsForEver).toBe(forEver);
  });
});

describe('its parallelism', () => {
  it('is what it was submitted with, also where a vertex has another, that is fixed in its program', async () => {
    const vertices = [{ name: 'Source: orders' }, { name: 'sink', fixedParallelism: 1 }];
    const rig = await rigOf({ programs: [{ ...defaultProgram, name: 'orders', vertices }] });
    await rig.job({ parallelism: 3 });
    const { parallelism, vertices: seen } = await jobOf(rig);
    expect(parallelism).toBe(3);
    expect(seen.map((vertex) => [vertex.name, vertex.parallelism])).toEqual([
      ['Source: orders', 3],
      ['sink', 1],
    ]);
  });
});

test('a batch job is told, and how many of its tasks are through', async () => {
  const rig = await rigOf({ programs: [{ ...defaultProgram, batch: true }] });
  await rig.job();
  expect(await jobOf(rig)).toMatchObject({ batch: true, finishedTasks: 0 });
});

test('how long its tasks took to start is told: the slowest of them', async () => {
  const rig = await rigOf({ delays: { start: 7_000 } });
  await rig.job();
  // a timer of Node's may come 1 ms early, which is 100 ms of this time
  expect((await jobOf(rig)).startTookMs).toBeGreaterThanOrEqual(6_900);
});

describe('its backpressure', () => {
  it('is that of the vertex that is held up most', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.backpressure = 0.8;
    expect((await jobOf(rig)).backpressure).toEqual({ vertex: 'Source: orders', ratio: 0.8 });
  });

  it('is left out where Flink does not answer: it is only for a warning', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const on = `GET /jobs/${job.id}/vertices/:vertex/backpressure`;
    rig.flink.fault({ on, kind: 'STATUS', status: 500, times: Infinity });
    expect(await jobOf(rig)).not.toHaveProperty('backpressure');
  });

  it('of a job that does not run is not asked for', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.fail();
    expect(await jobOf(rig)).not.toHaveProperty('backpressure');
  });
});

describe('on a cluster with the adaptive scheduler', () => {
  const scheduling = {
    ...({ kind: 'ADAPTIVE', partMs: 1_000, stabilizationMs: 0 } as const),
    cooldownMs: 0,
  };

  it('its bounds are told; none of one that is not adaptive', async () => {
    const rig = await rigOf({ scheduling });
    await rig.job();
    const { requirements, vertices, ...job } = await jobOf(rig);
    expect(requirements).toEqual(Object.fromEntries(vertices.map(({ id }) => [id, { lower: 1, upper: 2 }])));
    expect(job).not.toHaveProperty('coolsForMs');
    const other = await rigOf();
    await other.job();
    expect(await jobOf(other)).not.toHaveProperty('requirements');
  });

  it('for how long it is not rescaled yet is told', async () => {
    const rig = await rigOf({ scheduling: { ...scheduling, cooldownMs: 600_000 } });
    await rig.job();
    const { coolsForMs = 0 } = await jobOf(rig);
    expect(coolsForMs).toBeGreaterThan(0);
    expect(coolsForMs).toBeLessThanOrEqual(600_000);
  });

  it('its parallelism is what it runs at, where there are no slots for what it was submitted with', async () => {
    const rig = await rigOf({ scheduling, taskManagers: 1, slots: 3 });
    await rig.job({ parallelism: 4 });
    expect(await jobOf(rig)).toMatchObject({
      parallelism: 3,
      vertices: [{ parallelism: 3 }, { parallelism: 3 }],
    });
  });
});

test('a cluster in reactive mode is told, whatever its scheduler is called', async () => {
  const artifact = { jar: 'orders.jar', args: ['--name', 'orders'] };
  const input = { cluster: 'local', job: 'orders', parallelism: 4, artifact, previousArtifact: artifact };
  for (const [settings, scheduler] of [
    [{ 'scheduler-mode': 'REACTIVE', 'jobmanager.scheduler': 'adaptive' }, 'REACTIVE'],
    [{ 'jobmanager.scheduler': 'Adaptive' }, 'ADAPTIVE'],
    [{ 'jobmanager.scheduler': 'default' }, 'DEFAULT'],
    [{}, 'DEFAULT'],
  ] as const) {
    const rig = await rigOf({ settings });
    expect((await rig.run(() => observe(rig.cluster, input))).scheduler).toBe(scheduler);
  }
});
