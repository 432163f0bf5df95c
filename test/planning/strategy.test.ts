import type { Checkpointing, JobState, KnownSavepoint, ObservedJob } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import { ask, at, decide, jar, jobId, newJar, orders, rejected, rescale, running, seen } from '../kit/plans';

/** What `upgradeStrategy` and `restoreStrategy` ask of the job (P9, P17 to P19): each refusal, what is valid, the mend. */

const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId, checkpointId: 7 };
const snapshot: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };
const own: KnownSavepoint = { snapshot, takenByJob: true };
const older: KnownSavepoint = { snapshot, takenByJob: false };

const stateless = { upgradeStrategy: 'STATELESS' } as const;
const noState = { restoreStrategy: 'NONE' } as const;
const latestSavepoint = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const acknowledged = { acknowledgeStateLoss: true } as const;

/** A job as it should be, with a checkpoint; and what is otherwise about it, or about its checkpointing. */
function job(change: Partial<ObservedJob> = {}, checkpointing: Partial<Checkpointing> = {}): ObservedJob {
  const { checkpointing: usual, ...rest } = running(2);
  if (usual === undefined) throw new Error('it has checkpoints');
  return { ...rest, newestSnapshot: checkpoint, checkpointing: { ...usual, ...checkpointing }, ...change };
}

function without(of: ObservedJob, ...fields: readonly (keyof ObservedJob)[]): ObservedJob {
  const copy = { ...of };
  for (const field of fields) Reflect.deleteProperty(copy, field);
  return copy;
}

/** No periodic checkpoints. */
function neverCheckpointed(change: Partial<ObservedJob> = {}): ObservedJob {
  const { checkpointing, ...rest } = job(change);
  if (checkpointing === undefined) throw new Error('savepoints can be taken of it');
  const { intervalMs, ...others } = checkpointing;
  expect(intervalMs).toBeDefined();
  return { ...rest, checkpointing: others };
}

const refusal = (input: Partial<RescaleInput>, of: ObservedJob) => rejected(decide(input, of));
const accepted = (input: Partial<RescaleInput>, of: ObservedJob) => rescale(decide(input, of));

const behind = job({ vertices: running(2).vertices.map((vertex) => ({ ...vertex, ready: 0 })) });
const crashing = ['RESTARTING', 'FAILING', 'FAILED'] as const;
const between = ['INITIALIZING', 'CREATED', 'CANCELLING', 'SUSPENDED', 'RECONCILING'] as const;
const over = ['CANCELED', 'FINISHED', 'FORGOTTEN'] as const;

describe('P9: STATEFUL needs the job RUNNING with all its tasks', () => {
  test.each(crashing)('it is %s, and leaves a snapshot: STATELESS is suggested, and is a plan', (state) => {
    const { reasons, suggestion } = refusal({}, job({ state }));
    expect(reasons).toStrictEqual([
      `the job is ${state}; a savepoint needs it RUNNING with all its tasks RUNNING; ` +
        'valid: "upgradeStrategy": "STATELESS", which starts it from its newest checkpoint',
    ]);
    expect(suggestion).toEqual(stateless);
    expect(accepted({ ...suggestion }, job({ state })).ending).toBe('CANCEL');
  });

  test.each(crashing)('it is %s, without any snapshot: nothing is suggested', (state) => {
    expect(refusal({}, without(job({ state }), 'newestSnapshot'))).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [`the job is ${state}; a savepoint needs it RUNNING with all its tasks RUNNING`],
    });
  });

  test.each([...between, ...over])('it is %s: nothing is suggested', (state) => {
    expect(refusal({}, job({ state }))).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [`the job is ${state}; a savepoint needs it RUNNING with all its tasks RUNNING`],
    });
  });

  test('some of its tasks do not run: each vertex that is behind is named', () => {
    const [source, count] = running(2).vertices;
    if (source === undefined || count === undefined) throw new Error('the job has two vertices');
    const vertices = [
      { ...source, ready: 0 },
      { ...count, ready: 1 },
    ];
    expect(refusal({}, job({ vertices })).reasons).toStrictEqual([
      '0 of 2 tasks of "source" are running; a savepoint needs all of them; valid: wait until they do',
      '1 of 2 tasks of "count" are running; a savepoint needs all of them; valid: wait until they do',
    ]);
  });

  test.each([{}, saveThenCancel])('a stop of somebody else is under way: refused by name (%j)', (input) => {
    const underWay = { kind: 'STOP', checkpointId: 9, since: Date.UTC(2026, 0, 2, 3, 4, 5) } as const;
    expect(refusal(input, job({}, { underWay }))).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        'a stop with savepoint that Weir did not ask for is in progress (checkpoint 9, since ' +
          '2026-01-02T03:04:05.000Z), and a second stop would abort it; valid: wait for its end',
      ],
    });
  });

  test('a savepoint of somebody else is under way: a plan, whose warning says that its end is waited for', () => {
    const underWay = { kind: 'SAVEPOINT', checkpointId: 9, since: 0 } as const;
    expect(accepted({}, job({}, { underWay })).warnings.join()).toContain(
      '(checkpoint 9): ours waits for its end',
    );
  });
});

