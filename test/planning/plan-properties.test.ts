import fc from 'fast-check';
import type { Checkpointing, Observation, ObservedJob, ProgramVertex } from '../../src/contracts/observation';
import { savepointFormats } from '../../src/contracts/rescale';
import type { Mechanism, RescaleInput, RescaleRequest } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { isBelow } from '../../src/planning/paths';
import { plan } from '../../src/planning/plan';
import type { Decision, RescalePlan } from '../../src/planning/plan';
import { originOf, originOfRollBack } from '../../src/planning/restore';
import type { Left } from '../../src/planning/restore';
import { ask, at, jar, jobId, newJar, running, seen } from '../kit/plans';
import type { Shape } from '../kit/plans';

/** Of any cluster, job and request. */

interface World {
  readonly job: ObservedJob;
  readonly request: RescaleRequest;
  /** What PLANNING would see for a request: the program answers to the parallelism. */
  readonly see: (request: RescaleRequest) => Observation;
  readonly available: number;
  readonly onDemand: boolean;
  readonly upgrades: boolean;
  /** The job is over, and a start of it is owed. */
  readonly stopped: boolean;
  /** The parallelisms that programs fix. */
  readonly fixed: readonly (number | undefined)[];
}

const often = <T>(usual: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** The fields that are there: `undefined` is no value of an optional field here. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const shape: fc.Arbitrary<Shape> = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    maxParallelism: fc.integer({ min: 1, max: 24 }),
    fixed: maybe(fc.integer({ min: 1, max: 16 })),
  })
  .map(({ fixed, ...rest }) => ({ ...rest, ...(fixed === undefined ? {} : { fixed }) }));
const shapes = fc.uniqueArray(shape, { minLength: 1, maxLength: 4, selector: ({ id }) => id });

const directories = ['file:///data/sp', 'file:/data/sp/x', '/data/sp/../y', 's3://b/x', 'x'];
const savepoint: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/savepoint-1', jobId, checkpointId: 3 };
const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId, checkpointId: 7 };

const input: fc.Arbitrary<Omit<Partial<RescaleInput>, 'artifact'>> = fc
  .record({
    parallelism: fc.integer({ min: 1, max: 24 }),
    upgradeStrategy: fc.constantFrom('STATEFUL' as const, 'STATELESS' as const),
    restoreStrategy: fc.constantFrom('LATEST_STATE' as const, 'LATEST_SAVEPOINT' as const, 'NONE' as const),
    mode: fc.constantFrom('STOP_WITH_SAVEPOINT' as const, 'SAVEPOINT_THEN_CANCEL' as const),
    format: maybe(fc.constantFrom(...savepointFormats)),
    mechanism: often<Mechanism>('RESTART', 'AUTO'),
    directory: often(undefined, ...directories),
    acknowledgeStateLoss: fc.boolean(),
    allowNonRestoredState: fc.boolean(),
  })
  .map(({ mode, format, directory, ...rest }) => ({
    ...rest,
    savepoint: { mode, ...present({ format, directory }) },
  }));

const checkpointing: fc.Arbitrary<Checkpointing> = fc
  .record({
    intervalMs: often<number | undefined>(2_000, undefined),
    timeoutMs: fc.constant(600_000),
    retainedOnFailure: fc.boolean(),
    retainedOnCancel: often(true, false),
    unaligned: fc.boolean(),
    underWay: often<Checkpointing['underWay']>(
      undefined,
      ...(['SAVEPOINT', 'STOP'] as const).map((kind) => ({ kind, checkpointId: 9, since: 0 })),
    ),
    stateBackend: often<string | undefined>(
      'HashMapStateBackend',
      ...(['EmbeddedRocksDBStateBackend', 'ChangelogStateBackend', undefined] as const),
    ),
  })
  .map(({ intervalMs, underWay, stateBackend, ...rest }) => ({
    ...rest,
    ...present({ intervalMs, underWay, stateBackend }),
  }));

