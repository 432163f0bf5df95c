import { allTasksRun, entryOf } from '../look';
import { freshId } from '../ids';
import type { Case } from './cases';
import { ask, boundsAt, checkpointNow, eventually, moved, parallelismsOf, savepoint } from './steps';
import type { Target } from './target';

/** Bounds of a job that runs, which only the adaptive scheduler lets be changed. */

/** Asks for that parallelism, and has Flink act on it. */
async function taken(t: Target, jobId: string, parallelism: number): Promise<number> {
  const before = await checkpointNow(t, jobId);
  await t.flink.require(jobId, await boundsAt(t, jobId, parallelism));
  await moved(t, jobId, parallelism);
  return before;
}

export const inPlaceCases: readonly Case[] = [
  {
    since: '1.18',
    name: 'the bounds of a job: from 1 to what it was submitted with',
    show: async (t) => {
      const jobId = await t.start(2);
      expect(await t.flink.requirements(jobId)).toEqual(await boundsAt(t, jobId, 2));
    },
  },
  {
    since: '1.18',
    name: 'other bounds, up and down: the same job runs there, from a checkpoint that is newer than the request; what it was submitted with is told as before',
    show: async (t) => {
      const jobId = await t.start(2);
      for (const parallelism of [4, 2, 3]) {
        const before = await taken(t, jobId, parallelism);
        expect(await t.flink.requirements(jobId)).toEqual(await boundsAt(t, jobId, parallelism));
        await eventually('fresh statistics', async () => {
          const { restored } = (await t.flink.checkpoints(jobId)).latest;
          return restored != null && !restored.is_savepoint && restored.id >= before;
        });
        const { latest, history } = await t.flink.checkpoints(jobId);
        const entry = history.find(({ id }) => id === latest.restored?.id);
        expect(entry?.latest_ack_timestamp).toBeLessThanOrEqual(latest.restored?.restore_timestamp ?? 0);
        expect(await t.flink.jobConfig(jobId)).toMatchObject({
          'execution-config': { 'job-parallelism': 2 },
        });
        await checkpointNow(t, jobId);
      }
    },
  },
  {
    since: '1.18',
    name: 'when it began to run, and its tasks: told anew after each rescale',
    show: async (t) => {
      const jobId = await t.start(2);
      const first = (await t.flink.job(jobId)).timestamps['RUNNING'] ?? 0;
      await taken(t, jobId, 4);
      const { timestamps, now, vertices } = await t.flink.job(jobId);
      expect(timestamps['RUNNING']).toBeGreaterThan(first);
      expect(now).toBeGreaterThanOrEqual(timestamps['RUNNING'] ?? Infinity);
      for (const { id } of vertices)
        for (const subtask of (await t.flink.vertex(jobId, id)).subtasks)
          expect(subtask['start-time']).toBeGreaterThan(first);
    },
  },
  {
    since: '2.0',
    name: 'a savepoint does not count: it is a checkpoint that the job is restored from',
    show: async (t) => {
      const jobId = await t.start(2);
      await savepoint(t, jobId);
      const before = await taken(t, jobId, 4);
      await eventually('fresh statistics', async () => {
        const { restored } = (await t.flink.checkpoints(jobId)).latest;
        return restored != null && !restored.is_savepoint && restored.id >= before;
      });
    },
  },
  {
    since: '1.18',
    name: 'bounds beyond the maximum, or not of every vertex: 400 and why, and nothing changes',
    show: async (t) => {
      const jobId = await t.start(2);
      const before = await t.flink.requirements(jobId);
      await expect(t.flink.require(jobId, await boundsAt(t, jobId, 200))).rejects.toMatchObject({
        status: 400,
        message: expect.stringMatching(
          /newly requested parallelism 200 .* exceeds its maximum parallelism 128/,
        ) as string,
      });
      const [some] = Object.entries(before);
      if (some === undefined) throw new Error('no vertices');
      await expect(t.flink.require(jobId, Object.fromEntries([some]))).rejects.toMatchObject({
        status: 400,
        message: expect.stringMatching(/request is incomplete/) as string,
      });
      expect(await t.flink.requirements(jobId)).toEqual(before);
      expect(await parallelismsOf(t, jobId)).toEqual([2, 2]);
    },
  },
  {
    since: '1.18',
    name: 'bounds for which there are no slots at all: taken, and the job runs on as it is',
    show: async (t) => {
      const jobId = await t.start(2);
      await t.flink.require(jobId, await boundsAt(t, jobId, 16, 12));
      for (let n = 0; n < 3; n++) await checkpointNow(t, jobId);
      expect(await entryOf(t.flink, jobId)).toMatchObject({
        state: 'RUNNING',
        tasks: { total: 4, running: 4 },
      });
      await t.flink.require(jobId, await boundsAt(t, jobId, 2));
      await allTasksRun(t.flink, jobId);
    },
  },
  {
    since: '1.18',
    name: 'the bounds of a job that has ended, or is not known: a 500 that says so',
    show: async (t) => {
      const jobId = await t.start(2);
      const bounds = await boundsAt(t, jobId, 4);
      await t.flink.cancel(jobId);
      await eventually('its end', async () => (await entryOf(t.flink, jobId)).state === 'CANCELED');
      for (const id of [jobId, freshId()]) {
        await expect(t.flink.requirements(id)).rejects.toMatchObject({ refusal: 'JOB_NOT_FOUND' });
        await expect(t.flink.require(id, bounds)).rejects.toMatchObject({ refusal: 'JOB_NOT_FOUND' });
      }
      const { status } = await ask(t, 'GET', `/jobs/${freshId()}/resource-requirements`);
      expect(status).toBe(500);
    },
  },
];

/** Of a cluster with another scheduler. */
export const noBoundsCases: readonly Case[] = [
  {
    since: '1.18',
    name: 'bounds of a job on the default scheduler: refused, whatever they are',
    show: async (t) => {
      const jobId = await t.start(2);
      await expect(t.flink.requirements(jobId)).rejects.toMatchObject({ refusal: 'UNSUPPORTED' });
      const { vertices } = await t.flink.job(jobId);
      const bounds = Object.fromEntries(vertices.map(({ id }) => [id, { lower: 1, upper: 4 }]));
      await expect(t.flink.require(jobId, bounds)).rejects.toMatchObject({ refusal: 'UNSUPPORTED' });
    },
  },
];