describe('a job without snapshots', () => {
  test('a batch job: no savepoint can be taken, whatever the strategy begins from', () => {
    expect(refusal({}, job({ batch: true })).reasons).toStrictEqual([
      'no savepoint can be taken of the job: it is a batch job; valid: let it come to its end',
    ]);
  });

  test('Flink takes no snapshots of it at all', () => {
    expect(refusal({}, without(job(), 'checkpointing', 'newestSnapshot')).reasons).toStrictEqual([
      'no savepoint can be taken of the job: Flink takes no snapshots of it; valid: let it come to its end',
    ]);
  });

  test('it may be started again from nothing all the same, if that is meant', () => {
    const bounded = without(job({ batch: true }), 'checkpointing', 'newestSnapshot');
    expect(accepted({ ...stateless, ...noState, ...acknowledged }, bounded)).toMatchObject({
      ending: 'CANCEL',
      restore: 'NONE',
    });
  });

  test('no periodic checkpoints: a savepoint that fails half-way would leave nothing, so that has to be meant', () => {
    const { reasons, suggestion } = refusal({}, neverCheckpointed());
    expect(reasons).toStrictEqual([
      'the job takes no checkpoints, so a savepoint that fails half-way would leave nothing to start it from; ' +
        'valid: set execution.checkpointing.interval, or "acknowledgeStateLoss": true if that risk is taken',
    ]);
    expect(suggestion).toBeUndefined();
    expect(accepted(acknowledged, neverCheckpointed()).ending).toBe('STOP_WITH_SAVEPOINT');
  });
});

describe('STATELESS takes a job as it is', () => {
  test('RUNNING, with tasks that do not run', () => {
    expect(accepted(stateless, behind)).toMatchObject({ ending: 'CANCEL', restore: 'LATEST_STATE' });
  });

  test.each(crashing)('%s: the 3 a.m. case', (state) => {
    expect(accepted(stateless, job({ state }))).toMatchObject({ ending: 'CANCEL', restore: 'LATEST_STATE' });
  });

  test('FAILED at the parallelism that it had: it does not run, so this is no UNCHANGED', () => {
    expect(decide({ ...stateless, parallelism: 2 }, job({ state: 'FAILED' })).kind).toBe('RESCALE');
  });

  test.each([...between, ...over])('%s is refused, with the states that are valid', (state: JobState) => {
    expect(refusal(stateless, job({ state })).reasons).toStrictEqual([
      `the job is ${state}; valid: RUNNING, RESTARTING, FAILING or FAILED`,
    ]);
  });

  test.each([
    { kind: 'STOP', what: 'a stop with savepoint' },
    { kind: 'SAVEPOINT', what: 'a savepoint' },
  ] as const)(
    'but not while $what of somebody else is under way, which the cancel would abort',
    ({ kind, what }) => {
      const underWay = { kind, checkpointId: 9, since: 0 };
      expect(refusal(stateless, job({}, { underWay })).reasons).toStrictEqual([
        `${what} that Weir did not ask for is in progress (checkpoint 9, since 1970-01-01T00:00:00.000Z), ` +
          'and a cancel would abort it; valid: wait for its end',
      ]);
    },
  );
});

