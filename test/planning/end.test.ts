import type {
  Checkpointing,
  JobLookup,
  JobState,
  Observation,
  ObservedJob,
  Program,
} from '../../src/contracts/observation';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import type { Decision } from '../../src/planning/plan';
import { parseRequest } from '../../src/planning/request';
import { ask, at, jar, jobId, orders, rejected, running, seen } from '../kit/plans';

/** SUSPEND, CANCEL and SAVEPOINT: what ends a job, or only saves it. */

const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId };
const savepoint: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };
const otherId = 'b'.repeat(32);

function job(change: Partial<ObservedJob> = {}, checkpointing: Partial<Checkpointing> = {}): ObservedJob {
  const { checkpointing: usual, ...rest } = running(2);
  if (usual === undefined) throw new Error('it has checkpoints');
  return { ...rest, newestSnapshot: checkpoint, checkpointing: { ...usual, ...checkpointing }, ...change };
}

const found = (of: ObservedJob): JobLookup => ({ kind: 'FOUND', job: of, namesakes: [otherId] });
const stopped = (): JobLookup => {
  const { id, name, parallelism, vertices } = running(2);
  return {
    kind: 'STOPPED',
    job: { id, name, state: 'FINISHED', parallelism, vertices, snapshot: savepoint },
  };
};

function ended(
  transition: 'SUSPEND' | 'CANCEL' | 'SAVEPOINT',
  of: JobLookup | ObservedJob,
  input: object = {},
  change: Partial<Observation> = {},
): Decision {
  const parsed = parseRequest({ job: 'orders', transition, ...input }, 'rescale/local/orders');
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  const lookup = 'kind' in of ? of : found(of);
  return plan({ ...seen(ask(), running(2)), job: lookup, ...change }, parsed.request);
}

function planned(...of: Parameters<typeof ended>) {
  const decision = ended(...of);
  if (decision.kind !== 'TRANSITION') throw new Error(JSON.stringify(decision));
  return decision.plan;
}

const common = {
  namesakes: [otherId],
  savepoint: {
    ...{ format: 'CANONICAL', keep: true, directory: 'file:///data/sp/orders' },
    tryMs: 600_000 + defaultTimeouts.stop + 60_000,
  },
  attempts: { savepoint: 4, job: 4 },
  timeouts: defaultTimeouts,
  warnings: [],
};
const previous = { jar, parallelism: 2, vertices: at(orders, 2), allowNonRestoredState: false };
const untilStarted = { basis: 'nothing is started: the job is down until it is' };

describe('a job that runs', () => {
  test('is suspended: it stops with a savepoint, and is started again only should the stop take it down', () => {
    expect(planned('SUSPEND', job())).toStrictEqual({
      ...{ ...common, transition: 'SUSPEND', job: job(), ending: 'STOP_WITH_SAVEPOINT', previous },
      predictedDowntime: untilStarted,
    });
  });

  test('is saved: it goes on', () => {
    expect(planned('SAVEPOINT', job())).toStrictEqual({
      ...{ ...common, transition: 'SAVEPOINT', job: job(), ending: 'GOES_ON', previous },
      predictedDowntime: { ms: 0, basis: 'the job goes on' },
    });
  });

  test('is cancelled', () => {
    expect(planned('CANCEL', job())).toStrictEqual({
      ...{ ...common, transition: 'CANCEL', job: job(), parallelism: 2, ending: 'CANCEL' },
      predictedDowntime: untilStarted,
    });
  });

  test('is saved where and how the request says, and a try takes no longer than it may', () => {
    const own = { format: 'NATIVE', directory: 'file:///data/sp/mine', keep: false };
    const input = { savepoint: own, timeouts: { stop: 5 }, maxSavepointCreationAttempts: 2 };
    expect(planned('SAVEPOINT', job(), input)).toMatchObject({
      savepoint: { ...own, tryMs: 600_000 + 5 + 60_000 },
      attempts: { savepoint: 2, job: 4 },
    });
  });

  test('of which Flink takes no snapshots is cancelled all the same', () => {
    const { checkpointing, newestSnapshot, ...bare } = job();
    expect([checkpointing, newestSnapshot]).not.toContain(undefined);
    expect(planned('CANCEL', bare)).toMatchObject({
      savepoint: { tryMs: defaultTimeouts.stop + 60_000 },
      warnings: ['the job has no snapshot: nothing of its state is left'],
    });
  });
});

