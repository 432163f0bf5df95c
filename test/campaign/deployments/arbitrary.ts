import * as fc from 'fast-check';
import type { Fault, StartScript, StopScript } from '../../flink-simulator';
import type { Act, Deed, DeploymentCase, Saying, When } from './case';

/** Any case of the campaign of deployments: a few commands, and what may go wrong between them. */

const parallelism = fc.constantFrom(1, 2, 3, 4, 6);
const jar = fc.constantFrom('OLD' as const, 'NEW' as const);
const how = fc.constantFrom('UPDATE' as const, 'UPDATE' as const, 'SIGNAL' as const);

const saying: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ name: fc.constant('scale' as const), parallelism }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Saying>(
      ...([{ name: 'suspend' }, { name: 'resume' }, { name: 'resume' }] as const),
      ...([{ name: 'cancel' }, { name: 'savepoint' }, { name: 'savepoint' }] as const),
    ),
  },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('patch' as const), jar }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        ...([{}, { maxJobCreationAttempts: 1 }, { upgradeStrategy: { kind: 'NONE' } }] as const),
        ...([{ upgradeStrategy: { kind: 'STATELESS' } }, { upgradeStrategy: { kind: 'STATEFUL' } }] as const),
        { restoreStrategy: { kind: 'LATEST_SAVEPOINT' } } as const,
      )
      .map((spec) => ({ name: 'patch' as const, spec })),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('apply' as const), parallelism, jar }) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constant('rollback' as const), to: fc.integer({ min: 1, max: 4 }) }),
  },
);

const said: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('SAY' as const),
  ...{ how, saying, times: fc.constantFrom(1 as const, 1 as const, 1 as const, 2 as const) },
});

const mishap: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Deed>({ kind: 'KILL' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('JOB' as const),
      how: fc.constantFrom(
        ...(['FAILS_OVER', 'FAILED', 'FAILED', 'FAILED', 'FINISHED', 'CANCELED'] as const),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('LOSE_JOB_MANAGER' as const),
      ...{ ha: fc.boolean(), downMs: fc.constantFrom(50, 1_000) },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('UNREACHABLE' as const),
      downMs: fc.constantFrom(100, 1_500),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('BY_HAND' as const),
      what: fc.oneof(fc.record({ parallelism }), fc.constant('SUSPEND' as const)),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'ABORT' }) },
);

const again: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constant('SAY_AGAIN' as const),
  ...{ nth: fc.integer({ min: 0, max: 3 }), how },
});

const when: fc.Arbitrary<When> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ms: fc.integer({ min: 0, max: 1_500 }) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constantFrom('UNDER_WAY' as const, 'AT_REST' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      effect: fc.constantFrom('SAVEPOINT' as const, 'STARTED' as const, 'ENDED' as const),
    }),
  },
);

const act: fc.Arbitrary<Act> = fc
  .tuple(
    when,
    fc.oneof(
      { weight: 6, arbitrary: said },
      { weight: 3, arbitrary: mishap },
      { weight: 1, arbitrary: again },
    ),
  )
  .map(([at, deed]) => ({ when: at, deed }));

const stop = fc.constantFrom<StopScript>(
  ...(['NORMAL', { kind: 'TAKES', ms: 700 }, { kind: 'REFUSED' }, { kind: 'HANGS' }] as const),
  ...([{ kind: 'TASK_FAILS', restartMs: 300 }, { kind: 'FAILS_AFTER_SAVEPOINT' }] as const),
  { kind: 'JOB_FAILS' },
);

const start = fc.constantFrom<StartScript>(
  ...(['NORMAL', { kind: 'TAKES', ms: 600 }, { kind: 'REFUSED' }, { kind: 'FAILS' }] as const),
  ...([{ kind: 'REFUSED', leavesJob: true }, { kind: 'RESTARTS' }, { kind: 'NEVER_SCHEDULED' }] as const),
  ...([{ kind: 'RESTORING', ms: 800 }, { kind: 'NO_CHECKPOINT' }] as const),
);

const fault: fc.Arbitrary<Fault> = fc
  .record({
    on: fc.constantFrom(
      ...[
        'ANY',
        'POST /jobs/:id/stop',
        'POST /jobs/:id/savepoints',
        'POST /jars/:jar/run',
        'PATCH /jobs/:id',
      ],
      ...['GET /jobs/:id/savepoints/:trigger', 'GET /jobs/overview', 'GET /jobs/:id/checkpoints'],
    ),
    after: fc.integer({ min: 0, max: 4 }),
    times: fc.integer({ min: 1, max: 3 }),
    what: fc.constantFrom(
      ...([{ kind: 'RESET_BEFORE' }, { kind: 'RESET_AFTER' }, { kind: 'TRUNCATED' }] as const),
      ...([
        { kind: 'STATUS', status: 503 },
        { kind: 'SLOW_AFTER', ms: 400 },
      ] as const),
      { kind: 'STATUS', status: 500, executed: true } as const,
    ),
  })
  .map(({ what, ...rest }) => ({ ...rest, ...what }));

const few = <T>(one: fc.Arbitrary<T>, maxLength: number) => fc.array(one, { maxLength, size: 'max' });

export const anyDeploymentCase: fc.Arbitrary<DeploymentCase> = fc
  .record({
    ...{
      parallelism,
      adopted: fc.boolean(),
      stops: few(stop, 2),
      starts: few(start, 2),
      faults: few(fault, 2),
    },
    checkpoints: fc.constantFrom('OFTEN' as const, 'SELDOM' as const),
    acts: fc.array(act, { minLength: 2, maxLength: 9, size: 'max' }),
  })
  .map((one) => ({ ...one, acts: one.acts.map((each) => survivable(each, one.checkpoints)) }));

/** Without HA, and with checkpoints that Flink deletes, only a person can find the state of a job that was forgotten. */
function survivable(one: Act, checkpoints: DeploymentCase['checkpoints']): Act {
  const { deed } = one;
  if (deed.kind !== 'LOSE_JOB_MANAGER' || checkpoints === 'SELDOM') return one;
  return { ...one, deed: { ...deed, ha: true } };
}
