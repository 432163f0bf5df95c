import type { OverviewJob } from '../../../src/flink/client';
import { allTasksRun } from '../look';
import { freshId } from '../ids';
import type { Case } from './cases';
import {
  ask,
  checkpointNow,
  eventually,
  jobsNow,
  runEmpty,
  savepointOf,
  submit,
  type RawAnswer,
} from './steps';
import type { Target } from './target';
import { isSince } from './versions';

/** A JobManager with high availability that is lost. */
export const haCases: readonly Case[] = [
  {
    since: '1.17',
    name: 'a lost JobManager: 503 until a leader is elected; jobs come back from their last checkpoint, triggers do not',
    show: async (t) => {
      const jobId = await t.start(2);
      const id = await checkpointNow(t, jobId);
      await t.make('SLOW_SNAPSHOT');
      const triggerId = freshId();
      const targetDirectory = `${t.savepoints}/${triggerId}`;
      await t.flink.stop(jobId, { triggerId, targetDirectory, formatType: 'CANONICAL' });
      const jars = await t.flink.jars();
      const refused = await answersWhileLost(t);
      await t.mend();

      expect(refused).toContainEqual({ status: 503, text: inElection });
      for (const { status, text } of refused) {
        expect(status).toBe(503);
        if (text !== inElection) expect(text).toContain('EndpointNotStartedException');
      }
      await allTasksRun(t.flink, jobId);
      const { latest } = await t.flink.checkpoints(jobId);
      expect(latest.restored).toMatchObject({ id, is_savepoint: false });
      expect((await ask(t, 'GET', `/jobs/${jobId}/savepoints/${triggerId}`)).status).toBe(404);
      expect(await t.flink.jars()).toEqual(jars);
    },
  },
  {
    since: '1.17',
    name: 'a job that was stopped for good does not come back: it is unknown, or known by its result only if that was not put away yet',
    show: async (t) => {
      const jobId = await runEmpty(t, { parallelism: 2 });
      await allTasksRun(t.flink, jobId);
      const path = await savepointOf(t, jobId);
      // Flink shows it FINISHED some ms before it has noted that for its successor: until then it would come back
      const cancel = () => ask(t, 'PATCH', `/jobs/${jobId}?mode=cancel`);
      await eventually('its end to be noted', async () => (await cancel()).status === 409);
      await answersWhileLost(t);
      const known = (await jobsNow(t)).find(({ jid }) => jid === jobId);
      if (known !== undefined) await showOnlyItsResult(t, known);
      const next = await submit(t, path, { parallelism: 4 });
      await allTasksRun(t.flink, next);
    },
  },
];

/** No name before 2.0, no tasks, no checkpoints; 1.20 fails to tell the job itself. */
async function showOnlyItsResult(t: Target, { jid, name, state, tasks }: OverviewJob): Promise<void> {
  expect({ state, tasks: tasks.total }).toEqual({ state: 'FINISHED', tasks: 0 });
  expect(name === 'unknown').toBe(!isSince(t.version, '2.0'));
  expect(await t.flink.jobStatus(jid)).toBe('FINISHED');
  await expect(t.flink.checkpoints(jid)).rejects.toMatchObject({ refusal: 'CHECKPOINTING_DISABLED' });
  const { status } = await ask(t, 'GET', `/jobs/${jid}`);
  expect(status).toBe(isSince(t.version, '1.20') && !isSince(t.version, '2.0') ? 500 : 200);
}

const inElection =
  '{"errors":["Service temporarily unavailable due to an ongoing leader election. Please refresh."]}';

/** Kills the JobManager, asks until the next one leads, and returns what else than a success was answered meanwhile. */
async function answersWhileLost(t: Target): Promise<RawAnswer[]> {
  let answers = false;
  const lost = t.loseJobManager().then(() => (answers = true));
  const refused: RawAnswer[] = [];
  await eventually('one to lead', async () => {
    const wasThere = answers;
    if (wasThere) await t.tend();
    const answer = await ask(t, 'GET', '/jobs').catch(() => undefined);
    if (answer !== undefined && answer.status !== 200) refused.push(answer);
    return wasThere && answer?.status === 200;
  });
  await lost;
  return refused;
}
