import type { ObservedJob } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import { sameDemand } from '../../src/planning/in-place';
import { retargeted } from '../../src/planning/mechanism';
import type { InPlacePlan } from '../../src/planning/in-place';
import { inPlaceByHand, inPlaceSteps } from '../../src/planning/report-in-place';
import type { Decision } from '../../src/planning/plan';
import {
  adaptive,
  bounds,
  ask,
  decide,
  flinkUrl,
  jobId,
  newJar,
  orders,
  jar,
  at,
  rejected,
  running,
  seen,
} from '../kit/plans';

/** A job on a cluster with the adaptive scheduler, as a plan of a rescale in place sees it. */

function decideInPlace(
  input: Partial<RescaleInput> = {},
  job: ObservedJob = adaptive(2),
  change: Parameters<typeof seen>[2] = {},
): Decision {
  return decide({ mechanism: 'IN_PLACE', ...input }, job, { scheduler: 'ADAPTIVE', ...change });
}

function planned(decision: Decision): InPlacePlan {
  if (decision.kind !== 'IN_PLACE') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return decision.plan;
}

describe('a job that can be rescaled in place', () => {
  test('is asked to run at the target, at least at what it could run at before, and has a way back', () => {
    const plan = planned(decideInPlace());
    expect(plan).toMatchObject({
      parallelism: 2,
      aim: { requirements: bounds(4), targets: { source: 4, count: 4 }, from: 2, to: 4, newerThan: 7 },
      back: { requirements: bounds(2), targets: { source: 2, count: 2 }, from: 4, to: 2 },
      ...{ ifNotReached: 'PUT_BACK', waitsForCheckpoint: true, warnings: [] },
      lost: { transition: 'RESCALE', previous: { parallelism: 2 } },
    });
    expect(plan.back).not.toHaveProperty('newerThan');
  });

  test.each([
    ['up: the old one', 3, 4, 3],
    ['down below it: the target', 3, 2, 2],
  ])('its lower bound goes %s', (_, lower, parallelism, expected) => {
    const job = { ...adaptive(3), requirements: bounds(3, orders, lower) };
    const { requirements } = planned(decideInPlace({ parallelism }, job)).aim;
    expect(requirements).toEqual(bounds(parallelism, orders, expected));
  });

  test('P23: a vertex that its program fixes stays where it is', () => {
    const shapes = [...orders, { id: 'sink', maxParallelism: 128, fixed: 1 }];
    const { targets } = planned(decideInPlace({}, adaptive(2, shapes), { shapes })).aim;
    expect(targets).toEqual({ source: 4, count: 4, sink: 1 });
  });

  test.each([
    ['2.3.0', true],
    ['2.0.0', true],
    ['1.20.5', false],
    ['1.18.1', false],
  ])('on Flink %s: whether it waits for a checkpoint: %s', (flinkVersion, waits) => {
    expect(planned(decideInPlace({}, undefined, { flinkVersion })).waitsForCheckpoint).toBe(waits);
  });

  test('whose restarts are bounded has one checkpoint that may fail: it is not worn out', () => {
    expect(planned(decideInPlace()).maxTries).toBe(4);
    expect(planned(decideInPlace({}, { ...adaptive(2), restartsForEver: false })).maxTries).toBe(1);
  });

  test('runs below its bounds, and is asked for what it has: that is taken note of, and nothing moves', () => {
    const job = { ...adaptive(4), requirements: bounds(8) };
    const { aim } = planned(decideInPlace({ parallelism: 4 }, job));
    expect(aim.requirements).toEqual(bounds(4));
    expect(aim).not.toHaveProperty('newerThan');
  });

  test('was asked for that before, and Flink has not acted on it: it is gone on with', () => {
    const { aim } = planned(decideInPlace({}, { ...adaptive(2), requirements: bounds(4) }));
    expect(aim).toMatchObject({ requirements: bounds(4), newerThan: 7 });
  });

  test('runs as asked already: UNCHANGED', () => {
    expect(decideInPlace({ parallelism: 2 }).kind).toBe('UNCHANGED');
  });

  test('the plan says for how long Flink will not act yet', () => {
    const { warnings } = planned(decideInPlace({}, { ...adaptive(2), coolsForMs: 12_345 }));
    expect(warnings).toEqual([expect.stringContaining('for another 12345 ms (cooldown)')]);
  });

  test('its downtime is predicted by how long its tasks took to start', () => {
    const { predictedDowntime } = planned(decideInPlace({}, { ...adaptive(2), startTookMs: 80 }));
    expect(predictedDowntime).toEqual({ ms: 80, basis: 'its tasks took 80 ms to start the last time' });
    expect(planned(decideInPlace()).predictedDowntime).toEqual({
      basis: 'how long its tasks take to start is not known',
    });
  });

  test('what it was started with is not known: no jar is needed, and what that means is said', () => {
    const program = { kind: 'REFUSED', reason: 'no jar is named for it', valid: 'an "artifact"' } as const;
    const plan = planned(decideInPlace({}, undefined, { program }));
    expect(plan).not.toHaveProperty('lost');
    expect(plan.aim.targets).toEqual({ source: 4, count: 4 });
    expect(plan.warnings).toEqual([
      expect.stringMatching(/^should the job be lost meanwhile, it is not started again: .*no jar is named/),
    ]);
  });

  test('what RESTART refuses is said, should the job be lost; nothing is started again then', () => {
    const { lost, warnings } = planned(decideInPlace({ savepoint: { directory: 'file:/elsewhere' } }));
    expect(lost).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(/^should the job be lost meanwhile, it is not started again: .*file:\/elsewhere/),
    ]);
  });

  test('of a program that is not known a vertex at another parallelism than the job’s stays where it is', () => {
    const shapes = [...orders, { id: 'sink', maxParallelism: 128, fixed: 1 }];
    const program = { kind: 'REFUSED', reason: 'no jar is named for it', valid: 'an "artifact"' } as const;
    const { aim } = planned(decideInPlace({}, adaptive(2, shapes), { shapes, program }));
    expect(aim.targets).toEqual({ source: 4, count: 4, sink: 1 });
    // some of it moves, so it has to be restarted
    expect(aim.newerThan).toBe(7);
  });

  test('a version that nobody can read is taken for a new one', () => {
    expect(planned(decideInPlace({}, undefined, { flinkVersion: 'trunk' })).waitsForCheckpoint).toBe(true);
  });

  test('a jar that is not what runs says nothing of it', () => {
    const program = {
      ...({ kind: 'READY', jar, previousJar: jar, previousKnown: true, warnings: [] } as const),
      ...{
        vertices: at([{ id: 'other', maxParallelism: 1 }], 4),
        previousVertices: [{ id: 'other', parallelism: 2 }],
      },
    };
    const plan = planned(decideInPlace({}, undefined, { program }));
    expect(plan.aim.targets).toEqual({ source: 4, count: 4 });
    expect(plan).not.toHaveProperty('lost');
  });

  test('the steps and the commands are for people', () => {
    const plan = planned(decideInPlace({ ifNotReached: 'KEEP' }));
    expect(inPlaceSteps(plan).join('\n')).toContain('else the new bounds are kept');
    const [first = '', put = '', last] = inPlaceByHand(plan, flinkUrl);
    expect(first).toBe(last);
    expect(first).toContain(`/jobs/${jobId}/checkpoints`);
    expect(put).toContain(`-X PUT`);
    expect(put).toContain('"source":{"parallelism":{"lowerBound":1,"upperBound":4}}');
  });
});

