import { accepted, asked, effect, rescaled, running, runningWithoutCheckpoint, takePlaceOf } from './acts';
import { refused, type GoldenCase } from './case';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import { endOf } from '../rescale';

const stopped = 'PLANNING SAVEPOINTING STOPPING RESTARTING';
const settled = 'PLANNING SAVEPOINTING SETTLING';

/** What happens by itself: each ending, and each way to it on which no step calls for attention. */
export const endings: readonly GoldenCase[] = [
  {
    name: 'rescaled',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job);
    },
  },
  {
    // `stop` looks again beside the start of the new job, and longer than that takes
    name: 'rescaled-since-the-end-was-seen',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      const { id } = await running(place, job);
      const on = `GET /jobs/${id}/status`;
      place.flink.fault({ on, kind: 'STATUS', status: 503, after: 2, times: 5 });
      await rescaled(place, job);
    },
  },
  {
    name: 'rescaled-after-failed-tries',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [refused], starts: [{ kind: 'REFUSED' }] });
      await rescaled(place, job);
    },
  },
  {
    name: 'rescaled-since-the-stop-went-through',
    path: `${settled} STOPPING RESTARTING VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
      await rescaled(place, job);
    },
  },
  {
    name: 'rescaled-after-the-stop-hung',
    path: `${stopped} VERIFYING RESCALED`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'HANGS' }] });
      await rescaled(place, job, { timeouts: { stop: 1_000 } });
    },
  },
  {
    name: 'unchanged',
    path: 'PLANNING UNCHANGED',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, { parallelism: 2 });
    },
  },
  {
    name: 'invalid-request',
    path: 'InvalidRequest',
    run: (place, job) => rescaled(place, job, { parallelism: 0 }),
  },
  {
    name: 'invalid-request-time-out',
    path: 'InvalidRequest',
    run: async (place, job) => {
      const workflowId = rescaleWorkflowId('local', job);
      const started = await place.cli([
        ...['workflow', 'start', '--fail-existing', '--task-queue', place.taskQueue, '--type', 'rescale'],
        ...['--execution-timeout', '1h', '--run-timeout', '1h', '--workflow-id', workflowId],
        ...['--input', JSON.stringify({ job, parallelism: 4 })],
      ]);
      if (started.code !== 0) throw new Error(started.stderr);
      await endOf(place, workflowId);
    },
  },
  {
    name: 'invalid-request-no-such-cluster',
    cluster: 'locl',
    path: 'PLANNING InvalidRequest',
    run: (place, job) => rescaled(place, job, { cluster: 'locl' }),
  },
  {
    name: 'invalid-request-no-such-job',
    path: 'PLANNING InvalidRequest',
    run: (place, job) => rescaled(place, job),
  },
  {
    name: 'plan-rejected',
    path: 'PLANNING PlanRejected',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, { parallelism: 32_768 });
    },
  },
  {
    name: 'savepoint-failed',
    path: `${settled} SavepointFailed`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [refused, refused] });
      await rescaled(place, job, { maxSavepointCreationAttempts: 2 });
    },
  },
  {
    name: 'savepoint-failed-started-again',
    path: `${settled} ROLLING_BACK SavepointFailed`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'JOB_FAILS' }] });
      await rescaled(place, job);
    },
  },
  {
    name: 'rolled-back',
    path: `${stopped} ROLLING_BACK RolledBack`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'FAILS' }, { kind: 'FAILS' }] });
      await rescaled(place, job, { maxJobCreationAttempts: 2 });
    },
  },
  {
    name: 'rolled-back-before-the-first-checkpoint',
    path: `${stopped} VERIFYING ROLLING_BACK RolledBack`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'NO_CHECKPOINT' }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, {}, async () => {
        const { jobId } = await started;
        await asked(place.flink, 'CHECKPOINT', jobId);
        place.flink.job(jobId).fail();
      });
    },
  },
  {
    name: 'job-down-without-a-snapshot',
    path: `${settled} JobDown`,
    run: async (place, job) => {
      await runningWithoutCheckpoint(place, job);
      place.flink.script({ job, stops: [{ kind: 'JOB_FAILS' }] });
      await rescaled(place, job);
    },
  },
  {
    name: 'job-finished',
    path: `${settled} JobFinished`,
    run: async (place, job) => {
      const old = await running(place, job);
      place.flink.script({ job, stops: [refused, refused, refused, refused] });
      await rescaled(place, job, {}, async () => {
        await asked(place.flink, 'STOP', old.id);
        old.finish();
      });
    },
  },
  {
    name: 'canceled-by-other',
    path: `${settled} CanceledByOther`,
    run: async (place, job) => {
      const old = await running(place, job);
      place.flink.script({ job, stops: [refused, refused, refused, refused] });
      await rescaled(place, job, {}, async () => {
        await asked(place.flink, 'STOP', old.id);
        old.cancel();
      });
    },
  },
  {
    name: 'new-job-canceled-by-other',
    path: `${stopped} CanceledByOther`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'NEVER_SCHEDULED' }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, {}, async () => {
        const { jobId } = await started;
        (await accepted(place.flink, jobId)).cancel();
      });
    },
  },
  {
    name: 'new-job-canceled-before-the-first-checkpoint',
    path: `${stopped} VERIFYING CanceledByOther`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'NO_CHECKPOINT' }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, {}, async () => {
        const { jobId } = await started;
        await asked(place.flink, 'CHECKPOINT', jobId);
        place.flink.job(jobId).cancel();
      });
    },
  },
  {
    name: 'old-job-canceled-by-other',
    path: `${stopped} ROLLING_BACK CanceledByOther`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'FAILS' }, { kind: 'NEVER_SCHEDULED' }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, { maxJobCreationAttempts: 1 }, async () => {
        await started;
        const { jobId } = await effect(place.flink, 'STARTED', job);
        (await accepted(place.flink, jobId)).cancel();
      });
    },
  },
  {
    name: 'another-job-runs',
    path: `${stopped} AnotherJobRuns`,
    run: async (place, job) => {
      await running(place, job);
      takePlaceOf(place.flink, job);
      await rescaled(place, job);
    },
  },
  {
    name: 'another-job-runs-after-the-new-one-failed',
    path: `${stopped} ROLLING_BACK AnotherJobRuns`,
    run: async (place, job) => {
      await running(place, job);
      place.flink.script({ job, starts: [{ kind: 'FAILS' }] });
      const started = effect(place.flink, 'STARTED', job);
      await rescaled(place, job, { maxJobCreationAttempts: 1 }, async () => {
        await started;
        takePlaceOf(place.flink, job);
      });
    },
  },
];
