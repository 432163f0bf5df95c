import type { JobLookup, Observation, Program, StoppedJob } from '../../src/contracts/observation';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import type { Decision } from '../../src/planning/plan';
import { parseRequest } from '../../src/planning/request';
import { ask, at, jar, jobId, newJar, orders, rejected, running, seen } from '../kit/plans';

/** START: a job that does not run is started, from the newest state that is known of it, or empty if that is meant. */

const writer = 'b'.repeat(32);
const savepoint: Snapshot = {
  ...{ kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId },
  ...{ checkpointId: 5, completedAt: 1_000 },
};
const checkpoint: Snapshot = {
  ...{ kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId },
  ...{ checkpointId: 7, completedAt: 3_000 },
};
const known = 'file:/data/sp/orders/savepoint-9';
const nobody: JobLookup = { kind: 'UNKNOWN', live: [] };

function left(change: Partial<StoppedJob> = {}): JobLookup {
  const { id, name, parallelism, vertices } = running(2);
  const job = { id, name, state: 'FINISHED', parallelism, vertices, snapshot: checkpoint } as const;
  return { kind: 'STOPPED', job: { ...job, ...change } };
}

function started(input: object, job: JobLookup, change: Partial<Observation> = {}): Decision {
  const raw = { job: 'orders', parallelism: 4, transition: 'START', artifact: jar.artifact, ...input };
  const parsed = parseRequest(raw, 'rescale/local/orders');
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  return plan({ ...seen(ask()), job, ...change }, parsed.request);
}

function accepted(input: object, job: JobLookup, change: Partial<Observation> = {}) {
  const decision = started(input, job, change);
  if (decision.kind !== 'TRANSITION' || decision.plan.transition !== 'START')
    throw new Error(JSON.stringify(decision));
  return decision.plan;
}

const noState = { restoreStrategy: 'NONE' };
const latestSavepoint = { restoreStrategy: 'LATEST_SAVEPOINT' };
const acknowledged = { acknowledgeStateLoss: true };
const from = (snapshot: Snapshot) => ({ kind: 'SNAPSHOT', snapshot });

test('a job that has left its state is started from it, at the parallelism that is asked for', () => {
  expect(accepted({}, left())).toStrictEqual({
    transition: 'START',
    job: { name: 'orders' },
    namesakes: [],
    last: { id: jobId, parallelism: 2 },
    origin: from(checkpoint),
    next: { jar, parallelism: 4, vertices: at(orders, 4), allowNonRestoredState: false },
    savepoint: {
      ...{ format: 'CANONICAL', keep: true, directory: 'file:///data/sp/orders' },
      tryMs: defaultTimeouts.restart,
    },
    attempts: { savepoint: 4, job: 4 },
    timeouts: defaultTimeouts,
    predictedDowntime: { basis: 'the job is down already' },
    warnings: [],
  });
});