describe('a request that cannot be carried out in place is refused, with what to do instead', () => {
  const cases: readonly [string, Partial<RescaleInput>, ObservedJob, Parameters<typeof seen>[2], RegExp][] = [
    [
      'an older Flink',
      {},
      adaptive(2),
      { flinkVersion: '1.17.2' },
      /valid: Flink 1.18 or newer, or "mechanism": "RESTART"/,
    ],
    [
      'the default scheduler',
      {},
      running(2),
      { scheduler: 'DEFAULT' },
      /valid: jobmanager.scheduler: adaptive/,
    ],
    [
      'a scheduler that nobody looked at',
      {},
      running(2),
      { scheduler: undefined } as object,
      /valid: jobmanager.scheduler/,
    ],
    [
      'a reactive cluster',
      {},
      running(2),
      { scheduler: 'REACTIVE' },
      /^the cluster is reactive: the job runs as wide as there are slots.*valid: another number of TaskManagers, by "mechanism": "REACTIVE"$/,
    ],
    [
      'no bounds',
      {},
      running(2),
      {},
      /does not tell between which parallelisms.*valid: "mechanism": "RESTART"/,
    ],
    [
      'another program',
      { artifact: { jar: 'orders-2.jar' } },
      adaptive(2),
      {},
      /valid: no "artifact", or "mechanism": "RESTART"/,
    ],
    [
      'from a savepoint',
      { restoreStrategy: 'LATEST_SAVEPOINT' },
      adaptive(2),
      {},
      /valid: "LATEST_STATE", or "mechanism": "RESTART"/,
    ],
    ['a batch job', {}, { ...adaptive(2), batch: true }, {}, /it is a batch job/],
    [
      'a job that restarts',
      {},
      { ...adaptive(2), state: 'RESTARTING' },
      {},
      /the job is RESTARTING.*valid: "mechanism": "RESTART"/,
    ],
    [
      'a job that FAILED',
      {},
      { ...running(2), state: 'FAILED' },
      {},
      /the job is FAILED.*valid: "mechanism": "RESTART"/,
    ],
    [
      'a version that would damage it',
      {},
      adaptive(2),
      { flinkVersion: '1.18.1', snapshotCompression: true },
      /FLINK-34063/,
    ],
    ['beyond its key groups', { parallelism: 200 }, adaptive(2), {}, /above the maxParallelism 128/],
    ['more slots than there are', { parallelism: 9 }, adaptive(2), {}, /1 too few of 8/],
  ];
  test.each(cases)('%s', (_, input, job, change, reason) => {
    const program =
      input.artifact === undefined
        ? {}
        : {
            program: {
              ...({
                kind: 'READY',
                jar: newJar,
                previousJar: jar,
                previousKnown: true,
                warnings: [],
              } as const),
              ...{ vertices: at(orders, 4), previousVertices: at(orders, 2) },
            },
          };
    const { type, reasons } = rejected(decideInPlace(input, job, { ...program, ...change }));
    expect(type).toBe('PlanRejected');
    expect(reasons.join('\n')).toMatch(reason);
  });

  test('no checkpoints: Flink would restart it without its state', () => {
    const { checkpointing: taken, ...job } = adaptive(2);
    expect(taken).toBeDefined();
    expect(rejected(decideInPlace({}, job)).reasons.join()).toContain('would restart it without its state');
    const { intervalMs, ...rest } = { intervalMs: 1, ...adaptive(2).checkpointing! };
    expect(intervalMs).toBeDefined();
    const without = rejected(decideInPlace({}, { ...adaptive(2), checkpointing: rest }));
    expect(without.reasons.join()).toContain('valid: set execution.checkpointing.interval');
  });

  test('a task that does not run, a stop of somebody else', () => {
    const [source, ...others] = adaptive(2).vertices;
    const vertices = [{ ...source!, ready: 1 }, ...others];
    expect(rejected(decideInPlace({}, { ...adaptive(2), vertices })).reasons).toEqual([
      expect.stringMatching(/^1 of 2 tasks of "source" are running; a checkpoint needs all/),
    ]);
    const underWay = { kind: 'STOP', checkpointId: 9, since: 0 } as const;
    const checkpointing = { ...adaptive(2).checkpointing!, underWay };
    expect(rejected(decideInPlace({}, { ...adaptive(2), checkpointing })).reasons).toEqual([
      'somebody else is stopping the job (checkpoint 9); valid: wait for its end',
    ]);
  });

  test('a program that fixes its parallelism in code: nothing of it would move', () => {
    const shapes = orders.map((shape) => ({ ...shape, fixed: 2 }));
    expect(rejected(decideInPlace({}, adaptive(2, shapes), { shapes })).reasons).toEqual([
      'the program would run as it does today whatever parallelism is asked for: it is fixed in code; ' +
        'valid: a jar that leaves the parallelism to the submission',
    ]);
  });

  test('of a job that FAILED only that is said: it has no bounds to be told', () => {
    const { reasons } = rejected(decideInPlace({}, { ...running(2), state: 'FAILED' }));
    expect(reasons).toEqual([expect.stringMatching(/^the job is FAILED; in place/)]);
  });

  test('another origin than its newest state: that one is suggested', () => {
    const { suggestion } = rejected(decideInPlace({ restoreStrategy: 'LATEST_SAVEPOINT' }));
    expect(suggestion).toEqual({ restoreStrategy: 'LATEST_STATE' });
  });

  test('by RESTART it could be: that is suggested', () => {
    expect(rejected(decideInPlace({}, running(2), { scheduler: 'DEFAULT' })).suggestion).toEqual({
      mechanism: 'RESTART',
    });
  });

  test('nor by RESTART: nothing is suggested', () => {
    const change = { scheduler: 'DEFAULT', slots: { total: 2, available: 0, onDemand: false } } as const;
    expect(rejected(decideInPlace({}, running(2), change)).suggestion).toBeUndefined();
  });

  test('"ifNotReached": "RESTART" asks for a restart that could be: each reason against one is told', () => {
    const program = { kind: 'REFUSED', reason: 'no jar is named for it', valid: 'an "artifact"' } as const;
    const refused = rejected(decideInPlace({ ifNotReached: 'RESTART' }, undefined, { program }));
    expect(refused.reasons).toEqual([
      '"ifNotReached": "RESTART" cannot be: no jar is named for it; valid: an "artifact"',
    ]);
    expect(refused.suggestion).toEqual({ ifNotReached: 'PUT_BACK' });
  });

  test('an application-mode cluster: in place is all that it can do', () => {
    const program = {
      kind: 'REFUSED',
      reason: 'the cluster runs one application',
      valid: 'IN_PLACE',
    } as const;
    const change = { application: true, program };
    expect(planned(decideInPlace({}, undefined, change)).aim.to).toBe(4);
    const refused = rejected(decideInPlace({}, running(2), { ...change, scheduler: 'DEFAULT' }));
    expect(refused.reasons.join()).toContain('deploy the application anew, from a savepoint');
    expect(refused.suggestion).toBeUndefined();
  });

  test('a job that is down already: RESTART starts it again', () => {
    const { id, name, vertices } = running(2);
    const snapshot = { kind: 'SAVEPOINT', path: 'file:/sp/1', jobId: id } as const;
    const job = {
      kind: 'STOPPED',
      job: { id, name, state: 'FINISHED', parallelism: 2, vertices, snapshot },
    } as const;
    const refused = rejected(decideInPlace({}, undefined, { job }));
    expect(refused.reasons.join()).toContain('only a job that runs can be rescaled in place');
    expect(refused.suggestion).toEqual({ mechanism: 'RESTART' });
  });
});

