import type { Observation, Program } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import { plan } from '../../src/planning/plan';
import { ask, at, decide, jar, jobId, newJar, orders, rejected, rescale, running, seen } from '../kit/plans';
import type { Shape } from '../kit/plans';

/** What slots, key groups and programs allow, at their edges. */

const global: Shape = { id: 'global', maxParallelism: 1, fixed: 1 };

const over = (): { job: Observation['job'] } => {
  const { id, name, parallelism, vertices } = running(2);
  const snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId } as const;
  return { job: { kind: 'STOPPED', job: { id, name, state: 'FINISHED', parallelism, vertices, snapshot } } };
};

describe('a cluster that starts TaskManagers as jobs need them', () => {
  const onDemand = { slots: { total: 8, available: 6, onDemand: true } };

  test('has slots for any parallelism, and the plan says that they have to be started first', () => {
    expect(rescale(decide({ parallelism: 12 }, undefined, onDemand)).warnings).toEqual([
      '12 slots are needed, 4 more than there are: the cluster has to start TaskManagers for them, and that is part ' +
        'of the downtime',
    ]);
  });

  test('starts none where there are enough', () => {
    expect(rescale(decide({ parallelism: 8 }, undefined, onDemand)).warnings).toEqual([]);
  });

  test('may have none just now: no parallelism is suggested that nothing could run at', () => {
    const none = { slots: { total: 0, available: 0, onDemand: true } };
    const asked = { parallelism: 200, upgradeStrategy: 'STATELESS' } as const;
    const newestSnapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-1', jobId } as const;
    const restarting = { ...running(2), state: 'RESTARTING', newestSnapshot } as const;
    const { reasons, suggestion } = rejected(decide(asked, restarting, none));
    expect(reasons).toHaveLength(2);
    expect(suggestion).toBeUndefined();
  });
});

describe('a vertex that its program fixes', () => {
  test('does not lower what the key groups of the others allow', () => {
    const shapes = [{ id: 'source', maxParallelism: 6 }, { id: 'count', maxParallelism: 5 }, global];
    expect(rejected(decide({ parallelism: 8 }, running(2, shapes), { shapes }))).toMatchObject({
      reasons: [
        'parallelism 8 is above the maxParallelism 6 of "source", which the job\'s state has fixed; valid: 1 to 5',
        'parallelism 8 is above the maxParallelism 5 of "count", which the job\'s state has fixed; valid: 1 to 5',
      ],
      suggestion: { parallelism: 5 },
    });
  });

  test('may take all the slots that there are', () => {
    const shapes = [...orders, { id: 'wide', maxParallelism: 128, fixed: 8 }];
    expect(rejected(decide({ parallelism: 12 }, running(2, shapes), { shapes }))).toMatchObject({
      reasons: [
        '12 slots are needed and 0 are free beside the 8 that the job gives back: 4 too few of 8; ' +
          'valid: a parallelism of at most 8, or more TaskManagers',
      ],
      suggestion: { parallelism: 8 },
    });
  });
});

describe('what is suggested to a job that does not run', () => {
  const suggested = (available: number) =>
    rejected(decide({}, undefined, { ...over(), slots: { total: 8, available, onDemand: false } }))
      .suggestion;

  test('may be the parallelism that it had: it does not have it any more', () => {
    expect(suggested(2)).toEqual({ parallelism: 2 });
  });

  test('may be one slot', () => {
    expect(suggested(1)).toEqual({ parallelism: 1 });
  });
});

describe('an observation without a program', () => {
  const blind = (input: Partial<RescaleInput>) => {
    const request = ask(input);
    const { program, ...observation } = seen(request);
    expect(program).toBeDefined();
    return { observation, request };
  };

  test('is no ground for a plan, at whatever parallelism', () => {
    for (const parallelism of [2, 4]) {
      const { observation, request } = blind({ parallelism });
      expect(rejected(plan(observation, request)).reasons).toStrictEqual([
        'what the new program looks like is not known; valid: "artifact" in the input',
      ]);
    }
  });

  test('is no ground for a resume either', () => {
    const { observation, request } = blind({});
    expect(rejected(plan({ ...observation, ...over() }, request)).reasons).toStrictEqual([
      expect.stringContaining('was not started again'),
      'what the new program looks like is not known; valid: "artifact" in the input',
    ]);
  });
});

describe('another program at the same parallelism is an upgrade', () => {
  const program = (change: Partial<Extract<Program, { kind: 'READY' }>>): { program: Program } => ({
    program: {
      ...{ kind: 'READY', jar, previousJar: jar, previousKnown: true, warnings: [] },
      ...{ vertices: at(orders, 2), previousVertices: at(orders, 2) },
      ...change,
    },
  });

  test.each([
    ['by its bytes alone', { ...jar, sha256: newJar.sha256 }],
    ['by its arguments alone', { ...jar, artifact: { ...jar.artifact, args: ['--fast'] } }],
    ['by its settings alone', { ...jar, artifact: { ...jar.artifact, flinkConfiguration: { a: 'b' } } }],
  ])('%s', (_, next) => {
    expect(decide({ parallelism: 2 }, undefined, program({ jar: next })).kind).toBe('RESCALE');
    expect(decide({ parallelism: 2 }, undefined, program({})).kind).toBe('UNCHANGED');
  });

  test('also while it is not to be had: then an artifact in the request is taken for one', () => {
    const refused: { program: Program } = { program: { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } };
    const dropping = { allowNonRestoredState: true } as const;
    const drops = expect.stringMatching(/^"allowNonRestoredState" drops the state of every operator/);
    expect(
      rejected(decide({ ...dropping, artifact: newJar.artifact }, undefined, refused)).reasons,
    ).toStrictEqual([drops, 'no jar; valid: a jar']);
    expect(rejected(decide(dropping, undefined, refused)).reasons).toStrictEqual(['no jar; valid: a jar']);
  });
});

test('of ten live jobs all are named, and nothing is said of more (P32)', () => {
  const live = Array.from({ length: 10 }, (_, n) => ({
    ...{ id: 'b'.repeat(32), name: `job-${n}` },
    state: 'RUNNING' as const,
  }));
  const { reasons } = rejected(decide({}, undefined, { job: { kind: 'UNKNOWN', live } }));
  expect(reasons[0]).toMatch(/live jobs: job-0, .*job-9$/);
});
