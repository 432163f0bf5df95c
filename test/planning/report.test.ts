import type { FailureReport } from '../../src/contracts/failures';
import * as report from '../../src/planning/report';
import { savepointFailed } from '../../src/planning/savepoint-failed';
import { startCommand } from '../../src/planning/start-command';
import { jobId } from '../kit/plans';
import { newId, planned, snapshot, startedAgain, tell } from '../kit/reports';

const causes = ['IOException: No space left on device', 'CheckpointException: expired'];
const runsOn = { kind: 'RUNS_ON', restartsBefore: 1, restartsAfter: 1 } as const;
const flinkRun = 'flink run -s file:/data/sp/orders/savepoint-1 -p 2 -d orders.jar --rate 500';

const reports: { of: string; report: FailureReport; says: string[] }[] = [
  {
    of: 'an invalid request',
    report: report.rejected('InvalidRequest', ['unknown field "x"'], report.nextAfter(tell(), {})),
    says: [
      'The request cannot be carried out.',
      '(1) unknown field "x"',
      'Now: nothing was touched; whatever ran goes on running.',
      'Kept: everything.',
      'Next: temporal workflow start --fail-existing --task-queue weir --type rescale --workflow-id rescale/local/orders ' +
        `--input '{"cluster":"local","job":"orders","parallelism":4}'`,
    ],
  },
  {
    of: 'a plan that the job does not allow',
    report: report.rejected(
      'PlanRejected',
      ['too high', 'too few slots'],
      report.nextAfter(tell(), undefined),
    ),
    says: [
      'The job cannot be rescaled like this now.',
      '(1) too high',
      '(2) too few slots',
      'Now: nothing was touched; whatever ran goes on running.',
      'Kept: everything.',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
  {
    of: 'a savepoint that failed, the job left alone',
    report: savepointFailed(tell(), planned(), causes, runsOn),
    says: [
      'The savepoint of orders failed 2 times, so the rescale was given up.',
      '(1) IOException: No space left on device',
      '(2) CheckpointException: expired',
      `Now: job orders (${jobId}) is RUNNING at parallelism 2, left alone.`,
      'Kept: the job and its state, as they were.',
      `Next: once the cause is mended: ${startCommand(tell())}`,
    ],
  },
  {
    of: 'a savepoint that failed and made the job restart',
    report: savepointFailed(tell(), planned(), causes, { ...runsOn, restartsAfter: 3 }),
    says: [
      'The savepoint of orders failed 2 times, so the rescale was given up.',
      '(1) IOException: No space left on device',
      '(2) CheckpointException: expired',
      `Now: job orders (${jobId}) is RUNNING at parallelism 2; the tries made it restart (restarts before 1, now 3).`,
      'Kept: the job and its state, as they were.',
      `Next: once the cause is mended: ${startCommand(tell())}`,
    ],
  },
  {
    of: 'a savepoint that failed with the job, which was started again',
    report: savepointFailed(tell(), planned(), causes.slice(0, 1), startedAgain),
    says: [
      'The savepoint of orders failed once, so the rescale was given up.',
      '(1) IOException: No space left on device',
      `Now: job ${jobId} was FAILED; it was started again as job ${newId} and is RUNNING at parallelism 2.`,
      'Kept: the state of savepoint file:/data/sp/orders/savepoint-1, which the job was started again from.',
      `Next: once the cause is mended: ${startCommand(tell())}`,
    ],
  },
  {
    of: 'a job that does not settle, which an operator would not wait for',
    report: savepointFailed(tell(), planned(), causes.slice(0, 1), {
      kind: 'UNSETTLED',
      state: 'RESTARTING',
      since: Date.UTC(2026, 0, 2, 3, 4, 5),
      why: 'the job is RESTARTING',
    }),
    says: [
      'The savepoint of orders failed once, so the rescale was given up.',
      '(1) IOException: No space left on device',
      `Now: job orders (${jobId}) is RESTARTING since 2026-01-02T03:04:05.000Z: the job is RESTARTING; an operator would not wait longer.`,
      'Kept: the job and its state, as they were.',
      `Next: once the cause is mended: ${startCommand(tell())}`,
    ],
  },
  {
    of: 'a new job that did not come',
    report: report.rolledBack(tell(), planned(), {
      jobId: 'c'.repeat(32),
      failedJobId: newId,
      origin: { kind: 'SNAPSHOT', snapshot },
      causes,
    }),
    says: [
      'orders could not be started at parallelism 4 and was rolled back.',
      '(1) IOException: No space left on device',
      '(2) CheckpointException: expired',
      `Now: job orders (${'c'.repeat(32)}) is RUNNING at parallelism 2.`,
      'Kept: all state: it was restored from file:/data/sp/orders/savepoint-1',
      `Next: see why the new job did not start: curl -s http://127.0.0.1:8081/jobs/${newId}/exceptions`,
    ],
  },
  {
    of: 'a new job that did not come, of a job that left no state',
    report: report.rolledBack(tell(), planned(), {
      jobId: 'c'.repeat(32),
      failedJobId: newId,
      origin: { kind: 'EMPTY' },
      causes: [],
    }),
    says: [
      'orders could not be started at parallelism 4 and was rolled back.',
      `Now: job orders (${'c'.repeat(32)}) is RUNNING at parallelism 2.`,
      'Kept: no state: there was none to restore, and its loss was acknowledged.',
      `Next: see why the new job did not start: curl -s http://127.0.0.1:8081/jobs/${newId}/exceptions`,
    ],
  },
  {
    of: 'no job that runs, its state known',
    report: report.jobDown(planned(), {
      what: 'orders could not be started again.',
      snapshot,
      causes: ['no slots'],
    }),
    says: [
      'orders could not be started again.',
      '(1) no slots',
      'Now: no job named orders runs.',
      'Kept: its state, in savepoint file:/data/sp/orders/savepoint-1',
      `Next: ${flinkRun}`,
    ],
  },
  {
    of: 'a job of which it is not known whether it runs',
    report: report.jobDown(planned(), { what: 'It was given up.', snapshot, causes: [], mayBeLive: [newId] }),
    says: [
      'It was given up.',
      `Now: it is not known whether ${newId} still runs: cancel it before you start another.`,
      'Kept: its state, in savepoint file:/data/sp/orders/savepoint-1',
      `Next: ${flinkRun}`,
    ],
  },
  {
    of: 'no job that runs, and no state that is known',
    report: report.jobDown(planned(), { what: 'The savepoint failed.', causes: ['no space'] }),
    says: [
      'The savepoint failed.',
      '(1) no space',
      'Now: no job named orders runs.',
      'Kept: no snapshot of it is known, and it was not started empty.',
      "Next: look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s '<path>' -p 2 -d orders.jar --rate 500",
    ],
  },
  {
    of: 'a job that finished by itself',
    report: report.endedByOthers(planned(), 'FINISHED', snapshot, jobId),
    says: [
      `Job orders (${jobId}) finished by itself during the rescale.`,
      'Now: the job is FINISHED; nothing was restarted.',
      'Kept: its newest snapshot: file:/data/sp/orders/savepoint-1',
      `Next: ${flinkRun}`,
    ],
  },
  {
    of: 'a job that somebody cancelled, of which nothing is known',
    report: report.endedByOthers(planned(), 'CANCELED', undefined, newId),
    says: [
      `Somebody cancelled job orders (${newId}) during the rescale.`,
      'Now: the job is CANCELED; nothing was restarted.',
      'Kept: no snapshot of it is known.',
      'Next: to start it anew, without state: flink run -p 2 -d orders.jar --rate 500',
    ],
  },
  {
    of: 'a job of somebody else in its place',
    report: report.anotherJobRuns(tell(), planned(), snapshot, `job ${newId} ("orders") is RUNNING`),
    says: [
      'orders was stopped, and then a job that Weir did not start took its place.',
      `Now: job ${newId} ("orders") is RUNNING; Weir started nothing beside it.`,
      'Kept: the state of the stopped job: file:/data/sp/orders/savepoint-1',
      'Next: see what runs: curl -s http://127.0.0.1:8081/jobs/overview',
    ],
  },
];

test.each(reports)(
  'of $of: what happened, each cause, the state of the job now, what was kept, what to do next',
  ({ report: one, says }) => {
    expect(report.message(one).split('\n')).toEqual(says);
  },
);

test.each(reports.filter(({ report: { next } }) => next.includes('temporal ')))(
  'of $of: its command refuses to attach to a rescale that runs',
  ({ report: { next } }) => {
    expect(next.match(/temporal workflow start/g)).toHaveLength(1);
    expect(next).toContain('temporal workflow start --fail-existing ');
  },
);

describe('the causes of a series of tries', () => {
  const failures = [
    { n: 1, cause: 'no space' },
    { n: 3, cause: 'expired' },
  ];

  test('are those that were answered', () => {
    expect(report.causesOf(failures)).toEqual(['no space', 'expired']);
  });

  test('and the last word, unless it repeats one of them', () => {
    expect(report.causesOf(failures, 'try 3: expired')).toEqual(['no space', 'expired']);
    expect(report.causesOf(failures, 'the job is FAILED')).toEqual([
      'no space',
      'expired',
      'the job is FAILED',
    ]);
    expect(report.causesOf([], 'the job is FAILED')).toEqual(['the job is FAILED']);
  });
});

test('P32: a failure stays small however many causes it has: the first and the last ones are told, the rest counted', () => {
  const causes = Array.from({ length: 100 }, (_, i) => `cause ${i + 1}: ${'x'.repeat(600)}`);
  const text = report.message({
    type: 'SavepointFailed',
    what: 'w',
    now: 'n',
    kept: 'k',
    next: 'x',
    causes,
  });
  expect(text.length).toBeLessThan(2_048);
  expect(text).toContain('(1) cause 1:');
  expect(text).toContain('... 94 more ...');
  expect(text).toContain('(100) cause 100:');
});