describe('another target while it is under way', () => {
  const plan = planned(decideInPlace());
  const look = (parallelism: number, job: ObservedJob) => {
    const request = ask({ mechanism: 'IN_PLACE', parallelism });
    return retargeted(plan, seen(request, job, { scheduler: 'ADAPTIVE' }), request);
  };

  test('is planned from where the job is, and the way back stays', () => {
    const job = { ...adaptive(4), requirements: bounds(4) };
    const next = look(3, job);
    expect(next).toMatchObject({
      kind: 'PLANNED',
      plan: { aim: { requirements: bounds(3), from: 2, to: 3, newerThan: 7 }, back: plan.back },
    });
  });

  test('beyond what the job and the cluster allow: refused, all reasons at once', () => {
    expect(look(200, adaptive(2))).toMatchObject({
      kind: 'REFUSED',
      reasons: [
        expect.stringContaining('maxParallelism 128'),
        expect.stringContaining('maxParallelism 128'),
        expect.stringContaining('slots'),
      ],
    });
  });

  test('of a job that is gone: refused', () => {
    const request = ask({ mechanism: 'IN_PLACE', parallelism: 3 });
    const job = { kind: 'UNKNOWN', live: [] } as const;
    expect(retargeted(plan, seen(request, undefined, { job }), request)).toEqual({
      ...{ kind: 'REFUSED', reasons: ['the job is not there any more'] },
    });
    expect(look(3, { ...adaptive(2), id: 'b'.repeat(32) })).toEqual({
      ...{ kind: 'REFUSED', reasons: ['the job is not there any more'] },
    });
  });

  test('of a job whose bounds are not told now: refused', () => {
    expect(look(3, running(2))).toEqual({
      ...{ kind: 'REFUSED', reasons: ['the job cannot be looked at now'] },
    });
  });
});

test('bounds are the same if they are so for every vertex', () => {
  expect(sameDemand(bounds(2), bounds(2))).toBe(true);
  expect(sameDemand(bounds(2), bounds(3))).toBe(false);
  expect(sameDemand(bounds(2), bounds(2, orders, 2))).toBe(false);
  const more = bounds(2, [...orders, { id: 'more', maxParallelism: 1 }]);
  expect(sameDemand(bounds(2), more)).toBe(false);
  expect(sameDemand(more, bounds(2))).toBe(false);
});

test('as many TaskManagers are the same if they are as many; bounds are never', () => {
  expect(sameDemand(2, 2)).toBe(true);
  expect(sameDemand(2, 3)).toBe(false);
  expect(sameDemand(2, bounds(2))).toBe(false);
  expect(sameDemand({}, 2)).toBe(false);
});
