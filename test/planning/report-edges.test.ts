import type { JobLookup } from '../../src/contracts/observation';
import type { Transition } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import * as report from '../../src/planning/report';
import type { Saving } from '../../src/planning/report';
import { parseRequest } from '../../src/planning/request';
import { ask, flinkUrl, jobId, running, seen } from '../kit/plans';

/** What a report says where there is much, or nothing, to tell; and of the transitions that are no rescale. */

const snapshot: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };
const tell = { taskQueue: 'weir', request: ask(), flinkUrl };
const nobody: JobLookup = { kind: 'UNKNOWN', live: [] };
const found: JobLookup = { kind: 'FOUND', job: running(2), namesakes: [] };

function planned(transition: Transition, input: object = {}) {
  const runs = transition === 'RESCALE' || transition === 'START' ? { parallelism: 4 } : {};
  const parsed = parseRequest({ job: 'orders', transition, ...runs, ...input }, 'rescale/local/orders');
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  const job = transition === 'START' ? nobody : found;
  const decision = plan({ ...seen(ask(), running(2)), job }, parsed.request);
  if (decision.kind !== 'RESCALE' && decision.kind !== 'TRANSITION') throw new Error(decision.kind);
  return decision.plan;
}

const artifact = { jar: 'orders.jar' };
const start = () => planned('START', { artifact, startFrom: { path: snapshot.path } });
const empty = () => planned('START', { artifact, restoreStrategy: 'NONE' });

function saving(transition: Transition): Saving {
  const plan = planned(transition);
  if (plan.transition === 'START' || plan.transition === 'CANCEL') throw new Error('it saves nothing');
  return plan;
}

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

