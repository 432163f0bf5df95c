import fc from 'fast-check';
import type { JobState, Program } from '../../src/contracts/observation';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { RescaleInput } from '../../src/contracts/rescale';
import { isBelow } from '../../src/planning/paths';
import { at, decide, jar, jobId, newJar, orders, rejected, rescale, running } from '../kit/plans';
import type { Shape } from '../kit/plans';

describe('a job that can be rescaled', () => {
  test('is stopped, started at the new parallelism, and started as it was if that fails', () => {
    expect(rescale(decide())).toEqual({
      transition: 'RESCALE',
      job: running(2),
      namesakes: [],
      ending: 'STOP_WITH_SAVEPOINT',
      restore: 'LATEST_STATE',
      savepoint: {
        format: 'CANONICAL',
        directory: 'file:///data/sp/orders',
        tryMs: 600_000 + 180_000 + 60_000,
        keep: true,
      },
      next: { jar, parallelism: 4, vertices: at(orders, 4), allowNonRestoredState: false },
      previous: { jar, parallelism: 2, vertices: at(orders, 2), allowNonRestoredState: false },
      attempts: { savepoint: 4, job: 4 },
      timeouts: defaultTimeouts,
      predictedDowntime: {
        basis: 'no snapshot of the job has been taken yet; how long its tasks take to start is not known',
      },
      warnings: [],
    });
  });

  test('gives its own slots back: 8 of 8 is possible beside nothing else', () => {
    expect(rescale(decide({ parallelism: 8 })).next.parallelism).toBe(8);
  });

  test('is told apart from its namesakes, which the guard before a submit has to know', () => {
    const job = { kind: 'FOUND', job: running(2), namesakes: ['b'.repeat(32)] } as const;
    expect(rescale(decide({ jobId }, undefined, { job })).namesakes).toEqual(['b'.repeat(32)]);
  });

  test('is saved where and how the request says', () => {
    const savepoint = { format: 'NATIVE', directory: 'file:///data/sp/mine' } as const;
    const { savepoint: planned } = rescale(decide({ savepoint }));
    expect(planned).toMatchObject(savepoint);
  });

  test('is saved in a folder of its own below the root, whatever it is called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom('a/b', '../x', '%2e%2e', 'a b'),
    );
    fc.assert(
      fc.property(name, (job) => {
        fc.pre(job !== '..'); // refused: its folder would be the root's parent
        const { directory } = rescale(decide({ job }, { ...running(2), name: job })).savepoint;
        expect(directory).toBe(`file:///data/sp/${encodeURIComponent(job)}`);
        expect(isBelow('file:///data/sp', directory)).toBe(true);
      }),
    );
  });

  test('is saved there however the root is spelled', () => {
    for (const savepointRoot of ['file:///data/sp', 'file:///data/sp/', 'file:///data/sp//'])
      expect(rescale(decide({}, undefined, { savepointRoot })).savepoint.directory).toBe(
        'file:///data/sp/orders',
      );
  });

  test('P25: has the time-outs of the input, of the cluster, of the defaults, in this order', () => {
    const planned = rescale(
      decide({ timeouts: { stop: 1_000 } }, undefined, { timeouts: { stop: 7, restart: 2_000 } }),
    );
    expect(planned.timeouts).toEqual({ ...defaultTimeouts, stop: 1_000, restart: 2_000 });
    expect(planned.savepoint.tryMs).toBe(600_000 + 1_000 + 60_000);
  });

  test('P23: may have vertices that its program fixes, below the parallelism and with fewer key groups', () => {
    const shapes = [...orders, { id: 'global window', maxParallelism: 1, fixed: 1 }];
    const { next } = rescale(decide({ parallelism: 8 }, running(2, shapes), { shapes }));
    expect(next.vertices).toEqual([...at(orders, 8), { id: 'global window', parallelism: 1 }]);
  });

  test('may get another program with it, and at the same parallelism too', () => {
    const program: Program = {
      kind: 'READY',
      jar: newJar,
      previousJar: jar,
      previousKnown: true,
      warnings: [],
      vertices: [...at(orders, 2), { id: 'new', parallelism: 2 }],
      previousVertices: at(orders, 2),
    };
    const planned = rescale(decide({ parallelism: 2, artifact: newJar.artifact }, undefined, { program }));
    expect(planned).toMatchObject({
      next: { jar: newJar, parallelism: 2 },
      previous: { jar, parallelism: 2 },
    });
  });
});

