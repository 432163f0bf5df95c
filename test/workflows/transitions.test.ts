import type { RescaleInput } from '../../src/contracts/rescale';
import { samePath } from '../../src/planning/paths';
import { callsOf, runningJob, startsOf, untilCalled, workflowOf } from '../kit/jobs';
import { endOf, rescale, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import {
  checkpointed,
  liveJobs,
  nextOf,
  restoredFrom,
  says,
  signal,
  statusOf,
  stopsOf,
  succeeded,
  update,
} from '../kit/watch';

/** What a run makes of a job beside rescaling it: START, SUSPEND, CANCEL, SAVEPOINT, each under the job's one lock. */
const place = useSimulated('transitions', {
  jobs: [
    ...['round', 'empty', 'unknown', 'other-parallelism', 'fails', 'another', 'refused-stop', 'taken-down'],
    ...['cancelled', 'crash-loop', 'failed', 'finishes', 'saved', 'not-saved', 'aborted', 'dry', 'lost'],
  ],
  flink: { slots: 150 },
});

/** What does not begin from the newest state: the job that somebody else starts. */
const byOthers = ['another'];

afterAll(() => {
  place().flink.neverTwoCopies();
  const lost = place().flink.stateLost();
  expect(lost.filter(({ name }) => !byOthers.includes(name))).toEqual([]);
});

const run = (job: string, input: Partial<RescaleInput>) => rescale(place(), { job, ...input });
const artifactOf = (job: string) => ({ jar: `${job}.jar`, args: ['--name', job] });
const startOf = (job: string): Partial<RescaleInput> => ({
  ...{ transition: 'START', parallelism: 4, artifact: artifactOf(job) },
});
const start = (job: string, input: Partial<RescaleInput> = {}) => run(job, { ...startOf(job), ...input });
const suspend = { transition: 'SUSPEND' } as const;
const cancel = { transition: 'CANCEL' } as const;
const savepoint = { transition: 'SAVEPOINT' } as const;
const refused = { kind: 'REFUSED', causes: ['IOException: disk is full'] } as const;

/** One job of that name runs, at that parallelism; `from`: what it was started from. */
function expectLive(job: string, parallelism: number, from?: string): void {
  const { flink } = place();
  expect(liveJobs(flink, job)).toMatchObject([{ parallelism, state: 'RUNNING' }]);
  if (from !== undefined) expect(samePath(restoredFrom(flink, job) ?? '', from)).toBe(true);
}

together(
  {
    'SUSPEND stops the job with a savepoint and starts nothing; START begins from it, and again changes nothing':
      async () => {
        const job = 'round';
        const { flink } = place();
        const old = await runningJob(flink, job);
        const suspended = succeeded(await run(job, suspend));
        expect(suspended).toMatchObject({ outcome: 'SUSPENDED', from: { jobId: old.id, parallelism: 2 } });
        expect(suspended.to).toBeUndefined();
        expect(liveJobs(flink, job)).toEqual([]);
        const path = suspended.snapshot?.path ?? 'none';
        expect(succeeded(await run(job, suspend))).toMatchObject({
          ...{ outcome: 'SUSPENDED', snapshot: { path }, warnings: [expect.stringMatching(/FINISHED$/)] },
        });

        const started = succeeded(await start(job));
        expect(started).toMatchObject({ outcome: 'STARTED', to: { parallelism: 4 }, snapshot: { path } });
        expect(started.from).toEqual({ jobId: old.id, parallelism: 2 });
        expectLive(job, 4, path);
        const again = succeeded(await start(job));
        expect(again).toMatchObject({ outcome: 'UNCHANGED', to: { jobId: started.to?.jobId } });
        expect(startsOf(flink, job)).toHaveLength(2);
      },

    'START of a job that nobody has ever seen: empty only if that is said': async () => {
      const job = 'empty';
      const unsaid = await start(job);
      expect(unsaid).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
      says(unsaid, 'no state of "empty" is known', '"restoreStrategy":"NONE"');
      const started = succeeded(await start(job, { restoreStrategy: 'NONE' }));
      expect(started.outcome).toBe('STARTED');
      expect(started.from).toBeUndefined();
      expect(restoredFrom(place().flink, job)).toBeUndefined();
      expectLive(job, 4);
    },

    'SUSPEND, CANCEL and SAVEPOINT of a job that nobody has ever seen are refused': async () => {
      for (const input of [suspend, cancel, savepoint]) {
        const ended = await run('unknown', input);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'InvalidRequest' });
        says(ended, 'no live job named "unknown"');
      }
    },

    'START of a job that runs at another parallelism is refused, and the command beside it rescales':
      async () => {
        const job = 'other-parallelism';
        const { flink } = place();
        const old = await runningJob(flink, job);
        const ended = await start(job);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
        says(ended, `(${old.id}) is RUNNING at parallelism 2`, 'valid: "transition": "RESCALE"');
        if (ended.status !== 'FAILED') return;
        const [, input = ''] = /--input '(.*)'/.exec(ended.message) ?? [];
        expect(JSON.parse(input)).toEqual({
          cluster: 'local',
          job,
          parallelism: 4,
          artifact: artifactOf(job),
        });
        expect(liveJobs(flink, job)).toMatchObject([{ id: old.id }]);
      },

    'P20: START that does not come: nothing runs, and the next one begins from the same state': async () => {
      const job = 'fails';
      const { flink } = place();
      await runningJob(flink, job);
      const { snapshot } = succeeded(await run(job, suspend));
      const path = snapshot?.path ?? 'none';
      flink.script({ job, starts: [{ kind: 'FAILS' }, { kind: 'NEVER_SCHEDULED' }] });
      const once = { maxJobCreationAttempts: 2, timeouts: { restart: 3_000 } };
      const failed = await start(job, once);
      expect(failed).toMatchObject({ status: 'FAILED', type: 'JobDown' });
      says(
        ...([
          failed,
          'fails could not be started at parallelism 4',
          'Now: no job named fails runs',
          path,
        ] as const),
        `flink run -s ${path} -p 4 -d fails.jar --name fails`,
      );
      expect(liveJobs(flink, job)).toEqual([]);
      expect(succeeded(await start(job))).toMatchObject({ outcome: 'STARTED', snapshot: { path } });
      expectLive(job, 4, path);
    },

    'P21: START beside a job that came between the plan and the submit starts none': async () => {
      const job = 'another';
      const { flink } = place();
      await runningJob(flink, job);
      const { snapshot, from } = succeeded(await run(job, suspend));
      const looks = flink.hold(`GET /jobs/${from?.jobId}/status`, 'BEFORE');
      const workflowId = await startRescale(place(), { job, ...startOf(job) });
      await looks.arrived;
      flink.startJob({ name: job, parallelism: 1 });
      looks.release();
      const ended = await endOf(place(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'AnotherJobRuns' });
      says(ended, 'a job that Weir did not start stands in its place', snapshot?.path ?? 'none');
      expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 1 }]);
    },

    'SUSPEND whose savepoint is refused: SavepointFailed, and the job is left alone': async () => {
      const job = 'refused-stop';
      const { flink } = place();
      const old = await runningJob(flink, job);
      flink.script({ job, stops: [refused, refused] });
      const ended = await run(job, { ...suspend, maxSavepointCreationAttempts: 2 });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(
        ended,
        'failed 2 times, so the suspend was given up',
        `(${old.id}) is RUNNING at parallelism 2, left alone`,
        '"transition":"SUSPEND"',
      );
      expect(liveJobs(flink, job)).toMatchObject([{ id: old.id }]);
    },

    'SUSPEND whose stop takes the job down: it is started again as it was, from its newest checkpoint':
      async () => {
        const job = 'taken-down';
        const { flink } = place();
        await runningJob(flink, job);
        flink.script({ job, stops: [{ kind: 'JOB_FAILS' }] });
        const ended = await run(job, suspend);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
        says(ended, 'was started again as job');
        expectLive(job, 2);
      },

    'CANCEL ends the job and names the newest checkpoint, from which START begins': async () => {
      const job = 'cancelled';
      const { flink } = place();
      const old = await runningJob(flink, job);
      const ended = succeeded(await run(job, cancel));
      expect(ended).toMatchObject({ outcome: 'CANCELLED', snapshot: { kind: 'CHECKPOINT', jobId: old.id } });
      expect(ended.to).toBeUndefined();
      expect(flink.job(old.id).state).toBe('CANCELED');
      const path = ended.snapshot?.path ?? 'none';
      expect(succeeded(await run(job, cancel))).toMatchObject({ outcome: 'CANCELLED', snapshot: { path } });
      expect(succeeded(await start(job)).outcome).toBe('STARTED');
      expectLive(job, 4, path);
    },

    'CANCEL ends a job that restarts for ever': async () => {
      const job = 'crash-loop';
      const { flink } = place();
      const old = await runningJob(flink, job);
      old.keepRestarting();
      expect(succeeded(await run(job, cancel)).outcome).toBe('CANCELLED');
      expect(liveJobs(flink, job)).toEqual([]);
    },

    'CANCEL of a job that FAILED is done at once': async () => {
      const job = 'failed';
      const { flink } = place();
      const old = await runningJob(flink, job);
      const newest = await checkpointed(old);
      old.fail();
      const { outcome, snapshot, warnings } = succeeded(await run(job, cancel));
      expect({ outcome, warnings }).toEqual({
        ...{ outcome: 'CANCELLED', warnings: [`no job named failed runs: job ${old.id} is FAILED`] },
      });
      expect(snapshot?.path).toBe(newest);
      expect(callsOf(flink, 'CANCEL', old.id)).toEqual([]);
    },

    'CANCEL of a job that ends by itself before the cancel is sent: it is over, as was asked': async () => {
      const job = 'finishes';
      const { flink } = place();
      const old = await runningJob(flink, job);
      // the first look at it is of PLANNING
      const looks = flink.hold(`GET /jobs/${old.id}/status`, 'BEFORE', { after: 1 });
      const workflowId = await startRescale(place(), { job, ...cancel });
      await looks.arrived;
      old.finish();
      looks.release();
      const { outcome, warnings } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('CANCELLED');
      expect(warnings).toContain('the job was FINISHED before the cancel');
    },

    'SAVEPOINT takes one, and the job goes on': async () => {
      const job = 'saved';
      const { flink } = place();
      const old = await runningJob(flink, job);
      const taken = nextOf(flink, 'SAVEPOINT', job);
      const ended = succeeded(await run(job, savepoint));
      const { path, stop } = await taken;
      expect(stop).toBe(false);
      expect(ended).toMatchObject({ outcome: 'SAVED', snapshot: { kind: 'SAVEPOINT', path } });
      expect(ended.to).toEqual({ jobId: old.id, parallelism: 2 });
      expect(liveJobs(flink, job)).toMatchObject([{ id: old.id, state: 'RUNNING' }]);
    },

    'SAVEPOINT that is refused: SavepointFailed, and the job is left alone': async () => {
      const job = 'not-saved';
      const { flink } = place();
      const old = await runningJob(flink, job);
      flink.script({ job, stops: [refused] });
      const ended = await run(job, { ...savepoint, maxSavepointCreationAttempts: 1 });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(ended, 'The savepoint of not-saved failed once.', 'left alone');
      expect(stopsOf(flink, old.id)).toBe(0);
      expect(liveJobs(flink, job)).toMatchObject([{ id: old.id }]);
    },

    'SUSPEND has no parallelism to change; an abort between two tries leaves the job as it was': async () => {
      const job = 'aborted';
      const { flink } = place();
      const old = await runningJob(flink, job);
      flink.script({ job, stops: [refused, refused, refused, refused] });
      const workflowId = await startRescale(place(), { job, ...suspend });
      await untilCalled(flink, 'STOP', old.id);
      await expect(update(place(), workflowId, 'retarget', { parallelism: 6 })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('nothing is started by a suspend') },
      });
      const { operator } = await statusOf(place(), workflowId);
      expect(operator.join()).toContain('to abort');
      await signal(place(), workflowId, 'abort');
      expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('ABORTED');
      expect(liveJobs(flink, job)).toMatchObject([{ id: old.id, state: 'RUNNING' }]);
    },

    'a dry run of each says what would be done, and does nothing': async () => {
      const job = 'dry';
      const { flink } = place();
      const dryRun = true;
      const nothing = succeeded(await start(job, { restoreStrategy: 'NONE', dryRun }));
      const old = await runningJob(flink, job);
      const of = async (input: Partial<RescaleInput>) => succeeded(await run(job, { ...input, dryRun }));
      const planned = [nothing, await of(suspend), await of(cancel), await of(savepoint)];
      expect(planned.map(({ outcome }) => outcome)).toEqual(['PLANNED', 'PLANNED', 'PLANNED', 'PLANNED']);
      expect(planned.map(({ plan }) => plan?.steps[0])).toEqual([
        'start dry at parallelism 4 from nothing: without state',
        expect.stringMatching(`^stop with CANONICAL savepoint of job ${old.id} to `),
        `cancel job ${old.id}, without a savepoint`,
        expect.stringMatching(`^CANONICAL savepoint of job ${old.id} to .*, while it goes on$`),
      ]);
      expect(planned.map(({ plan }) => plan?.commands[0]?.split(' ').slice(0, 2).join(' '))).toEqual([
        ...['flink run', 'flink stop', 'flink cancel', 'flink savepoint'],
      ]);
      expect(liveJobs(flink, job)).toMatchObject([{ id: old.id, state: 'RUNNING' }]);
      expect(callsOf(flink, 'STOP', old.id)).toEqual([]);
    },
  },
  60_000,
);

// the last one: every job of the cluster goes with its JobManager
test('P12: START of a job that a lost JobManager forgot begins from "startFrom", once its end is proven', async () => {
  const job = 'lost';
  const { flink } = place();
  const old = await runningJob(flink, job);
  const { snapshot } = succeeded(await run(job, suspend));
  if (snapshot === undefined) throw new Error('no savepoint');
  await flink.loseJobManager();
  const { path, kind, jobId } = snapshot;
  expect(jobId).toBe(old.id);
  expect(await start(job)).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  const workflowId = await startRescale(place(), { job, ...startOf(job), startFrom: { path, kind, jobId } });
  const started = succeeded(await endOf(place(), workflowId));
  expect(started).toMatchObject({ outcome: 'STARTED', snapshot: { path } });
  expectLive(job, 4, path);
  expect((await statusOf(place(), workflowOf(job))).timings.map(({ phase }) => phase)).toEqual([
    ...['PLANNING', 'STOPPING', 'RESTARTING', 'VERIFYING', 'DONE'],
  ]);
}, 60_000);
