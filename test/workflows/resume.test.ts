import { until } from '../../src/dev/until';
import { samePath } from '../../src/planning/paths';
import { held, heldPhases } from '../kit/held';
import type { HeldPhase } from '../kit/held';
import { endOf, rescale, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs, nextOf, restoredFrom, stopsOf, succeeded, untilPhase, update } from '../kit/watch';

/** P30 and P1: a rescale that was ended half-way is taken up by the next one, or by a reset of itself. */
const place = useSimulated('resume', {
  jobs: [...heldPhases.flatMap((phase) => [`${phase}-terminated`, `${phase}-reset`]), 'given-up', 'canceled'],
  flink: { slots: 200 },
});

afterEach(() => {
  place().flink.neverTwoCopies();
  expect(place().flink.stateLost()).toEqual([]);
});

async function cli(...args: string[]): Promise<void> {
  const { code, stderr } = await place().cli(args);
  if (code !== 0) throw new Error(stderr);
}

function terminate(workflowId: string): Promise<void> {
  return cli('workflow', 'terminate', '--workflow-id', workflowId, '--reason', 'the test ends it');
}

/** Waits until nobody sends the stop any more: a worker hears of a terminate with its next heartbeat. */
async function letGo(jobId: string): Promise<void> {
  const quiet = () => {
    const last = place().flink.calls.findLast((call) => call.verb === 'STOP' && call.jobId === jobId);
    return Date.now() - (last?.at ?? 0) > longestPauseMs;
  };
  await until(quiet, { what: 'the last stop', deadlineMs: 30_000 });
}

/** A stop without an answer is sent again each 2 s at least, on a machine that is busy somewhat later. */
const longestPauseMs = 6_000;

/** Whether a live job is left, so that a new start is another rescale of it and not a RESUME. */
const stoppedIn: Readonly<Record<HeldPhase, boolean>> = {
  ...{ PLANNING: false, SAVEPOINTING: false, SETTLING: false, STOPPING: true },
  ...{ RESTARTING: false, VERIFYING: false, ROLLING_BACK: false, ATTENTION: true },
};

/** What runs after a terminate, before anybody does anything: the old job, the new one, or the one rolled back to. */
const left: Readonly<Record<HeldPhase, number | undefined>> = {
  ...{ PLANNING: 2, SAVEPOINTING: 2, SETTLING: 2, STOPPING: undefined },
  ...{ RESTARTING: 4, VERIFYING: 4, ROLLING_BACK: 2, ATTENTION: undefined },
};

const terminated = Object.fromEntries<() => Promise<void>>(
  heldPhases.map((phase) => [
    `P30: terminated in ${phase}, started anew: ${stoppedIn[phase] ? 'RESUMED from the newest snapshot' : 'the live job is rescaled'}`,
    async () => {
      const job = `${phase}-terminated`;
      const { flink } = place();
      const saved = nextOf(flink, 'SAVEPOINT', job);
      const { workflowId, jobId, release } = await held(place(), phase, job);
      await terminate(workflowId);
      if (phase === 'SAVEPOINTING') await letGo(jobId);
      release();
      expect(liveJobs(flink, job).map(({ parallelism }) => parallelism)).toEqual(
        left[phase] === undefined ? [] : [left[phase]],
      );
      if (phase === 'SETTLING') await nextOf(flink, 'RUNNING', job);

      // ATTENTION: the starts that are still to be refused
      const refusals = phase === 'ATTENTION' ? 5 : 1;
      const parallelism = 3;
      const ended = await rescale(place(), { job, parallelism, maxJobCreationAttempts: refusals });
      const { outcome, warnings } = succeeded(ended);
      expect(outcome).toBe(stoppedIn[phase] ? 'RESUMED' : 'RESCALED');
      expect(liveJobs(flink, job)).toMatchObject([{ parallelism, state: 'RUNNING' }]);
      if (!stoppedIn[phase]) return;
      expect(warnings.join()).toContain('was not started again, so this resumes it');
      expect(samePath(restoredFrom(flink, job) ?? '', (await saved).path)).toBe(true);
    },
  ]),
);

