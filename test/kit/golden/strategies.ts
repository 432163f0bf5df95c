import { asked, effect, hushed, rescaled, running, signal, statusOf } from './acts';
import type { GoldenCase } from './case';
import { until } from '../../../src/dev/until';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import type { Simulated } from '../simulated';

const cancelled = 'PLANNING STOPPING RESTARTING VERIFYING RESCALED';
const stateless = { upgradeStrategy: 'STATELESS' } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;

/** The cancel is about to be sent, and waits for Flink to say what the job's state is. */
async function stopping(place: Simulated, job: string): Promise<void> {
  const workflowId = rescaleWorkflowId('local', job);
  await until(async () => (await statusOf(place, workflowId)).phase === 'STOPPING', {
    what: `${job} to be in STOPPING`,
    deadlineMs: 60_000,
    pollMs: 100,
  });
}

/** What other strategies than the default do. */
export const strategies: readonly GoldenCase[] = [
  {
    name: 'planned',
    path: 'PLANNING PLANNED',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, { dryRun: true });
    },
  },
  {
    name: 'rescaled-stateless',
    path: cancelled,
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, stateless);
    },
  },
  {
    name: 'rescaled-without-state',
    path: cancelled,
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, { ...stateless, restoreStrategy: 'NONE', acknowledgeStateLoss: true });
    },
  },
  {
    name: 'rescaled-by-savepoint-then-cancel',
    path: 'PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, saveThenCancel);
    },
  },
  {
    name: 'rescaled-and-disposed',
    path: 'PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, { savepoint: { keep: false } });
    },
  },
  {
    name: 'aborted-after-the-savepoint',
    path: 'PLANNING SAVEPOINTING ABORTED',
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TAKES', ms: 2_000 }] });
      await rescaled(place, job, saveThenCancel, async () => {
        await asked(place.flink, 'SAVEPOINT', id);
        await signal(place, job, 'abort');
      });
    },
  },
  {
    name: 'job-finished-before-the-cancel',
    path: 'PLANNING STOPPING JobFinished',
    run: async (place, job) => {
      const old = await running(place, job);
      hushed(place.flink, old.id);
      await rescaled(place, job, stateless, async () => {
        await stopping(place, job);
        old.finish();
      });
    },
  },
  {
    name: 'canceled-by-other-before-the-cancel',
    path: 'PLANNING STOPPING CanceledByOther',
    run: async (place, job) => {
      const old = await running(place, job);
      hushed(place.flink, old.id);
      await rescaled(place, job, stateless, async () => {
        await stopping(place, job);
        old.cancel();
      });
    },
  },
  {
    name: 'job-down-since-the-cancel-left-nothing',
    path: 'PLANNING STOPPING JobDown',
    run: async (place, job) => {
      const old = await running(place, job);
      const ended = effect(place.flink, 'ENDED', job);
      await rescaled(place, job, stateless, async () => {
        await ended;
        // As somebody would who cleans the checkpoint folder up.
        for (const entry of old.checkpoints.entries) entry.discarded = true;
      });
    },
  },
];
