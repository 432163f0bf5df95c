import type { Jar, Observation, ObservedJob } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { plan } from '../../src/planning/plan';
import { parseRequest } from '../../src/planning/request';
import { ask, at, decide, jar, newJar, orders, rejected, rescale, running, seen } from '../kit/plans';

/** In which format a savepoint is taken, where that is left to AUTO. */

const heap = 'HashMapStateBackend';
const rocksDb = 'EmbeddedRocksDBStateBackend';

function on(stateBackend?: string): ObservedJob {
  const { checkpointing, ...job } = running(2);
  if (checkpointing === undefined) throw new Error('it has checkpoints');
  const known = stateBackend === undefined ? {} : { stateBackend };
  const snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/savepoint-1', jobId: job.id } as const;
  const newestSavepoint = { snapshot, takenByJob: true };
  return { ...job, checkpointing: { ...checkpointing, ...known }, newestSnapshot: snapshot, newestSavepoint };
}

/** What runs, and what is to be started. */
function programs(previousJar: Jar, next: Jar = previousJar, previousKnown = true): Partial<Observation> {
  const vertices = { vertices: at(orders, 4), previousVertices: at(orders, 2) };
  return { program: { kind: 'READY', jar: next, previousJar, previousKnown, warnings: [], ...vertices } };
}

function withOptions(flinkConfiguration: Record<string, string>): Jar {
  return { ...jar, artifact: { ...jar.artifact, flinkConfiguration } };
}

interface Case {
  readonly input?: Partial<RescaleInput>;
  readonly job?: ObservedJob;
  readonly change?: Partial<Observation>;
}

function chosen({ input = {}, job = on(heap), change = {} }: Case) {
  const seen = { scheduler: 'DEFAULT', ...change } as const;
  const { savepoint, why = '' } = rescale(decide({ mechanism: 'AUTO', ...input }, job, seen));
  return { format: savepoint.format, why: /Savepoint in .*$/.exec(why)?.[0] };
}

const native = {
  format: 'NATIVE',
  why: 'Savepoint in NATIVE format, since neither the program nor its state backend changes',
};
const thenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const timers = 'state.backend.rocksdb.timer-service.factory';

test.each<[string, Case]>([
  ['the job stops with it', {}],
  ['the job is cancelled after it', { input: thenCancel }],
  ['the job is to begin from a savepoint', { input: { restoreStrategy: 'LATEST_SAVEPOINT', ...thenCancel } }],
  ['the oldest Flink that has it', { change: { flinkVersion: '1.15.4' } }],
  [
    'RocksDB, with its timers in RocksDB',
    { job: on(rocksDb), change: programs(withOptions({ [timers]: 'rocksdb' })) },
  ],
  ['RocksDB, by the options of the cluster', { job: on(rocksDb), change: { rocksDbTimers: 'ROCKSDB' } }],
])('NATIVE where only the parallelism changes: %s', (_, given) => {
  expect(chosen(given)).toEqual(native);
});

const lostTimers = `timers that RocksDB keeps on the heap would be lost, and ${timers} is not ROCKSDB`;

test.each<[string, Case, string]>([
  [
    'another program',
    { input: { artifact: newJar.artifact }, change: programs(jar, newJar) },
    'another program may have other state or another state backend',
  ],
  [
    'other options',
    { change: programs(jar, withOptions({ 'state.backend.type': 'rocksdb' })) },
    'another program may have other state or another state backend',
  ],
  [
    'a job that somebody else has started',
    { change: programs(jar, jar, false) },
    'whether the program is the one that runs is not recorded',
  ],
  [
    'a start without state',
    { input: { restoreStrategy: 'NONE', acknowledgeStateLoss: true } },
    'nothing begins from it, and it is kept',
  ],
  [
    'a version that cannot be read',
    { change: { flinkVersion: 'vvp' } },
    'which faults Flink "vvp" has is not known',
  ],
  ['a backend that is not told', { job: on() }, 'Flink does not say which state backend the job has'],
  [
    'the changelog',
    { job: on('ChangelogStateBackend') },
    'whether ChangelogStateBackend loses nothing by NATIVE is not known',
  ],
  ['RocksDB, with its timers who knows where', { job: on(rocksDb) }, lostTimers],
  [
    'RocksDB, with its timers on the heap',
    { job: on(rocksDb), change: programs(withOptions({ [timers]: 'HEAP' })) },
    lostTimers,
  ],
  [
    'RocksDB, with its timers on the heap by the options of the job, whatever the cluster has',
    {
      job: on(rocksDb),
      change: { ...programs(withOptions({ [timers]: 'HEAP' })), rocksDbTimers: 'ROCKSDB' },
    },
    lostTimers,
  ],
  [
    'several reasons',
    { job: on(), change: programs(jar, jar, false) },
    'whether the program is the one that runs is not recorded; Flink does not say which state backend the job has',
  ],
])('CANONICAL where more may change or too little is known, and why: %s', (_, given, reason) => {
  expect(chosen(given)).toEqual({
    ...{ format: 'CANONICAL', why: `Savepoint in CANONICAL format, since ${reason}` },
  });
});

