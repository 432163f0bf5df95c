import type { StoppedJob } from '../../src/contracts/observation';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import { ask, at, jar, jobId, orders, seen, savepoint, stoppedAt2 } from '../kit/plans';

describe('P30: a job that a lost run left stopped', () => {
  const snapshot = savepoint;
  const stopped = stoppedAt2();
  const { id, name, vertices } = stopped.job;
  const earlier: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-0', jobId };
  const owed = `no job named orders runs: job ${jobId} is FINISHED and was not started again, so this resumes it`;
  const resumed = (input: Partial<RescaleInput>, change: Partial<StoppedJob> = {}) => {
    const request = ask(input);
    const lookup = { kind: 'STOPPED', job: { ...stopped.job, ...change } } as const;
    const decision = plan({ ...seen(request), job: lookup }, request);
    if (decision.kind !== 'RESUME') throw new Error(JSON.stringify(decision));
    return decision.plan;
  };
  const decideStopped = (input: Partial<RescaleInput>, slots = { total: 8, available: 8 }) => {
    const request = ask(input);
    return plan({ ...seen(request), job: stopped, slots: { ...slots, onDemand: false } }, request);
  };

  test('is resumed from its newest state at the parallelism that is asked for, and the plan says so', () => {
    expect(decideStopped({})).toMatchObject({
      kind: 'RESUME',
      plan: {
        ending: 'NONE',
        job: { newestSnapshot: snapshot },
        next: { parallelism: 4 },
        previous: { parallelism: 2 },
        warnings: [
          `no job named orders runs: job ${jobId} is FINISHED and was not started again, so this resumes it`,
        ],
      },
    });
  });

  test('is resumed with nothing but what it left: it has no job that could fail or be stopped', () => {
    const plan = resumed({ savepoint: { format: 'NATIVE' } });
    expect(plan).toStrictEqual({
      transition: 'RESCALE',
      job: {
        ...{ id, name, vertices, startedAt: 0, restarts: 0, restartsForEver: false },
        newestSnapshot: snapshot,
      },
      namesakes: [],
      ending: 'NONE',
      restore: 'LATEST_STATE',
      savepoint: {
        ...{ format: 'NATIVE', keep: true, directory: 'file:///data/sp/orders' },
        tryMs: defaultTimeouts.restart,
      },
      next: { jar, parallelism: 4, vertices: at(orders, 4), allowNonRestoredState: false },
      previous: { jar, parallelism: 2, vertices: at(orders, 2), allowNonRestoredState: false },
      attempts: { savepoint: 4, job: 4 },
      timeouts: defaultTimeouts,
      predictedDowntime: { basis: 'the job is down already' },
      warnings: [owed],
    });
  });

  test('carries its newest savepoint with it, and from there only if that is asked for', () => {
    const newestSavepoint = { snapshot: earlier, takenByJob: true };
    expect(resumed({}, { newestSavepoint }).job.newestSavepoint).toStrictEqual(newestSavepoint);
    const asked = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;
    expect(resumed(asked, { newestSavepoint }).warnings).toStrictEqual([
      owed,
      `LATEST_SAVEPOINT: records since ${earlier.path} are processed twice (at least once)`,
    ]);
    const same = { ...earlier, path: snapshot.path.replace('file:', 'file://') };
    expect(resumed(asked, { newestSavepoint: { snapshot: same, takenByJob: true } }).warnings).toStrictEqual([
      owed,
    ]);
  });

  test('is resumed at the parallelism that it had, too', () => {
    expect(decideStopped({ parallelism: 2 }).kind).toBe('RESUME');
  });

  const down =
    `no job named orders runs: job ${jobId} is FINISHED and was not started again; ` +
    'its state is in savepoint file:/data/sp/orders/savepoint-1';

  test('and cannot be resumed like this: where its state is comes first. It gives no slots back', () => {
    expect(decideStopped({}, { total: 8, available: 3 })).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        down,
        '4 slots are needed and 3 are free: 1 too few of 8; valid: a parallelism of at most 3, or more TaskManagers',
      ],
      suggestion: { parallelism: 3 },
    });
  });

  test('on a cluster without any free slot: only more TaskManagers help', () => {
    expect(decideStopped({}, { total: 8, available: 0 })).toMatchObject({
      reasons: [down, '4 slots are needed and 0 are free: 4 too few of 8; valid: more TaskManagers'],
    });
  });

  test('keeps the roll-back’s savepoints below the root as well', () => {
    expect(decideStopped({ savepoint: { directory: 'file:///x' } })).toMatchObject({
      type: 'InvalidRequest',
    });
  });
});
