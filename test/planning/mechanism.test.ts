import type { ObservedJob } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Decision } from '../../src/planning/plan';
import { adaptive, at, decide, jar, newJar, orders, rejected, rescale, running } from '../kit/plans';
import type { seen } from '../kit/plans';

/** AUTO: the mechanism is left to Weir. */

function auto(
  input: Partial<RescaleInput> = {},
  job: ObservedJob = adaptive(2),
  change: Parameters<typeof seen>[2] = {},
): Decision {
  return decide({ mechanism: 'AUTO', ...input }, job, { scheduler: 'ADAPTIVE', ...change });
}

const another = {
  ...({ kind: 'READY', jar: newJar, previousJar: jar, previousKnown: true, warnings: [] } as const),
  ...{ vertices: at(orders, 4), previousVertices: at(orders, 2) },
};

test('in place, where the cluster can and nothing changes but the parallelism; the plan says why', () => {
  const decision = auto();
  expect(decision).toMatchObject({
    kind: 'IN_PLACE',
    plan: {
      aim: { to: 4 },
      why: 'IN_PLACE: the scheduler is adaptive, and nothing changes but the parallelism',
    },
  });
});

test('it is the plan that the mechanism itself would have', () => {
  const { plan: chosen } = auto() as Extract<Decision, { kind: 'IN_PLACE' }>;
  const { why, ...same } = chosen;
  expect(why).toBeDefined();
  expect(decide({ mechanism: 'IN_PLACE' }, adaptive(2), { scheduler: 'ADAPTIVE' })).toEqual({
    ...{ kind: 'IN_PLACE', plan: same },
  });
});

test.each<[string, Partial<RescaleInput>, ObservedJob, Parameters<typeof seen>[2], string]>([
  [
    'the default scheduler',
    {},
    running(2),
    { scheduler: 'DEFAULT' },
    'the cluster does not have the adaptive scheduler, which alone changes the parallelism of a job that runs',
  ],
  [
    'an older Flink',
    {},
    running(2),
    { flinkVersion: '1.17.2' },
    'Flink 1.17.2 cannot be asked for another parallelism of a job that runs',
  ],
  [
    'another program',
    { artifact: { jar: 'orders-2.jar' } },
    adaptive(2),
    { program: another },
    'another program cannot be put in place of one that runs',
  ],
  [
    'another origin',
    { restoreStrategy: 'NONE', acknowledgeStateLoss: true },
    adaptive(2),
    {},
    '"restoreStrategy": "NONE" is for a job that is started anew, and IN_PLACE goes on from its newest checkpoint',
  ],
])('by a restart, with the reason: %s', (_, input, job, change, reason) => {
  const [mechanism] = rescale(auto(input, job, change)).why?.split('. Savepoint in ') ?? [];
  expect(mechanism).toBe(`RESTART: not in place, since ${reason}`);
});

test('by a restart, with every reason, and without what would be valid instead', () => {
  const why = rescale(
    auto({ restoreStrategy: 'LATEST_SAVEPOINT' }, running(2), { scheduler: 'DEFAULT' }),
  ).why;
  expect(why).toMatch(
    /^RESTART: not in place, since the cluster .* of a job that runs; "restoreStrategy": .* checkpoint\. Savepoint in/,
  );
});

test('a job that is stopped already, or FAILED, is started', () => {
  const failed: ObservedJob = { ...adaptive(2), state: 'FAILED' };
  expect(rescale(auto({ upgradeStrategy: 'STATELESS' }, failed)).why).toMatch(
    /^RESTART: .* the job is FAILED/,
  );
  const { newestSnapshot: snapshot, id, name, vertices, parallelism } = adaptive(2);
  if (snapshot === undefined) throw new Error('it has one');
  const stopped = { id, name, vertices, parallelism, snapshot, state: 'FINISHED' } as const;
  expect(auto({}, undefined, { job: { kind: 'STOPPED', job: stopped } })).toMatchObject({ kind: 'RESUME' });
});

test('neither way: the reasons of both, each once', () => {
  const { type, reasons } = rejected(auto({ parallelism: 200 }, running(2), { scheduler: 'DEFAULT' }));
  expect(type).toBe('PlanRejected');
  expect(reasons).toHaveLength(new Set(reasons).size);
  expect(reasons.filter((one) => one.includes('maxParallelism 128'))).not.toHaveLength(0);
  expect(reasons.at(-1)).toMatch(/^in place: the cluster does not have the adaptive scheduler/);
  expect(reasons.slice(0, -1).join()).not.toContain('in place: ');
});

test('it runs as asked already: UNCHANGED, whichever way it would have been', () => {
  expect(auto({ parallelism: 2 }).kind).toBe('UNCHANGED');
  expect(auto({ parallelism: 2 }, running(2), { scheduler: 'DEFAULT' }).kind).toBe('UNCHANGED');
});