test.each(['CANONICAL', 'NATIVE'] as const)('one that is asked for stands: %s', (format) => {
  for (const job of [on(heap), on(rocksDb), on()])
    expect(chosen({ input: { savepoint: { format } }, job })).toEqual({
      ...{ format, why: `Savepoint in ${format} format, as asked for` },
    });
});

test('where none is taken nothing is said of it', () => {
  expect(chosen({ input: { upgradeStrategy: 'STATELESS' } }).why).toBeUndefined();
});

test('the other mechanisms take CANONICAL', () => {
  expect(chosen({ input: { mechanism: 'RESTART' } })).toEqual({ format: 'CANONICAL' });
});

test('it is the plan of a RESTART but for that', () => {
  const { why, ...auto } = rescale(decide({ mechanism: 'AUTO' }, on(heap), { scheduler: 'DEFAULT' }));
  expect(why).toContain(native.why);
  expect(auto).toEqual(rescale(decide({ savepoint: { format: 'NATIVE' } }, on(heap))));
});

describe('timers that RocksDB keeps on the heap', () => {
  const onHeap: readonly Partial<Observation>[] = [
    { rocksDbTimers: 'HEAP' },
    programs(withOptions({ [timers]: ' heap' })),
  ];
  const format = 'NATIVE';
  const refusal = {
    kind: 'REJECTED',
    type: 'PlanRejected',
    reasons: [
      `"savepoint.format" is NATIVE, and RocksDB keeps timers on the heap (${timers}: HEAP): those would not be in it, ` +
        'and be lost without a word; valid: "CANONICAL"',
    ],
  };
  const canonical = { format: 'CANONICAL', mode: 'STOP_WITH_SAVEPOINT', keep: true };

  test.each(onHeap)('would be lost by NATIVE, which is refused: %j', (change) => {
    const suggestion = { savepoint: canonical };
    expect(decide({ savepoint: { format } }, on(rocksDb), change)).toEqual({ ...refusal, suggestion });
    const auto = decide({ savepoint: { format }, mechanism: 'AUTO' }, on(rocksDb), change);
    expect(rejected(auto).reasons[0]).toBe(refusal.reasons[0]);
  });

  test.each(onHeap)(
    'stand in no way of CANONICAL, of a cancel, or of another state backend: %j',
    (change) => {
      expect(decide({}, on(rocksDb), change).kind).toBe('RESCALE');
      expect(decide({ savepoint: { format } }, on(heap), change).kind).toBe('RESCALE');
      const stateless = { savepoint: { format }, upgradeStrategy: 'STATELESS' } as const;
      expect(decide(stateless, on(rocksDb), change).kind).toBe('RESCALE');
    },
  );

  test('in RocksDB by the options of the job they are not, whatever the cluster has', () => {
    const change = { ...programs(withOptions({ [timers]: 'ROCKSDB' })), rocksDbTimers: 'HEAP' };
    expect(decide({ savepoint: { format } }, on(rocksDb), change).kind).toBe('RESCALE');
  });

  test.each(['SUSPEND', 'SAVEPOINT'] as const)('are not lost by a %s either', (transition) => {
    const parsed = parseRequest(
      { job: 'orders', transition, savepoint: { format } },
      rescaleWorkflowId('local', 'orders'),
    );
    if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join());
    const change = { rocksDbTimers: 'HEAP' };
    expect(plan(seen(ask(), on(rocksDb), change), parsed.request)).toMatchObject(refusal);
    expect(plan(seen(ask(), on(heap), change), parsed.request).kind).toBe('TRANSITION');
  });
});
