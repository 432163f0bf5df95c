import { samePath } from '../../src/planning/paths';
import { endOf, rescale, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { begin, expectRolledBack, refused, submitsOf } from '../kit/starts';
import { together } from '../kit/together';
import { checkpointed, liveJobs, nextOf, restoredFrom, says, succeeded, untilPhase } from '../kit/watch';

/** Table 3.2 of the design: the new job does not come, and what happens then. */
const place = useSimulated('table-3-2', {
  jobs: [
    ...['refused', 'fails', 'too-late', 'unscheduled', 'restoring', 'restores-too-long', 'empty', 'below'],
    ...['duplicate', 'unanswered', 'breaks', 'flaps', 'dies', 'cancelled', 'cancelled-late', 'taken'],
    ...['cancelled-later', 'cancelled-back', 'other-name', 'jar-lost', 'gone-on'],
  ],
  flink: { slots: 200 },
});

/** Jobs that tests start empty: what is checked is that Weir does not leave it at that, or touches nothing. */
const startedEmpty = ['empty', 'taken'];

afterEach(() => {
  place().flink.neverTwoCopies();
  expect(
    place()
      .flink.stateLost()
      .filter(({ name }) => !startedEmpty.includes(name)),
  ).toEqual([]);
});

/** The JobManager's id of the jar of that job, once PLANNING has uploaded it. */
async function jarOf(name: string): Promise<string> {
  const answer = await fetch(`${place().flink.restUrl}/jars`);
  const { files } = (await answer.json()) as { files: { id: string; name: string }[] };
  const jar = files.find((file) => file.name.endsWith(`-${name}.jar`));
  if (jar === undefined) throw new Error(`the jar of ${name} is not uploaded`);
  return jar.id;
}

together(
  {
    'attempts used up by answers of 400: rolled back to the old parallelism from the savepoint': async () => {
      place().flink.script({ job: 'refused', starts: [refused, { ...refused, leavesJob: true }] });
      const { workflowId, savepoint } = await begin(place(), 'refused');
      await expectRolledBack(place(), 'refused', workflowId, await savepoint, 'no such class');
      const submits = submitsOf(place(), 'refused');
      expect(submits.map((call) => call.outcome)).toEqual(['REFUSED', 'REFUSED', 'EXECUTED']);
      expect(new Set(submits.map((call) => call.jobId)).size).toBe(3);
    },

    'accepted, then FAILED, each time: rolled back': async () => {
      const fails = { kind: 'FAILS', cause: 'bad state' } as const;
      place().flink.script({ job: 'fails', starts: [fails, fails] });
      const { workflowId, savepoint } = await begin(place(), 'fails');
      await expectRolledBack(place(), 'fails', workflowId, await savepoint, 'bad state');
      expect(submitsOf(place(), 'fails').map((call) => call.parallelism)).toEqual([4, 4, 2]);
    },

    'not ready by the `restart` deadline: ended, and proven so, then rolled back': async () => {
      const { flink } = place();
      flink.script({ job: 'too-late', starts: [{ kind: 'TAKES', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin(place(), 'too-late', { timeouts: { restart: 1_500 } });
      await expectRolledBack(place(), 'too-late', workflowId, await savepoint, 'not ready within 1500 ms');
      expect(submitsOf(place(), 'too-late')).toHaveLength(2);
      expect(flink.job(submitsOf(place(), 'too-late')[0]?.jobId ?? '').state).toBe('CANCELED');
    },

    'never scheduled, RUNNING without slots for ever: rolled back': async () => {
      place().flink.script({ job: 'unscheduled', starts: [{ kind: 'NEVER_SCHEDULED' }] });
      const { workflowId, savepoint } = await begin(place(), 'unscheduled', { timeouts: { restart: 1_500 } });
      await expectRolledBack(place(), 'unscheduled', workflowId, await savepoint, 'tasks are RUNNING');
    },

    'P25: RESTORING for longer than `restart` but within `restore` is no failure': async () => {
      place().flink.script({ job: 'restoring', starts: [{ kind: 'RESTORING', ms: 4_000 }] });
      const { workflowId } = await begin(place(), 'restoring', { timeouts: { restart: 1_500 } });
      const { outcome, downtimeMs } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('RESCALED');
      expect(downtimeMs?.restore).toBeGreaterThanOrEqual(4_000);
      expect(submitsOf(place(), 'restoring')).toHaveLength(1);
    },

    'P25: RESTORING for longer than `restore`: rolled back': async () => {
      place().flink.script({ job: 'restores-too-long', starts: [{ kind: 'RESTORING', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin(place(), 'restores-too-long', {
        timeouts: { restore: 1_500 },
      });
      await expectRolledBack(
        place(),
        'restores-too-long',
        workflowId,
        await savepoint,
        'not restored within 1500 ms',
      );
    },

    'P24: an EMPTY start is cancelled at once, and the next try restores the same savepoint': async () => {
      const { flink } = place();
      flink.script({ job: 'empty', starts: [{ kind: 'EMPTY' }] });
      const { workflowId, savepoint } = await begin(place(), 'empty');
      const { outcome, to } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('RESCALED');
      const [first, second] = submitsOf(place(), 'empty');
      expect(flink.job(first?.jobId ?? '').state).toBe('CANCELED');
      expect(second?.jobId).toBe(to?.jobId);
      expect(samePath(restoredFrom(flink, 'empty') ?? '', await savepoint)).toBe(true);
    },

    'P23: a job that RUNs BELOW what was asked for: success with a warning': async () => {
      place().flink.script({ job: 'below', starts: [{ kind: 'BELOW', parallelism: 3 }] });
      const { workflowId } = await begin(place(), 'below');
      const { outcome, warnings } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('RESCALED');
      expect(warnings.join()).toContain('runs at 3 of 4');
    },

    'P21: the first submit was carried out and its answer lost: the job is watched, not sent anew':
      async () => {
        const { flink } = place();
        flink.script({ job: 'duplicate', stops: [{ kind: 'TAKES', ms: 1_500 }] });
        const { workflowId } = await begin(place(), 'duplicate');
        await untilPhase(place(), workflowId, 'SAVEPOINTING');
        const on = `POST /jars/${await jarOf('duplicate')}/run`;
        flink.fault({ on, kind: 'STATUS', status: 503, executed: true });
        expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
        const submits = submitsOf(place(), 'duplicate');
        expect(submits.map((call) => call.outcome)).toEqual(['EXECUTED']);
      },

    'P20: a submit without an answer is only ever followed by the same submit': async () => {
      const { flink } = place();
      flink.script({ job: 'unanswered', stops: [{ kind: 'TAKES', ms: 1_500 }] });
      const { workflowId } = await begin(place(), 'unanswered');
      await untilPhase(place(), workflowId, 'SAVEPOINTING');
      const on = `POST /jars/${await jarOf('unanswered')}/run`;
      flink.fault({ on, kind: 'RESET_BEFORE' });
      flink.fault({ on, kind: 'STATUS', status: 500 });
      flink.fault({ on, kind: 'STATUS', status: 503 });
      expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
      const submits = submitsOf(place(), 'unanswered');
      expect(submits.map((call) => call.outcome)).toEqual([
        ...['NOT_EXECUTED', 'NOT_EXECUTED', 'NOT_EXECUTED', 'EXECUTED'],
      ]);
      expect(new Set(submits.map((call) => call.jobId)).size).toBe(1);
    },

    'P14: the new job completed a checkpoint and then FAILED: rolled back from that checkpoint': async () => {
      const { flink } = place();
      flink.script({ job: 'breaks', starts: [{ kind: 'FIRST_CHECKPOINT_AFTER', ms: 1_500 }] });
      const { workflowId } = await begin(place(), 'breaks');
      const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
      const job = flink.job(to?.jobId ?? '');
      const on = `GET /jobs/${job.id}/checkpoints`;
      const seeAgain = flink.fault({ on, kind: 'STATUS', status: 503, times: Infinity });
      await checkpointed(job);
      job.fail();
      seeAgain();
      const newest = job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path ?? '';
      await expectRolledBack(place(), 'breaks', workflowId, newest, 'the new job is FAILED');
    },

    'verify: BROKEN by restarting again and again before its first checkpoint: rolled back': async () => {
      const { flink } = place();
      flink.script({ job: 'flaps', starts: [{ kind: 'NO_CHECKPOINT' }] });
      const { workflowId, savepoint } = await begin(place(), 'flaps');
      const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
      flink.job(to?.jobId ?? '').keepRestarting();
      await expectRolledBack(
        place(),
        'flaps',
        workflowId,
        await savepoint,
        'times before its first checkpoint',
      );
    },

    'verify: BROKEN by failing before its first checkpoint: rolled back': async () => {
      const { flink } = place();
      flink.script({ job: 'dies', starts: [{ kind: 'NO_CHECKPOINT' }] });
      const { workflowId, savepoint } = await begin(place(), 'dies');
      const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
      flink.job(to?.jobId ?? '').fail();
      await expectRolledBack(place(), 'dies', workflowId, await savepoint, 'the new job is FAILED');
    },

    'P13: somebody cancels the new job while it starts: CanceledByOther, nothing is restarted': async () => {
      const { flink } = place();
      flink.script({ job: 'cancelled', starts: [{ kind: 'TAKES', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin(place(), 'cancelled');
      await savepoint;
      const { jobId } = await nextOf(flink, 'STARTED', 'cancelled');
      flink.job(jobId).cancel();
      const ended = await endOf(place(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
      says(ended, jobId, 'flink run -s');
      expect(liveJobs(flink, 'cancelled')).toEqual([]);
    },

    'P13: somebody cancels the new job before its first checkpoint: CanceledByOther, nothing is restarted':
      async () => {
        const { flink } = place();
        flink.script({ job: 'cancelled-late', starts: [{ kind: 'NO_CHECKPOINT' }] });
        const { workflowId, savepoint } = await begin(place(), 'cancelled-late');
        const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
        flink.job(to?.jobId ?? '').cancel();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
        says(ended, to?.jobId ?? '?', (await savepoint).replace('file:', ''));
        expect(liveJobs(flink, 'cancelled-late')).toEqual([]);
      },

    'P13: somebody cancels the roll-back’s job while it starts: CanceledByOther, nothing is restarted':
      async () => {
        const { flink } = place();
        const starts = [{ kind: 'FAILS' }, { kind: 'TAKES', ms: 600_000 }] as const;
        flink.script({ job: 'cancelled-back', starts });
        const { workflowId, savepoint } = await begin(place(), 'cancelled-back', {
          maxJobCreationAttempts: 1,
        });
        await savepoint;
        await nextOf(flink, 'STARTED', 'cancelled-back');
        const { jobId, parallelism } = await nextOf(flink, 'STARTED', 'cancelled-back');
        expect(parallelism).toBe(2);
        flink.job(jobId).cancel();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
        says(ended, jobId, (await savepoint).replace('file:', ''), 'flink run -s');
        expect(liveJobs(flink, 'cancelled-back')).toEqual([]);
      },

    'P13, P14: somebody cancels the new job after a checkpoint of its own: CanceledByOther names that one':
      async () => {
        const { flink } = place();
        const { workflowId } = await begin(place(), 'cancelled-later');
        const { jobId } = await nextOf(flink, 'STARTED', 'cancelled-later');
        const verifying = flink.hold(`POST /jobs/${jobId}/checkpoints`, 'AFTER');
        await verifying.arrived;
        const job = flink.job(jobId);
        await checkpointed(job);
        job.cancel();
        verifying.release();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
        const newest = job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path ?? 'none';
        says(ended, jobId, `its newest snapshot: ${newest}`, `-s ${newest}`);
        expect(liveJobs(flink, 'cancelled-later')).toEqual([]);
      },

    'P21: another job of our name appears before the submit: AnotherJobRuns, nothing is started beside it':
      async () => {
        const { flink } = place();
        const { workflowId, savepoint } = await begin(place(), 'taken');
        await nextOf(flink, 'ENDED', 'taken');
        const { id } = flink.startJob({ name: 'taken', parallelism: 1 });
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'AnotherJobRuns' });
        says(ended, id, (await savepoint).replace('file:', ''));
        expect(liveJobs(flink, 'taken')).toMatchObject([{ id }]);
      },

    'P26: the new jar calls its job by another name: ended, and rolled back': async () => {
      const { flink } = place();
      const { workflowId, savepoint } = await begin(place(), 'other-name', {
        artifact: { jar: 'other-name.jar', args: ['--name', 'elsewhere'] },
      });
      await nextOf(flink, 'STARTED', 'elsewhere');
      const ended = await endOf(place(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
      says(ended, 'calls its job "elsewhere", not "other-name"');
      await savepoint;
      expect(liveJobs(flink, 'elsewhere')).toEqual([]);
      expect(liveJobs(flink, 'other-name')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
    },
  },
  90_000,
);

test('P22: a jar that the JobManager lost between plan and submit is uploaded again, and the try is not used up', async () => {
  const { flink } = place();
  flink.startJob({ name: 'jar-lost', parallelism: 2 });
  const ended = nextOf(flink, 'SAVEPOINT', 'jar-lost').then(() => flink.loseJars());
  const result = await rescale(place(), { job: 'jar-lost', parallelism: 4, maxJobCreationAttempts: 1 });
  await ended;
  expect(succeeded(result).outcome).toBe('RESCALED');
  const uploads = flink.calls.filter((call) => call.verb === 'UPLOAD');
  expect(uploads.length).toBeGreaterThanOrEqual(2);
  expect(new Set(submitsOf(place(), 'jar-lost').map((call) => call.jobId)).size).toBe(1);
}, 60_000);

test('P14: a new job that has gone on from the savepoint is rolled back by a stop WITH savepoint', async () => {
  const { flink } = place();
  flink.startJob({ name: 'gone-on', parallelism: 2 });
  const old = nextOf(flink, 'SAVEPOINT', 'gone-on');
  const started = nextOf(flink, 'STARTED', 'gone-elsewhere');
  const workflowId = await startRescale(place(), {
    job: 'gone-on',
    parallelism: 4,
    artifact: { jar: 'gone-on.jar', args: ['--name', 'gone-elsewhere'] },
  });
  const { jobId } = await started;
  await flink.unreachable();
  await checkpointed(flink.job(jobId));
  const withdrawn = nextOf(flink, 'SAVEPOINT', 'gone-elsewhere');
  await flink.reachable();
  const { path } = await withdrawn;
  await expectRolledBack(place(), 'gone-on', workflowId, path, 'calls its job "gone-elsewhere"');
  expect(samePath((await old).path, path)).toBe(false);
  expect(liveJobs(flink, 'gone-elsewhere')).toEqual([]);
}, 60_000);
