import type { Jar, ObservedJob } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { plan } from '../../src/planning/plan';
import { ask, at, jar, jobId, newJar, orders, rejected, rescale, running, seen } from '../kit/plans';

/** P19: a change of the state backend, with each strategy and format. */

const saved: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };
const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId };
const acknowledged = { acknowledgeStateLoss: true } as const;

function using(one: Jar, key: string, backend: string): Jar {
  return { ...one, artifact: { ...one.artifact, flinkConfiguration: { [key]: backend } } };
}

/** From the backend that Flink reports (the one in the old jar's settings, if it does not) to another. */
function changed(
  input: Partial<RescaleInput>,
  {
    to = using(newJar, 'state.backend.type', 'rocksdb'),
    from = jar,
    reported = ['HashMapStateBackend'],
  } = {},
  stopped?: Snapshot,
) {
  const request = ask({ artifact: to.artifact, ...input });
  const { checkpointing, ...rest } = running(2);
  if (checkpointing === undefined) throw new Error('it has checkpoints');
  const job: ObservedJob = {
    ...{ ...rest, newestSnapshot: checkpoint, newestSavepoint: { snapshot: saved, takenByJob: true } },
    checkpointing: { ...checkpointing, ...(reported[0] === undefined ? {} : { stateBackend: reported[0] }) },
  };
  const { id, name, parallelism, vertices } = job;
  const over = { id, name, state: 'FINISHED', parallelism, vertices } as const;
  const newestSavepoint = { snapshot: saved, takenByJob: true };
  return plan(
    seen(request, job, {
      program: {
        ...{ kind: 'READY', jar: to, previousJar: from, previousKnown: true, warnings: [] },
        ...{ vertices: at(orders, 4), previousVertices: at(orders, 2) },
      },
      ...(stopped === undefined
        ? {}
        : { job: { kind: 'STOPPED', job: { ...over, snapshot: stopped, newestSavepoint } } }),
    }),
    request,
  );
}

const stateless = { upgradeStrategy: 'STATELESS' } as const;
const native = { savepoint: { format: 'NATIVE' } } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const latestSavepoint = { restoreStrategy: 'LATEST_SAVEPOINT' } as const;

test.each([{}, latestSavepoint, { ...latestSavepoint, ...saveThenCancel }])(
  'our savepoint in CANONICAL format survives it: %j',
  (input) => {
    expect(changed(input).kind).toBe('RESCALE');
  },
);

test.each([
  native,
  stateless,
  { ...stateless, ...latestSavepoint },
  saveThenCancel,
  { ...native, ...latestSavepoint },
])('another format, or a start from what may be a checkpoint, does not: %j', (input) => {
  const { reasons, suggestion } = rejected(changed(input));
  expect(reasons).toEqual([
    'state.backend.type changes from HashMapStateBackend to rocksdb, which only a savepoint in CANONICAL format ' +
      'survives; valid: "upgradeStrategy": "STATEFUL" with ' +
      '"savepoint": {"format": "CANONICAL", "mode": "STOP_WITH_SAVEPOINT"}',
  ]);
  const savepoint = { format: 'CANONICAL', mode: 'STOP_WITH_SAVEPOINT', keep: true };
  expect(suggestion).toEqual({ upgradeStrategy: 'STATEFUL', savepoint });
  expect(rescale(changed({ ...input, ...suggestion })).ending).toBe('STOP_WITH_SAVEPOINT');
});

test('a start without state minds no backend', () => {
  expect(changed({ ...stateless, ...acknowledged, restoreStrategy: 'NONE' }).kind).toBe('RESCALE');
});

test.each(['state.backend.type', 'state.backend'])(
  'no change is one, by either name of the option: %s',
  (key) => {
    const to = using(newJar, key, 'rocksdb');
    expect(changed(native, { to, reported: ['EmbeddedRocksDBStateBackend'] }).kind).toBe('RESCALE');
    expect(changed(native, { to, reported: ['HashMapStateBackend'] }).kind).toBe('REJECTED');
  },
);

test('what Flink does not report the settings of the old program say, and else its default', () => {
  const to = using(newJar, 'state.backend.type', 'forst');
  const from = using(jar, 'state.backend.type', 'forst');
  expect(changed(native, { to, from, reported: [] }).kind).toBe('RESCALE');
  expect(rejected(changed(native, { to, reported: [] })).reasons.join()).toContain(
    'from HashMapStateBackend to forst',
  );
});

describe('a job that is over already takes no other savepoint', () => {
  test('it left a savepoint, in CANONICAL format by the request: a plan', () => {
    expect(changed({}, {}, saved).kind).toBe('RESUME');
    expect(changed(latestSavepoint, {}, checkpoint).kind).toBe('RESUME');
    const said = { savepoint: { format: 'CANONICAL' }, mechanism: 'AUTO' } as const;
    expect(changed(said, {}, saved).kind).toBe('RESUME');
  });

  test.each([
    { input: {}, left: checkpoint, what: 'a checkpoint' },
    { input: native, left: saved, what: 'one in NATIVE format' },
    { input: { mechanism: 'AUTO' }, left: saved, what: 'one in an unknown format' },
  ] as const)('it left $what: the backend that it had comes first', ({ input, left, what }) => {
    const { reasons, suggestion } = rejected(changed(input, {}, left));
    expect(reasons[1]).toBe(
      'state.backend.type changes from HashMapStateBackend to rocksdb, which only a savepoint in CANONICAL format ' +
        `survives, and the job left ${what}; valid: resume it with the backend that it had, then change that`,
    );
    expect(suggestion).toBeUndefined();
  });
});
