import type { Observation, ObservedTaskManagers } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import { byHand, stepsOf } from '../../src/planning/by-hand';
import { plan } from '../../src/planning/plan';
import { lacksSlots } from '../../src/planning/provision';
import { message } from '../../src/planning/report';
import { leftOver, notProvided } from '../../src/planning/report-provision';
import {
  adaptive,
  ask,
  decide,
  flinkUrl,
  jar,
  jobId,
  rejected,
  rescale,
  running,
  seen,
  savepoint,
  stoppedAt2,
} from '../kit/plans';
import { tell } from '../kit/reports';

/** A RESTART, RESUME or START that takes more slots than there are, where Weir may start TaskManagers: here, of 4 slots each. */

const of = (wanted: number, registered = wanted): ObservedTaskManagers => ({
  ...{ kind: 'SEEN', wanted, registered, settlesForMs: 0 },
});
const two = { taskManagers: of(2) };
const decideOn = (input: Partial<RescaleInput>, change: Partial<Observation> = {}) =>
  decide(input, running(2), { ...two, ...change });
const tooFew = '12 slots are needed and 6 are free beside the 2 that the job gives back: 4 too few of 8';

test('as many more as the missing slots take come first, and the plan says so in its steps, its commands and a warning', () => {
  const plan = rescale(decideOn({ parallelism: 12 }));
  expect(plan.provision).toEqual({
    ...{ before: 2, count: 3, slotsEach: 4, needed: 12, givenBack: 2, free: 6 },
  });
  expect(plan.warnings).toContainEqual(
    '12 slots are needed, 4 more than there are: 1 TaskManager more will be started before anything else is done, and not ended afterwards',
  );
  expect(stepsOf(plan)).toEqual([
    'have 3 TaskManagers run instead of 2, and wait until there are 12 slots for the job, for 600000 ms at most; else back to 2, and nothing else is done',
    ...stepsOf(rescale(decideOn({ parallelism: 8 }))).map((step) =>
      step.replace('parallelism 8', 'parallelism 12'),
    ),
  ]);
  expect(byHand(plan, flinkUrl)[0]).toBe(
    '# have 3 TaskManagers run (kubectl scale --replicas=3 ...), and wait until Flink has registered them',
  );
});

test.each([
  [9, 3],
  [12, 3],
  [13, 4],
  [32, 8],
])('parallelism %d takes %d: they come whole', (parallelism, count) => {
  expect(rescale(decideOn({ parallelism })).provision?.count).toBe(count);
});

test('where there are slots enough none are started, whoever runs them', () => {
  const plan = rescale(decideOn({ parallelism: 8 }));
  expect(plan).not.toHaveProperty('provision');
  expect(plan.warnings.filter((warning) => warning.includes('TaskManager'))).toEqual([]);
});

test.each([
  ['nobody is known who runs them', {}, ''],
  [
    'the platform refuses',
    { taskManagers: { kind: 'REFUSED', reason: '403: not allowed to' } },
    ', and no TaskManagers are started for it, since how many TaskManagers there are cannot be told: 403: not allowed to',
  ],
  [
    'some have not come yet',
    { taskManagers: of(3, 2) },
    ', and no TaskManagers are started for it, since 3 TaskManagers are wanted and 2 are registered with Flink',
  ],
  [
    'they have not the same number of slots',
    { taskManagers: of(3) },
    ', and no TaskManagers are started for it, since 3 TaskManagers have 8 slots, so not each the same number of them',
  ],
  ['the cluster is reactive: the job that runs would take them', { ...two, scheduler: 'REACTIVE' }, ''],
] as const)('it is refused as before where %s', (_, change, why) => {
  expect(rejected(decide({ parallelism: 12 }, running(2), change))).toMatchObject({
    type: 'PlanRejected',
    reasons: [`${tooFew}${why}; valid: a parallelism of at most 8, or more TaskManagers`],
    suggestion: { parallelism: 8 },
  });
});

test('from none at all: how many slots one has is not known', () => {
  const none = { taskManagers: of(0), slots: { total: 0, available: 0, onDemand: false } };
  const { reasons } = rejected(decide({ parallelism: 12 }, { ...running(2), state: 'FAILED' }, none));
  expect(reasons).toContainEqual(
    expect.stringContaining('started for it, since no TaskManager is registered with Flink'),
  );
});

test('a cluster that starts them by itself is left to it', () => {
  const plan = rescale(decideOn({ parallelism: 12 }, { slots: { total: 8, available: 6, onDemand: true } }));
  expect(plan).not.toHaveProperty('provision');
  expect(plan.warnings).toContainEqual(expect.stringContaining('the cluster has to start TaskManagers'));
});

test('what else stands in the way still does, and is all that is said', () => {
  const { reasons } = rejected(decideOn({ parallelism: 200 }));
  expect(reasons).toEqual(
    ['source', 'count'].map(
      (name) =>
        `parallelism 200 is above the maxParallelism 128 of "${name}", which the job's state has fixed; valid: 1 to 128`,
    ),
  );
});

