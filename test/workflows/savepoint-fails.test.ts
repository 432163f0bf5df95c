import { samePath } from '../../src/planning/paths';
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
  stopsOf,
  succeeded,
  untilPhase,
} from '../kit/watch';
import { until } from '../../src/dev/until';

/** Table 3.1 of the design: what is true after the last try of a savepoint, and what happens then. */
const place = useSimulated('table-3-1', {
  jobs: [
    ...['refused', 'half-way', 'keeps-restarting', 'gives-up', 'endless', 'bounded', 'unanswered', 'hangs'],
    ...['failed-after', 'failed', 'failed-young', 'failed-empty', 'finished', 'cancelled'],
    ...['through', 'forgotten', 'stored', 'taken-along', 'gone-on'],
  ],
  flink: { slots: 100 },
});

afterEach(() => {
  place().flink.neverTwoCopies();
  expect(place().flink.stateLost()).toEqual([]);
});

const refused = { kind: 'REFUSED', causes: ['IOException: disk is full'] } as const;

/** Waits until the activity's heartbeat carries that path: a worker that died now would leave it behind. */
async function carried(workflowId: string, path = 'no checkpoint'): Promise<void> {
  const handle = place().client.workflow.getHandle(workflowId);
  const beat = async () => {
    const { raw } = await handle.describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    return details != null && Buffer.from(details).toString().includes(path);
  };
  await until(beat, { what: `${path} to be carried forward`, deadlineMs: 30_000 });
}