describe('a job that has the parallelism already is UNCHANGED', () => {
  test('if no other program is asked for', () => {
    expect(decide({ parallelism: 2 })).toEqual({ kind: 'UNCHANGED', job: running(2) });
  });

  test('also if the artifact of the request is what runs', () => {
    expect(decide({ parallelism: 2, artifact: jar.artifact }).kind).toBe('UNCHANGED');
  });

  test('whatever order its settings stand in', () => {
    const set = (flinkConfiguration: Record<string, string>) => ({
      ...jar,
      artifact: { ...jar.artifact, flinkConfiguration },
    });
    const program: Program = {
      ...{ kind: 'READY', jar: set({ a: '1', b: '2' }), previousJar: set({ b: '2', a: '1' }) },
      ...{ previousKnown: true, warnings: [], vertices: at(orders, 2), previousVertices: at(orders, 2) },
    };
    expect(decide({ parallelism: 2 }, undefined, { program }).kind).toBe('UNCHANGED');
  });

  test('is not said while it is not known from which program it runs', () => {
    const program: Program = { kind: 'REFUSED', reason: 'there is no jar "x.jar"', valid: 'orders.jar' };
    expect(rejected(decide({ parallelism: 2 }, undefined, { program })).reasons).toEqual([
      'there is no jar "x.jar"; valid: orders.jar',
    ]);
  });

  test('also if it could not be stopped just now', () => {
    expect(decide({ parallelism: 2 }, { ...running(2), state: 'RESTARTING' }).kind).toBe('UNCHANGED');
  });
});

describe('no such job', () => {
  const live = (name: string, state: JobState = 'RUNNING', id = 'b'.repeat(32)) => ({ id, name, state });
  const unknown = (jobs: ReturnType<typeof live>[], input: Partial<RescaleInput> = {}) =>
    rejected(decide(input, undefined, { job: { kind: 'UNKNOWN', live: jobs } }));

  test('on a cluster without any', () => {
    expect(unknown([])).toEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: ['no live job named "orders" on cluster "local"; live jobs: none'],
    });
  });

  test('the nearest is named, once, and suggested', () => {
    expect(unknown([live('order'), live('order'), live('payments')])).toEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: [
        'no live job named "orders" on cluster "local"; did you mean "order"? Live jobs: order, payments',
      ],
      suggestion: { job: 'order' },
    });
  });

  test('none is near: all are named, none is suggested', () => {
    const { reasons, suggestion } = unknown([live('payments'), live('clicks')]);
    expect(reasons).toEqual(['no live job named "orders" on cluster "local"; live jobs: payments, clicks']);
    expect(suggestion).toBeUndefined();
  });

  test('of a thousand ten are named: a failure stays small (P32)', () => {
    const { reasons } = unknown(Array.from({ length: 1_000 }, (_, n) => live(`job-${n}`)));
    expect(reasons[0]).toMatch(/live jobs: job-0, .*job-9, and 990 more$/);
  });

  test('with that id: the ids that there are of this name are named, and the first suggested', () => {
    const jobs = [
      live('orders', 'RUNNING', 'c'.repeat(32)),
      live('orders', 'RESTARTING', 'd'.repeat(32)),
      live('x'),
    ];
    expect(unknown(jobs, { jobId })).toEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: [
        `no live job named "orders" on cluster "local" has the id ${jobId}; ` +
          `valid: ${'c'.repeat(32)} (RUNNING), ${'d'.repeat(32)} (RESTARTING)`,
      ],
      suggestion: { jobId: 'c'.repeat(32) },
    });
  });

  test('but several of that name: they are listed, and refused without a "jobId"', () => {
    const candidates = [
      live('orders', 'RUNNING', 'c'.repeat(32)),
      live('orders', 'RESTARTING', 'd'.repeat(32)),
    ];
    expect(decide({}, undefined, { job: { kind: 'AMBIGUOUS', candidates } })).toEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: [
        '2 live jobs on cluster "local" are named "orders"; pick one with "jobId": ' +
          `${'c'.repeat(32)} (RUNNING), ${'d'.repeat(32)} (RESTARTING)`,
      ],
      suggestion: { jobId: 'c'.repeat(32) },
    });
  });
});