describe('drain', () => {
  test('is of a suspend that asks for it, and the plan says what it does', () => {
    const plan = planned('SUSPEND', job(), { savepoint: { drain: true } });
    expect(plan.savepoint).toStrictEqual({ ...common.savepoint, drain: true });
    expect(plan.warnings).toStrictEqual([
      'drain: all windows end with the savepoint, as if there were no more input: a job that is started from it does ' +
        'not go on where this one was',
    ]);
  });

  test('stays in what is suggested instead of a directory outside the root', () => {
    const directory = 'file:///else';
    const mended = { mode: 'STOP_WITH_SAVEPOINT', keep: true };
    for (const drain of [true, false]) {
      expect(rejected(ended('SUSPEND', job(), { savepoint: { drain, directory } })).suggestion).toStrictEqual(
        {
          savepoint: { ...mended, drain },
        },
      );
    }
    expect(rejected(ended('SAVEPOINT', job(), { savepoint: { directory } })).suggestion).toStrictEqual({
      savepoint: mended,
    });
  });
});

const states: JobState[] = [
  ...(['INITIALIZING', 'CREATED', 'FAILING', 'FAILED', 'CANCELLING', 'RESTARTING'] as const),
  ...(['SUSPENDED', 'RECONCILING'] as const),
];

describe('a job that does not RUN', () => {
  const because = (state: JobState) =>
    `the job is ${state}; a savepoint needs it RUNNING with all its tasks RUNNING`;

  test.each(states)('but is %s cannot be saved', (state) => {
    expect(ended('SAVEPOINT', job({ state }))).toStrictEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [because(state)],
    });
  });

  test.each(states)('but is %s cannot be suspended: to CANCEL it is suggested', (state) => {
    expect(ended('SUSPEND', job({ state }))).toStrictEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [`${because(state)}; valid: "transition": "CANCEL"`],
      suggestion: { transition: 'CANCEL' },
    });
  });

  test.each(states)('but is %s is cancelled: whoever cancels it wants it gone', (state) => {
    expect(planned('CANCEL', job({ state })).transition).toBe('CANCEL');
  });
});

describe('a job that is over', () => {
  const warning = `no job named orders runs: job ${jobId} is FINISHED`;

  test.each([
    ['SUSPEND', 'SUSPENDED'],
    ['CANCEL', 'CANCELLED'],
  ] as const)('needs no %s: where its state is is said', (transition, outcome) => {
    expect(ended(transition, stopped())).toMatchObject({
      kind: 'OVER',
      outcome,
      snapshot: savepoint,
      warning,
    });
    expect(ended(transition, stopped())).toMatchObject({ job: { id: jobId, parallelism: 2 } });
  });

  test('cannot be saved', () => {
    expect(ended('SAVEPOINT', stopped())).toStrictEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [`${warning}, so no savepoint can be taken of it; its state is in ${savepoint.path}`],
    });
  });

  test('and has left nothing needs no CANCEL either', () => {
    const over: JobLookup = {
      kind: 'UNKNOWN',
      live: [],
      ended: { id: jobId, name: 'orders', state: 'CANCELED' },
    };
    expect(ended('CANCEL', over)).toStrictEqual({
      ...{ kind: 'OVER', outcome: 'CANCELLED', job: { id: jobId } },
      warning: `no job named orders runs: job ${jobId} is CANCELED`,
    });
  });
});

describe.each(['SUSPEND', 'CANCEL', 'SAVEPOINT'] as const)('%s of a job that is not told', (transition) => {
  test('by a name that no live job has', () => {
    expect(ended(transition, { kind: 'UNKNOWN', live: [] })).toStrictEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: ['no live job named "orders" on cluster "local"; live jobs: none'],
    });
  });

  test('by a name that several have', () => {
    const candidates = [jobId, otherId].map((id) => ({ id, name: 'orders', state: 'RUNNING' as const }));
    expect(ended(transition, { kind: 'AMBIGUOUS', candidates })).toMatchObject({
      ...{ kind: 'REJECTED', type: 'InvalidRequest', suggestion: { jobId } },
      reasons: [expect.stringContaining('pick one with "jobId"')],
    });
  });
});