together(
  {
    'RUNNING, every stop answered with a failure: SavepointFailed, each cause, the job left alone':
      async () => {
        const { flink } = place();
        const { id } = flink.startJob({ name: 'refused', parallelism: 2 });
        const other = { kind: 'REFUSED', causes: ['IOException: no route to the store'] } as const;
        flink.script({ job: 'refused', stops: [refused, other, refused] });

        const ended = await rescale(place(), {
          job: 'refused',
          parallelism: 4,
          maxSavepointCreationAttempts: 3,
        });

        expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
        says(ended, 'failed 3 times', 'disk is full', 'no route to the store');
        says(ended, `(${id}) is RUNNING at parallelism 2, left alone`);
        expect(stopsOf(flink, id)).toBe(3);
        expect(liveJobs(flink, 'refused')).toMatchObject([{ id }]);
      },

    'the job restarts after a half-way stop: waited for, and the restart is named': async () => {
      const { flink } = place();
      const { id } = flink.startJob({ name: 'half-way', parallelism: 2 });
      flink.script({ job: 'half-way', stops: [{ kind: 'TASK_FAILS', restartMs: 1_500 }] });

      const ended = await rescale(place(), {
        job: 'half-way',
        parallelism: 4,
        maxSavepointCreationAttempts: 1,
      });

      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(ended, 'the tries made it restart (restarts before 0, now 1)');
      expect(liveJobs(flink, 'half-way')).toMatchObject([{ id, state: 'RUNNING' }]);
    },

    'it keeps restarting past `recovery`: ATTENTION, and stay; once it RUNS, SavepointFailed': async () => {
      const { flink } = place();
      const job = flink.startJob({ name: 'keeps-restarting', parallelism: 2 });
      flink.script({ job: 'keeps-restarting', stops: [{ kind: 'TASK_FAILS' }] });
      const failedOver = nextOf(flink, 'FAILED_OVER', 'keeps-restarting');
      const workflowId = await startRescale(place(), {
        job: 'keeps-restarting',
        parallelism: 4,
        maxSavepointCreationAttempts: 1,
        timeouts: { recovery: 1_000 },
      });
      await failedOver;
      job.keepRestarting();

      const status = await untilPhase(place(), workflowId, 'ATTENTION');
      expect(status.attention).toContain('SETTLING takes longer than 1 s');
      expect(status.operator.join()).toContain('--name giveUp');
      expect(job.ended).toBe(false);
      job.mend();
      const ended = await endOf(place(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(ended, `(${job.id}) is RUNNING at parallelism 2; the tries made it restart`);
      expect(liveJobs(flink, 'keeps-restarting')).toMatchObject([{ id: job.id }]);
    },

    'it keeps restarting, and an operator gives up: SavepointFailed, RESTARTING since': async () => {
      const { flink } = place();
      const { id } = flink.startJob({ name: 'gives-up', parallelism: 2 });
      flink.script({ job: 'gives-up', stops: [{ kind: 'TASK_FAILS', restartMs: 600_000 }] });
      const workflowId = await startRescale(place(), {
        job: 'gives-up',
        parallelism: 4,
        maxSavepointCreationAttempts: 1,
        timeouts: { recovery: 500 },
      });
      await untilPhase(place(), workflowId, 'ATTENTION');
      await signal(place(), workflowId, 'giveUp');
      const ended = await endOf(place(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(ended, `job gives-up (${id}) is RESTARTING since 20`);
      expect(liveJobs(flink, 'gives-up')).toMatchObject([{ id }]);
    },

    'P9: a try that made the job restart is repeated when its restarts are endless, after it has run again':
      async () => {
        const { flink } = place();
        const { id } = flink.startJob({ name: 'endless', parallelism: 2 });
        flink.script({ job: 'endless', stops: [{ kind: 'TASK_FAILS', restartMs: 2_500 }] });
        expect(await rescale(place(), { job: 'endless', parallelism: 4 })).toMatchObject({
          status: 'COMPLETED',
          result: { outcome: 'RESCALED', to: { parallelism: 4 } },
        });
        expect(stopsOf(flink, id)).toBe(2);
        const ofJob = flink.effects.filter((effect) => 'jobId' in effect && effect.jobId === id);
        const ranAgain = ofJob.findLast((effect) => effect.kind === 'RUNNING')?.at ?? Infinity;
        const second = flink.calls.findLast((call) => call.verb === 'STOP' && call.jobId === id)?.at ?? 0;
        expect(second).toBeGreaterThan(ranAgain);
      },

    'P9: a try that made the job restart was the last one when its restarts are bounded': async () => {
      const { flink } = place();
      const restartStrategy = 'Restart with fixed delay (PT1S). #3 restart attempts.';
      const { id } = flink.startJob({ name: 'bounded', parallelism: 2, restartStrategy });
      flink.script({ job: 'bounded', stops: [{ kind: 'TASK_FAILS' }] });
      const ended = await rescale(place(), { job: 'bounded', parallelism: 4 });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      says(ended, 'failed once', '(restarts before 0, now 1)');
      expect(stopsOf(flink, id)).toBe(1);
      expect(liveJobs(flink, 'bounded')).toMatchObject([{ id }]);
    },

    'P5: a stop without an answer is sent again under the same id, and executed once': async () => {
      const { flink } = place();
      const { id } = flink.startJob({ name: 'unanswered', parallelism: 2 });
      flink.script({ job: 'unanswered', stops: [{ kind: 'TAKES', ms: 2_500 }] });
      const on = `POST /jobs/${id}/stop`;
      flink.fault({ on, kind: 'RESET_BEFORE' });
      flink.fault({ on, kind: 'STATUS', status: 503 });
      flink.fault({ on, kind: 'RESET_AFTER' });
      flink.fault({ on, kind: 'TRUNCATED' });
      expect(await rescale(place(), { job: 'unanswered', parallelism: 4 })).toMatchObject({
        status: 'COMPLETED',
        result: { outcome: 'RESCALED' },
      });
      const stops = flink.calls.filter((call) => call.verb === 'STOP' && call.jobId === id);
      expect(stops.map((call) => call.outcome)).toEqual([
        ...['NOT_EXECUTED', 'NOT_EXECUTED', 'EXECUTED', 'KNOWN', 'KNOWN'],
      ]);
      expect(new Set(stops.map((call) => call.triggerId)).size).toBe(1);
    },

    'P10: a stop hangs with its savepoint complete: cancelled after `stop`, its path used, a warning':
      async () => {
        const { flink } = place();
        const job = flink.startJob({ name: 'hangs', parallelism: 2 });
        flink.script({ job: 'hangs', stops: [{ kind: 'HANGS' }] });
        const saved = nextOf(flink, 'SAVEPOINT', 'hangs');
        const workflowId = await startRescale(place(), {
          job: 'hangs',
          parallelism: 4,
          timeouts: { stop: 2_000 },
        });
        const { at, path } = await saved;
        const ended = await endOf(place(), workflowId);
        const { outcome, warnings, snapshot } = succeeded(ended);
        expect(outcome).toBe('RESCALED');
        expect(warnings.join()).toContain('did not end 2000 ms after its savepoint was complete');
        expect(samePath(snapshot?.path ?? '', path)).toBe(true);
        expect(job.state).toBe('CANCELED');
        const cancelled = flink.calls.find((call) => call.verb === 'CANCEL' && call.jobId === job.id);
        expect((cancelled?.at ?? 0) - at).toBeGreaterThanOrEqual(2_000);
      },

    'savepoint complete, job FAILED while stopping: its path is in the failure; success, with a warning':
      async () => {
        const { flink } = place();
        flink.startJob({ name: 'failed-after', parallelism: 2 });
        flink.script({ job: 'failed-after', stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
        expect(await rescale(place(), { job: 'failed-after', parallelism: 4 })).toMatchObject({
          status: 'COMPLETED',
          result: {
            outcome: 'RESCALED',
            warnings: ['the job FAILED while stopping, after its savepoint was complete'],
          },
        });
      },

    'job FAILED, newest snapshot known: started again at the OLD parallelism from it, SavepointFailed':
      async () => {
        const { flink } = place();
        const job = flink.startJob({ name: 'failed', parallelism: 2 });
        await checkpointed(job);
        flink.script({ job: 'failed', stops: [refused, { kind: 'JOB_FAILS' }] });
        const ended = await rescale(place(), { job: 'failed', parallelism: 4 });
        expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
        const [again] = liveJobs(flink, 'failed');
        expect(again?.id).not.toBe(job.id);
        expect(again).toMatchObject({ parallelism: 2 });
        expect(restoredFrom(flink, 'failed')).toBe(job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path);
        says(ended, 'was FAILED', `started again as job ${again?.id}`);
      },

    'job FAILED before a checkpoint of its own: started again from what it had begun with': async () => {
      const { flink } = place();
      flink.startJob({ name: 'failed-young', parallelism: 2 });
      flink.script({
        job: 'failed-young',
        starts: [{ kind: 'FIRST_CHECKPOINT_AFTER', ms: 600_000 }],
        stops: ['NORMAL', { kind: 'JOB_FAILS' }],
      });
      const first = await rescale(place(), {
        job: 'failed-young',
        parallelism: 4,
        timeouts: { restart: 1_500 },
      });
      if (first.status !== 'COMPLETED') throw new Error(first.message);
      expect(succeeded(first).warnings.join()).toContain('no checkpoint of the new job');

      const ended = await rescale(place(), { job: 'failed-young', parallelism: 2 });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
      expect(liveJobs(flink, 'failed-young')).toMatchObject([{ parallelism: 4 }]);
      expect(samePath(restoredFrom(flink, 'failed-young') ?? '', succeeded(first).snapshot?.path ?? '')).toBe(
        true,
      );
    },

    'job FAILED, nothing to restore from: JobDown, nothing is started empty': async () => {
      const { flink } = place();
      flink.startJob({ name: 'failed-empty', parallelism: 2, start: { kind: 'NO_CHECKPOINT' } });
      flink.script({ job: 'failed-empty', stops: [{ kind: 'JOB_FAILS' }] });
      const ended = await rescale(place(), { job: 'failed-empty', parallelism: 4 });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'JobDown' });
      says(ended, 'no job named failed-empty runs', 'it was not started empty');
      expect(liveJobs(flink, 'failed-empty')).toEqual([]);
    },

    'P13: FINISHED by itself: JobFinished, nothing is restarted, no deleted checkpoint is offered':
      async () => {
        const { flink } = place();
        const job = flink.startJob({ name: 'finished', parallelism: 2 });
        flink.script({ job: 'finished', stops: [refused] });
        const workflowId = await startRescale(place(), { job: 'finished', parallelism: 4 });
        await until(() => stopsOf(flink, job.id) === 1, { what: 'the first try', deadlineMs: 30_000 });
        job.finish();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'JobFinished' });
        expect(ended).not.toMatchObject({ message: expect.stringContaining('chk-') });
        expect(liveJobs(flink, 'finished')).toEqual([]);
      },

    'P13: CANCELED by somebody: CanceledByOther, nothing is restarted, the newest snapshot is named':
      async () => {
        const { flink } = place();
        const job = flink.startJob({ name: 'cancelled', parallelism: 2 });
        flink.script({ job: 'cancelled', stops: [refused] });
        const workflowId = await startRescale(place(), { job: 'cancelled', parallelism: 4 });
        await until(() => stopsOf(flink, job.id) === 1, { what: 'the first try', deadlineMs: 30_000 });
        job.cancel();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
        says(ended, `newest snapshot: ${job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path}`);
        expect(liveJobs(flink, 'cancelled')).toEqual([]);
      },
  },
  90_000,
);

test('the stop went through, its answer lost and its result forgotten: its savepoint is found, success', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'through', parallelism: 2 });
  const stopped = nextOf(flink, 'ENDED', 'through');
  const saved = nextOf(flink, 'SAVEPOINT', 'through');
  flink.fault({ on: `GET /jobs/${id}/savepoints/:trigger`, kind: 'SLOW_BEFORE', ms: 1_000, after: 1 });
  const workflowId = await startRescale(place(), { job: 'through', parallelism: 4 });
  await stopped;
  flink.forgetResults();
  const ended = await endOf(place(), workflowId);
  const { outcome, snapshot } = succeeded(ended);
  expect(outcome).toBe('RESCALED');
  expect(samePath(snapshot?.path ?? '', (await saved).path)).toBe(true);
  expect(stopsOf(flink, id)).toBe(1);
}, 60_000);

