import type { RescaleInput } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import { held } from '../kit/held';
import { callsOf, heldAtCancel, runningJob, startsOf, untilCalled, workflowOf } from '../kit/jobs';
import { endOf, historyOf, rescale, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import {
  checkpointed,
  liveJobs,
  nextOf,
  restoredFrom,
  says,
  stopsOf,
  succeeded,
  untilPhase,
  untilStatus,
  update,
} from '../kit/watch';

/** Every strategy beside the default, where things go wrong: how the old job ends, what the next one begins from. */
const place = useSimulated('strategies', {
  jobs: [
    ...[
      'restarting',
      'failing',
      'failed',
      'finishes',
      'other-cancels',
      'newest-wins',
      'early',
      'late',
      'unheard-of',
    ],
    ...['gives-up', 'retries', 'saved-abort', 'saved-refused', 'saved-finishes', 'saved-fails', 'back-state'],
    ...['back-savepoint', 'back-none', 'back-empty', 'resume-savepoint', 'resume-none', 'kept', 'disposed'],
    ...[
      'no-checkpoint',
      'disposed-not',
      'disposal-fails',
      'dry',
      'dry-rejected',
      'foreign',
      'foreign-stop',
      'bounded',
    ],
    ...['forgotten', 'lost'],
  ],
  flink: {
    slots: 150,
    programs: ['back-empty', 'bounded'].map((name) => ({
      ...{
        jar: `${name}.jar`,
        name,
        vertices: [{ name: 'Source: file' }],
        checkpointing: false,
        batch: true,
      },
    })),
  },
});

const stateless = { upgradeStrategy: 'STATELESS' } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const noState = { restoreStrategy: 'NONE', acknowledgeStateLoss: true } as const;
const latestSavepoint = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;
const onceOnly = { maxJobCreationAttempts: 1, maxSavepointCreationAttempts: 1 } as const;

/** Those that do not begin from the newest state: on purpose. */
const onPurpose = ['back-savepoint', 'back-none', 'back-empty', 'resume-none', 'bounded', 'lost'];

afterAll(() => {
  place().flink.neverTwoCopies();
  const lost = place().flink.stateLost();
  expect(lost.filter(({ name }) => !onPurpose.includes(name))).toEqual([]);
});

const begin = (job: string, input: Partial<RescaleInput>) =>
  startRescale(place(), { job, parallelism: 4, ...input });
const end = async (job: string) => endOf(place(), workflowOf(job));
const run = (job: string, input: Partial<RescaleInput>) =>
  rescale(place(), { job, parallelism: 4, ...input });

/** It runs at that parallelism, and was started from there. */
function expectLive(job: string, parallelism: number, from?: string): void {
  expect(liveJobs(place().flink, job)).toMatchObject([{ parallelism, state: 'RUNNING' }]);
  if (from !== undefined) expect(samePath(restoredFrom(place().flink, job) ?? '', from)).toBe(true);
}

/** The newest checkpoint that the job has completed. */
function newestOf(jobId: string): string {
  return place().flink.job(jobId).checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path ?? 'none';
}

const crashed = Object.fromEntries<() => Promise<void>>(
  (['restarting', 'failing', 'failed'] as const).map((job) => [
    `STATELESS: a job that is ${job.toUpperCase()} is scaled out from its newest checkpoint`,
    async () => {
      const { flink } = place();
      const old = await runningJob(flink, job);
      const newest = newestOf(old.id);
      if (job === 'restarting') old.keepRestarting();
      if (job === 'failing') old.keepFailing();
      if (job === 'failed') old.fail();
      const { outcome, from, to } = succeeded(await run(job, stateless));
      expect({ outcome, from, to }).toMatchObject({
        ...{ outcome: 'RESCALED', from: { jobId: old.id, parallelism: 2 }, to: { parallelism: 4 } },
      });
      expectLive(job, 4, newest);
      expect(callsOf(flink, 'CANCEL', old.id).length > 0).toBe(job !== 'failed');
    },
  ]),
);

together(
  {
    ...crashed,

    'P13: STATELESS, it FINISHES by itself before the cancel: JobFinished, nothing is restarted':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'finishes');
        await begin('finishes', stateless);
        const cancel = await heldAtCancel(flink, old.id);
        old.finish();
        cancel.release();
        expect(await end('finishes')).toMatchObject({ status: 'FAILED', type: 'JobFinished' });
        expect(startsOf(flink, 'finishes')).toHaveLength(1);
      },

    'P13: STATELESS, somebody cancels it before we do: CanceledByOther, nothing is restarted': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'other-cancels');
      // the plan's look at the state is spared
      const look = flink.hold(`GET /jobs/${old.id}/status`, 'BEFORE', { after: 1, times: 1 });
      await begin('other-cancels', stateless);
      await look.arrived;
      const over = nextOf(flink, 'ENDED', 'other-cancels');
      old.cancel();
      await over;
      look.release();
      expect(await end('other-cancels')).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
      expect(callsOf(flink, 'CANCEL', old.id)).toEqual([]);
      expect(startsOf(flink, 'other-cancels')).toHaveLength(1);
    },

    'P17: a checkpoint that is complete just before the cancel is what is restored': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'newest-wins');
      await begin('newest-wins', stateless);
      const cancel = await heldAtCancel(flink, old.id);
      const planned = newestOf(old.id);
      const newest = await checkpointed(old);
      expect(newest).not.toBe(planned);
      cancel.release();
      expect(succeeded(await end('newest-wins')).outcome).toBe('RESCALED');
      expectLive('newest-wins', 4, newestOf(old.id));
    },

    'P8: STATELESS, abort while PLANNING: ABORTED, no cancel was sent': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'early');
      const on = `GET /jobs/${old.id}/checkpoints/config`;
      const release = flink.fault({ on, kind: 'STATUS', status: 503, times: Infinity });
      const workflowId = await begin('early', stateless);
      await untilPhase(place(), workflowId, 'PLANNING');
      await update(place(), workflowId, 'abort');
      expect(succeeded(await end('early')).outcome).toBe('ABORTED');
      release();
      expect(callsOf(flink, 'CANCEL', old.id)).toEqual([]);
      expect(liveJobs(flink, 'early')).toMatchObject([{ id: old.id, state: 'RUNNING' }]);
    },

    'P8: STATELESS, Temporal’s cancel in STOPPING comes too late: it goes on, and says so': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'late');
      const workflowId = await begin('late', stateless);
      const cancel = await heldAtCancel(flink, old.id);
      await place().client.workflow.getHandle(workflowId).cancel();
      const warned = (status: { warnings: readonly string[] }) => status.warnings.join().includes('too late');
      await untilStatus(place(), workflowId, warned, 'a warning');
      cancel.release();
      expect(succeeded(await end('late'))).toMatchObject({ outcome: 'RESCALED', to: { parallelism: 4 } });
      expectLive('late', 4);
    },

    'P11: STATELESS, Flink does not answer for a while in STOPPING: waited for': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'unheard-of');
      flink.fault({ on: `PATCH /jobs/${old.id}`, kind: 'STATUS', status: 503, times: 2 });
      flink.fault({ on: `PATCH /jobs/${old.id}`, kind: 'RESET_AFTER', times: 1 });
      flink.fault({ on: `GET /jobs/${old.id}/status`, kind: 'RESET_BEFORE', times: 2, after: 2 });
      expect(succeeded(await run('unheard-of', stateless)).outcome).toBe('RESCALED');
      expectLive('unheard-of', 4);
      expect(startsOf(flink, 'unheard-of')).toHaveLength(2);
    },

    'P29: STATELESS, its end cannot be proven and an operator gives up: JobDown names the id that may be live':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'gives-up');
        const on = `GET /jobs/${old.id}/status`;
        const release = flink.fault({ on, kind: 'STATUS', status: 503, after: 1, times: Infinity });
        const workflowId = await begin('gives-up', { ...stateless, timeouts: { attention: 500 } });
        await untilPhase(place(), workflowId, 'ATTENTION');
        await update(place(), workflowId, 'giveUp');
        const ended = await end('gives-up');
        release();
        expect(ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
        says(ended, `Job ${old.id} is being cancelled, its end could not be proven`);
        says(ended, `it is not known whether ${old.id} still runs`);
        expect(startsOf(flink, 'gives-up')).toHaveLength(1);
      },

    'P13: STATELESS, an operator’s retry after the cancel was sent: its end is ours all the same':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'retries');
        const on = `GET /jobs/${old.id}/status`;
        // of the plan, and before the cancel
        const release = flink.fault({ on, kind: 'STATUS', status: 503, after: 2, times: Infinity });
        const workflowId = await begin('retries', { ...stateless, timeouts: { attention: 500 } });
        await untilCalled(flink, 'CANCEL', old.id);
        await untilPhase(place(), workflowId, 'ATTENTION');
        await update(place(), workflowId, 'retry');
        const again = async () =>
          (await historyOf(place(), workflowId)).filter(
            (event) => event.activityTaskScheduledEventAttributes?.activityType.name === 'stop',
          ).length === 2;
        await until(again, { what: 'the second look', deadlineMs: 30_000 });
        release();
        expect(succeeded(await end('retries')).outcome).toBe('RESCALED');
        expectLive('retries', 4, newestOf(old.id));
      },

    'P8: SAVEPOINT_THEN_CANCEL, abort during the savepoint: ABORTED, the job runs, the savepoint is named':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'saved-abort');
        flink.script({ job: 'saved-abort', stops: [{ kind: 'TAKES', ms: 3_000 }] });
        const saved = nextOf(flink, 'SAVEPOINT', 'saved-abort');
        const workflowId = await begin('saved-abort', saveThenCancel);
        await untilCalled(flink, 'SAVEPOINT', old.id);
        await update(place(), workflowId, 'abort');
        const { outcome, snapshot } = succeeded(await end('saved-abort'));
        expect(outcome).toBe('ABORTED');
        expect(samePath(snapshot?.path ?? '', (await saved).path)).toBe(true);
        expect(callsOf(flink, 'CANCEL', old.id)).toEqual([]);
        expect(liveJobs(flink, 'saved-abort')).toMatchObject([{ id: old.id, state: 'RUNNING' }]);
      },

    'SAVEPOINT_THEN_CANCEL, the savepoint fails: SavepointFailed, the job is left alone': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'saved-refused');
      flink.script({ job: 'saved-refused', stops: [{ kind: 'REFUSED' }] });
      const ended = await run('saved-refused', { ...saveThenCancel, ...onceOnly });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(ended, 'Failed to create savepoint directory', 'left alone');
      expect(callsOf(flink, 'CANCEL', old.id)).toEqual([]);
      expect(liveJobs(flink, 'saved-refused')).toMatchObject([{ id: old.id, state: 'RUNNING' }]);
    },

    'P13: SAVEPOINT_THEN_CANCEL, it FINISHES after the savepoint: JobFinished, the savepoint is named':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'saved-finishes');
        const saved = nextOf(flink, 'SAVEPOINT', 'saved-finishes');
        await begin('saved-finishes', saveThenCancel);
        const cancel = await heldAtCancel(flink, old.id);
        old.finish();
        cancel.release();
        const ended = await end('saved-finishes');
        expect(ended).toMatchObject({ status: 'FAILED', type: 'JobFinished' });
        says(ended, (await saved).path.split('/').at(-1) ?? '');
        expect(startsOf(flink, 'saved-finishes')).toHaveLength(1);
      },

    'P14: SAVEPOINT_THEN_CANCEL, it FAILS after the savepoint: goes on, from the newest of both':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'saved-fails');
        await begin('saved-fails', saveThenCancel);
        const cancel = await heldAtCancel(flink, old.id);
        const later = await checkpointed(old);
        old.fail();
        cancel.release();
        expect(succeeded(await end('saved-fails')).outcome).toBe('RESCALED');
        expectLive('saved-fails', 4, later);
      },

    'P14: STATELESS rolled back: from the newest state that the old job left': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'back-state');
      flink.script({ job: 'back-state', starts: [{ kind: 'REFUSED' }] });
      const ended = await run('back-state', { ...stateless, ...onceOnly });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
      expectLive('back-state', 2, newestOf(old.id));
    },

    'P14: LATEST_SAVEPOINT rolled back: from the newest state, not from that savepoint': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'back-savepoint');
      const saved = nextOf(flink, 'SAVEPOINT', 'back-savepoint');
      flink.savepoint(old.id);
      const { path } = await saved;
      await checkpointed(old);
      flink.script({ job: 'back-savepoint', starts: [{ kind: 'FAILS' }] });
      const ended = await run('back-savepoint', { ...stateless, ...latestSavepoint, ...onceOnly });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
      const [, next, back] = startsOf(flink, 'back-savepoint');
      expect(samePath(next?.restoredFrom ?? '', path)).toBe(true);
      expect(samePath(back?.restoredFrom ?? '', newestOf(old.id))).toBe(true);
      expectLive('back-savepoint', 2);
    },

    'P14: NONE rolled back: from the newest state, which was given up only for the new job': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'back-none');
      flink.script({ job: 'back-none', starts: [{ kind: 'FAILS' }] });
      const ended = await run('back-none', { ...stateless, ...noState, ...onceOnly });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
      const [, next, back] = startsOf(flink, 'back-none');
      expect(next?.restoredFrom).toBeUndefined();
      expect(samePath(back?.restoredFrom ?? '', newestOf(old.id))).toBe(true);
      expectLive('back-none', 2);
    },

    'NONE rolled back where the old job has left nothing: it begins without state again': async () => {
      const { flink } = place();
      await runningJob(flink, 'back-empty');
      flink.script({ job: 'back-empty', starts: [{ kind: 'FAILS' }] });
      const ended = await run('back-empty', { ...stateless, ...noState, ...onceOnly });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
      const starts = startsOf(flink, 'back-empty').map(({ restoredFrom }) => restoredFrom);
      expect(starts).toEqual([undefined, undefined, undefined]);
      expectLive('back-empty', 2);
    },

    'a job of which Flink takes no snapshots is started anew with NONE, and no checkpoint is waited for':
      async () => {
        await runningJob(place().flink, 'bounded');
        const { outcome, warnings } = succeeded(await run('bounded', { ...stateless, ...noState }));
        expect(outcome).toBe('RESCALED');
        expect(warnings).toContainEqual(expect.stringContaining('Flink takes no snapshots of the new job'));
        expectLive('bounded', 4);
      },

    ...Object.fromEntries(
      [
        { job: 'resume-savepoint', input: latestSavepoint, says: 'from that savepoint' },
        { job: 'resume-none', input: noState, says: 'without state' },
      ].map(({ job, input, says }) => [
        `P30: a stopped job is resumed with ${input.restoreStrategy}: ${says}`,
        async () => {
          const saved = nextOf(place().flink, 'SAVEPOINT', job);
          const { workflowId, release } = await held(place(), 'STOPPING', job);
          await place().client.workflow.getHandle(workflowId).terminate('the test ends it');
          release();
          const { outcome, warnings } = succeeded(await run(job, input));
          expect(outcome).toBe('RESUMED');
          const { path } = await saved;
          const empty = input.restoreStrategy === 'NONE';
          expectLive(job, 4, empty ? undefined : path);
          if (!empty) return;
          expect(restoredFrom(place().flink, job)).toBeUndefined();
          const name = path.split('/').at(-1) ?? '';
          expect(warnings).toContainEqual(expect.stringMatching(new RegExp(`without state.*${name}$`)));
        },
      ]),
    ),

    'keep: our savepoint is named as superseded, with the command that disposes of it, and is kept':
      async () => {
        const { flink } = place();
        await runningJob(flink, 'kept');
        const { superseded, snapshot } = succeeded(await run('kept', {}));
        expect(superseded).toMatchObject([{ path: snapshot?.path, disposed: false }]);
        expect(superseded?.[0]?.dispose).toContain('/savepoint-disposal');
        expect(
          flink.calls.filter((call) => call.savepointPath === snapshot?.path && call.verb === 'DISPOSE'),
        ).toEqual([]);
      },

    'keep: false: disposed of once, after the first checkpoint of the new job': async () => {
      const { flink } = place();
      await runningJob(flink, 'disposed');
      const { superseded, snapshot, to } = succeeded(await run('disposed', { savepoint: { keep: false } }));
      expect(superseded).toMatchObject([{ path: snapshot?.path, disposed: true }]);
      const disposals = flink.calls.filter(
        (call) => call.verb === 'DISPOSE' && call.savepointPath === snapshot?.path,
      );
      expect(disposals).toHaveLength(1);
      const first = flink
        .job(to?.jobId ?? '')
        .checkpoints.entries.findLast(({ status }) => status === 'COMPLETED');
      expect(disposals[0]?.at).toBeGreaterThanOrEqual(first?.endedAt ?? Infinity);
    },

    'keep: false, and no checkpoint of the new job comes: the savepoint is kept': async () => {
      const { flink } = place();
      await runningJob(flink, 'no-checkpoint');
      flink.script({ job: 'no-checkpoint', starts: [{ kind: 'NO_CHECKPOINT' }] });
      const input = { savepoint: { keep: false }, timeouts: { restart: 3_000 } };
      const { outcome, warnings, superseded } = succeeded(await run('no-checkpoint', input));
      expect(outcome).toBe('RESCALED');
      expect(warnings).toContainEqual(expect.stringContaining('keep the savepoint until there is one'));
      expect(superseded).toBeUndefined();
      expect(disposalsOf('no-checkpoint')).toEqual([]);
    },

    'keep: false, and the run is rolled back: the savepoint is kept': async () => {
      const { flink } = place();
      await runningJob(flink, 'disposed-not');
      flink.script({ job: 'disposed-not', starts: [{ kind: 'FAILS' }] });
      const ended = await run('disposed-not', { savepoint: { keep: false }, ...onceOnly });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
      expectLive('disposed-not', 2);
      expect(disposalsOf('disposed-not')).toEqual([]);
    },

    'keep: false, and the disposal fails: a warning, since the job runs': async () => {
      const { flink } = place();
      await runningJob(flink, 'disposal-fails');
      const cause = 'java.io.IOException: Permission denied';
      flink.script({ job: 'disposal-fails', disposals: [{ kind: 'FAILS', cause }] });
      const ended = succeeded(await run('disposal-fails', { savepoint: { keep: false } }));
      expect(ended.superseded).toMatchObject([{ disposed: false }]);
      expect(ended.warnings).toContainEqual(
        expect.stringMatching(/^savepoint file:.* could not be disposed of: .*Permission denied/),
      );
    },

    'P9: a savepoint of somebody else is in progress: its end is waited for, then the job is stopped':
      async () => {
        const { flink } = place();
        const old = await runningJob(flink, 'foreign');
        flink.script({ job: 'foreign', stops: [{ kind: 'TAKES', ms: 5_000 }] });
        const theirs = nextOf(flink, 'SAVEPOINT', 'foreign');
        flink.savepoint(old.id);
        const { outcome, warnings } = succeeded(await run('foreign', {}));
        expect(outcome).toBe('RESCALED');
        expect(warnings).toContainEqual(expect.stringContaining('ours waits for its end'));
        expect(stopsOf(flink, old.id)).toBe(1);
        expect(callsOf(flink, 'STOP', old.id)[0]?.at).toBeGreaterThanOrEqual((await theirs).at);
      },

    'P9: a stop of somebody else is in progress: refused by name, and not disturbed': async () => {
      const { flink } = place();
      const old = await runningJob(flink, 'foreign-stop');
      flink.script({ job: 'foreign-stop', stops: [{ kind: 'TAKES', ms: 20_000 }] });
      const theirs = nextOf(flink, 'SAVEPOINT', 'foreign-stop');
      flink.savepoint(old.id, { stop: true });
      const ended = await run('foreign-stop', {});
      expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
      says(
        ended,
        'a stop with savepoint that Weir did not ask for is in progress',
        'valid: wait for its end',
      );
      expect(stopsOf(flink, old.id)).toBe(0);
      expect((await theirs).stop).toBe(true);
    },
  },
  90_000,
);