describe('a job that runs is not started beside itself', () => {
  const found: JobLookup = { kind: 'FOUND', job: running(2), namesakes: [] };

  test('as it is asked for: there is nothing to do, so a START may be repeated', () => {
    expect(started({ parallelism: 2 }, found)).toStrictEqual({ kind: 'UNCHANGED', job: running(2) });
  });

  test.each<[string, object, Partial<Observation>]>([
    ['at another parallelism', {}, {}],
    [
      'from another program',
      { parallelism: 2 },
      {
        program: {
          ...{ kind: 'READY', jar: newJar, previousJar: jar, previousKnown: true, warnings: [] },
          ...{ vertices: at(orders, 2), previousVertices: at(orders, 2) },
        },
      },
    ],
    [
      'from a program that is not to be had',
      { parallelism: 2 },
      { program: { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } },
    ],
  ])('%s: that is a RESCALE', (_, input, change) => {
    const { type, reasons, suggestion } = rejected(started(input, found, change));
    expect(type).toBe('PlanRejected');
    expect(reasons).toStrictEqual([
      `job orders (${jobId}) is RUNNING at parallelism 2, and a START is of a job that does not run; ` +
        'valid: "transition": "RESCALE"',
    ]);
    expect(suggestion).toStrictEqual({ transition: 'RESCALE', startFrom: undefined });
  });

  test('several of its name: that is a RESCALE of one of them', () => {
    const candidates = [
      { id: jobId, name: 'orders', state: 'RUNNING' },
      { id: writer, name: 'orders', state: 'RUNNING' },
    ] as const;
    expect(started({}, { kind: 'AMBIGUOUS', candidates })).toStrictEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        '2 live jobs on cluster "local" are named "orders", and a START starts none beside them; ' +
          'valid: "transition": "RESCALE" with a "jobId"',
      ],
      suggestion: { transition: 'RESCALE', startFrom: undefined, jobId },
    });
  });

  test('the writer of its state, under another name, is not doubled either', () => {
    const live = [
      { id: 'c'.repeat(32), name: 'else', state: 'RUNNING' },
      { id: writer, name: 'orders-old', state: 'RUNNING' },
    ] as const;
    const { type, reasons, suggestion } = rejected(
      started({ startFrom: { path: known, jobId: writer } }, { kind: 'UNKNOWN', live }),
    );
    expect(reasons).toStrictEqual([
      `job ${writer}, which wrote "startFrom", is RUNNING and its name is orders-old; ` +
        'valid: "transition": "RESCALE" of that one',
    ]);
    expect(type).toBe('PlanRejected');
    expect(suggestion).toBeUndefined();
  });

  test('other jobs do not matter', () => {
    const live = [{ id: 'c'.repeat(32), name: 'else', state: 'RUNNING' }] as const;
    expect(accepted({ startFrom: { path: known } }, { kind: 'UNKNOWN', live }).origin).toStrictEqual(
      from({ kind: 'SAVEPOINT', path: known, jobId: 'unknown' }),
    );
    expect(accepted(noState, { kind: 'UNKNOWN', live }).warnings).toStrictEqual([]);
  });
});

describe('of a job that Flink knows nothing of', () => {
  test('the state is where whoever starts it says; who wrote it is proven over first', () => {
    const startFrom = { path: known, kind: 'CHECKPOINT', jobId: writer, checkpointId: 3, completedAt: 4 };
    expect(accepted({ startFrom }, nobody)).toMatchObject({
      last: { id: writer },
      origin: from(startFrom as Snapshot),
    });
    expect(accepted({ startFrom: { path: known } }, nobody)).not.toHaveProperty('last');
  });

  test('and of which nobody says where its state is: NONE is suggested, which gives up none, and is a plan', () => {
    const { reasons, suggestion } = rejected(started({}, nobody));
    expect(reasons).toStrictEqual([
      'no state of "orders" is known: Flink shows no job of that name on cluster "local" that has left any, and the ' +
        'input has no "startFrom"; valid: "restoreStrategy": "NONE", which starts it empty, or "startFrom": {"path": "..."}',
    ]);
    expect(suggestion).toStrictEqual(noState);
    expect(accepted({ ...suggestion }, nobody).origin).toStrictEqual({ kind: 'EMPTY' });
  });

  test('no savepoint is made of a checkpoint', () => {
    const startFrom = { path: known, kind: 'CHECKPOINT' };
    const { reasons, suggestion } = rejected(started({ ...latestSavepoint, startFrom }, nobody));
    expect(reasons).toStrictEqual([
      'no savepoint of "orders" is known, only a checkpoint; valid: "restoreStrategy": "LATEST_STATE"',
    ]);
    expect(suggestion).toStrictEqual({ restoreStrategy: 'LATEST_STATE' });
  });
});