test('P12, P16: a JobManager lost without HA: the job it forgot is started again from the newest snapshot, a savepoint whose path it forgot is found in the store', async () => {
  const { flink } = place();
  const forgotten = flink.startJob({ name: 'forgotten', parallelism: 2 });
  const stored = flink.startJob({ name: 'stored', parallelism: 2 });
  flink.script({ job: 'forgotten', stops: [refused, { kind: 'TAKES', ms: 600_000 }] });
  const first = await startRescale(place(), { job: 'forgotten', parallelism: 4 });
  await until(() => stopsOf(flink, forgotten.id) === 2, { what: 'the second try', deadlineMs: 30_000 });
  await carried(first, forgotten.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path);
  const saved = nextOf(flink, 'SAVEPOINT', 'stored');
  const stopped = nextOf(flink, 'ENDED', 'stored');
  const second = await startRescale(place(), { job: 'stored', parallelism: 4 });
  await stopped;
  await flink.loseJobManager();

  const [one, other] = await Promise.all([endOf(place(), first), endOf(place(), second)]);
  expect(one).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  says(one, `job ${forgotten.id} was FORGOTTEN`, 'is RUNNING at parallelism 2');
  expect(liveJobs(flink, 'forgotten')).toMatchObject([{ parallelism: 2 }]);
  expect(restoredFrom(flink, 'forgotten')).toBe(
    forgotten.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path,
  );

  expect(succeeded(other)).toMatchObject({
    outcome: 'RESCALED',
    warnings: ['the JobManager forgot the job after its savepoint was complete'],
  });
  expect(samePath(succeeded(other).snapshot?.path ?? '', (await saved).path)).toBe(true);
  expect(stopsOf(flink, stored.id)).toBe(1);
}, 120_000);