const ofJob = fc
  .record({
    state: often<ObservedJob['state']>(
      ...(['RUNNING', 'RESTARTING', 'FAILING', 'FAILED', 'INITIALIZING', 'CANCELLING', 'FINISHED'] as const),
    ),
    batch: often(false, true),
    checkpointing: often(true, false).chain((has) => (has ? checkpointing : fc.constant(undefined))),
    newestSnapshot: often<Snapshot | undefined>(checkpoint, savepoint, undefined),
    newestSavepoint: maybe(fc.boolean().map((takenByJob) => ({ snapshot: savepoint, takenByJob }))),
  })
  // what is the newest of all is a savepoint only if it is the newest savepoint
  .filter(({ newestSnapshot, newestSavepoint }) =>
    newestSnapshot === undefined
      ? newestSavepoint === undefined
      : newestSnapshot.kind === 'CHECKPOINT' || newestSavepoint !== undefined,
  );

const world: fc.Arbitrary<World> = fc
  .record({
    shapes,
    input,
    ofJob,
    today: fc.integer({ min: 1, max: 16 }),
    available: fc.nat({ max: 16 }),
    onDemand: often(false, true),
    stopped: often(false, true),
    upgrade: maybe(shapes),
    backend: maybe(fc.constantFrom('hashmap', 'rocksdb')),
    knowsProgram: often(true, false),
    previousKnown: often(true, false),
  })
  .map(({ shapes, input, ofJob, today, available, onDemand, stopped, upgrade, backend, ...knows }) => {
    const { checkpointing: usual, ...rest } = running(today, shapes);
    expect(usual).toBeDefined();
    const { state, batch, ...found } = ofJob;
    const job: ObservedJob = { ...rest, state, batch, ...present(found) };
    const flinkConfiguration = backend === undefined ? {} : { 'state.backend.type': backend };
    const next = { ...newJar, artifact: { ...newJar.artifact, flinkConfiguration } };
    const request = ask({ ...input, ...(upgrade && { artifact: next.artifact }) });
    const see = (request: RescaleRequest): Observation =>
      seen(request, job, {
        slots: { total: available + today, available, onDemand },
        ...(stopped && job.newestSnapshot !== undefined ? { job: stoppedJob(job, job.newestSnapshot) } : {}),
        program: knows.knowsProgram
          ? {
              ...{ kind: 'READY', previousJar: jar, previousKnown: knows.previousKnown, warnings: [] },
              ...{ jar: upgrade ? next : jar, vertices: at(upgrade ?? shapes, request.parallelism) },
              previousVertices: at(shapes, today),
            }
          : { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' },
      });
    const fixed = [...shapes, ...(upgrade ?? [])].map((shape) => shape.fixed);
    const isStopped = stopped && job.newestSnapshot !== undefined;
    return {
      job,
      request,
      see,
      available,
      onDemand,
      upgrades: upgrade !== undefined,
      stopped: isStopped,
      fixed,
    };
  });

function stoppedJob(job: ObservedJob, snapshot: Snapshot): Observation['job'] {
  const { id, name, parallelism, vertices, newestSavepoint } = job;
  const known = newestSavepoint === undefined ? {} : { newestSavepoint };
  return {
    kind: 'STOPPED',
    job: { id, name, state: 'CANCELED', parallelism, vertices, snapshot, ...known },
  };
}

const always = (claim: (world: World, decision: Decision) => void, numRuns = 2_000) =>
  fc.assert(
    fc.property(world, (world) => claim(world, plan(world.see(world.request), world.request))),
    { numRuns },
  );

/** Of every plan that would be carried out. */
const ofPlans = (claim: (world: World, plan: RescalePlan) => void) => {
  let plans = 0;
  always((world, decision) => {
    if (decision.kind !== 'RESCALE' && decision.kind !== 'RESUME') return;
    plans += 1;
    claim(world, decision.plan);
  });
  expect(plans).toBeGreaterThan(0);
};

/** With what a rejection suggests: few requests of any kind are plans. */
const mended = (see: World['see'], request: RescaleRequest): RescaleRequest => {
  const decision = plan(see(request), request);
  return decision.kind === 'REJECTED'
    ? { ...request, ...decision.suggestion, transition: request.transition }
    : request;
};

describe('a plan never drops state unasked:', () => {
  const unasked = (claim: (world: World, plan: RescalePlan) => void) =>
    ofPlans((world, plan) => {
      if (!world.request.acknowledgeStateLoss) claim(world, plan);
    });

  test('it does not begin without state', () => {
    unasked((_, { restore }) => expect(restore).not.toBe('NONE'));
  });

  test('it does not begin from a savepoint that is older than the job', () => {
    unasked((_, { restore, ending, job }) => {
      if (restore === 'LATEST_SAVEPOINT' && (ending === 'CANCEL' || ending === 'NONE'))
        expect(job.newestSavepoint).toMatchObject({ takenByJob: true });
    });
  });

  test('another program has to find an operator for all of it', () => {
    unasked(({ upgrades }, { next }) => {
      if (upgrades) expect(next.allowNonRestoredState).toBe(false);
    });
  });

  test('a savepoint is not taken of a job that would leave nothing, should that fail', () => {
    unasked(({ job }, { ending }) => {
      if (ending === 'STOP_WITH_SAVEPOINT' || ending === 'SAVEPOINT_THEN_CANCEL')
        expect(job.checkpointing?.intervalMs).toBeDefined();
    });
  });

  test('a job is cancelled for its newest state only if that outlives the cancel, and what it may add to it', () => {
    ofPlans(({ job }, { ending, restore }) => {
      if (ending !== 'CANCEL' || restore !== 'LATEST_STATE') return;
      expect(job.newestSnapshot).toBeDefined();
      const adds = job.state === 'RUNNING' && job.checkpointing?.intervalMs !== undefined;
      if (job.state !== 'FAILED' && (adds || job.newestSnapshot?.kind === 'CHECKPOINT'))
        expect(job.checkpointing?.retainedOnCancel).toBe(true);
    });
  });

  test('the way back never drops any', () => {
    ofPlans((_, { previous }) => expect(previous.allowNonRestoredState).toBe(false));
  });
});

describe('a plan needs no further check once the job is over:', () => {
  /** The least that a job leaves which is brought to its end like this. */
  const left = ({ ending, job }: RescalePlan): Left => {
    switch (ending) {
      case 'STOP_WITH_SAVEPOINT':
      case 'SAVEPOINT_THEN_CANCEL':
        return { newest: savepoint, savepoint };
      case 'CANCEL':
      case 'NONE':
        return { newest: job.newestSnapshot, savepoint: job.newestSavepoint?.snapshot };
    }
  };

  test('there is something of the kind that it begins from, and that its roll-back begins from', () => {
    ofPlans((_, plan) => {
      expect(originOf(plan.restore, left(plan))).toBeDefined();
      expect(originOfRollBack(plan.restore, left(plan))).toBeDefined();
    });
  });

  test('both jars are at hand, and the way back is what ran', () => {
    ofPlans(({ job, see, request }, { next, previous }) => {
      const { program } = see(request);
      expect(program).toMatchObject({ kind: 'READY', jar: next.jar, previousJar: previous.jar });
      expect(previous).toMatchObject({
        parallelism: job.parallelism,
        vertices: job.vertices.map(({ id, parallelism }) => ({ id, parallelism })),
      });
    });
  });

  test('its savepoints go below the root', () => {
    ofPlans(({ see, request }, plan) => {
      expect(isBelow(see(request).savepointRoot, plan.savepoint.directory)).toBe(true);
    });
  });

  test('no vertex is above its maxParallelism', () => {
    ofPlans(({ job }, { next }) => {
      for (const { id, parallelism } of next.vertices) {
        const before = job.vertices.find((vertex) => vertex.id === id);
        expect(parallelism).toBeLessThanOrEqual(before?.maxParallelism ?? Infinity);
      }
    });
  });

  test('there are slots enough, or the cluster makes them', () => {
    ofPlans(({ job, available, onDemand, stopped }, { next }) => {
      const widest = (vertices: readonly ProgramVertex[]) =>
        Math.max(...vertices.map((vertex) => vertex.parallelism));
      const givenBack = stopped || job.state === 'FAILED' ? 0 : widest(job.vertices);
      if (!onDemand) expect(widest(next.vertices)).toBeLessThanOrEqual(available + givenBack);
    });
  });
});

describe('the format of a savepoint', () => {
  test('is the one that is asked for, or CANONICAL unless AUTO has chosen another', () => {
    ofPlans(({ request }, { savepoint }) => {
      const { format } = request.savepoint;
      if (format !== undefined || request.mechanism !== 'AUTO')
        expect(savepoint.format).toBe(format ?? 'CANONICAL');
    });
  });

  /** AUTO, and no word of the format. */
  const left = ({ savepoint, ...request }: RescaleRequest): RescaleRequest => ({
    ...{ ...request, mechanism: 'AUTO', savepoint: { ...savepoint, format: undefined } },
  });

  test('is NATIVE by AUTO only where the same program reads it, with a state backend that loses nothing by it', () => {
    let natives = 0;
    always(({ job, request, upgrades, see }) => {
      const auto = mended(see, left(request));
      const decision = plan(see(auto), auto);
      if (decision.kind !== 'RESCALE' || decision.plan.savepoint.format === 'CANONICAL') return;
      natives += 1;
      const { ending, restore } = decision.plan;
      expect(['STOP_WITH_SAVEPOINT', 'SAVEPOINT_THEN_CANCEL']).toContain(ending);
      expect([upgrades, restore === 'NONE']).toEqual([false, false]);
      expect(job.checkpointing?.stateBackend).toBe('HashMapStateBackend');
      expect(see(auto).program).toMatchObject({ previousKnown: true });
    }, 10_000); // one in some hundreds is
    expect(natives).toBeGreaterThan(0);
  });

  test('is all that AUTO changes of a plan by RESTART', () => {
    always(({ request, see, stopped }) => {
      if (stopped) return;
      const auto = plan(see(left(request)), left(request));
      const restart = { ...left(request), mechanism: 'RESTART' } as const;
      const byRestart = plan(see(restart), restart);
      expect(auto.kind).toBe(byRestart.kind);
      if (auto.kind !== 'RESCALE' || byRestart.kind !== 'RESCALE') return;
      const { why, savepoint, ...rest } = auto.plan;
      expect(why).toMatch(/^RESTART: not in place, since/);
      const { format } = byRestart.plan.savepoint;
      expect({ ...rest, savepoint: { ...savepoint, format } }).toEqual(byRestart.plan);
    });
  });
});

describe('a rejection', () => {
  test('has a reason, and says of each what is valid or what to wait for', () => {
    always(({ stopped }, decision) => {
      if (decision.kind !== 'REJECTED') return;
      // where the state of a stopped job is comes first, and is no objection
      const reasons = stopped ? decision.reasons.slice(1) : decision.reasons;
      expect(reasons).not.toEqual([]);
      for (const reason of reasons) expect(reason).toMatch(/; (valid: .|a savepoint needs)/);
    });
  });

  test('suggests what is a plan, and not the job as it is', () => {
    always(({ see, request, fixed, stopped }, decision) => {
      if (decision.kind !== 'REJECTED' || decision.suggestion === undefined) return;
      // A vertex that is fixed at the very number that was asked for cannot be told from one that follows it.
      fc.pre(!fixed.includes(request.parallelism));
      const other = mended(see, request);
      expect(plan(see(other), other)).toMatchObject({ kind: stopped ? 'RESUME' : 'RESCALE' });
    });
  });
});

test('every request that is not rejected is carried out or UNCHANGED, and the same each time', () => {
  always(({ see, request }, decision) => {
    expect(plan(see(request), request)).toEqual(decision);
    expect(['RESCALE', 'RESUME', 'UNCHANGED', 'REJECTED']).toContain(decision.kind);
  });
});
