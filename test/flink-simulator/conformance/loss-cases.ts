import { allTasksRun } from '../look';
import { freshId } from '../ids';
import type { Case } from './cases';
import { isSince } from './versions';
import { ask, checkpointsOnce, eventually, savepoint, submit } from './steps';

/** What a JobManager without HA takes along when it is killed. */
export const lossCases: readonly Case[] = [
  {
    name: 'a lost JobManager forgets jobs and triggers, not jars; its slots come back later; the job id is free again',
    show: async (t) => {
      const jobId = await t.start(2);
      const triggerId = freshId();
      await savepoint(t, jobId, { triggerId });
      const { latest } = await checkpointsOnce(t, jobId, (seen) => seen.latest.completed != null);
      const path = latest.completed?.external_path ?? '';
      const jars = await t.flink.jars();
      await t.loseJobManager();

      expect(await t.flink.jobs()).toEqual([]);
      await expect(t.flink.jobStatus(jobId)).rejects.toMatchObject({
        // before 1.16 there is no such route, and the list is read
        status: isSince(t.version, '1.16') ? 500 : 404,
        refusal: 'JOB_NOT_FOUND',
      });
      expect((await ask(t, 'GET', `/jobs/${jobId}/savepoints/${triggerId}`)).status).toBe(404);
      expect(await t.flink.jars()).toEqual(jars);
      // TaskManagers that register, one after the other, while the lost job's tasks still run hold its 2 slots
      const held = new Set<number>();
      await eventually('all slots to be free', async () => {
        const slots = await t.flink.overview();
        held.add(slots['slots-total'] - slots['slots-available']);
        return slots['slots-available'] === 8;
      });
      expect(Math.max(...held)).toBeLessThanOrEqual(2);

      await submit(t, path, { jobId, parallelism: 4 });
      await allTasksRun(t.flink, jobId);
      expect((await t.flink.checkpoints(jobId)).latest.restored).toMatchObject({ external_path: path });
    },
  },
];
