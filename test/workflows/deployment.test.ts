import { until } from '../../src/dev/until';
import { defaultProgram } from '../flink-simulator/program';
import { Deployed } from '../kit/deployed';
import { runningJob, startsOf } from '../kit/jobs';
import { endOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs, nextOf, restoredFrom, succeeded } from '../kit/watch';

/** Takes a checkpoint when it starts, and then none for as long as a test takes. */
const seldom = { ...defaultProgram, jar: 'seldom.jar', checkpointing: { intervalMs: 600_000 } };

/** A deployment follows its resource: a job of its own for each, on one simulated Flink. */
const place = useSimulated('deployment', {
  clusters: ['lost'],
  jobs: ['orders', 'seldom'],
  flink: { slots: 64, programs: [seldom, defaultProgram] },
});

const deployed = (name: string) => new Deployed(place(), name);
const runsAt = (name: string, parallelism: number) =>
  expect(liveJobs(place().flink, name)).toMatchObject([{ parallelism, state: 'RUNNING' }]);

together(
  {
    'created, scaled, suspended, resumed, rolled back, cancelled, deleted: its whole life': async () => {
      const orders = await deployed('life').create();
      await orders.untilRuns(2);
      expect(await orders.say('scale', { parallelism: 4, by: 'ann', reason: 'black friday' })).toMatchObject({
        ...{ resourceVersion: 2, effect: 'ACCEPTED', plan: ['life 2 -> 4: STATEFUL, LATEST_STATE'] },
      });
      await orders.untilRuns(4);
      runsAt('life', 4);

      await orders.say('suspend');
      await orders.untilIs('SUSPENDED');
      expect(liveJobs(place().flink, 'life')).toEqual([]);
      const [, suspended] = await orders.savepoints();
      expect(suspended).toMatchObject({ origin: 'SUSPEND', snapshot: { kind: 'SAVEPOINT' } });

      await orders.say('resume');
      await orders.untilRuns(4);
      expect(restoredFrom(place().flink, 'life')).toBe(suspended?.snapshot?.path);

      await orders.say('rollback', { to: 1 });
      await orders.untilRuns(2);
      expect(await orders.history()).toMatchObject([
        { command: 'apply', outcome: 'DONE' },
        { command: 'scale', outcome: 'DONE', by: 'ann', reason: 'black friday' },
        { command: 'suspend', outcome: 'DONE' },
        { command: 'resume', outcome: 'DONE' },
        { command: 'rollback', outcome: 'DONE' },
      ]);

      await orders.say('cancel');
      await orders.untilIs('CANCELLED');
      await orders.say('delete');
      const ended = await place().client.workflow.getHandle(orders.workflowId).result();
      expect(ended).toEqual({ ended: 'DELETED' });
      expect(liveJobs(place().flink, 'life')).toEqual([]);
    },

    'a job that runs already is adopted, and brought to the parallelism that is wanted': async () => {
      await runningJob(place().flink, 'adopted');
      const adopted = await deployed('adopted').create({}, 4);
      await adopted.untilRuns(4);
      expect(startsOf(place().flink, 'adopted')).toHaveLength(2);
      expect((await adopted.events()).map(({ name }) => name)).toContain('ADOPTED');
    },

    'edits during a transition are queued, the newest wins, and the ones before it are superseded':
      async () => {
        const { flink } = place();
        const busy = await deployed('busy').create();
        const { job } = await busy.untilRuns(2);
        const stop = flink.hold(`POST /jobs/${job?.jobId}/stop`, 'BEFORE');
        await busy.say('patch', {
          patch: { spec: { maxJobCreationAttempts: 2, template: { spec: { parallelism: 3 } } } },
        });
        await stop.arrived;
        expect(await busy.say('scale', { parallelism: 5 })).toMatchObject({ effect: 'QUEUED' });
        expect(await busy.say('scale', { parallelism: 6 })).toMatchObject({ effect: 'QUEUED' });
        stop.release();
        await busy.untilRuns(6);
        expect((await busy.history()).map(({ outcome }) => outcome)).toEqual(
          expect.arrayContaining(['SUPERSEDED', 'DONE']),
        );
        flink.neverTwoCopies();
      },

    'a savepoint that fails: the job runs on as it did, the condition says why, and nothing loops':
      async () => {
        const { flink } = place();
        const fails = await deployed('fails').create({ maxSavepointCreationAttempts: 1 });
        const { job } = await fails.untilRuns(2);
        flink.script({ job: 'fails', stops: [{ kind: 'TASK_FAILS', restartMs: 100 }] });
        await fails.say('scale', { parallelism: 4 });
        const status = await fails.until('says why', ({ conditions }) =>
          conditions.some(({ type, reason }) => type === 'SpecAligned' && reason === 'TransitionFailed'),
        );
        expect(status).toMatchObject({ actual: 'RUNNING', job, drift: ['template.spec.parallelism'] });
        expect(status.conditions).toContainEqual(
          expect.objectContaining({ type: 'TransitionSucceeded', status: false, reason: 'SavepointFailed' }),
        );
        runsAt('fails', 2);
      },

    'a job that FAILED is brought back from its latest state': async () => {
      const { flink } = place();
      const recovers = await deployed('recovers').create();
      const { job: first } = await recovers.untilRuns(2);
      const failed = nextOf(flink, 'ENDED', 'recovers');
      flink.job(first?.jobId ?? '').fail();
      await failed;
      await recovers.until('runs again', ({ job }) => job !== undefined && job.jobId !== first?.jobId);
      expect(restoredFrom(flink, 'recovers')).toContain(first?.jobId);
      flink.neverTwoCopies();
    },

    'a job that was adopted and FAILED is brought back as well': async () => {
      const { flink } = place();
      const job = await runningJob(flink, 'foster');
      const foster = await deployed('foster').create({}, 2);
      await foster.untilRuns(2);
      job.fail();
      await foster.until('runs again', (status) => status.job !== undefined && status.job.jobId !== job.id);
      expect(restoredFrom(flink, 'foster')).toContain(job.id);
    },

    'P12: a job that its JobManager lost is brought back from its latest state, once nothing of it can run':
      async () => {
        const flink = place().flinkOf('lost');
        const lost = await new Deployed(place(), 'lost', 'lost').create({}, 2, 'seldom.jar');
        const { job } = await lost.untilRuns(2);
        await lost.say('savepoint');
        const saved = async () => (await lost.savepoints()).at(0)?.snapshot?.path;
        const savepoint = await until(saved, { what: 'a savepoint', deadlineMs: 60_000 });
        await flink.loseJobManager();
        await lost.until(
          'runs again',
          (status) => status.job !== undefined && status.job.jobId !== job?.jobId,
        );
        expect(restoredFrom(flink, 'lost')).toBe(savepoint);
        flink.neverTwoCopies();
        expect(flink.stateLost()).toEqual([]);
      },

    'P13: a job that came to its end, or was cancelled by somebody, is not started behind their back':
      async () => {
        const { flink } = place();
        const over = await deployed('over').create();
        const { job } = await over.untilRuns(2);
        flink.job(job?.jobId ?? '').cancel();
        const status = await over.until('has seen it', ({ actual }) => actual === 'CANCELLED');
        expect(status.drift).toEqual(['state']);
        expect(startsOf(flink, 'over')).toHaveLength(1);
        await over.say('resume');
        await over.untilRuns(2);
        expect(restoredFrom(flink, 'over')).toContain(job?.jobId);
      },

    'a rescale that somebody starts by hand is waited for, and what it leaves is shown as drift':
      async () => {
        const { flink } = place();
        const shared = await deployed('shared').create();
        await shared.untilRuns(2);
        const byHand = await startRescale(place(), {
          ...{ job: 'shared', parallelism: 5 },
          artifact: { jar: 'orders.jar', args: ['--name', 'shared'] },
        });
        expect(succeeded(await endOf(place(), byHand)).outcome).toBe('RESCALED');
        const status = await shared.until('sees it', ({ job }) => job?.parallelism === 5);
        expect(status).toMatchObject({ actual: 'RUNNING', drift: ['template.spec.parallelism'] });
        await shared.say('apply', { resource: shared.resource({}, 2) });
        await shared.untilRuns(2);
        flink.neverTwoCopies();
      },

    'signals do the same, without an answer; one that is refused is an event': async () => {
      const quiet = await deployed('quiet').create();
      await quiet.untilRuns(2);
      await quiet.signal('scale', { parallelism: 3 });
      await quiet.untilRuns(3);
      await quiet.signal('rollback', { to: 9 });
      await quiet.until('has refused it', ({ resourceVersion }) => resourceVersion === 2);
      expect((await quiet.events()).at(-1)).toMatchObject({ name: 'COMMAND_REFUSED' });
    },
  },
  150_000,
);

test('an entity that never got a valid resource is refused at its start, with what is wrong', async () => {
  const bad = await place().cli([
    ...['workflow', 'execute', '--task-queue', place().taskQueue, '--type', 'deployment'],
    ...[
      '--workflow-id',
      'deployment/local/bad',
      '--input',
      '{"metadata":{"name":"bad"},"spec":{"paralelism":4}}',
    ],
  ]);
  expect(bad.code).not.toBe(0);
  expect(bad.stdout + bad.stderr).toContain('unknown field "spec.paralelism"');
  expect(bad.stdout + bad.stderr).toContain('--type deployment --workflow-id deployment/local/bad --input');
});

test('a deployment on a cluster that weir.yaml does not have is refused, with those that it has', async () => {
  const nowhere = await new Deployed(place(), 'orders', 'nowhere').create();
  const ended = place().client.workflow.getHandle(nowhere.workflowId).result();
  await expect(ended).rejects.toMatchObject({
    cause: {
      type: 'InvalidRequest',
      message: expect.stringMatching(
        /^weir.yaml has no cluster "nowhere".*\nNext: temporal .* --workflow-id deployment\/local\/orders --input/,
      ),
    },
  });
});