describe('P17: STATELESS from the LATEST_STATE needs a snapshot that outlives the cancel', () => {
  const retention =
    'Flink deletes the checkpoints of the job when it is cancelled; valid: RETAIN_ON_CANCELLATION as ' +
    'execution.checkpointing.externalized-checkpoint-retention of the job';

  test('there is none: wait for one, or STATEFUL while it runs', () => {
    const { reasons, suggestion } = refusal(stateless, without(job(), 'newestSnapshot'));
    expect(reasons).toStrictEqual([
      'the job has no snapshot that it could be started from; valid: wait for its first checkpoint, ' +
        'or "upgradeStrategy": "STATEFUL"',
    ]);
    expect(suggestion).toEqual({ upgradeStrategy: 'STATEFUL' });
  });

  test('there is none, and it does not run: no mend', () => {
    const { reasons, suggestion } = refusal(stateless, without(job({ state: 'FAILED' }), 'newestSnapshot'));
    expect(reasons).toStrictEqual([
      'the job has no snapshot that it could be started from; valid: wait for its first checkpoint',
    ]);
    expect(suggestion).toBeUndefined();
  });

  test('checkpoints are deleted on cancel: the option is named, and STATEFUL', () => {
    const { reasons, suggestion } = refusal(stateless, job({}, { retainedOnCancel: false }));
    expect(reasons).toStrictEqual([`${retention}, or "upgradeStrategy": "STATEFUL"`]);
    expect(suggestion).toEqual({ upgradeStrategy: 'STATEFUL' });
  });

  test.each(['RESTARTING', 'FAILING'] as const)(
    'the same of one that is %s: only the option helps',
    (state) => {
      const { reasons, suggestion } = refusal(stateless, job({ state }, { retainedOnCancel: false }));
      expect(reasons).toStrictEqual([retention]);
      expect(suggestion).toBeUndefined();
    },
  );

  test('the same of one that Flink takes no snapshots of, though it began with one', () => {
    const { reasons } = refusal(stateless, without(job(), 'checkpointing'));
    expect(reasons).toStrictEqual([`${retention}, or "upgradeStrategy": "STATEFUL"`]);
  });

  test('one that is FAILED has kept what it has kept: nothing is cancelled', () => {
    const failed = job({ state: 'FAILED' }, { retainedOnCancel: false });
    expect(accepted(stateless, failed).restore).toBe('LATEST_STATE');
  });

  test('a savepoint outlives it, but not the checkpoint that a running job takes after this plan', () => {
    const saved = (state: JobState, change: Partial<Checkpointing> = {}) =>
      job({ state, newestSnapshot: snapshot, newestSavepoint: own }, { retainedOnCancel: false, ...change });
    expect(refusal(stateless, saved('RUNNING')).reasons).toStrictEqual([
      `${retention}, or "upgradeStrategy": "STATEFUL"`,
    ]);
    expect(accepted(stateless, saved('RESTARTING')).restore).toBe('LATEST_STATE');
    const kept = saved('RUNNING', { retainedOnCancel: true });
    expect(accepted(stateless, kept).restore).toBe('LATEST_STATE');
  });

  test('without periodic checkpoints its own savepoint is its newest state', () => {
    const saved = neverCheckpointed({ newestSnapshot: snapshot, newestSavepoint: own });
    expect(accepted(stateless, saved).restore).toBe('LATEST_STATE');
  });

  test('without periodic checkpoints what it began with is not its newest state, and must be asked for', () => {
    const begun = neverCheckpointed({ newestSnapshot: snapshot, newestSavepoint: older });
    const { reasons, suggestion } = refusal(stateless, begun);
    expect(reasons).toStrictEqual([
      'the job takes no checkpoints: it would start from what it began with; valid: ' +
        '"restoreStrategy": "LATEST_SAVEPOINT", or "upgradeStrategy": "STATEFUL", with "acknowledgeStateLoss": true',
    ]);
    expect(suggestion).toBeUndefined();
    const asked = { ...stateless, ...latestSavepoint, ...acknowledged };
    expect(accepted(asked, begun).restore).toBe('LATEST_SAVEPOINT');
    const never = without(job({ newestSnapshot: snapshot, newestSavepoint: older }), 'checkpointing');
    expect(refusal(stateless, never).reasons).toStrictEqual(reasons);
  });
});

describe('P18: LATEST_SAVEPOINT', () => {
  test.each([{}, saveThenCancel])('STATEFUL takes one itself: none has to be known (%j)', (input) => {
    expect(accepted({ ...latestSavepoint, ...input }, job()).restore).toBe('LATEST_SAVEPOINT');
  });

  test('STATELESS begins from one that the job has taken', () => {
    const plan = accepted({ ...stateless, ...latestSavepoint }, job({ newestSavepoint: own }));
    expect(plan.restore).toBe('LATEST_SAVEPOINT');
    expect(plan.warnings.join()).toContain(snapshot.path);
  });

  test('STATELESS, and none is known: LATEST_STATE is suggested', () => {
    const { reasons, suggestion } = refusal({ ...stateless, ...latestSavepoint }, job());
    expect(reasons).toStrictEqual([
      'no savepoint of the job is known, neither to Flink nor from the last rescale; ' +
        'valid: "restoreStrategy": "LATEST_STATE", or take one first',
    ]);
    expect(suggestion).toEqual({ restoreStrategy: 'LATEST_STATE' });
  });

  test('STATELESS, and it is older than the job: only if that is meant', () => {
    const begun = job({ newestSavepoint: older });
    const { reasons, suggestion } = refusal({ ...stateless, ...latestSavepoint }, begun);
    expect(reasons).toStrictEqual([
      `the newest savepoint, ${snapshot.path}, is older than the job: all that it has done since its start would ` +
        'have to come from its sources again; valid: "restoreStrategy": "LATEST_STATE", or ' +
        '"acknowledgeStateLoss": true if that is meant',
    ]);
    expect(suggestion).toEqual({ restoreStrategy: 'LATEST_STATE' });
    expect(accepted({ ...stateless, ...latestSavepoint, ...acknowledged }, begun).ending).toBe('CANCEL');
  });
});

