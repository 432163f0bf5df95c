import { allTasksRun, entryOf, stateBecomes } from '../look';
import type { Case } from './cases';
import { ask, eventually, runEmpty } from './steps';
import { isSince } from './versions';

const saying = (text: string) => expect.stringContaining(text) as string;

/** A job that does not get its slots, on the default scheduler. */
export const slotCases: readonly Case[] = [
  {
    name: 'slots that are not there: RESTARTING and RUNNING by turns, NoResourceAvailableException, until they come',
    show: async (t) => {
      const other = await t.start(4);
      const jobId = await runEmpty(t, { parallelism: 8 });
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      await stateBecomes(t.flink, jobId, 'RUNNING');
      expect((await entryOf(t.flink, jobId)).tasks).toMatchObject({ total: 16, running: 0 });
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      expect(await t.flink.overview()).toMatchObject({ 'slots-available': 0 });
      await eventually('fresh exceptions', async () => {
        const { exceptionHistory } = await t.flink.exceptions(jobId);
        return (exceptionHistory?.entries.length ?? 0) > 1;
      });
      const { exceptionHistory } = await t.flink.exceptions(jobId);
      expect(exceptionHistory?.entries[0]?.stacktrace).toEqual(
        saying('NoResourceAvailableException: Could not acquire the minimum required resources.'),
      );
      await t.flink.cancel(other);
      await allTasksRun(t.flink, jobId);
    },
  },
  {
    since: '1.17',
    name: 'the same, submitted with a bounded restart strategy: FAILED once it is used up; 1.20 does not tell of it',
    show: async (t) => {
      const strategy = isSince(t.version, '1.19') ? 'restart-strategy.type' : 'restart-strategy';
      const flinkConfiguration = {
        [strategy]: 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '1',
        'restart-strategy.fixed-delay.delay': '1 s',
      };
      const jobId = await runEmpty(t, { parallelism: 16, flinkConfiguration });
      await stateBecomes(t.flink, jobId, 'FAILED');
      await eventually('a fresh job', async () => (await t.flink.job(jobId)).state === 'FAILED');
      const { exceptionHistory } = await t.flink.exceptions(jobId);
      const failure = exceptionHistory?.entries[0]?.stacktrace;
      expect(failure).toEqual(
        saying('Recovery is suppressed by FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=1'),
      );
      expect(failure).toEqual(saying('Caused by: org.apache.flink.runtime.jobmanager.scheduler.NoResource'));
      const config = await ask(t, 'GET', `/jobs/${jobId}/config`);
      const hides = isSince(t.version, '1.19') && !isSince(t.version, '2.0');
      expect(config.text).toContain(hides ? 'Cluster level default restart strategy' : '#1 restart attempts');
      await eventually(
        'its slots to be free',
        async () => (await t.flink.overview())['slots-available'] === 8,
      );
    },
  },
];
