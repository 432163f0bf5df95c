import { accepted, attention, effect, hushed, rescaled, running, takePlaceOf } from './acts';
import { impatient, type GoldenCase } from './case';

const stopped = 'PLANNING SAVEPOINTING STOPPING RESTARTING';
const settling = 'PLANNING SAVEPOINTING SETTLING ATTENTION';

/** A step that takes longer than it should, and what comes after it by itself. */
export const attentions: readonly GoldenCase[] = [
  {
    name: 'attention-then-running-again',
    path: `${stopped} ROLLING_BACK ATTENTION RolledBack`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'FAILS' }, { kind: 'FAILS' }, { kind: 'FAILS' }] });
      await rescaled(place, job, { maxJobCreationAttempts: 1 });
    },
  },
  {
    name: 'attention-settling',
    path: `${settling} SavepointFailed`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 6_000 }] });
      await rescaled(place, job, { ...impatient, maxSavepointCreationAttempts: 1 });
    },
  },
  {
    name: 'attention-settling-then-stopped',
    path: `${settling} STOPPING RESTARTING VERIFYING RESCALED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
      hushed(place.flink, id);
      await rescaled(place, job, impatient);
    },
  },
  {
    name: 'attention-settling-then-finished',
    path: `${settling} JobFinished`,
    run: async (place, job) => {
      const old = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 60_000 }] });
      await rescaled(place, job, { ...impatient, maxSavepointCreationAttempts: 1 }, async () => {
        await attention(place, job);
        old.finish();
      });
    },
  },
  {
    name: 'attention-settling-then-canceled',
    path: `${settling} CanceledByOther`,
    run: async (place, job) => {
      const old = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 60_000 }] });
      await rescaled(place, job, { ...impatient, maxSavepointCreationAttempts: 1 }, async () => {
        await attention(place, job);
        old.cancel();
      });
    },
  },
  {
    name: 'attention-stopping',
    path: 'PLANNING SAVEPOINTING STOPPING ATTENTION RESTARTING VERIFYING RESCALED',
    run: async (place, job) => {
      const { id } = await running(place, job);
      hushed(place.flink, id);
      await rescaled(place, job, impatient);
    },
  },
  {
    name: 'attention-restarting',
    path: `${stopped} ATTENTION VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'TAKES', ms: 5_000 }] });
      await rescaled(place, job, impatient);
    },
  },
  {
    name: 'attention-restarting-then-rolled-back',
    path: `${stopped} ATTENTION ROLLING_BACK RolledBack`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'NEVER_SCHEDULED' }] });
      await rescaled(place, job, { timeouts: { ...impatient.timeouts, restart: 5_000 } });
    },
  },
  {
    name: 'attention-restarting-then-another-job',
    path: `${stopped} ATTENTION AnotherJobRuns`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'NEVER_SCHEDULED' }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, impatient, async () => {
        const { jobId } = await started;
        await attention(place, job);
        takePlaceOf(place.flink, job);
        place.flink.job(jobId).fail();
      });
    },
  },
  {
    name: 'attention-rolling-back-then-another-job',
    path: `${stopped} ROLLING_BACK ATTENTION AnotherJobRuns`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({
        job,
        starts: [{ kind: 'FAILS' }, { kind: 'FAILS' }, { kind: 'NEVER_SCHEDULED' }],
      });
      const lastResort = effect(place.flink, 'STARTED', job, 3);
      await rescaled(place, job, { maxJobCreationAttempts: 1 }, async () => {
        const { jobId } = await lastResort;
        const old = await accepted(place.flink, jobId);
        takePlaceOf(place.flink, job);
        old.fail();
      });
    },
  },
  {
    name: 'attention-verifying',
    path: `${stopped} VERIFYING ATTENTION RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'FIRST_CHECKPOINT_AFTER', ms: 5_000 }] });
      await rescaled(place, job, impatient);
    },
  },
];
