import { freshId } from '../ids';
import { allTasksRun, stateBecomes } from '../look';
import type { Case } from './cases';
import { ask, json, savepointOf, submit } from './steps';
import { isSince } from './versions';

const saying = (text: string) => expect.stringContaining(text) as string;

/** What the versions of Flink answer differently: each case says what each of them does. */
export const versionCases: readonly Case[] = [
  {
    name: 'a job id that is known is refused in the words of the version',
    show: async (t) => {
      const jobId = await t.start(2);
      const path = await savepointOf(t, jobId);
      await expect(submit(t, path, { jobId, parallelism: 2 })).rejects.toMatchObject({
        status: 400,
        message: saying(
          isSince(t.version, '2.3')
            ? 'DuplicateApplicationSubmissionException: Application has already been submitted.'
            : 'DuplicateJobSubmissionException: Job has already been submitted.',
        ),
      });
    },
  },
  {
    name: 'a field that Flink does not know is a 400 before 1.20, and is ignored since',
    show: async (t) => {
      const { jarId, args } = await t.submission(2);
      const known = { parallelism: 2, programArgsList: args };
      const run = (body: object) => ask(t, 'POST', `/jars/${jarId}/run`, { ...known, ...body });
      const refused = {
        status: 400,
        text: saying('Request did not match expected format JarRunRequestBody.'),
      };
      const answers = [
        ['1.20', await run({ nonsense: true })],
        ['1.20', await run({ claimMode: 'NO_CLAIM' })],
        ['1.17', await run({ flinkConfiguration: {} })],
        ['1.15', await run({ restoreMode: 'NO_CLAIM' })],
      ] as const;
      for (const [since, answer] of answers)
        expect(answer).toMatchObject(isSince(t.version, since) ? { status: 200 } : refused);
      const stop = await ask(t, 'POST', `/jobs/${freshId()}/stop`, { triggerId: freshId(), nonsense: 1 });
      expect(stop).toMatchObject(
        isSince(t.version, '1.20')
          ? { status: 202 }
          : { status: 400, text: saying('expected format StopWithSavepointRequestBody.') },
      );
    },
  },
  {
    name: 'fields that came later are not in the answers of an older version',
    show: async (t) => {
      const jobId = await t.start(2);
      const has = (body: unknown, field: string) =>
        typeof body === 'object' && body !== null && field in body;
      const details = await json(t, 'GET', `/jobs/${jobId}`);
      const { vertices } = details as { vertices: object[] };
      const { jobs } = (await json(t, 'GET', '/jobs/overview')) as { jobs: object[] };
      const { features } = (await json(t, 'GET', '/config')) as { features: object };
      const fields = [
        ['1.16', features, 'web-history'],
        ['1.18', features, 'web-rescale'],
        ['1.20', details, 'job-type'],
        ['2.0', details, 'pending-operators'],
        ['2.3', details, 'schedulerType'],
        ['2.3', details, 'application-id'],
        ['1.20', vertices[0], 'slotSharingGroupId'],
        ['2.0', jobs[0], 'pending-operators'],
        ['2.3', jobs[0], 'schedulerType'],
        ['2.3', jobs[0], 'jobType'],
      ] as const;
      for (const [since, body, field] of fields)
        expect({ field, isThere: has(body, field) }).toEqual({ field, isThere: isSince(t.version, since) });
      const { history } = (await json(t, 'GET', `/jobs/${jobId}/checkpoints`)) as { history: object[] };
      expect(has(history[0], 'savepointFormat')).toBe(isSince(t.version, '1.17'));
    },
  },
  {
    name: 'exceptions before 2.0 tell the root exception once more, beside the history',
    show: async (t) => {
      const jobId = await t.start(2);
      const none = await json(t, 'GET', `/jobs/${jobId}/exceptions`);
      const history = { exceptionHistory: { entries: [], truncated: false } };
      const legacy = { 'root-exception': null, timestamp: null, 'all-exceptions': [], truncated: false };
      expect(none).toEqual(isSince(t.version, '2.0') ? history : { ...history, ...legacy });
      await t.make('KEEPS_RESTARTING');
      await stateBecomes(t.flink, jobId, 'RESTARTING');
      await t.mend();
      await allTasksRun(t.flink, jobId);
    },
  },
  {
    name: 'the options of a job, as each version words them',
    show: async (t) => {
      const config = await json(t, 'GET', `/jobs/${await t.start(2)}/config`);
      const { 'execution-config': execution } = config as { 'execution-config': Record<string, unknown> };
      expect(Object.keys(execution).sort()).toEqual([
        ...(isSince(t.version, '2.0') ? [] : ['execution-mode']),
        'job-parallelism',
        'object-reuse-mode',
        'restart-strategy',
        'user-config',
      ]);
    },
  },
];