describe('state is given up only if that is meant', () => {
  test.each<[string, JobLookup, object]>([
    ['that the job has left', left(), {}],
    ['that whoever starts it knows of', nobody, { startFrom: { path: known } }],
  ])('%s', (_, job, input) => {
    const { reasons, suggestion } = rejected(started({ ...noState, ...input }, job));
    expect(reasons).toStrictEqual([
      '"restoreStrategy": "NONE" starts the job without its state; valid: "LATEST_STATE", or ' +
        '"acknowledgeStateLoss": true if that is meant',
    ]);
    expect(suggestion).toStrictEqual({ restoreStrategy: 'LATEST_STATE' });
    expect(accepted({ ...noState, ...acknowledged, ...input }, job).origin).toStrictEqual({ kind: 'EMPTY' });
  });

  test('and where it is left is said', () => {
    expect(accepted({ ...noState, ...acknowledged }, left()).warnings).toStrictEqual([
      `restoreStrategy NONE: the job does not begin from the checkpoint that job ${jobId} left, ${checkpoint.path}`,
    ]);
  });

  test('a start without it may go above the key groups that it was written with', () => {
    const narrow = left({ vertices: running(2, [{ id: 'source', maxParallelism: 3 }]).vertices });
    const program: Program = {
      ...{ kind: 'READY', jar, previousJar: jar, previousKnown: true, warnings: [] },
      ...{ vertices: [{ id: 'source', parallelism: 4 }], previousVertices: [] },
    };
    expect(accepted({ ...noState, ...acknowledged }, narrow, { program }).next.parallelism).toBe(4);
    expect(rejected(started({}, narrow, { program })).reasons).toStrictEqual([
      'parallelism 4 is above the maxParallelism 3 of "source", which the job\'s state has fixed; valid: 1 to 3',
    ]);
  });
});

describe('of what Flink shows and what whoever starts it knows', () => {
  const told = (change: object) => ({ startFrom: { path: known, ...change } });
  const theirs = (change: object): Snapshot => ({ kind: 'SAVEPOINT', path: known, jobId: writer, ...change });

  test.each<[string, object, Snapshot]>([
    [
      'of one job the higher checkpoint id wins',
      { jobId, checkpointId: 8 },
      theirs({ jobId, checkpointId: 8 }),
    ],
    ['of one job the lower one does not', { jobId, checkpointId: 6, completedAt: 9_000 }, checkpoint],
    ['of one job the same one is what Flink shows', { jobId, checkpointId: 7 }, checkpoint],
    ['of two jobs the later one wins', { jobId: writer, completedAt: 4_000 }, theirs({ completedAt: 4_000 })],
    [
      'of two jobs the earlier one does not',
      { jobId: writer, checkpointId: 99, completedAt: 2_000 },
      checkpoint,
    ],
    ['where it cannot be told, Flink is believed', { jobId: writer, checkpointId: 99 }, checkpoint],
    [
      'one place is one snapshot, and Flink knows more of it',
      { path: 'file:///data/cp/chk-7', jobId: writer, completedAt: 9_000 },
      checkpoint,
    ],
  ])('%s', (_, change, snapshot) => {
    expect(accepted(told(change), left()).origin).toStrictEqual(from(snapshot));
  });

  test('where Flink does not say how new its own is, it is believed too', () => {
    const { checkpointId, ...unknown } = checkpoint;
    expect(checkpointId).toBe(7);
    const lost = left({ snapshot: unknown });
    expect(accepted(told({ jobId, checkpointId: 9 }), lost).origin).toStrictEqual(from(unknown));
  });

  test('what it does not begin from is named', () => {
    expect(accepted(told({ jobId, checkpointId: 8 }), left()).warnings).toStrictEqual([
      `restoreStrategy LATEST_STATE: the job does not begin from the checkpoint that job ${jobId} left, ${checkpoint.path}`,
    ]);
  });
});

describe('LATEST_SAVEPOINT', () => {
  const own = left({ newestSavepoint: { snapshot: savepoint, takenByJob: true } });
  const older = left({ newestSavepoint: { snapshot: savepoint, takenByJob: false } });

  test('is what the job has taken, however new its checkpoint is', () => {
    expect(accepted(latestSavepoint, own).origin).toStrictEqual(from(savepoint));
  });

  test('is the one that whoever starts it knows of, if that is newer, or the only one', () => {
    const startFrom = { path: known, jobId, checkpointId: 6 };
    const theirs: Snapshot = { kind: 'SAVEPOINT', ...startFrom };
    expect(accepted({ ...latestSavepoint, startFrom }, older).origin).toStrictEqual(from(theirs));
    expect(accepted({ ...latestSavepoint, startFrom }, left()).origin).toStrictEqual(from(theirs));
    expect(accepted({ ...latestSavepoint, startFrom: { path: known } }, nobody).origin).toMatchObject({
      snapshot: { path: known },
    });
  });

  test('P18: older than the job it has to be meant', () => {
    expect(rejected(started(latestSavepoint, older)).reasons).toStrictEqual([
      expect.stringMatching(/^the newest savepoint, .*savepoint-1, is older than the job/),
    ]);
    expect(accepted({ ...latestSavepoint, ...acknowledged }, older).origin).toStrictEqual(from(savepoint));
  });

  test('is no checkpoint', () => {
    expect(rejected(started(latestSavepoint, left())).reasons).toStrictEqual([
      'no savepoint of "orders" is known, only a checkpoint; valid: "restoreStrategy": "LATEST_STATE"',
    ]);
  });
});