function disposalsOf(job: string) {
  return place().flink.calls.filter(
    (call) => call.verb === 'DISPOSE' && call.savepointPath?.includes(`/${job}/`) === true,
  );
}

test('SAVEPOINT_THEN_CANCEL, the trigger is forgotten: the savepoint is found, and it goes on', async () => {
  const { flink } = place();
  const old = await runningJob(flink, 'forgotten');
  const saved = nextOf(flink, 'SAVEPOINT', 'forgotten');
  // the first look is before the request
  const follow = flink.hold(`GET /jobs/${old.id}/savepoints/:trigger`, 'BEFORE', { after: 1, times: 1 });
  await begin('forgotten', saveThenCancel);
  await Promise.all([follow.arrived, saved]);
  flink.forgetResults();
  follow.release();
  expect(succeeded(await end('forgotten')).outcome).toBe('RESCALED');
  expect(callsOf(flink, 'SAVEPOINT', old.id)).toHaveLength(1);
  expectLive('forgotten', 4);
}, 60_000);

test('a dry run: PLANNED, and nothing of Flink was changed but for an upload', async () => {
  const { flink } = place();
  const old = await runningJob(flink, 'dry');
  const before = flink.calls.length;
  const { outcome, plan } = succeeded(await run('dry', { dryRun: true }));
  expect(outcome).toBe('PLANNED');
  expect(plan?.steps[0]).toContain(`stop with CANONICAL savepoint of job ${old.id}`);
  expect(flink.calls.slice(before).map(({ verb }) => verb)).toEqual(['UPLOAD']);
}, 60_000);