test('in place none are started; AUTO goes by RESTART then, and they come first', () => {
  const change = { ...two, scheduler: 'ADAPTIVE' } as const;
  const inPlace = decide({ mechanism: 'IN_PLACE', parallelism: 12 }, adaptive(2), change);
  expect(rejected(inPlace).reasons).toEqual([expect.stringContaining(tooFew) as string]);
  const auto = rescale(decide({ mechanism: 'AUTO', parallelism: 12 }, adaptive(2), change));
  expect(auto).toMatchObject({ provision: { count: 3 }, why: expect.stringContaining('RESTART') as string });
});

const snapshot = savepoint;
const stopped = stoppedAt2();
const free = { ...two, slots: { total: 8, available: 8, onDemand: false } };

function resumed() {
  const request = ask({ parallelism: 12 });
  const decision = plan({ ...seen(request), ...free, job: stopped }, request);
  if (decision.kind !== 'RESUME') throw new Error(JSON.stringify(decision));
  return decision.plan;
}

function started() {
  const request = ask({ parallelism: 12, transition: 'START', artifact: jar.artifact });
  const decision = plan({ ...seen(request), ...free, job: stopped }, request);
  if (decision.kind !== 'TRANSITION' || decision.plan.transition !== 'START')
    throw new Error(JSON.stringify(decision));
  return decision.plan;
}

test.each([
  ['RESUME', resumed],
  ['START', started],
])('a %s has nothing to give back', (_, planned) => {
  expect(planned().provision).toEqual({
    ...{ before: 2, count: 3, slotsEach: 4, needed: 12, givenBack: 0, free: 8 },
  });
  expect(stepsOf(planned())[0]).toMatch(/^have 3 TaskManagers run instead of 2/);
});

test('a START by hand has them run first, too', () => {
  expect(byHand(started(), flinkUrl)).toEqual([
    expect.stringContaining('have 3 TaskManagers run'),
    expect.stringContaining('flink run'),
  ]);
});

describe('the platform is asked only where slots are short', () => {
  const lacks = (change: Partial<Observation>, parallelism = 12) =>
    lacksSlots({ ...seen(ask({ parallelism })), ...change });

  test.each([
    ['they are', {}, true],
    ['the cluster starts them by itself', { slots: { total: 8, available: 6, onDemand: true } }, false],
    [
      'what the program looks like is not known',
      { program: { kind: 'REFUSED', reason: 'no such jar', valid: 'none' } },
      false,
    ],
  ] as const)('%s: %#', (_, change, is) => {
    expect(lacks(change)).toBe(is);
  });

  test('a job that runs gives its own back, one that is down has none', () => {
    const slots = { total: 8, available: 4, onDemand: false };
    const found = (state: 'RUNNING' | 'FAILED') =>
      ({ kind: 'FOUND', job: { ...running(4), state }, namesakes: [] }) as const;
    expect(lacks({ slots, job: found('RUNNING') }, 8)).toBe(false);
    expect(lacks({ slots, job: found('FAILED') }, 8)).toBe(true);
    expect(lacks({ slots, job: stopped }, 8)).toBe(true);
  });
});

describe('what is said where they do not come', () => {
  const outcome = { why: 'not within 600000 ms', left: { kind: 'BACK', wanted: 2 } } as const;
  const said = (of: Parameters<typeof notProvided>[1]) =>
    message(notProvided(tell(ask({ parallelism: 12 })), of, outcome));

  test('of a job that runs: it was left alone', () => {
    const plan = rescale(decideOn({ parallelism: 12 }));
    if (plan.provision === undefined) throw new Error('none');
    expect(said({ ...plan, provision: plan.provision })).toBe(
      [
        'orders cannot be rescaled like this now: it takes 3 TaskManagers.',
        '(1) not within 600000 ms',
        `Now: job orders (${jobId}) was left alone, at parallelism 2; the cluster is to have 2 TaskManagers again.`,
        'Kept: the job and its state: it was not stopped.',
        'Next: once the cause is mended: temporal workflow start --fail-existing --task-queue weir --type rescale ' +
          `--workflow-id rescale/local/orders --input '{"cluster":"local","job":"orders","parallelism":12}'`,
      ].join('\n'),
    );
  });

  test.each([
    ['a resume', resumed],
    ['a start', started],
  ])('of %s: where the state is', (_, planned) => {
    const plan = planned();
    if (plan.provision === undefined) throw new Error('none');
    const text = said({ ...plan, provision: plan.provision });
    expect(text).toContain('Now: no job named orders runs, as before; ');
    expect(text).toContain(`Kept: its state, in savepoint ${snapshot.path}`);
  });

  test('of a start without state: nothing was started', () => {
    const { provision, ...plan } = started();
    if (provision === undefined) throw new Error('none');
    expect(said({ ...plan, origin: { kind: 'EMPTY' }, provision })).toContain(
      'Kept: everything: nothing was started.',
    );
  });

  test.each([
    [{ kind: 'BACK', wanted: 1 }, 'the cluster is to have 1 TaskManager again'],
    [
      { kind: 'KEPT', wanted: 3 },
      'the cluster is to have 3 TaskManagers: those that have come may hold tasks by now, and were left',
    ],
    [
      { kind: 'OVERRULED', wanted: 5 },
      'somebody else has asked for 5 TaskManagers meanwhile, which was left',
    ],
    [
      { kind: 'STUCK', why: '403' },
      'how many TaskManagers the cluster is to have could not be put back: 403',
    ],
  ] as const)('how many are wanted now: %j', (left, text) => {
    expect(leftOver(left)).toBe(text);
  });
});
