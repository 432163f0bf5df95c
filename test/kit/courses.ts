import type { RescaleInput } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import type { FlinkSimulator, Scripts } from '../flink-simulator';

/**
 * The courses that a rescale of "orders", 2 -> 4, can take on a simulated Flink. Each allows one try of everything: a
 * crash that uses a try up changes how it ends.
 */
export interface Course {
  readonly scripts?: Scripts;
  readonly input?: Partial<RescaleInput>;
  /** What the test has to do meanwhile. */
  readonly meanwhile?: (flink: FlinkSimulator) => Promise<void>;
  readonly end: {
    readonly type: 'RESCALED' | 'RolledBack' | 'SavepointFailed';
    /** Of the job that runs then. */
    readonly parallelism: 2 | 4;
    /** Submits of ours that Flink executed, by verb. */
    readonly submits: { readonly restart: number; readonly rollback: number };
    /** Stops of ours that Flink executed, by verb. */
    readonly stops: { readonly stop: 1; readonly withdraw: 0 | 1 };
  };
}

const rolledBack = {
  type: 'RolledBack',
  parallelism: 2,
  submits: { restart: 1, rollback: 1 },
  stops: { stop: 1, withdraw: 0 },
} as const;

/** How long a new job that does not come is waited for, ms. */
const restart = 3_000;

export const courses = {
  straight: {
    end: {
      type: 'RESCALED',
      parallelism: 4,
      submits: { restart: 1, rollback: 0 },
      stops: { stop: 1, withdraw: 0 },
    },
  },
  savepointFails: {
    scripts: { stops: [{ kind: 'REFUSED' }] },
    end: {
      type: 'SavepointFailed',
      parallelism: 2,
      submits: { restart: 0, rollback: 0 },
      stops: { stop: 1, withdraw: 0 },
    },
  },
  newJobFails: { scripts: { starts: [{ kind: 'FAILS' }] }, end: rolledBack },
  /** The new job is cancelled. */
  newJobHangs: {
    scripts: { starts: [{ kind: 'NEVER_SCHEDULED' }] },
    input: { timeouts: { restart } },
    end: rolledBack,
  },
  /** The new job runs only once it is given up, and has a checkpoint then: it is stopped with a savepoint. */
  newJobComesLate: {
    scripts: { starts: [{ kind: 'RESTARTS' }] },
    input: { timeouts: { restart } },
    meanwhile: async (flink) => {
      const { jobId } = await flink.next('STARTED');
      const givenUp = flink.hold('GET /jobs/:id/status', 'BEFORE');
      await givenUp.arrived;
      flink.job(jobId).mend();
      const { checkpoints } = flink.job(jobId);
      await until(() => checkpoints.count('COMPLETED') > 0, { what: 'a checkpoint', deadlineMs: 10_000 });
      givenUp.release();
    },
    end: { ...rolledBack, stops: { stop: 1, withdraw: 1 } },
  },
  /** The old job fails as well, and is tried until it runs. */
  bothJobsFail: {
    scripts: { starts: [{ kind: 'FAILS' }, { kind: 'FAILS' }] },
    end: { ...rolledBack, submits: { restart: 1, rollback: 2 } },
  },
} as const satisfies Record<string, Course>;