describe('all that stands in the way is told at once', () => {
  test('the directory, the version, the state, the slots, the program', () => {
    const program = { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } as const;
    const slots = { total: 2, available: 2, onDemand: false };
    const savepoint = { directory: 'file:///else' };
    const decision = started({ savepoint }, nobody, { program, slots, flinkVersion: '1.14.6' });
    expect(rejected(decision)).toMatchObject({
      type: 'InvalidRequest',
      reasons: [
        expect.stringContaining('"savepoint.directory" is file:///else'),
        expect.stringContaining('Flink 1.14.6 knows no trigger ids'),
        expect.stringContaining('no state of "orders" is known'),
        'no jar; valid: a jar',
      ],
    });
    expect(rejected(decision).suggestion).toBeUndefined();
  });

  test('while its program is not to be had, all that followed its parallelism is taken to follow it', () => {
    const program = { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } as const;
    const slots = { total: 3, available: 3, onDemand: false };
    expect(rejected(started({}, left(), { slots, program })).reasons).toStrictEqual([
      expect.stringMatching(/^4 slots are needed and 3 are free/),
      'no jar; valid: a jar',
    ]);
  });

  test('it is no ground for a start that nothing was seen of its program', () => {
    const parsed = parseRequest(
      { job: 'orders', parallelism: 2, transition: 'START', artifact: jar.artifact },
      'rescale/local/orders',
    );
    if (parsed.kind !== 'REQUEST') throw new Error('a valid request');
    const { program, ...blind } = seen(ask());
    expect(program).toBeDefined();
    expect(rejected(plan({ ...blind, job: left() }, parsed.request)).reasons).toStrictEqual([
      'what the new program looks like is not known; valid: "artifact" in the input',
    ]);
    const found = { kind: 'FOUND', job: running(2), namesakes: [] } as const;
    expect(rejected(plan({ ...blind, job: found }, parsed.request)).reasons).toStrictEqual([
      expect.stringContaining('a START is of a job that does not run'),
    ]);
  });

  test('it gives no slots back, as it holds none', () => {
    const slots = { total: 3, available: 3, onDemand: false };
    expect(rejected(started({}, left(), { slots }))).toStrictEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        '4 slots are needed and 3 are free: 1 too few of 3; valid: a parallelism of at most 3, or more TaskManagers',
      ],
      suggestion: { parallelism: 3 },
    });
  });

  test('one change each mends two: both are suggested', () => {
    const savepoint = { directory: 'file:///else' };
    expect(rejected(started({ savepoint }, nobody)).suggestion).toStrictEqual({
      savepoint: { mode: 'STOP_WITH_SAVEPOINT', keep: true },
      restoreStrategy: 'NONE',
    });
  });

  test('what is only worth knowing is a warning', () => {
    const warned = accepted({}, left(), {
      slots: { total: 3, available: 3, onDemand: true },
      flinkVersion: '1.16.3',
      program: {
        ...{ kind: 'READY', jar, previousJar: jar, previousKnown: true, warnings: ['of the program'] },
        ...{ vertices: at(orders, 4), previousVertices: at(orders, 2) },
      },
    }).warnings;
    expect(warned).toStrictEqual([
      expect.stringContaining('4 slots are needed, 1 more than there are'),
      expect.stringContaining('Flink 1.16.3 cannot be asked for a checkpoint'),
      'of the program',
    ]);
  });
});