describe('state is never given up unasked', () => {
  test.each([{}, saveThenCancel, stateless])('NONE has to be meant (%j)', (input) => {
    const asked = { ...noState, ...input };
    const { reasons, suggestion } = refusal(asked, job());
    expect(reasons).toStrictEqual([
      '"restoreStrategy": "NONE" starts the job without its state; valid: "LATEST_STATE", or ' +
        '"acknowledgeStateLoss": true if that is meant',
    ]);
    expect(suggestion).toEqual({ restoreStrategy: 'LATEST_STATE' });
    expect(accepted({ ...asked, ...acknowledged }, job()).restore).toBe('NONE');
  });

  const upgrade = (input: Partial<RescaleInput>) => {
    const request = ask({ artifact: newJar.artifact, ...input });
    const vertices = at(orders, 4);
    return plan(
      seen(request, job(), {
        program: {
          ...{ kind: 'READY', jar: newJar, previousJar: jar, previousKnown: true, warnings: [], vertices },
          previousVertices: at(orders, 2),
        },
      }),
      request,
    );
  };

  test('allowNonRestoredState with another program may drop state, so that has to be meant', () => {
    const { reasons, suggestion } = rejected(upgrade({ allowNonRestoredState: true }));
    expect(reasons).toStrictEqual([
      '"allowNonRestoredState" drops the state of every operator that the new program lacks, and which those are ' +
        'cannot be seen before; valid: false, or "acknowledgeStateLoss": true if that is meant',
    ]);
    expect(suggestion).toEqual({ allowNonRestoredState: false });
    expect(
      rescale(upgrade({ allowNonRestoredState: true, ...acknowledged })).next.allowNonRestoredState,
    ).toBe(true);
    expect(rescale(upgrade({})).next.allowNonRestoredState).toBe(false);
  });

  test('allowNonRestoredState with the same program drops nothing; the way back never does', () => {
    const { next, previous } = accepted({ allowNonRestoredState: true }, job());
    expect(next.allowNonRestoredState).toBe(true);
    expect(previous.allowNonRestoredState).toBe(false);
  });
});

describe('P30: a job that is over already', () => {
  const { id, name, parallelism, vertices } = running(2);
  const resumed = (input: Partial<RescaleInput>, newestSavepoint?: KnownSavepoint) => {
    const request = ask(input);
    const stopped = { id, name, state: 'CANCELED', parallelism, vertices, snapshot: checkpoint } as const;
    const known = newestSavepoint === undefined ? stopped : { ...stopped, newestSavepoint };
    return plan(seen(request, running(2), { job: { kind: 'STOPPED', job: known } }), request);
  };

  test('begins from its newest state whatever the other strategy says', () => {
    expect(resumed({}, older)).toMatchObject({
      kind: 'RESUME',
      plan: { ending: 'NONE', restore: 'LATEST_STATE' },
    });
    expect(resumed(stateless, older)).toMatchObject({ kind: 'RESUME', plan: { restore: 'LATEST_STATE' } });
  });

  test('LATEST_SAVEPOINT: its own, an older one if that is meant, none', () => {
    expect(resumed(latestSavepoint, own)).toMatchObject({
      kind: 'RESUME',
      plan: { restore: 'LATEST_SAVEPOINT' },
    });
    expect(resumed(latestSavepoint, own)).toMatchObject({
      plan: {
        warnings: [
          expect.any(String),
          `LATEST_SAVEPOINT: records since ${snapshot.path} are processed twice (at least once)`,
        ],
      },
    });
    expect(rejected(resumed(latestSavepoint, older)).reasons[1]).toContain('is older than the job');
    expect(resumed({ ...latestSavepoint, ...acknowledged }, older).kind).toBe('RESUME');
    expect(rejected(resumed(latestSavepoint)).reasons[1]).toContain('no savepoint of the job is known');
  });

  test('NONE: if that is meant', () => {
    expect(rejected(resumed(noState)).reasons[1]).toContain('starts the job without its state');
    expect(resumed({ ...noState, ...acknowledged })).toMatchObject({
      kind: 'RESUME',
      plan: { restore: 'NONE' },
    });
  });
});