describe('a parallelism that is too high', () => {
  const few: readonly Shape[] = [
    { id: 'source', maxParallelism: 6 },
    { id: 'count', maxParallelism: 5 },
  ];

  test('for the key groups of the state: each vertex is named, and what is valid for all', () => {
    expect(decide({ parallelism: 8 }, running(2, few), { shapes: few })).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        'parallelism 8 is above the maxParallelism 6 of "source", which the job\'s state has fixed; valid: 1 to 5',
        'parallelism 8 is above the maxParallelism 5 of "count", which the job\'s state has fixed; valid: 1 to 5',
      ],
      suggestion: { parallelism: 5 },
    });
  });

  test('for the slots: how many are needed, free and missing, and what is valid', () => {
    expect(decide({ parallelism: 12 })).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        '12 slots are needed and 6 are free beside the 2 that the job gives back: 4 too few of 8; ' +
          'valid: a parallelism of at most 8, or more TaskManagers',
      ],
      suggestion: { parallelism: 8 },
    });
  });

  test('for both: both are told, and the suggestion fits both', () => {
    const { reasons, suggestion } = rejected(decide({ parallelism: 200 }));
    expect(reasons).toEqual([
      expect.stringMatching(/^parallelism 200 is above the maxParallelism 128 of "source"/),
      expect.stringMatching(/^parallelism 200 is above the maxParallelism 128 of "count"/),
      expect.stringMatching(/^200 slots are needed and 6 are free/),
    ]);
    expect(suggestion).toEqual({ parallelism: 8 });
  });

  test('on a cluster that is full of this job: nothing is suggested that it is already', () => {
    const { reasons, suggestion } = rejected(decide({ parallelism: 9 }, running(8)));
    expect(reasons).toHaveLength(1);
    expect(suggestion).toBeUndefined();
  });

  test('and something else that no change of the request would mend: nothing is suggested', () => {
    const { reasons, suggestion } = rejected(
      decide({ parallelism: 12 }, { ...running(2), state: 'RESTARTING' }),
    );
    expect(reasons).toHaveLength(2);
    expect(suggestion).toBeUndefined();
  });

  test('also while it is not known what the program would look like', () => {
    const program: Program = { kind: 'REFUSED', reason: 'there is no jar "x.jar"', valid: 'orders.jar' };
    const shapes = [...few, { id: 'global', maxParallelism: 1, fixed: 1 }];
    expect(rejected(decide({ parallelism: 8 }, running(2, shapes), { program }))).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: [
        expect.stringContaining('above the maxParallelism 6 of "source"'),
        expect.stringContaining('above the maxParallelism 5 of "count"'),
        'there is no jar "x.jar"; valid: orders.jar',
      ],
    });
  });
});

