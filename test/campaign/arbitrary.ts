import * as fc from 'fast-check';
import type { Fault, StartScript, StopScript } from '../flink-simulator';
import type { Act, Case, Crash, Deed, When } from './case';

/** Any case of the campaign: most of them with one or two things that go wrong, some with many. */

const soon = fc.integer({ min: 1, max: 3 });

const timeouts = { stop: 1_500, restart: 4_000, restore: 4_000, recovery: 4_000, attention: 1_500 };

const upgraded = { jar: 'orders-2.jar', args: ['--name', 'orders'] };

const input: fc.Arbitrary<Case['input']> = fc
  .record({
    parallelism: fc.constantFrom(4, 4, 1, 6),
    ending: fc.constantFrom('STOP', 'STOP', 'STOP', 'SAVE_THEN_CANCEL', 'STATELESS'),
    restore: fc.constantFrom('LATEST_STATE', 'LATEST_STATE', 'LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE'),
    format: fc.constantFrom('CANONICAL', 'NATIVE'),
    upgrade: fc.constantFrom(false, false, true),
    keep: fc.constantFrom(true, true, false),
    tries: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ parallelism, ending, restore, format, upgrade, keep, tries }) => ({
    ...{ parallelism, timeouts, maxSavepointCreationAttempts: tries, maxJobCreationAttempts: tries },
    upgradeStrategy: ending === 'STATELESS' ? 'STATELESS' : 'STATEFUL',
    restoreStrategy: restore,
    acknowledgeStateLoss: restore !== 'LATEST_STATE',
    savepoint: {
      format,
      mode: ending === 'SAVE_THEN_CANCEL' ? 'SAVEPOINT_THEN_CANCEL' : 'STOP_WITH_SAVEPOINT',
      keep,
    },
    ...(upgrade ? { artifact: upgraded } : {}),
  }));

const stop = fc.constantFrom<StopScript>(
  'NORMAL',
  { kind: 'TAKES', ms: 700 },
  { kind: 'REFUSED' },
  { kind: 'TASK_FAILS', restartMs: 300 },
  { kind: 'FAILS_AFTER_SAVEPOINT' },
  { kind: 'HANGS' },
  { kind: 'JOB_FAILS' },
);

const start = fc.constantFrom<StartScript>(
  'NORMAL',
  { kind: 'TAKES', ms: 600 },
  { kind: 'REFUSED' },
  { kind: 'REFUSED', leavesJob: true },
  { kind: 'FAILS' },
  { kind: 'RESTARTS' },
  { kind: 'NEVER_SCHEDULED' },
  { kind: 'RESTORING', ms: 800 },
  { kind: 'EMPTY' },
  { kind: 'NO_CHECKPOINT' },
  { kind: 'FIRST_CHECKPOINT_AFTER', ms: 700 },
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
      ...['GET /jobs/:id/savepoints/:trigger', 'GET /jobs/overview', 'GET /jobs/:id/status'],
      ...['GET /jobs/:id/checkpoints', 'POST /jobs/:id/checkpoints', 'POST /jars/upload', 'GET /jobs/:id'],
    ),
    after: fc.integer({ min: 0, max: 4 }),
    times: soon,
    what: fc.constantFrom(
      ...[
        { kind: 'RESET_BEFORE' } as const,
        { kind: 'RESET_AFTER' } as const,
        { kind: 'TRUNCATED' } as const,
      ],
      ...[{ kind: 'STATUS', status: 503 } as const, { kind: 'STATUS', status: 500, executed: true } as const],
      ...[{ kind: 'SLOW_BEFORE', ms: 400 } as const, { kind: 'SLOW_AFTER', ms: 400 } as const],
    ),
  })
  .map(({ what, ...fault }) => ({ ...fault, ...what }));

const callAt = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('MUTATING' as const), nth: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constant('ANY' as const), nth: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constantFrom('stop', 'runJar', 'cancel', 'savepointOperation', 'jobs', 'checkpoints'),
      nth: soon,
    }),
  },
);

const crash: fc.Arbitrary<Crash> = fc
  .tuple(callAt, fc.constantFrom('NEVER_SENT', 'UNREAD', 'OVERTAKEN', 'LATE', 'TWO_RUNNERS'))
  .map(([at, what]) => ({ ...at, what }));

const when: fc.Arbitrary<When> = fc.oneof(
  callAt,
  fc.record({
    effect: fc.constantFrom('SAVEPOINT', 'STARTED', 'RUNNING', 'ENDED', 'FAILED_OVER'),
    nth: soon,
  }),
  fc.record({ phase: fc.constantFrom('ATTENTION', 'ATTENTION', 'SETTLING', 'ROLLING_BACK', 'VERIFYING') }),
  fc.record({ ms: fc.integer({ min: 0, max: 4_000 }) }),
);

const steering = fc.oneof(
  fc.constantFrom<Deed>({ kind: 'ABORT' }, { kind: 'CANCEL' }, { kind: 'RETRY' }, { kind: 'GIVE_UP' }),
  fc.constantFrom<Deed>(
    { kind: 'RETARGET', parallelism: 3 },
    { kind: 'RESTORE_FROM' },
    { kind: 'START_AGAIN' },
  ),
);

const mishap = fc.oneof(
  fc.record({
    kind: fc.constant('LOSE_JOB_MANAGER' as const),
    downMs: fc.constantFrom(50, 1_000),
    ha: fc.boolean(),
    jars: fc.constantFrom('KEPT', 'LOST'),
    results: fc.constantFrom('PUT_AWAY', 'LEFT'),
  }),
  fc.record({ kind: fc.constant('UNREACHABLE' as const), downMs: fc.constantFrom(100, 1_500) }),
  fc.record({
    kind: fc.constant('OLD_JOB' as const),
    how: fc.constantFrom('FAILS_OVER', 'FAILS', 'FINISHES', 'IS_CANCELED', 'IS_SAVED'),
  }),
);

const act: fc.Arbitrary<Act> = fc
  .tuple(when, fc.oneof({ weight: 3, arbitrary: steering }, { weight: 2, arbitrary: mishap }))
  .map(([at, deed]) => ({ when: at, deed }));

const few = <T>(one: fc.Arbitrary<T>, maxLength: number) => fc.array(one, { maxLength, size: 'max' });

const hopeless: fc.Arbitrary<Case> = input.map((asked) => ({
  input: { ...asked, maxJobCreationAttempts: 1, restoreStrategy: 'LATEST_STATE' },
  starts: Array.from({ length: 30 }, () => ({ kind: 'REFUSED' }) as const),
  hopeless: true,
}));

export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      input,
      stops: few(stop, 3),
      starts: few(start, 4),
      faults: few(fault, 3),
      crashes: few(crash, 2),
      acts: few(act, 2),
    }),
  },
  { weight: 1, arbitrary: hopeless },
);
