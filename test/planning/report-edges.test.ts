import * as report from '../../src/planning/report';
import { flinkUrl, jobId } from '../kit/plans';
import { planOf, snapshot, tell } from '../kit/reports';

/** What a report says where there is much, or nothing, to tell; and of the transitions that are no rescale. */

const artifact = { jar: 'orders.jar' };
const start = () => planOf('START', { artifact, startFrom: { path: snapshot.path } });
const empty = () => planOf('START', { artifact, restoreStrategy: 'NONE' });

describe('the causes in a message', () => {
  const lines = (causes: readonly string[]) =>
    report
      .message({ type: 'JobDown', what: 'w', now: 'n', kept: 'k', next: 'x', causes })
      .split('\n')
      .slice(1, -3);
  const different = (n: number) => Array.from({ length: n }, (_, i) => `cause ${i + 1}`);

  test('that are alike and follow each other share a line, whichever they are', () => {
    expect(lines(['a', 'a', 'b', 'a', 'c', 'c', 'c'])).toEqual(['(1)-(2) a', '(3) b', '(4) a', '(5)-(7) c']);
  });

  test('up to six each have their line; of more the first and the last three', () => {
    expect(lines(different(6))).toEqual(different(6).map((cause, i) => `(${i + 1}) ${cause}`));
    expect(lines(different(8))).toEqual([
      ...['(1) cause 1', '(2) cause 2', '(3) cause 3'],
      '... 2 more ...',
      ...['(6) cause 6', '(7) cause 7', '(8) cause 8'],
    ]);
  });

  test('are cut where all of them together would be too long', () => {
    expect(lines(['x'.repeat(1_096)])).toEqual([`(1) ${'x'.repeat(1_096)}`]);
    expect(lines(['x'.repeat(1_097)])).toEqual([`(1) ${'x'.repeat(1_093)}...`]);
    expect(lines(['x'.repeat(600), 'y'])).toEqual([`(1) ${'x'.repeat(543)}...`, '(2) y']);
  });
});

test.each([
  ['RESCALE', 'rescaled'],
  ['START', 'started'],
  ['SUSPEND', 'suspended'],
  ['CANCEL', 'cancelled'],
  ['SAVEPOINT', 'saved'],
] as const)('a %s that the job does not allow: it cannot be %s', (transition, done) => {
  expect(report.rejected('PlanRejected', [], 'x', transition).what).toBe(
    `The job cannot be ${done} like this now.`,
  );
});

describe('no job runs', () => {
  const look = (parallelism: number) =>
    `look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s '<path>' -p ${parallelism} -d orders.jar`;
  const none = 'no snapshot of it is known, and it was not started empty.';
  const state = `its state, in savepoint ${snapshot.path}`;
  const run = (parallelism: number) => `flink run -s ${snapshot.path} -p ${parallelism} -d orders.jar`;

  test.each([
    ['a RESCALE', () => planOf('RESCALE'), snapshot, state, run(2)],
    ['a RESCALE that knows of no state', () => planOf('RESCALE'), undefined, none, look(2)],
    ['a SUSPEND', () => planOf('SUSPEND'), snapshot, state, run(2)],
    ['a SAVEPOINT', () => planOf('SAVEPOINT'), snapshot, state, run(2)],
    ['a START', start, snapshot, state, run(4)],
    ['a START that knows of no state', start, undefined, none, look(4)],
    [
      'a START without state',
      empty,
      undefined,
      'no state: it was to begin without, as asked.',
      'flink run -p 4 -d orders.jar',
    ],
    ['a CANCEL', () => planOf('CANCEL'), snapshot, state, `flink cancel ${jobId}`],
    ['a CANCEL that knows of no state', () => planOf('CANCEL'), undefined, none, `flink cancel ${jobId}`],
  ])('after %s', (_, of, left, kept, next) => {
    expect(report.jobDown(of(), { what: 'w', snapshot: left, causes: ['c'] })).toEqual({
      ...{ type: 'JobDown', what: 'w', now: 'no job named orders runs.', kept, next, causes: ['c'] },
    });
  });

  test('or some may: they are named', () => {
    expect(report.jobDown(planOf('RESCALE'), { what: 'w', causes: [], mayBeLive: ['a', 'b'] }).now).toBe(
      'it is not known whether a, b still runs: cancel it before you start another.',
    );
  });
});

test.each([
  ['RESCALE', () => planOf('RESCALE'), 'rescale', 2],
  ['SUSPEND', () => planOf('SUSPEND'), 'suspend', 2],
  ['START', start, 'start', 4],
] as const)('a job that ended by itself or by others during a %s', (_, of, noun, parallelism) => {
  const plan = of();
  if (plan.transition === 'CANCEL') throw new Error('it was to end');
  expect(report.endedByOthers(plan, 'FINISHED', snapshot, jobId)).toEqual({
    type: 'JobFinished',
    what: `Job orders (${jobId}) finished by itself during the ${noun}.`,
    now: 'the job is FINISHED; nothing was restarted.',
    kept: `its newest snapshot: ${snapshot.path}`,
    next: `flink run -s ${snapshot.path} -p ${parallelism} -d orders.jar`,
    causes: [],
  });
  expect(report.endedByOthers(plan, 'CANCELED', undefined, jobId)).toMatchObject({
    type: 'CanceledByOther',
    what: `Somebody cancelled job orders (${jobId}) during the ${noun}.`,
    kept: 'no snapshot of it is known.',
    next: `to start it anew, without state: flink run -p ${parallelism} -d orders.jar`,
  });
});

test.each([
  [
    'RESCALE',
    () => planOf('RESCALE'),
    'orders was stopped, and then a job that Weir did not start took its place.',
  ],
  ['START', start, 'orders was to be started, and a job that Weir did not start stands in its place.'],
] as const)('another job where the one of a %s should go', (_, of, what) => {
  expect(report.anotherJobRuns(tell(), of(), undefined, 'job x is RUNNING')).toEqual({
    ...{ type: 'AnotherJobRuns', what, causes: [] },
    now: 'job x is RUNNING; Weir started nothing beside it.',
    kept: 'no snapshot of the stopped job is known.',
    next: `see what runs: curl -s ${flinkUrl}/jobs/overview`,
  });
});

test('where the state of a job that begins without it is', () => {
  expect(report.startsEmpty).toBe('the job begins without state, as asked');
  expect(report.startedEmpty(undefined)).toBe(
    'the new job begins without state, as asked; the old one left none',
  );
  expect(report.startedEmpty(snapshot)).toBe(
    `the new job begins without state, as asked; that of the old one is in ${snapshot.path}`,
  );
});