describe('what a cancel leaves', () => {
  test.each<[string, ObservedJob, string[]]>([
    ['a checkpoint that Flink keeps', job(), []],
    [
      'a savepoint, whatever Flink keeps',
      job({ newestSnapshot: savepoint }, { retainedOnCancel: false }),
      [],
    ],
    [
      'a checkpoint that Flink deletes',
      job({}, { retainedOnCancel: false }),
      [
        'Flink deletes the checkpoints of the job when it is cancelled: no more of its state is left than a savepoint, ' +
          'if it has one',
      ],
    ],
  ])('is %s', (_, of, warnings) => {
    expect(planned('CANCEL', of).warnings).toStrictEqual(warnings);
  });
});

describe('what may take the job down is not begun', () => {
  test.each(['SUSPEND', 'SAVEPOINT'] as const)(
    '%s: if it is not known what would be started again',
    (transition) => {
      const { program, ...blind } = seen(ask(), running(2));
      expect(program).toBeDefined();
      const parsed = parseRequest({ job: 'orders', transition }, 'rescale/local/orders');
      if (parsed.kind !== 'REQUEST') throw new Error('a valid request');
      expect(rejected(plan({ ...blind, job: found(job()) }, parsed.request)).reasons).toStrictEqual([
        'what the job is made of is not known',
      ]);
      const refused = { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } as const;
      expect(rejected(ended(transition, job(), {}, { program: refused })).reasons).toStrictEqual([
        'no jar; valid: a jar',
      ]);
    },
  );

  test.each(['SUSPEND', 'SAVEPOINT'] as const)('%s: if that is not what runs', (transition) => {
    const of = job({ vertices: running(3).vertices });
    expect(rejected(ended(transition, of)).reasons).toStrictEqual([
      'orders.jar is not what runs (vertex source: 2 in the jar, 3 in the job; vertex count: 2 in the jar, 3 in the ' +
        'job), so a roll-back could not start the old job again; valid: "previousArtifact" naming the jar and ' +
        'arguments of the running job',
    ]);
  });

  test('SUSPEND: if it would leave nothing to start it from, unless that risk is taken; a savepoint risks less', () => {
    const { checkpointing, ...rest } = job();
    if (checkpointing === undefined) throw new Error('it has checkpoints');
    const { intervalMs, ...never } = checkpointing;
    expect(intervalMs).toBeDefined();
    const of = { ...rest, checkpointing: never };
    expect(rejected(ended('SUSPEND', of)).reasons).toStrictEqual([
      expect.stringMatching(
        /^the job takes no checkpoints, so a savepoint that fails half-way would leave nothing/,
      ),
    ]);
    expect(planned('SUSPEND', of, { acknowledgeStateLoss: true }).transition).toBe('SUSPEND');
    expect(planned('SAVEPOINT', of).transition).toBe('SAVEPOINT');
  });

  test.each(['SUSPEND', 'SAVEPOINT'] as const)('%s: of a batch job', (transition) => {
    expect(rejected(ended(transition, job({ batch: true }))).reasons).toStrictEqual([
      'no savepoint can be taken of the job: it is a batch job; valid: let it come to its end',
    ]);
  });

  test.each(['SUSPEND', 'SAVEPOINT'] as const)('%s: while somebody else stops it', (transition) => {
    const underWay = { kind: 'STOP', checkpointId: 9, since: 0 } as const;
    expect(rejected(ended(transition, job({}, { underWay }))).reasons).toStrictEqual([
      expect.stringContaining('a second stop would abort it'),
    ]);
  });

  test('all of it is told at once, and what is wrong with the request counts', () => {
    const input = { savepoint: { directory: 'file:///else' } };
    const decision = ended('SUSPEND', job({ state: 'RESTARTING' }), input, { flinkVersion: '1.14.6' });
    expect(rejected(decision)).toStrictEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: [
        expect.stringContaining('"savepoint.directory" is file:///else'),
        expect.stringContaining('Flink 1.14.6 knows no trigger ids'),
        expect.stringContaining('the job is RESTARTING'),
      ],
    });
  });
});

test.each(['SUSPEND', 'SAVEPOINT'] as const)('%s: what is only worth knowing is a warning', (transition) => {
  const program: Program = {
    ...{ kind: 'READY', jar, previousJar: jar, previousKnown: true, warnings: ['of the program'] },
    ...{ vertices: at(orders, 2), previousVertices: at(orders, 2) },
  };
  const { warnings } = planned(transition, job({}, { retainedOnFailure: false }), {}, { program });
  expect(warnings).toStrictEqual([
    expect.stringMatching(/^checkpoints are not kept when the job fails/),
    'of the program',
  ]);
});
