import { allTasksRun, entryOf, stateBecomes } from '../look';
import type { Case } from './cases';
import {
  ask,
  attempts,
  eventually,
  json,
  moved,
  parallelismsOf,
  restart,
  runEmpty,
  savepointOf,
} from './steps';
import type { Target } from './target';
import { isSince } from './versions';

/** A cluster with the adaptive scheduler. */
export const adaptiveCases: readonly Case[] = [
  {
    name: 'the scheduler, as reads tell it',
    show: async (t) => {
      const { features } = (await json(t, 'GET', '/config')) as { features: object };
      expect(features).toMatchObject(isSince(t.version, '1.18') ? { 'web-rescale': true } : {});
      expect(await t.flink.option('jobmanager.scheduler')).toMatch(/^adaptive$/i);
      const entry = await entryOf(t.flink, await t.start(2));
      expect(entry).toMatchObject(isSince(t.version, '2.3') ? { schedulerType: 'Adaptive' } : {});
    },
  },
  {
    name: 'enough slots: a stop, and a start at another parallelism',
    show: async (t) => {
      const path = await savepointOf(t, await t.start(2));
      const jobId = await restart(t, path, 4);
      await eventually('fresh vertices', async () => (await t.flink.job(jobId)).state === 'RUNNING');
      expect(await parallelismsOf(t, jobId)).toEqual([4, 4]);
      expect((await t.flink.checkpoints(jobId)).latest.restored).toMatchObject({ external_path: path });
    },
  },
  {
    name: 'too few slots: CREATED without tasks, then RUNNING at what there is; scaled up when the others come',
    show: async (t) => {
      const other = await t.start(4);
      const jobId = await runEmpty(t, { parallelism: 8 });
      await stateBecomes(t.flink, jobId, 'CREATED');
      expect((await entryOf(t.flink, jobId)).tasks).toMatchObject({ total: 0, running: 0 });
      expect(await parallelismsOf(t, jobId)).toEqual(isSince(t.version, '1.18') ? [8, 8] : []);

      await allTasksRun(t.flink, jobId);
      expect((await entryOf(t.flink, jobId)).tasks).toMatchObject({ total: 8, running: 8 });
      await eventually('fresh vertices', async () => (await parallelismsOf(t, jobId)).join() === '4,4');
      expect(await t.flink.jobConfig(jobId)).toMatchObject({ 'execution-config': { 'job-parallelism': 8 } });
      expect(await t.flink.overview()).toMatchObject({ 'slots-available': 0 });

      await t.flink.cancel(other);
      await stateBecomes(t.flink, other, 'CANCELED');
      await moved(t, jobId, 8);
      expect(await attempts(t.flink, jobId)).toBeGreaterThanOrEqual(1);
      expect((await t.flink.exceptions(jobId)).exceptionHistory?.entries).toEqual([]);
      if (isSince(t.version, '2.0')) {
        const { latest } = await t.flink.checkpoints(jobId);
        expect(latest.restored).toMatchObject({ is_savepoint: false });
      }
    },
  },
  {
    name: 'no slot at all: CREATED, then FAILED, and since 2.0 nothing says why',
    show: async (t) => {
      await t.start(8);
      const jobId = await runEmpty(t, { parallelism: 2 });
      await stateBecomes(t.flink, jobId, 'CREATED');
      await stateBecomes(t.flink, jobId, 'FAILED');
      await failedUnseen(t, jobId, 'NoResourceAvailableException: Not enough resources available');
    },
  },
  {
    name: 'a snapshot that is not there: accepted, then FAILED, and since 2.0 nothing says why',
    show: async (t) => {
      const savepointPath = `${t.savepoints}/savepoint-aaaaaa-bbbbbbbbbbbb`;
      const jobId = await runEmpty(t, { parallelism: 2, savepointPath });
      await stateBecomes(t.flink, jobId, 'FAILED');
      await failedUnseen(t, jobId, 'Cannot find checkpoint or savepoint file/directory');
    },
  },
  {
    name: 'a parallelism above the maximum: accepted, and runs as wide as it may',
    show: async (t) => {
      const jobId = await runEmpty(t, { parallelism: 200 });
      await allTasksRun(t.flink, jobId);
      await eventually('fresh vertices', async () => (await parallelismsOf(t, jobId)).join() === '8,8');
    },
  },
];

async function failedUnseen(t: Target, jobId: string, why: string): Promise<void> {
  await eventually('a fresh job', async () => (await t.flink.job(jobId)).state === 'FAILED');
  expect(await parallelismsOf(t, jobId)).toEqual(isSince(t.version, '1.18') ? [2, 2] : []);
  expect((await entryOf(t.flink, jobId)).tasks).toMatchObject({ total: 0 });
  expect((await t.flink.exceptions(jobId)).exceptionHistory?.entries).toEqual([]);
  const { text } = await ask(t, 'GET', `/jobs/${jobId}/exceptions`);
  expect(text.includes(why)).toBe(!isSince(t.version, '2.0'));
}
