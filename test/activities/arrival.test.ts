import { arrivalOf, shortage } from '../../src/activities/arrival';
import type { Arrival } from '../../src/activities/arrival';
import { overviewOf } from '../../src/activities/job';
import type { Aim } from '../../src/planning/in-place';
import type { SimulatedJob } from '../flink-simulator';
import { freshId } from '../flink-simulator/ids';
import { useRig } from '../kit/rig';
import type { Rig, RigOptions } from '../kit/rig';

/** Whether a job of which every task runs has come to where it was to be. */

const rigOf = useRig();
const start = (options: RigOptions = {}) =>
  rigOf({ scheduling: { kind: 'ADAPTIVE', cooldownMs: 0, stabilizationMs: 0 }, ...options });

function aimOf(job: SimulatedJob, targets: readonly number[], change: Partial<Aim> = {}): Aim {
  const [to = 1] = targets;
  return {
    ...{ requirements: {}, from: 2, to },
    targets: Object.fromEntries(job.vertices.map(({ id }, i) => [id, targets[i] ?? to])),
    ...change,
  };
}

async function looked(rig: Rig, job: SimulatedJob, aim: Aim): Promise<Arrival> {
  return rig.look(async (pulse) => {
    const entry = await overviewOf(rig.cluster, job.id, pulse);
    if (entry === undefined) throw new Error('it is not there');
    return arrivalOf(rig.cluster, { jobId: job.id, aim }, entry, pulse);
  });
}

/** It fails over to its last checkpoint, and runs again. */
async function failedOver(rig: Rig, job: SimulatedJob): Promise<void> {
  const before = job.checkpoints.restores;
  job.failOver('a TaskManager is lost', 100);
  await rig.until(() => job.checkpoints.restores > before && job.tasks === 'RUNNING', 'it to run again');
}

test('with as many tasks as each vertex was to have it is there', async () => {
  const rig = await start();
  const job = await rig.job({ parallelism: 4 });
  expect(await looked(rig, job, aimOf(job, [4, 4]))).toEqual({ kind: 'THERE', warnings: [] });
});

test('with another number of tasks it is elsewhere', async () => {
  const rig = await start();
  const job = await rig.job({ parallelism: 3 });
  expect(await looked(rig, job, aimOf(job, [4, 4]))).toEqual({ kind: 'ELSEWHERE' });
});

test('with as many tasks, and one vertex too wide and one too narrow, it is elsewhere', async () => {
  const rig = await start();
  const job = await rig.job({ parallelism: 3 });
  expect(await looked(rig, job, aimOf(job, [4, 2]))).toEqual({ kind: 'ELSEWHERE' });
});

test('as long as Flink’s cache shows its old shape nobody can say', async () => {
  const rig = await start({ refreshIntervalMs: 60_000 });
  const job = await rig.job({ parallelism: 2 });
  await rig.checkpoint(job);
  await rig.onItsOwn(() => rig.cluster.flink.job(job.id));
  await rig.onItsOwn(() =>
    rig.cluster.flink.require(
      job.id,
      Object.fromEntries(job.vertices.map(({ id }) => [id, { lower: 1, upper: 4 }])),
    ),
  );
  await rig.checkpoint(job);
  await rig.until(
    () => job.vertices.every(({ parallelism }) => parallelism === 4) && job.tasks === 'RUNNING',
    'it at 4',
  );
  expect(await looked(rig, job, aimOf(job, [4, 4]))).toEqual({ kind: 'UNKNOWN' });
});

describe('one that had to be restarted for it', () => {
  test('from a checkpoint since then: which one, and for how long nothing ran', async () => {
    const rig = await start();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    await failedOver(rig, job);
    const arrival = await looked(rig, job, aimOf(job, [2, 2], { newerThan: 0 }));
    expect(arrival).toMatchObject({
      ...{ kind: 'THERE', warnings: [] },
      restored: { kind: 'CHECKPOINT', path, jobId: job.id, checkpointId: 1 },
    });
    if (arrival.kind !== 'THERE' || arrival.downtime === undefined) throw new Error('it has taken time');
    const { total, stop, submit, restore } = arrival.downtime;
    expect([submit, total]).toEqual([0, stop + restore]);
    expect(Math.min(stop, restore)).toBeGreaterThanOrEqual(0);
  });

  test('from an older one: a warning that names it', async () => {
    const rig = await start();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    await failedOver(rig, job);
    expect(await looked(rig, job, aimOf(job, [2, 2], { newerThan: 1 }))).toMatchObject({
      warnings: [`Flink restored ${path}, which is not of this rescale: records since are processed again`],
    });
  });

  test('from a savepoint: a warning, since that is not of this rescale either', async () => {
    const rig = await start();
    const first = await rig.job({ name: 'first' });
    const saved = rig.flink.next('SAVEPOINT');
    rig.flink.savepoint(first.id);
    const { path: savepointPath } = await saved;
    const id = freshId();
    const jarId = await rig.cluster.flink.uploadJar(__filename, 'orders.jar');
    const submission = { jarId, parallelism: 2, args: ['--name', 'orders'] };
    await rig.cluster.flink.runJar(submission, id, { savepointPath, allowNonRestoredState: false });
    const job = rig.flink.job(id);
    await rig.until(() => job.tasks === 'RUNNING', 'it to run');
    expect(await looked(rig, job, aimOf(job, [2, 2], { newerThan: 0 }))).toMatchObject({
      warnings: [expect.stringContaining('is not of this rescale')],
    });
  });

  test('from none: a warning, no snapshot and no downtime', async () => {
    const rig = await start();
    const job = await rig.job();
    expect(await looked(rig, job, aimOf(job, [2, 2], { newerThan: 0 }))).toEqual({
      kind: 'THERE',
      warnings: [
        'Flink restored no checkpoint, which is not of this rescale: records since are processed again',
      ],
    });
  });
});

describe('the slots that it lacks', () => {
  const missing = async (rig: Rig, job: SimulatedJob, to: number) =>
    rig.look(async (pulse) => {
      const entry = await overviewOf(rig.cluster, job.id, pulse);
      if (entry === undefined) throw new Error('it is not there');
      return shortage(rig.cluster, { jobId: job.id, aim: aimOf(job, [to, to]) }, entry, pulse);
    });

  test('are none as long as those that it holds and those that are free are enough', async () => {
    const rig = await start({ taskManagers: 1, slots: 5 });
    const job = await rig.job();
    expect(await missing(rig, job, 5)).toBeUndefined();
  });

  test('else how many it needs, holds, and could have', async () => {
    const rig = await start({ taskManagers: 1, slots: 5 });
    const job = await rig.job();
    expect(await missing(rig, job, 6)).toBe('it needs 6 slots, holds 2, and 3 of 5 are free');
  });
});
