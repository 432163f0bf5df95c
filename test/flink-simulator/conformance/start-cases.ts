import { allTasksRun, entryOf, stateBecomes } from '../look';
import { freshId } from '../ids';
import type { Case } from './cases';
import { isSince } from './versions';
import { ask, attempts, eventually, json, restart, savepointOf, submit } from './steps';

/** Shown: 1.15.4 answers 400, 1.17.2 answers 500; 1.16 is not looked at. */
const planFailsSince = '1.17';

const saying = (text: string) => expect.stringContaining(text) as string;

/** Jars and starts: what is refused how, and what it leaves behind. */
export const startCases: readonly Case[] = [
  {
    name: 'a start from a savepoint: at the parallelism asked for, restored from that path',
    show: async (t) => {
      const path = await savepointOf(t, await t.start(2));
      const submission = await t.submission(4);
      const jobId = freshId();
      const body = {
        parallelism: 4,
        programArgsList: submission.args,
        jobId,
        savepointPath: path,
        restoreMode: 'NO_CLAIM',
      };
      const answer = await json(t, 'POST', `/jars/${submission.jarId}/run`, body);
      const asApplication = isSince(t.version, '2.3') ? { applicationId: jobId } : {};
      expect(answer).toEqual({ jobid: jobId, ...asApplication });
      await allTasksRun(t.flink, jobId);
      expect((await t.flink.job(jobId)).vertices).toMatchObject([{ parallelism: 4 }, { parallelism: 4 }]);
      expect(await t.flink.jobConfig(jobId)).toMatchObject({ 'execution-config': { 'job-parallelism': 4 } });
      const { latest, counts } = await t.flink.checkpoints(jobId);
      expect(latest.restored).toMatchObject({ is_savepoint: true, external_path: path });
      expect(counts).toMatchObject({ restored: 1 });
      expect(await t.flink.overview()).toMatchObject({ 'slots-available': 4 });
    },
  },
  {
    name: 'a job id that Flink knows, alive or not, is a duplicate',
    show: async (t) => {
      const old = await t.start(2);
      const path = await savepointOf(t, old);
      const live = await restart(t, path, 2);
      for (const jobId of [old, live]) {
        const refused = submit(t, path, { jobId, parallelism: 2 });
        await expect(refused).rejects.toMatchObject({ status: 400, refusal: 'DUPLICATE_JOB' });
      }
      expect(await t.flink.jobStatus(old)).toBe('FINISHED');
      expect(await t.flink.jobStatus(live)).toBe('RUNNING');
    },
  },
  {
    name: 'a parallelism above the maximum is a 400, and leaves a FAILED job without vertices',
    show: async (t) => {
      const path = await savepointOf(t, await t.start(2));
      const jobId = freshId();
      const refused = submit(t, path, { jobId, parallelism: 200 });
      await expect(refused).rejects.toMatchObject({
        ...{ status: 400, message: saying('parallelism (200) is higher than the max parallelism (128)') },
      });
      await failedInitialising(t, jobId, 'is higher than the max parallelism');
    },
  },
  {
    name: 'a snapshot that is not there is a 400 with FileNotFoundException, and leaves a FAILED job',
    show: async (t) => {
      const jobId = freshId();
      const path = `${t.savepoints}/savepoint-aaaaaa-bbbbbbbbbbbb`;
      const refused = submit(t, path, { jobId });
      const message = saying(
        `Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`,
      );
      await expect(refused).rejects.toMatchObject({ status: 400, message });
      await failedInitialising(t, jobId, 'FileNotFoundException');
    },
  },
  {
    name: 'an empty savepoint path is none: the job starts without state, and nothing says so but latest.restored',
    show: async (t) => {
      const { jarId, args } = await t.submission(2);
      const jobId = freshId();
      await json(t, 'POST', `/jars/${jarId}/run`, {
        parallelism: 2,
        programArgsList: args,
        jobId,
        savepointPath: '',
      });
      await allTasksRun(t.flink, jobId);
      const { latest, counts } = await t.flink.checkpoints(jobId);
      expect(latest.restored).toBeNull();
      expect(counts).toMatchObject({ restored: 0 });
    },
  },
  {
    name: 'more tasks than slots: accepted, never all running, every free slot taken, and never FAILED',
    show: async (t) => {
      const other = await t.start(2);
      const { jarId, args } = await t.submission(16);
      const jobId = freshId();
      await json(t, 'POST', `/jars/${jarId}/run`, { parallelism: 16, programArgsList: args, jobId });
      await eventually(
        'all slots to be taken',
        async () => (await t.flink.overview())['slots-available'] === 0,
      );
      expect((await entryOf(t.flink, jobId)).tasks).toMatchObject({ total: 32, running: 0 });
      expect(['RUNNING', 'RESTARTING']).toContain(await t.flink.jobStatus(jobId));
      expect(await entryOf(t.flink, other)).toMatchObject({ tasks: { running: 4 } });
    },
  },
  {
    name: 'a restore that takes long: the job is RUNNING, its tasks INITIALIZING',
    show: async (t) => {
      const path = await savepointOf(t, await t.start(2));
      await t.make('SLOW_RESTORE');
      const jobId = await submit(t, path);
      await eventually(
        'tasks to be INITIALIZING',
        async () => (await entryOf(t.flink, jobId)).tasks.initializing >= 4,
      );
      expect(await t.flink.jobStatus(jobId)).toBe('RUNNING');
      await allTasksRun(t.flink, jobId);
    },
  },
  {
    name: 'a start that fails over again and again: RESTARTING and RUNNING by turns, attempts rise, never FAILED',
    show: async (t) => {
      const path = await savepointOf(t, await t.start(2));
      await t.make('FAILS_TO_OPEN');
      const jobId = await submit(t, path, { parallelism: 2 });
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      await stateBecomes(t.flink, jobId, 'RUNNING');
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      expect((await entryOf(t.flink, jobId)).tasks.total).toBe(4);
      await t.mend();
      await allTasksRun(t.flink, jobId);
      await eventually('fresh attempts', async () => (await attempts(t.flink, jobId)) >= 2);
      expect((await t.flink.checkpoints(jobId)).latest.restored).toMatchObject({ external_path: path });
    },
  },
  {
    name: 'a jar that is not there is a 500 on /run and on /plan, where it was a 400',
    show: async (t) => {
      for (const what of ['run', 'plan']) {
        const { status, text } = await ask(t, 'POST', `/jars/nope.jar/${what}`, { parallelism: 2 });
        const expected = what === 'plan' && !isSince(t.version, planFailsSince) ? 400 : 500;
        expect({ what, status }).toEqual({ what, status: expected });
        expect(text).toMatch(/Jar file \S*\/nope\.jar does not exist/);
      }
    },
  },
  {
    name: 'a program whose main() fails is a 500 on /plan, a 400 on /run, and leaves no job',
    show: async (t) => {
      const submission = await t.submission(2);
      await t.make('MAIN_FAILS');
      const jobId = freshId();
      const body = { parallelism: 2, programArgsList: submission.args, jobId };
      const plan = await ask(t, 'POST', `/jars/${submission.jarId}/plan`, body);
      const run = await ask(t, 'POST', `/jars/${submission.jarId}/run`, body);
      await t.mend();
      expect(plan).toMatchObject({
        status: 500,
        text: saying('ProgramInvocationException: The main method caused an error'),
      });
      expect(run).toMatchObject({ status: 400, text: saying('Could not execute application.') });
      expect(run.text).toContain('The main method caused an error: fault main-fail');
      expect((await ask(t, 'GET', `/jobs/${jobId}`)).status).toBe(404);
    },
  },
  {
    name: 'a plan has the vertices of the job that would run, and runs nothing',
    show: async (t) => {
      const jobId = await t.start(2);
      const before = await t.flink.jobs();
      const planned = await t.flink.planJar(await t.submission(3));
      const { vertices } = await t.flink.job(jobId);
      expect(planned.map(({ id }) => id).sort()).toEqual(vertices.map(({ id }) => id).sort());
      expect(planned.map(({ parallelism }) => parallelism)).toEqual([3, 3]);
      expect(await t.flink.jobs()).toHaveLength(before.length);
    },
  },
  {
    name: 'every upload makes an id of its own; what is no .jar is a 400',
    show: async (t) => {
      const [first, second] = [
        await t.flink.uploadJar(t.file, 'a b.jar'),
        await t.flink.uploadJar(t.file, 'a b.jar'),
      ];
      expect(first).toMatch(/^[0-9a-f-]{36}_a b\.jar$/);
      expect(second).not.toBe(first);
      const listed = (await t.flink.jars()).filter(({ name }) => name === 'a b.jar').map(({ id }) => id);
      expect(listed.sort()).toEqual([first, second].sort());
      const refused = t.flink.uploadJar(t.file, 'a.txt');
      await expect(refused).rejects.toMatchObject({
        status: 400,
        message: saying('Only Jar files are allowed.'),
      });
    },
  },
];

/** It could not be initialised: FAILED, no vertices, and its exceptions say why. */
async function failedInitialising(
  { flink }: Parameters<Case['show']>[0],
  jobId: string,
  why: string,
): Promise<void> {
  expect(await flink.jobStatus(jobId)).toBe('FAILED');
  expect(await entryOf(flink, jobId)).toMatchObject({ state: 'FAILED', tasks: { total: 0 } });
  expect((await flink.job(jobId)).vertices).toEqual([]);
  const { exceptionHistory } = await flink.exceptions(jobId);
  expect(exceptionHistory?.entries[0]?.stacktrace).toEqual(saying(why));
  const { counts, latest } = await flink.checkpoints(jobId);
  expect(counts).toMatchObject({ completed: 0, in_progress: 0 });
  expect(latest).toMatchObject({ completed: null, savepoint: null, restored: null });
}
