import { rmSync } from 'node:fs';
import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import { endOf, historyOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { begin, expectRolledBack, refused, submitsOf } from '../kit/starts';
import { together } from '../kit/together';
import { checkpointed, liveJobs, nextOf, says, signal, succeeded, untilPhase, update } from '../kit/watch';

/** The last row of table 3.2: a start that takes too long, and a roll-back that fails as well. ATTENTION (P29). */
const place = useSimulated('last-resort', {
  jobs: [
    ...[
      'slow',
      'slow-given-up',
      'slow-and-empty',
      'comes-back',
      'comes-late',
      'retried',
      'restored-from',
      'given-up',
      'by-hand',
      'not-wanted',
    ],
  ],
  // A cancel deletes what a job has done since its savepoint.
  flink: { slots: 200, checkpointing: { retention: 'DELETE_ON_CANCELLATION' } },
});

/** A job that a test starts empty is not Weir's to touch. */
afterEach(() => {
  place().flink.neverTwoCopies();
  expect(
    place()
      .flink.stateLost()
      .filter(({ name }) => name !== 'by-hand' && name !== 'slow-and-empty'),
  ).toEqual([]);
});

/** Every submit that begins from the savepoint of this job's rescale, also one that Flink refused. */
const submitsFrom = (job: string) =>
  place().flink.calls.filter((call) => call.verb === 'RUN' && call.savepointPath?.includes(`/${job}/`));

together(
  {
    'P29: a restart that takes longer than `attention`: ATTENTION, and the step goes on to success':
      async () => {
        const { flink } = place();
        flink.script({ job: 'slow', starts: [{ kind: 'TAKES', ms: 4_000 }] });
        const { workflowId, savepoint } = await begin(place(), 'slow', { timeouts: { attention: 500 } });
        const { attention, operator, snapshot } = await untilPhase(place(), workflowId, 'ATTENTION');
        expect(attention).toContain('RESTARTING takes longer than 0.5 s');
        for (const name of ['retry', 'giveUp', 'restoreFrom'])
          expect(operator.join()).toContain(`--name ${name}`);
        expect(samePath(snapshot?.path ?? '', await savepoint)).toBe(true);
        expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
        // it was stuck for seven times `attention`, and the history did not grow meanwhile
        const events = (await historyOf(place(), workflowId)).map(({ eventType }) => eventType);
        expect(events.filter((type) => type === 'EVENT_TYPE_TIMER_STARTED').length).toBeLessThan(6);
      },

    'P13: somebody cancels the job of the last resort: CanceledByOther, nothing is restarted': async () => {
      const { flink } = place();
      const [fails, job] = [{ kind: 'FAILS' }, 'not-wanted'] as const;
      flink.script({ job, starts: [fails, fails, { kind: 'TAKES', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin(place(), job, { maxJobCreationAttempts: 1 });
      await untilPhase(place(), workflowId, 'ATTENTION');
      const [last] = await until(() => flink.live(job).length > 0 && flink.live(job), {
        ...{ what: 'the try of the last resort', deadlineMs: 30_000 },
      });
      last?.cancel();
      const ended = await endOf(place(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
      says(ended, last?.id ?? '?', (await savepoint).replace('file:', ''), 'flink run -s');
      expect(liveJobs(flink, job)).toEqual([]);
    },

    'P29: given up while the new job does not come: its end is proven, JobDown says how to start it':
      async () => {
        const { flink } = place();
        flink.script({ job: 'slow-given-up', starts: [{ kind: 'NEVER_SCHEDULED' }] });
        const { workflowId, savepoint } = await begin(place(), 'slow-given-up', {
          timeouts: { attention: 500 },
        });
        await untilPhase(place(), workflowId, 'ATTENTION');
        await signal(place(), workflowId, 'giveUp');
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
        says(
          ended,
          'no job named slow-given-up runs',
          'flink run -s',
          (await savepoint).replace('file:', ''),
        );
        expect(flink.job(submitsOf(place(), 'slow-given-up')[0]?.jobId ?? '').state).toBe('CANCELED');
      },

    'P29: given up while a new job does not come that begins empty: JobDown names what the old one left':
      async () => {
        const { flink } = place();
        flink.script({ job: 'slow-and-empty', starts: [{ kind: 'NEVER_SCHEDULED' }] });
        const { workflowId, savepoint } = await begin(place(), 'slow-and-empty', {
          ...{ restoreStrategy: 'NONE', acknowledgeStateLoss: true, timeouts: { attention: 500 } },
        });
        await untilPhase(place(), workflowId, 'ATTENTION');
        await signal(place(), workflowId, 'giveUp');
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
        const path = (await savepoint).replace('file:', '');
        says(ended, 'Kept: its state, in savepoint', `${path} -p 2 -d slow-and-empty.jar`);
      },

    'the roll-back fails as well: ATTENTION, tried on, and it comes up by itself': async () => {
      const { flink } = place();
      flink.script({ job: 'comes-back', starts: [refused, refused, refused, refused] });
      const { workflowId, savepoint } = await begin(place(), 'comes-back', { maxJobCreationAttempts: 1 });
      const { attention, warnings } = await untilPhase(place(), workflowId, 'ATTENTION');
      expect(attention).toContain('comes-back could not be started again');
      expect(warnings).toEqual([]);
      await expectRolledBack(place(), 'comes-back', workflowId, await savepoint, 'no such class');
      expect(submitsOf(place(), 'comes-back')).toHaveLength(5);
    },

    'P14: the last resort gives a try up that has gone on from its snapshot: with a savepoint, and that is restored':
      async () => {
        const { flink } = place();
        const job = 'comes-late';
        flink.script({ job, starts: [refused, refused, { kind: 'RESTARTS' }] });
        const { workflowId, savepoint } = await begin(place(), job, {
          maxJobCreationAttempts: 1,
          timeouts: { restart: 3_000 },
        });
        await savepoint;
        const { jobId } = await nextOf(flink, 'STARTED', job);
        const givenUp = flink.hold(`GET /jobs/${jobId}/status`, 'BEFORE');
        await givenUp.arrived;
        flink.job(jobId).mend();
        await checkpointed(flink.job(jobId));
        const withdrawn = nextOf(flink, 'SAVEPOINT', job);
        givenUp.release();
        const { path } = await withdrawn;
        await expectRolledBack(place(), job, workflowId, path, `restored from ${path}`);
        expect(flink.job(jobId).state).toBe('FINISHED');
      },

    'the roll-back fails as well; `retry` tries again at once': async () => {
      const { flink } = place();
      flink.script({ job: 'retried', starts: [refused, refused, refused, refused, refused] });
      const { workflowId, savepoint } = await begin(place(), 'retried', { maxJobCreationAttempts: 1 });
      // 1 s, then 2 s, then 4 s between the tries of the last resort
      await until(() => submitsFrom('retried').length === 5, {
        what: 'a try before a long pause',
        deadlineMs: 60_000,
        pollMs: 10,
      });
      expect(await update(place(), workflowId, 'retry')).toContain('taken up');
      await expectRolledBack(place(), 'retried', workflowId, await savepoint);
      const [before = Infinity, after = Infinity] = submitsFrom('retried')
        .slice(-2)
        .map((call) => call.at);
      expect(after - before).toBeLessThan(4_000);
    },

    'the roll-back fails as well; `restoreFrom` another snapshot brings it up': async () => {
      const { flink } = place();
      const { id } = flink.startJob({ name: 'restored-from', parallelism: 2 });
      await checkpointed(flink.job(id));
      const earlier = nextOf(flink, 'SAVEPOINT', 'restored-from');
      await fetch(`${flink.restUrl}/jobs/${id}/savepoints`, {
        method: 'POST',
        body: JSON.stringify({ 'target-directory': `${place().savepointRoot}/earlier`, 'cancel-job': false }),
      });
      const { path } = await earlier;
      const stopped = nextOf(flink, 'SAVEPOINT', 'restored-from');
      const lost = stopped.then((savepoint) =>
        rmSync(savepoint.path.slice('file:'.length), { recursive: true }),
      );
      const workflowId = await startRescale(place(), {
        job: 'restored-from',
        parallelism: 4,
        maxJobCreationAttempts: 1,
      });
      await lost;
      const { operator } = await untilPhase(place(), workflowId, 'ATTENTION');
      expect(operator.join()).toContain('--name restoreFrom');
      await expect(update(place(), workflowId, 'restoreFrom', { paht: path })).rejects.toThrow();
      await update(place(), workflowId, 'restoreFrom', { path });
      await expectRolledBack(place(), 'restored-from', workflowId, path);
    },

    'the roll-back fails as well; `giveUp`: JobDown with the path and the `flink run -s` command':
      async () => {
        const { flink } = place();
        flink.script({ job: 'given-up', starts: Array.from({ length: 20 }, () => refused) });
        const { workflowId, savepoint } = await begin(place(), 'given-up', { maxJobCreationAttempts: 1 });
        await untilPhase(place(), workflowId, 'ATTENTION');
        // not while a submit is under way: whether that job runs could not be known
        await until(() => submitsFrom('given-up').length === 5, {
          ...{ what: 'a try before a pause', deadlineMs: 60_000, pollMs: 10 },
        });
        await update(place(), workflowId, 'giveUp');
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
        const path = (await savepoint).replace('file:', '');
        says(
          ended,
          'no job named given-up runs',
          `${path} -p 2 -d given-up.jar --name given-up`,
          'flink run -s',
        );
        expect(liveJobs(flink, 'given-up')).toEqual([]);
      },

    'the roll-back fails as well; somebody starts the job by hand: AnotherJobRuns, nothing beside it':
      async () => {
        const { flink } = place();
        flink.script({ job: 'by-hand', starts: Array.from({ length: 20 }, () => refused) });
        const { workflowId } = await begin(place(), 'by-hand', { maxJobCreationAttempts: 1 });
        await untilPhase(place(), workflowId, 'ATTENTION');
        const { id } = flink.startJob({ name: 'by-hand', parallelism: 2 });
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'AnotherJobRuns' });
        says(ended, id);
        expect(liveJobs(flink, 'by-hand')).toMatchObject([{ id }]);
      },
  },
  90_000,
);