describe('a program', () => {
  const ready = (change: Partial<Extract<Program, { kind: 'READY' }>>): Program => ({
    kind: 'READY',
    jar,
    previousJar: jar,
    previousKnown: true,
    warnings: [],
    vertices: at(orders, 4),
    previousVertices: at(orders, 2),
    ...change,
  });
  const because = (program: Program, input: Partial<RescaleInput> = {}) =>
    rejected(decide(input, undefined, { program }));

  test('that is not to be had is refused with what would do', () => {
    expect(because({ kind: 'REFUSED', reason: 'there is no jar "x.jar"', valid: 'orders.jar' })).toEqual({
      kind: 'REJECTED',
      type: 'PlanRejected',
      reasons: ['there is no jar "x.jar"; valid: orders.jar'],
    });
  });

  test('that fixes its parallelism in code would run as it does today (P23)', () => {
    expect(because(ready({ vertices: at(orders, 2) })).reasons).toEqual([
      'the program would run as it does today whatever parallelism is asked for: it is fixed in code; ' +
        'valid: a jar that leaves the parallelism to the submission',
    ]);
  });

  test('that is not what runs could not be rolled back to: each vertex that differs is named', () => {
    const previousVertices = [
      { id: 'source', parallelism: 1 },
      { id: 'sum', parallelism: 2 },
    ];
    expect(because(ready({ previousVertices })).reasons).toEqual([
      'orders.jar is not what runs (vertex source: 1 in the jar, 2 in the job; vertex sum: 2 in the jar, absent in the job; ' +
        'vertex count: absent in the jar, 2 in the job), so a roll-back could not start the old job again; ' +
        'valid: "previousArtifact" naming the jar and arguments of the running job',
    ]);
  });

  test('that fixes a vertex above the key groups of its state would fail once the job is stopped', () => {
    const vertices = [
      { id: 'source', parallelism: 4 },
      { id: 'count', parallelism: 200 },
    ];
    const { reasons, suggestion } = because(ready({ jar: newJar, vertices }), { artifact: newJar.artifact });
    expect(reasons).toEqual([
      'parallelism 200 is above the maxParallelism 128 of "count", which the job\'s state has fixed, ' +
        'and the program fixes it; valid: a jar that keeps to 128',
      '200 slots are needed and 6 are free beside the 2 that the job gives back: 192 too few of 8; valid: more TaskManagers',
    ]);
    expect(suggestion).toBeUndefined();
  });
});

describe('a savepoint directory', () => {
  test.each([
    'file:///elsewhere',
    'file:///data/sp/../x',
    's3://data/sp',
    'orders',
    'file:///data/sp/x%2Fy/../../z',
  ])('outside the root is refused, the root is named, the default suggested: %s', (directory) => {
    expect(decide({ savepoint: { format: 'NATIVE', directory } })).toEqual({
      kind: 'REJECTED',
      type: 'InvalidRequest',
      reasons: [
        `"savepoint.directory" is ${directory}, which is not below the savepoint root of cluster "local"; ` +
          'valid: a directory below file:///data/sp',
      ],
      suggestion: { savepoint: { format: 'NATIVE', mode: 'STOP_WITH_SAVEPOINT', keep: true } },
    });
  });
});

test('all reasons are told at once, whatever they are of', () => {
  const request = { parallelism: 200, savepoint: { directory: 'file:///x' } };
  const { type, reasons, suggestion } = rejected(decide(request, { ...running(2), state: 'RESTARTING' }));
  expect(type).toBe('InvalidRequest');
  expect(reasons.map((reason) => reason.slice(0, 20))).toEqual([
    '"savepoint.directory',
    'the job is RESTARTIN',
    'parallelism 200 is a',
    'parallelism 200 is a',
    '200 slots are needed',
  ]);
  expect(suggestion).toBeUndefined();
});

test('one change each mends two reasons: both are suggested', () => {
  const { suggestion } = rejected(decide({ parallelism: 12, savepoint: { directory: 'file:///x' } }));
  expect(suggestion).toEqual({
    parallelism: 8,
    savepoint: { mode: 'STOP_WITH_SAVEPOINT', keep: true },
  });
});
