import { rmSync } from 'node:fs';
import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import type { Call } from '../flink-simulator';
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
  succeeded,
  untilPhase,
  update,
} from '../kit/watch';

/** Table 3.2 of the design: the new job does not come, and what happens then. */
const place = useSimulated('table-3-2', {
  jobs: [
    ...['refused', 'fails', 'too-late', 'unscheduled', 'restoring', 'restores-too-long', 'empty', 'below'],
    ...['duplicate', 'unanswered', 'breaks', 'flaps', 'dies', 'cancelled', 'cancelled-late', 'taken'],
    ...[
      'other-name',
      'slow',
      'slow-given-up',
      'comes-back',
      'retried',
      'restored-from',
      'given-up',
      'by-hand',
    ],
    ...['jar-lost', 'gone-on'],
  ],
  flink: { slots: 200 },
});

/** Jobs that tests start empty: what is checked is that Weir does not leave it at that, or touches nothing. */
const startedEmpty = ['empty', 'taken', 'by-hand'];

afterEach(() => {
  place().flink.neverTwoCopies();
  expect(
    place()
      .flink.stateLost()
      .filter(({ name }) => !startedEmpty.includes(name)),
  ).toEqual([]);
});

const refused = { kind: 'REFUSED', cause: 'no such class' } as const;

/** Every submit of a job of that name, in order. */
function submitsOf(name: string): Call[] {
  const { flink } = place();
  const ofName = new Set(
    flink.effects.flatMap((effect) =>
      effect.kind === 'STARTED' && effect.name === name ? [effect.jobId] : [],
    ),
  );
  const prefixes = new Set([...ofName].map((id) => id.slice(0, 16)));
  return flink.calls.filter((call) => call.verb === 'RUN' && prefixes.has(call.jobId?.slice(0, 16) ?? ''));
}

/** The JobManager's id of the jar of that job, once PLANNING has uploaded it. */
async function jarOf(name: string): Promise<string> {
  const answer = await fetch(`${place().flink.restUrl}/jars`);
  const { files } = (await answer.json()) as { files: { id: string; name: string }[] };
  const jar = files.find((file) => file.name.endsWith(`-${name}.jar`));
  if (jar === undefined) throw new Error(`the jar of ${name} is not uploaded`);
  return jar.id;
}

/** Starts a job and its rescale from 2 to 4; both tries of the start fail as the test says. */
async function begin(
  job: string,
  input: Partial<Parameters<typeof startRescale>[1]> = {},
): Promise<{ workflowId: string; savepoint: Promise<string>; oldId: string }> {
  const { flink } = place();
  const { id } = flink.startJob({ name: job, parallelism: 2 });
  const savepoint = nextOf(flink, 'SAVEPOINT', job).then(({ path }) => path);
  const workflowId = await startRescale(place(), {
    job,
    parallelism: 4,
    maxJobCreationAttempts: 2,
    ...input,
  });
  return { workflowId, savepoint, oldId: id };
}

async function expectRolledBack(
  job: string,
  workflowId: string,
  from: string,
  ...texts: string[]
): Promise<void> {
  const ended = await endOf(place(), workflowId);
  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  const live = liveJobs(place().flink, job);
  expect(live).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
  says(
    ended,
    `could not be started at parallelism 4`,
    `(${live[0]?.id}) is RUNNING at parallelism 2`,
    ...texts,
  );
  expect(restoredFrom(place().flink, job)).toMatch(/./);
  expect(samePath(restoredFrom(place().flink, job) ?? '', from)).toBe(true);
}