describe('an input that is refused', () => {
  const next = (reason: string) =>
    report.invalidStart(['no'], { workflowId: 'rescale/local/orders', input: { reason } }, 'my queue').next;
  const command =
    "temporal workflow start --fail-existing --task-queue 'my queue' --type rescale --workflow-id rescale/local/orders";

  test('is told with the command that starts what could be started', () => {
    expect(
      report.invalidStart(
        ['no'],
        { workflowId: 'rescale/local/orders', input: { reason: 'peak' } },
        'my queue',
      ),
    ).toEqual({
      type: 'InvalidRequest',
      what: 'The request cannot be carried out.',
      now: 'nothing was touched; whatever ran goes on running.',
      kept: 'everything.',
      next: `${command} --input '{"reason":"peak"}'`,
      causes: ['no'],
    });
  });

  test('belongs into a file where it is longer than 600 characters', () => {
    const quotes = '{"reason":""}'.length;
    expect(next('x'.repeat(600 - quotes))).toBe(
      `${command} --input '{"reason":"${'x'.repeat(600 - quotes)}"}'`,
    );
    expect(next('x'.repeat(601 - quotes))).toBe(
      `with the input, corrected, in input.json: ${command} --input-file input.json`,
    );
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

test.each([
  ['RESCALE', ', so the rescale was given up'],
  ['SUSPEND', ', so the suspend was given up'],
  ['SAVEPOINT', ''],
] as const)('a savepoint that fails in a %s, of a job that runs on%s', (transition, given) => {
  const after = { kind: 'RUNS_ON', restartsBefore: 0, restartsAfter: 0 } as const;
  const failed = (causes: string[]) => report.savepointFailed(tell, saving(transition), causes, after);
  expect(failed([]).what).toBe(`The savepoint of orders did not come${given}.`);
  expect(failed(['a']).what).toBe(`The savepoint of orders failed once${given}.`);
  expect(failed(['a', 'b'])).toMatchObject({
    type: 'SavepointFailed',
    what: `The savepoint of orders failed 2 times${given}.`,
    now: `job orders (${jobId}) is RUNNING at parallelism 2, left alone.`,
    kept: 'the job and its state, as they were.',
  });
});

test('a job that was started again has its new id in the command only if the request named one', () => {
  const after = {
    kind: 'STARTED_AGAIN',
    jobId: 'b'.repeat(32),
    found: 'job x was FAILED',
    snapshot,
  } as const;
  const next = (request = ask()) =>
    report.savepointFailed({ ...tell, request }, saving('RESCALE'), ['a'], after).next;
  expect(next()).not.toContain('jobId');
  expect(next(ask({ jobId }))).toContain(`"jobId":"${'b'.repeat(32)}"`);
  expect(report.savepointFailed(tell, saving('RESCALE'), ['a'], after)).toMatchObject({
    now: `job x was FAILED; it was started again as job ${'b'.repeat(32)} and is RUNNING at parallelism 2.`,
    kept: `the state of savepoint ${snapshot.path}, which the job was started again from.`,
  });
});

describe('no job runs', () => {
  const look =
    'look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s <path> ...';
  const none = 'no snapshot of it is known, and it was not started empty.';
  const state = `its state, in savepoint ${snapshot.path}`;
  const run = (parallelism: number) => `flink run -s ${snapshot.path} -p ${parallelism} -d orders.jar`;

  test.each([
    ['a RESCALE', () => planned('RESCALE'), snapshot, state, run(2)],
    ['a RESCALE that knows of no state', () => planned('RESCALE'), undefined, none, look],
    ['a SUSPEND', () => planned('SUSPEND'), snapshot, state, run(2)],
    ['a SAVEPOINT', () => planned('SAVEPOINT'), snapshot, state, run(2)],
    ['a START', start, snapshot, state, run(4)],
    ['a START that knows of no state', start, undefined, none, look],
    [
      'a START without state',
      empty,
      undefined,
      'no state: it was to begin without, as asked.',
      'flink run -p 4 -d orders.jar',
    ],
    ['a CANCEL', () => planned('CANCEL'), snapshot, state, `flink cancel ${jobId}`],
    ['a CANCEL that knows of no state', () => planned('CANCEL'), undefined, none, `flink cancel ${jobId}`],
  ])('after %s', (_, of, left, kept, next) => {
    expect(report.jobDown(of(), { what: 'w', snapshot: left, causes: ['c'] })).toEqual({
      ...{ type: 'JobDown', what: 'w', now: 'no job named orders runs.', kept, next, causes: ['c'] },
    });
  });

  test('or some may: they are named', () => {
    expect(report.jobDown(planned('RESCALE'), { what: 'w', causes: [], mayBeLive: ['a', 'b'] }).now).toBe(
      'it is not known whether a, b still runs: cancel it before you start another.',
    );
  });
});

test.each([
  ['RESCALE', () => planned('RESCALE'), 'rescale', 2],
  ['SUSPEND', () => planned('SUSPEND'), 'suspend', 2],
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
    next: 'start it as you did the first time.',
  });
});

test.each([
  [
    'RESCALE',
    () => planned('RESCALE'),
    'orders was stopped, and then a job that Weir did not start took its place.',
  ],
  ['START', start, 'orders was to be started, and a job that Weir did not start stands in its place.'],
] as const)('another job where the one of a %s should go', (_, of, what) => {
  expect(report.anotherJobRuns(tell, of(), undefined, 'job x is RUNNING')).toEqual({
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

test('what deletes a savepoint, whatever it is called', () => {
  expect(report.disposeCommand(flinkUrl, "file:/it's")).toBe(
    `curl -s -X POST -H content-type:application/json -d '{"savepoint-path":"file:/it'\\''s"}' ${flinkUrl}/savepoint-disposal`,
  );
});

describe('the command that repeats a request', () => {
  test.each<[Transition, object, object]>([
    ['SUSPEND', {}, { transition: 'SUSPEND' }],
    ['SUSPEND', { savepoint: { drain: true } }, { transition: 'SUSPEND', savepoint: { drain: true } }],
    ['CANCEL', {}, { transition: 'CANCEL' }],
    [
      'RESCALE',
      {
        parallelism: 4,
        savepoint: { format: 'NATIVE' },
        timeouts: { stop: 5 },
        artifact: { jar: 'a', args: ['x'] },
      },
      {
        parallelism: 4,
        savepoint: { format: 'NATIVE' },
        timeouts: { stop: 5 },
        artifact: { jar: 'a', args: ['x'] },
      },
    ],
  ])('of a %s says what %j says, and nothing that is a default', (transition, input, said) => {
    const parsed = parseRequest({ job: 'orders', transition, ...input }, 'rescale/local/orders');
    if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
    const command = report.startCommand({ ...tell, request: parsed.request });
    const typed: unknown = JSON.parse(/--input '(.*)'$/.exec(command)?.[1] ?? '');
    expect(typed).toStrictEqual({ cluster: 'local', job: 'orders', ...said });
  });
});