test('a dry run of what cannot be done fails as the run itself would', async () => {
  const { flink } = place();
  await runningJob(flink, 'dry-rejected');
  const before = flink.calls.length;
  const asked = { parallelism: 200, ...stateless };
  const dry = await run('dry-rejected', { ...asked, dryRun: true });
  expect(dry).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
  const real = await run('dry-rejected', asked);
  const reasons = ({ message = '' }: { message?: string }) => message.split('\nNext:')[0];
  expect(reasons(dry as { message?: string })).toBe(reasons(real as { message?: string }));
  expect(flink.calls.slice(before).filter(({ verb }) => verb !== 'UPLOAD')).toEqual([]);
}, 60_000);

// the last one: every job of the cluster goes with its JobManager
test('P12, P16: the JobManager is lost at the cancel: the job begins from our savepoint all the same', async () => {
  const { flink } = place();
  const old = await runningJob(flink, 'lost');
  const saved = nextOf(flink, 'SAVEPOINT', 'lost');
  await begin('lost', { ...latestSavepoint, ...saveThenCancel });
  await heldAtCancel(flink, old.id);
  await flink.loseJobManager();
  expect(succeeded(await end('lost')).outcome).toBe('RESCALED');
  expectLive('lost', 4, (await saved).path);
}, 60_000);
