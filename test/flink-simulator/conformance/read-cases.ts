import {
  ask,
  checkpointNow,
  checkpointsOnce,
  eventually,
  json,
  jobIsGone,
  savepointOf,
  submit,
} from './steps';
import { entryOf, stateBecomes } from '../look';
import { freshId } from '../ids';
import type { Case } from './cases';
import { isSince } from './versions';

const number = expect.any(Number) as number;
const string = expect.any(String) as string;

/** What is answered to reads, and to whom asks for what is not there. */
export const readCases: readonly Case[] = [
  {
    name: 'an unknown job is a 500 on /status, which came with 1.16, and a 404 everywhere else',
    show: async (t) => {
      const id = freshId();
      const status = await ask(t, 'GET', `/jobs/${id}/status`);
      if (isSince(t.version, '1.16')) {
        expect(status).toMatchObject({ status: 500 });
        expect(status.text).toContain(`FlinkJobNotFoundException: Could not find Flink job (${id})`);
      } else {
        const text = expect.stringContaining(`Unable to load requested file /jobs/${id}/status.`) as string;
        expect(status).toMatchObject({ status: 404, text });
      }
      for (const path of [
        '',
        '/config',
        `/vertices/${id}`,
        '/exceptions',
        '/checkpoints',
        '/checkpoints/config',
      ]) {
        const answer = await ask(t, 'GET', `/jobs/${id}${path}`);
        expect({ path, status: answer.status }).toEqual({ path, status: 404 });
        expect(answer.text).toContain(`Job ${id} not found`);
      }
      const cancel = await ask(t, 'PATCH', `/jobs/${id}?mode=cancel`);
      expect(cancel.status).toBe(404);
      expect(cancel.text).toContain('Job could not be found.');
    },
  },
  {
    name: 'an unknown trigger is a 404 that names it, whether the job is known or not',
    show: async (t) => {
      const [jobId, triggerId] = [freshId(), freshId()];
      const kinds = isSince(t.version, '1.17') ? ['savepoint', 'checkpoint'] : ['savepoint'];
      for (const kind of kinds) {
        const { status, text } = await ask(t, 'GET', `/jobs/${jobId}/${kind}s/${triggerId}`);
        expect(status).toBe(404);
        expect(text).toContain(`There is no ${kind} operation with triggerId=${triggerId} for job ${jobId}.`);
      }
    },
  },
  {
    name: 'a path that no handler has is a 404 in other words, an id that is none a 400',
    show: async (t) => {
      expect(await ask(t, 'GET', '/nope')).toEqual({
        status: 404,
        text: '{"errors":["Unable to load requested file /nope."]}',
      });
      const post = await ask(t, 'POST', `/jobs/${freshId()}`);
      expect(post).toMatchObject({
        status: 404,
        text: expect.stringContaining('"Not found: /jobs/') as string,
      });
      const bad = await ask(t, 'GET', '/jobs/xyz');
      expect(bad.status).toBe(400);
      expect(bad.text).toContain('Cannot resolve path parameter (jobid) from value \\"xyz\\"');
      const jobId = freshId();
      const trigger = await ask(t, 'POST', `/jobs/${jobId}/stop`, { triggerId: 'xyz' });
      expect(trigger.status).toBe(400);
      expect(trigger.text).toContain('Request did not match expected format StopWithSavepointRequestBody.');
    },
  },
  {
    name: 'a running job, as each read shows it',
    show: async (t) => {
      const jobId = await t.start(2);
      expect(await json(t, 'GET', '/config')).toMatchObject({
        'flink-version': t.version,
        'refresh-interval': number,
      });
      expect(await json(t, 'GET', '/overview')).toMatchObject({
        ...{ taskmanagers: 2, 'slots-total': 8, 'slots-available': 6, 'jobs-running': 1 },
      });
      const { taskmanagers } = (await json(t, 'GET', '/taskmanagers')) as {
        taskmanagers: { freeSlots: number }[];
      };
      expect(taskmanagers.map(({ freeSlots }) => freeSlots).sort()).toEqual([2, 4]);
      expect(await json(t, 'GET', '/jobs')).toMatchObject({
        jobs: expect.arrayContaining([{ id: jobId, status: 'RUNNING' }]) as object[],
      });
      expect(await entryOf(t.flink, jobId)).toMatchObject({
        ...{ jid: jobId, name: 'conformance', state: 'RUNNING', 'start-time': number, 'end-time': -1 },
        tasks: {
          total: 4,
          running: 4,
          scheduled: 0,
          deploying: 0,
          initializing: 0,
          finished: 0,
          canceled: 0,
          failed: 0,
        },
      });
      if (isSince(t.version, '1.16'))
        expect(await json(t, 'GET', `/jobs/${jobId}/status`)).toEqual({ status: 'RUNNING' });
      expect(await json(t, 'GET', `/jobs/${jobId}/config`)).toMatchObject({
        ...{ jid: jobId, name: 'conformance', 'execution-config': { 'job-parallelism': 2 } },
      });
      const details = (await json(t, 'GET', `/jobs/${jobId}`)) as {
        vertices: { id: string }[];
        plan: { nodes: object[] };
      };
      const vertex = { id: string, name: string, parallelism: 2, maxParallelism: 128, status: 'RUNNING' };
      const tasks = { RUNNING: 2, FINISHED: 0, SCHEDULED: 0, INITIALIZING: 0 };
      expect(details).toMatchObject({
        ...{ jid: jobId, state: 'RUNNING', timestamps: { FINISHED: 0, RUNNING: number } },
        vertices: [
          { ...vertex, tasks },
          { ...vertex, tasks },
        ],
      });
      expect(details.plan.nodes).toHaveLength(2);
      const [first] = details.vertices;
      expect(await json(t, 'GET', `/jobs/${jobId}/vertices/${first?.id}`)).toMatchObject({
        subtasks: [
          { subtask: 0, status: 'RUNNING', attempt: 0 },
          { subtask: 1, status: 'RUNNING', attempt: 0 },
        ],
      });
      const unknown = await ask(t, 'GET', `/jobs/${jobId}/vertices/${freshId()}`);
      expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('JobVertex') as string });
      const exceptions = await json(t, 'GET', `/jobs/${jobId}/exceptions`);
      const none = { exceptionHistory: { entries: [], truncated: false } };
      // an older one has the fields of before beside it: see the cases of the versions
      if (isSince(t.version, '2.0')) expect(exceptions).toEqual(none);
      else expect(exceptions).toMatchObject(none);
    },
  },
  {
    since: '1.17',
    name: 'checkpoints: the statistics, and where they go',
    show: async (t) => {
      const jobId = await t.start(2);
      const id = await checkpointNow(t, jobId);
      const { counts, latest, history } = await checkpointsOnce(
        t,
        jobId,
        (seen) => seen.latest.completed?.id === id,
      );
      expect(counts).toMatchObject({ restored: 0, completed: number, in_progress: 0 });
      expect(latest).toMatchObject({ savepoint: null, restored: null });
      const newest = latest.completed;
      const external_path = expect.stringMatching(
        new RegExp(`^file:/.*/${jobId}/chk-${newest?.id}$`),
      ) as string;
      const entry = {
        status: 'COMPLETED',
        is_savepoint: false,
        checkpoint_type: 'CHECKPOINT',
        end_to_end_duration: number,
      };
      expect(newest).toMatchObject({ ...entry, external_path, discarded: false });
      // num-retained: 1
      const completed = history.filter(({ status }) => status === 'COMPLETED');
      expect(completed.length).toBeGreaterThan(1);
      expect(completed.filter(({ discarded }) => discarded !== true)).toMatchObject([{ id }]);
      expect(await json(t, 'GET', `/jobs/${jobId}/checkpoints/config`)).toMatchObject({
        ...{
          interval: 3_600_000,
          timeout: 600_000,
          externalization: { enabled: true, delete_on_cancellation: false },
        },
      });
    },
  },
  {
    since: '1.17',
    name: 'a triggered checkpoint: IN_PROGRESS, then its id; a known id executes nothing; of an ended job a failure',
    show: async (t) => {
      const jobId = await t.start(2);
      const triggerId = freshId();
      const path = `/jobs/${jobId}/checkpoints`;
      expect(await ask(t, 'POST', path, { triggerId })).toMatchObject({
        status: 202,
        text: `{"request-id":"${triggerId}"}`,
      });
      const id = await checkpointNow(t, jobId, triggerId);
      expect(await json(t, 'GET', `${path}/${triggerId}`)).toEqual({
        status: { id: 'COMPLETED' },
        operation: { checkpointId: id },
      });
      await json(t, 'POST', path, { triggerId });
      const { counts } = await checkpointsOnce(t, jobId, (seen) => seen.latest.completed?.id === id);
      expect(counts.in_progress).toBe(0);

      await savepointOf(t, jobId);
      const late = freshId();
      expect(await ask(t, 'POST', path, { triggerId: late })).toMatchObject({ status: 202 });
      await eventually('the failure', async () =>
        (await ask(t, 'GET', `${path}/${late}`)).text.includes('COMPLETED'),
      );
      const failed = await ask(t, 'GET', `${path}/${late}`);
      expect(failed.text).toContain('failureCause');
      expect(failed.text).toMatch(jobIsGone(jobId));
    },
  },
  {
    name: 'cancel: CANCELED, and 202 again; a job that has ended otherwise is a 409; checkpoints are kept',
    show: async (t) => {
      const jobId = await t.start(2);
      expect(await ask(t, 'PATCH', `/jobs/${jobId}?mode=cancel`)).toEqual({ status: 202, text: '{}' });
      await stateBecomes(t.flink, jobId, 'CANCELED');
      expect(await ask(t, 'PATCH', `/jobs/${jobId}?mode=cancel`)).toEqual({ status: 202, text: '{}' });
      await eventually('fresh statistics', async () => (await t.flink.job(jobId)).state === 'CANCELED');
      const kept = (await t.flink.checkpoints(jobId)).latest.completed;
      expect(kept).toMatchObject({ discarded: false });

      const next = await submit(t, kept?.external_path ?? '', { parallelism: 2 });
      await stateBecomes(t.flink, next, 'RUNNING');
      await eventually('all tasks', async () => (await entryOf(t.flink, next)).tasks.running === 4);
      expect((await t.flink.checkpoints(next)).latest.restored).toMatchObject({
        // whatever a submit restores counts as a savepoint
        is_savepoint: true,
        external_path: kept?.external_path,
      });
      await savepointOf(t, next);
      // Real Flink takes a cancel in the moment in which the ended job is still being put away.
      const cancel = () => ask(t, 'PATCH', `/jobs/${next}?mode=cancel`);
      await eventually('a conflict', async () => (await cancel()).status === 409);
      expect((await cancel()).text).toContain(
        'the job has already reached another terminal state (FINISHED)',
      );
    },
  },
];