test('P15: a JobManager lost with HA: the job goes on; the savepoint of its stop is history once it has', async () => {
  const { flink } = place();
  const along = flink.startJob({ name: 'taken-along', parallelism: 2 });
  const { id } = flink.startJob({ name: 'gone-on', parallelism: 2 });
  flink.script({ job: 'taken-along', stops: [{ kind: 'TAKES', ms: 600_000 }] });
  flink.script({ job: 'gone-on', stops: [{ kind: 'HANGS' }] });
  const saved = nextOf(flink, 'SAVEPOINT', 'gone-on');
  const first = await startRescale(place(), { job: 'taken-along', parallelism: 4 });
  const second = await startRescale(place(), { job: 'gone-on', parallelism: 4 });
  await until(() => stopsOf(flink, along.id) === 1, { what: 'the stop', deadlineMs: 30_000 });
  const { path } = await saved;
  await flink.loseJobManager({ ha: true });
  const recovered = flink.job(id);
  recovered.keepRestarting();
  await untilPhase(place(), second, 'SETTLING');
  const seeAgain = flink.fault({
    on: `GET /jobs/${id}/status`,
    kind: 'STATUS',
    status: 503,
    times: Infinity,
  });
  recovered.mend();
  const newest = await checkpointed(recovered);
  recovered.fail();
  seeAgain();

  const one = await endOf(place(), first);
  expect(one).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  says(one, `(${along.id}) is RUNNING at parallelism 2`);
  const other = await endOf(place(), second);
  expect(other).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
  expect(samePath(restoredFrom(flink, 'gone-on') ?? '', path)).toBe(false);
  expect(restoredFrom(flink, 'gone-on')).toBe(newest);
  expect(liveJobs(flink, 'gone-on')).toMatchObject([{ parallelism: 2 }]);
}, 120_000);