together(
  {
    'attempts used up by answers of 400: rolled back to the old parallelism from the savepoint': async () => {
      place().flink.script({ job: 'refused', starts: [refused, { ...refused, leavesJob: true }] });
      const { workflowId, savepoint } = await begin('refused');
      await expectRolledBack('refused', workflowId, await savepoint, 'no such class');
      const submits = submitsOf('refused');
      expect(submits.map((call) => call.outcome)).toEqual(['REFUSED', 'REFUSED', 'EXECUTED']);
      expect(new Set(submits.map((call) => call.jobId)).size).toBe(3);
    },

    'accepted, then FAILED, each time: rolled back': async () => {
      const fails = { kind: 'FAILS', cause: 'bad state' } as const;
      place().flink.script({ job: 'fails', starts: [fails, fails] });
      const { workflowId, savepoint } = await begin('fails');
      await expectRolledBack('fails', workflowId, await savepoint, 'bad state');
      expect(submitsOf('fails').map((call) => call.parallelism)).toEqual([4, 4, 2]);
    },

    'not ready by the `restart` deadline: ended, and proven so, then rolled back': async () => {
      const { flink } = place();
      flink.script({ job: 'too-late', starts: [{ kind: 'TAKES', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin('too-late', { timeouts: { restart: 1_500 } });
      await expectRolledBack('too-late', workflowId, await savepoint, 'not ready within 1500 ms');
      expect(submitsOf('too-late')).toHaveLength(2);
      expect(flink.job(submitsOf('too-late')[0]?.jobId ?? '').state).toBe('CANCELED');
    },

    'never scheduled, RUNNING without slots for ever: rolled back': async () => {
      place().flink.script({ job: 'unscheduled', starts: [{ kind: 'NEVER_SCHEDULED' }] });
      const { workflowId, savepoint } = await begin('unscheduled', { timeouts: { restart: 1_500 } });
      await expectRolledBack('unscheduled', workflowId, await savepoint, 'tasks are RUNNING');
    },

    'P25: RESTORING for longer than `restart` but within `restore` is no failure': async () => {
      place().flink.script({ job: 'restoring', starts: [{ kind: 'RESTORING', ms: 4_000 }] });
      const { workflowId } = await begin('restoring', { timeouts: { restart: 1_500 } });
      const { outcome, downtimeMs } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('RESCALED');
      expect(downtimeMs?.restore).toBeGreaterThanOrEqual(4_000);
      expect(submitsOf('restoring')).toHaveLength(1);
    },

    'P25: RESTORING for longer than `restore`: rolled back': async () => {
      place().flink.script({ job: 'restores-too-long', starts: [{ kind: 'RESTORING', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin('restores-too-long', { timeouts: { restore: 1_500 } });
      await expectRolledBack('restores-too-long', workflowId, await savepoint, 'not restored within 1500 ms');
    },

    'P24: an EMPTY start is cancelled at once, and the next try restores the same savepoint': async () => {
      const { flink } = place();
      flink.script({ job: 'empty', starts: [{ kind: 'EMPTY' }] });
      const { workflowId, savepoint } = await begin('empty');
      const { outcome, to } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('RESCALED');
      const [first, second] = submitsOf('empty');
      expect(flink.job(first?.jobId ?? '').state).toBe('CANCELED');
      expect(second?.jobId).toBe(to?.jobId);
      expect(samePath(restoredFrom(flink, 'empty') ?? '', await savepoint)).toBe(true);
    },

    'P23: a job that RUNs BELOW what was asked for: success with a warning': async () => {
      place().flink.script({ job: 'below', starts: [{ kind: 'BELOW', parallelism: 3 }] });
      const { workflowId } = await begin('below');
      const { outcome, warnings } = succeeded(await endOf(place(), workflowId));
      expect(outcome).toBe('RESCALED');
      expect(warnings.join()).toContain('runs at 3 of 4');
    },

    'DUPLICATE: the first submit was carried out and its answer lost: the job is watched, not sent anew':
      async () => {
        const { flink } = place();
        flink.script({ job: 'duplicate', stops: [{ kind: 'TAKES', ms: 1_500 }] });
        const { workflowId } = await begin('duplicate');
        await untilPhase(place(), workflowId, 'SAVEPOINTING');
        const on = `POST /jars/${await jarOf('duplicate')}/run`;
        flink.fault({ on, kind: 'STATUS', status: 503, executed: true });
        expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
        const submits = submitsOf('duplicate');
        expect(submits.map((call) => call.outcome)).toEqual(['EXECUTED', 'KNOWN']);
        expect(new Set(submits.map((call) => call.jobId)).size).toBe(1);
      },

    'P20: a submit without an answer is only ever followed by the same submit': async () => {
      const { flink } = place();
      flink.script({ job: 'unanswered', stops: [{ kind: 'TAKES', ms: 1_500 }] });
      const { workflowId } = await begin('unanswered');
      await untilPhase(place(), workflowId, 'SAVEPOINTING');
      const on = `POST /jars/${await jarOf('unanswered')}/run`;
      flink.fault({ on, kind: 'RESET_BEFORE' });
      flink.fault({ on, kind: 'STATUS', status: 500 });
      flink.fault({ on, kind: 'STATUS', status: 503 });
      expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
      const submits = submitsOf('unanswered');
      expect(submits.map((call) => call.outcome)).toEqual([
        ...['NOT_EXECUTED', 'NOT_EXECUTED', 'NOT_EXECUTED', 'EXECUTED'],
      ]);
      expect(new Set(submits.map((call) => call.jobId)).size).toBe(1);
    },

    'P14: the new job completed a checkpoint and then FAILED: rolled back from that checkpoint': async () => {
      const { flink } = place();
      flink.script({ job: 'breaks', starts: [{ kind: 'FIRST_CHECKPOINT_AFTER', ms: 1_500 }] });
      const { workflowId } = await begin('breaks');
      const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
      const job = flink.job(to?.jobId ?? '');
      const on = `GET /jobs/${job.id}/checkpoints`;
      const seeAgain = flink.fault({ on, kind: 'STATUS', status: 503, times: Infinity });
      await checkpointed(job);
      job.fail();
      seeAgain();
      const newest = job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path ?? '';
      await expectRolledBack('breaks', workflowId, newest, 'the new job is FAILED');
    },

    'verify: BROKEN by restarting again and again before its first checkpoint: rolled back': async () => {
      const { flink } = place();
      flink.script({ job: 'flaps', starts: [{ kind: 'NO_CHECKPOINT' }] });
      const { workflowId, savepoint } = await begin('flaps');
      const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
      flink.job(to?.jobId ?? '').keepRestarting();
      await expectRolledBack('flaps', workflowId, await savepoint, 'times before its first checkpoint');
    },

    'verify: BROKEN by failing before its first checkpoint: rolled back': async () => {
      const { flink } = place();
      flink.script({ job: 'dies', starts: [{ kind: 'NO_CHECKPOINT' }] });
      const { workflowId, savepoint } = await begin('dies');
      const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
      flink.job(to?.jobId ?? '').fail();
      await expectRolledBack('dies', workflowId, await savepoint, 'the new job is FAILED');
    },

    'P13: somebody cancels the new job while it starts: CanceledByOther, nothing is restarted': async () => {
      const { flink } = place();
      flink.script({ job: 'cancelled', starts: [{ kind: 'TAKES', ms: 600_000 }] });
      const { workflowId, savepoint } = await begin('cancelled');
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
        const { workflowId, savepoint } = await begin('cancelled-late');
        const { to } = await untilPhase(place(), workflowId, 'VERIFYING');
        flink.job(to?.jobId ?? '').cancel();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
        says(ended, to?.jobId ?? '?', (await savepoint).replace('file:', ''));
        expect(liveJobs(flink, 'cancelled-late')).toEqual([]);
      },

    'P21: another job of our name appears before the submit: AnotherJobRuns, nothing is started beside it':
      async () => {
        const { flink } = place();
        const { workflowId, savepoint } = await begin('taken');
        await nextOf(flink, 'ENDED', 'taken');
        const { id } = flink.startJob({ name: 'taken', parallelism: 1 });
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'AnotherJobRuns' });
        says(ended, id, (await savepoint).replace('file:', ''));
        expect(liveJobs(flink, 'taken')).toMatchObject([{ id }]);
      },

    'P26: the new jar calls its job by another name: ended, and rolled back': async () => {
      const { flink } = place();
      const { workflowId, savepoint } = await begin('other-name', {
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

    'P29: a restart that takes longer than `attention`: ATTENTION, and the step goes on to success':
      async () => {
        const { flink } = place();
        flink.script({ job: 'slow', starts: [{ kind: 'TAKES', ms: 4_000 }] });
        const { workflowId, savepoint } = await begin('slow', { timeouts: { attention: 500 } });
        const { attention, operator, snapshot } = await untilPhase(place(), workflowId, 'ATTENTION');
        expect(attention).toContain('RESTARTING takes longer than 0.5 s');
        for (const name of ['retry', 'giveUp', 'restoreFrom'])
          expect(operator.join()).toContain(`--name ${name}`);
        expect(samePath(snapshot?.path ?? '', await savepoint)).toBe(true);
        expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
      },

    'P29: given up while the new job does not come: its end is proven, JobDown says how to start it':
      async () => {
        const { flink } = place();
        flink.script({ job: 'slow-given-up', starts: [{ kind: 'NEVER_SCHEDULED' }] });
        const { workflowId, savepoint } = await begin('slow-given-up', { timeouts: { attention: 500 } });
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
        expect(flink.job(submitsOf('slow-given-up')[0]?.jobId ?? '').state).toBe('CANCELED');
      },

    'the roll-back fails as well: ATTENTION, tried on, and it comes up by itself': async () => {
      const { flink } = place();
      flink.script({ job: 'comes-back', starts: [refused, refused, refused, refused] });
      const { workflowId, savepoint } = await begin('comes-back', { maxJobCreationAttempts: 1 });
      const { attention, warnings } = await untilPhase(place(), workflowId, 'ATTENTION');
      expect(attention).toContain('comes-back could not be started again');
      expect(warnings).toEqual([]);
      await expectRolledBack('comes-back', workflowId, await savepoint, 'no such class');
      expect(submitsOf('comes-back')).toHaveLength(5);
    },

    'the roll-back fails as well; `retry` tries again at once': async () => {
      const { flink } = place();
      flink.script({ job: 'retried', starts: [refused, refused, refused, refused, refused] });
      const { workflowId, savepoint } = await begin('retried', { maxJobCreationAttempts: 1 });
      // 1 s, then 2 s, then 4 s between the tries of the last resort
      const runs = () =>
        flink.calls.filter((call) => call.verb === 'RUN' && call.savepointPath?.includes('/retried/'));
      await until(() => runs().length === 5, {
        what: 'a try before a long pause',
        deadlineMs: 60_000,
        pollMs: 10,
      });
      expect(await update(place(), workflowId, 'retry')).toContain('taken up');
      await expectRolledBack('retried', workflowId, await savepoint);
      const [before = Infinity, after = Infinity] = runs()
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
      await expectRolledBack('restored-from', workflowId, path);
    },

    'the roll-back fails as well; `giveUp`: JobDown with the path and the `flink run -s` command':
      async () => {
        const { flink } = place();
        flink.script({ job: 'given-up', starts: Array.from({ length: 20 }, () => refused) });
        const { workflowId, savepoint } = await begin('given-up', { maxJobCreationAttempts: 1 });
        await untilPhase(place(), workflowId, 'ATTENTION');
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
        const { workflowId } = await begin('by-hand', { maxJobCreationAttempts: 1 });
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

test('P22: a jar that the JobManager lost between plan and submit is uploaded again, and the try is not used up', async () => {
  const { flink } = place();
  flink.startJob({ name: 'jar-lost', parallelism: 2 });
  const ended = nextOf(flink, 'SAVEPOINT', 'jar-lost').then(() => flink.loseJars());
  const result = await rescale(place(), { job: 'jar-lost', parallelism: 4, maxJobCreationAttempts: 1 });
  await ended;
  expect(succeeded(result).outcome).toBe('RESCALED');
  const uploads = flink.calls.filter((call) => call.verb === 'UPLOAD');
  expect(uploads.length).toBeGreaterThanOrEqual(2);
  expect(new Set(submitsOf('jar-lost').map((call) => call.jobId)).size).toBe(1);
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
  await expectRolledBack('gone-on', workflowId, path, 'calls its job "gone-elsewhere"');
  expect(samePath((await old).path, path)).toBe(false);
  expect(liveJobs(flink, 'gone-elsewhere')).toEqual([]);
}, 60_000);
