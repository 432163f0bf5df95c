import { asked, attention, cancel, effect, hushed, rescaled, running, signal, update } from './acts';
import { impatient, refused, type GoldenCase } from './case';

const stopped = 'PLANNING SAVEPOINTING STOPPING RESTARTING';
const settled = 'PLANNING SAVEPOINTING SETTLING';

const neverRuns = { kind: 'NEVER_SCHEDULED' } as const;
const fails = { kind: 'FAILS' } as const;

/** The new job fails, the old one too, and the last resort gets nowhere until an operator says something. */
const givenUp: GoldenCase = {
  name: 'job-down',
  path: `${stopped} ROLLING_BACK ATTENTION JobDown`,
  run: async (place, job) => {
    await running(place, job);
    place.flink.script({
      job,
      starts: [fails, fails, neverRuns],
    });
    const lastResort = effect(place.flink, 'STARTED', job, 3);
    await rescaled(place, job, { maxJobCreationAttempts: 1 }, async () => {
      await lastResort;
      await signal(place, job, 'giveUp');
    });
  },
};

/** What an operator says to a rescale, in time and too late. */
export const steered: readonly GoldenCase[] = [
  givenUp,
  {
    name: 'resumed',
    path: 'PLANNING STOPPING RESTARTING VERIFYING RESUMED',
    run: async (place, job) => {
      await givenUp.run(place, job);
      await rescaled(place, job);
    },
  },
  {
    name: 'attention-resumed',
    path: 'PLANNING STOPPING RESTARTING VERIFYING ATTENTION RESUMED',
    run: async (place, job) => {
      await givenUp.run(place, job);
      place.flink.script({ job, starts: [{ kind: 'FIRST_CHECKPOINT_AFTER', ms: 5_000 }] });
      await rescaled(place, job, impatient);
    },
  },
  {
    name: 'rescaled-to-another-target',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.fault({ on: `GET /jobs/${id}`, kind: 'SLOW_BEFORE', ms: 2_000 });
      await rescaled(place, job, {}, () => update(place, job, 'retarget', { parallelism: 3 }));
    },
  },
  {
    name: 'rescaled-though-steered-too-late',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'TAKES', ms: 4_000 }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, {}, async () => {
        await started;
        await signal(place, job, 'abort');
        await signal(place, job, 'retarget', { parallelism: 0 });
        await cancel(place, job);
      });
    },
  },
  {
    name: 'rescaled-though-aborted-during-the-stop',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TAKES', ms: 2_000 }] });
      await rescaled(place, job, {}, async () => {
        await asked(place.flink, 'STOP', id);
        await signal(place, job, 'abort');
      });
    },
  },
  {
    name: 'aborted',
    path: `${settled} ABORTED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [refused, refused, refused, refused] });
      await rescaled(place, job, {}, async () => {
        await asked(place.flink, 'STOP', id);
        await signal(place, job, 'abort');
      });
    },
  },
  {
    name: 'aborted-by-a-cancel',
    path: `${settled} ABORTED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [refused, refused, refused, refused] });
      await rescaled(place, job, {}, async () => {
        await asked(place.flink, 'STOP', id);
        await cancel(place, job);
      });
    },
  },
  {
    name: 'aborted-while-planning',
    path: 'PLANNING ABORTED',
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.fault({ on: `GET /jobs/${id}`, kind: 'SLOW_BEFORE', ms: 2_000 });
      await rescaled(place, job, {}, () => signal(place, job, 'abort'));
    },
  },
  {
    name: 'attention-settling-then-aborted',
    path: `${settled} ATTENTION ABORTED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 8_000 }] });
      await rescaled(place, job, { timeouts: { attention: 2_000, recovery: 4_000 } }, async () => {
        await asked(place.flink, 'STOP', id);
        await signal(place, job, 'abort');
      });
    },
  },
  {
    name: 'attention-settling-then-given-up',
    path: `${settled} ATTENTION SavepointFailed`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 60_000 }] });
      await rescaled(place, job, { ...impatient, maxSavepointCreationAttempts: 1 }, async () => {
        await attention(place, job);
        await signal(place, job, 'giveUp');
      });
    },
  },
  {
    name: 'attention-stopping-then-given-up',
    path: 'PLANNING SAVEPOINTING STOPPING ATTENTION JobDown',
    run: async (place, job) => {
      const { id } = await running(place, job);
      hushed(place.flink, id, Infinity);
      await rescaled(place, job, impatient, async () => {
        await attention(place, job);
        await signal(place, job, 'giveUp');
      });
    },
  },
  {
    name: 'attention-restarting-then-given-up',
    path: `${stopped} ATTENTION JobDown`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [neverRuns] });
      await rescaled(place, job, impatient, async () => {
        await attention(place, job);
        await signal(place, job, 'giveUp');
      });
    },
  },
  {
    name: 'attention-settling-then-retried',
    path: `${settled} ATTENTION SavepointFailed`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 8_000 }] });
      await rescaled(place, job, { ...impatient, maxSavepointCreationAttempts: 1 }, async () => {
        await attention(place, job);
        await signal(place, job, 'retry');
      });
    },
  },
  {
    name: 'attention-stopping-then-retried',
    path: 'PLANNING SAVEPOINTING STOPPING ATTENTION RESTARTING VERIFYING RESCALED',
    run: async (place, job) => {
      const { id } = await running(place, job);
      hushed(place.flink, id, 8);
      await rescaled(place, job, impatient, async () => {
        await attention(place, job);
        await signal(place, job, 'retry');
      });
    },
  },
  {
    name: 'attention-then-retried',
    path: `${stopped} ROLLING_BACK ATTENTION RolledBack`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({
        job,
        starts: [fails, fails, neverRuns],
      });
      const lastResort = effect(place.flink, 'STARTED', job, 3);
      await rescaled(place, job, { maxJobCreationAttempts: 1 }, async () => {
        await lastResort;
        await signal(place, job, 'retry');
      });
    },
  },
  {
    name: 'attention-then-another-snapshot',
    path: `${stopped} ATTENTION VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [neverRuns] });
      const taken = effect(place.flink, 'SAVEPOINT', job);
      await rescaled(place, job, impatient, async () => {
        const { path } = await taken;
        await attention(place, job);
        await signal(place, job, 'restoreFrom', { path });
      });
    },
  },
  {
    name: 'attention-rolling-back-then-retried',
    path: `${stopped} ROLLING_BACK ATTENTION RolledBack`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [fails, neverRuns] });
      await rescaled(place, job, { ...impatient, maxJobCreationAttempts: 1 }, async () => {
        await attention(place, job);
        await signal(place, job, 'retry');
      });
    },
  },
];