/** How a rescale that was reset ends, and at which parallelism the job runs then. */
const resetEnds: Readonly<Record<HeldPhase, readonly [string, number]>> = {
  ...{ PLANNING: ['RESCALED', 4], SAVEPOINTING: ['RESCALED', 4], SETTLING: ['SavepointFailed', 2] },
  ...{ STOPPING: ['RESUMED', 4], RESTARTING: ['UNCHANGED', 4], VERIFYING: ['UNCHANGED', 4] },
  ...{ ROLLING_BACK: ['RESCALED', 4], ATTENTION: ['RolledBack', 2] },
};

const reset = Object.fromEntries<() => Promise<void>>(
  heldPhases.map((phase) => [
    `P1: reset in ${phase} to its beginning: ${resetEnds[phase][0]}; what was done is found by the same ids, and done once`,
    async () => {
      const job = `${phase}-reset`;
      const { flink } = place();
      const { workflowId, jobId, release } = await held(place(), phase, job);
      if (phase === 'SETTLING') {
        const runs = nextOf(flink, 'RUNNING', job);
        release();
        await runs;
      }
      await cli(
        ...['workflow', 'reset', '--workflow-id', workflowId, '--type', 'FirstWorkflowTask'],
        ...['--reason', 'the test resets it'],
      );
      if (phase === 'SAVEPOINTING') await untilPhase(place(), workflowId, phase);
      release();
      const ended = await endOf(place(), workflowId);
      const [end, parallelism] = resetEnds[phase];
      expect(ended.status === 'COMPLETED' ? ended.result.outcome : ended.type).toBe(end);
      expect(liveJobs(flink, job)).toMatchObject([{ parallelism, state: 'RUNNING' }]);
      expect(stopsOf(flink, jobId)).toBe(1);
      const stops = flink.calls.filter((call) => call.verb === 'STOP' && call.jobId === jobId);
      expect(new Set(stops.map((call) => call.triggerId)).size).toBe(1);
      const started = flink.effects.filter((effect) => effect.kind === 'STARTED' && effect.name === job);
      const expected = { SETTLING: 1, ROLLING_BACK: 3 }[phase as string] ?? 2;
      expect(started).toHaveLength(expected);
    },
  ]),
);

together(
  {
    ...terminated,
    ...reset,

    'P30: given up while the job does not come up: JobDown; a new start resumes it from that snapshot':
      async () => {
        const job = 'given-up';
        const { flink } = place();
        const saved = nextOf(flink, 'SAVEPOINT', job);
        const { workflowId } = await held(place(), 'ATTENTION', job);
        await update(place(), workflowId, 'giveUp');
        expect(await endOf(place(), workflowId)).toMatchObject({ status: 'FAILED', type: 'JobDown' });
        expect(liveJobs(flink, job)).toEqual([]);

        const ended = await rescale(place(), { job, parallelism: 4, maxJobCreationAttempts: 6 });
        expect(succeeded(ended).outcome).toBe('RESUMED');
        expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
        expect(samePath(restoredFrom(flink, job) ?? '', (await saved).path)).toBe(true);
      },

    'P30: terminated after the cancel of a STATELESS rescale: a new start resumes it from its newest checkpoint':
      async () => {
        const job = 'canceled';
        const { flink } = place();
        const old = flink.startJob({ name: job, parallelism: 2 });
        await nextOf(flink, 'RUNNING', job);
        await until(() => old.checkpoints.count('COMPLETED') > 0, {
          what: 'a checkpoint',
          deadlineMs: 30_000,
        });
        const over = nextOf(flink, 'ENDED', job);
        const workflowId = await startRescale(place(), { job, parallelism: 4, upgradeStrategy: 'STATELESS' });
        await over;
        flink.fault({ on: `GET /jobs/${old.id}/checkpoints`, kind: 'STATUS', status: 503, times: 3 });
        await terminate(workflowId);
        expect(liveJobs(flink, job)).toEqual([]);

        const ended = await rescale(place(), { job, parallelism: 3 });
        expect(succeeded(ended).outcome).toBe('RESUMED');
        expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 3, state: 'RUNNING' }]);
        const newest = old.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path ?? '';
        expect(samePath(restoredFrom(flink, job) ?? '', newest)).toBe(true);
      },
  },
  60_000,
);
