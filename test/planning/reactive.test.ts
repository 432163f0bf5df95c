import type { ObservedJob, ObservedTaskManagers } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { InPlacePlan } from '../../src/planning/in-place';
import { retargeted } from '../../src/planning/mechanism';
import type { Decision } from '../../src/planning/plan';
import * as report from '../../src/planning/report-in-place';
import { ask, decide, flinkUrl, jobId, rejected, running, seen } from '../kit/plans';
import { tell } from '../kit/reports';

/** REACTIVE: a job runs as wide as there are slots, so it goes elsewhere with another number of TaskManagers: here, of 2 slots each. */

const noProgram = { kind: 'REFUSED', reason: 'the cluster runs one application', valid: 'none' } as const;
const of = (wanted: number, registered = wanted, settlesForMs = 0): ObservedTaskManagers => ({
  kind: 'SEEN',
  ...{ wanted, registered, settlesForMs },
});
const reactive = {
  ...({ scheduler: 'REACTIVE', application: true, program: noProgram, taskManagers: of(1) } as const),
  slots: { total: 2, available: 0, onDemand: false },
};
const at2: ObservedJob = {
  ...running(2),
  newestSnapshot: { kind: 'CHECKPOINT', path: 'file:/cp/chk-7', jobId, checkpointId: 7 },
};

const decideReactive = (
  input: Partial<RescaleInput> = {},
  change: Parameters<typeof seen>[2] = {},
  job: ObservedJob = at2,
) => decide({ mechanism: 'REACTIVE', ...input }, job, { ...reactive, ...change });

function planned(decision: Decision): InPlacePlan {
  if (decision.kind !== 'IN_PLACE') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return decision.plan;
}

test('as many TaskManagers as the parallelism takes, and a way back to as many as there are', () => {
  const plan = planned(decideReactive({ parallelism: 6 }));
  expect(plan).toMatchObject({
    ...{ mechanism: 'REACTIVE', parallelism: 2, slotsEach: 2, ifNotReached: 'PUT_BACK' },
    aim: { requirements: 3, targets: { source: 6, count: 6 }, from: 2, to: 6, newerThan: 7 },
    back: { requirements: 1, targets: { source: 2, count: 2 }, from: 6, to: 2 },
    warnings: ['should the job be lost meanwhile, it is not started again: the cluster takes no program'],
  });
  expect(plan).not.toHaveProperty('lost');
});

test('no vertex goes above its key groups, and whatever the program fixes, each follows the slots', () => {
  const shapes = [
    { id: 'source', maxParallelism: 128 },
    { id: 'sink', maxParallelism: 3, fixed: 2 },
  ];
  const { targets } = planned(
    decideReactive({ parallelism: 6 }, { shapes }, { ...at2, ...running(2, shapes) }),
  ).aim;
  expect(targets).toEqual({ source: 6, sink: 3 });
});

test('it runs so, with as many as are wanted: UNCHANGED', () => {
  expect(decideReactive({ parallelism: 2 }).kind).toBe('UNCHANGED');
});

test('more TaskManagers than its key groups can use: some go, and nothing of the job has to move', () => {
  const shapes = [{ id: 'source', maxParallelism: 2 }];
  const wide = { taskManagers: of(2), slots: { total: 4, available: 2, onDemand: false }, shapes };
  const { aim } = planned(decideReactive({ parallelism: 2 }, wide, { ...at2, ...running(2, shapes) }));
  expect(aim).toEqual({ requirements: 1, targets: { source: 2 }, from: 2, to: 2 });
});

test('that new slots lie idle for a while is a warning of the way up, and of no way down', () => {
  const idle =
    'Flink waits 60000 ms for yet more slots before it makes use of new ones ' +
    '(jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout)';
  const settling = { taskManagers: of(1, 1, 60_000) };
  expect(planned(decideReactive({}, settling)).warnings).toContainEqual(idle);
  const wide = { taskManagers: of(2, 2, 60_000), slots: { total: 4, available: 0, onDemand: false } };
  expect(
    planned(decideReactive({ parallelism: 2 }, wide, { ...at2, ...running(4) })).warnings,
  ).not.toContainEqual(idle);
});

test('AUTO chooses it on a reactive cluster, and says why; what it refuses, AUTO refuses with the same words', () => {
  const plan = planned(decideReactive({ mechanism: 'AUTO' }));
  expect(plan).toMatchObject({
    mechanism: 'REACTIVE',
    why: 'REACTIVE: the cluster is reactive, so the job follows the number of its TaskManagers',
  });
  expect(rejected(decideReactive({ mechanism: 'AUTO', parallelism: 5 }))).toEqual(
    rejected(decideReactive({ parallelism: 5 })),
  );
});

describe('refused, the job untouched, with what is valid', () => {
  test.each<[string, Partial<RescaleInput>, Parameters<typeof seen>[2], string]>([
    [
      'another scheduler',
      {},
      { scheduler: 'ADAPTIVE' },
      'the cluster is not reactive, so its jobs do not follow the number of TaskManagers; valid: "mechanism": "AUTO", or scheduler-mode: reactive in its configuration',
    ],
    [
      'a platform that refuses to tell',
      {},
      { taskManagers: { kind: 'REFUSED', reason: 'kubectl says no' } },
      'how many TaskManagers there are cannot be told: kubectl says no',
    ],
    [
      'some that are on their way',
      {},
      { taskManagers: of(2, 1) },
      '2 TaskManagers are wanted and 1 are registered with Flink; valid: wait until all have come or gone, or find out why they do not',
    ],
    [
      'some that are not like the others',
      {},
      { taskManagers: of(2), slots: { total: 5, available: 0, onDemand: false } },
      '2 TaskManagers have 5 slots, so not each the same number of them; valid: one taskmanager.numberOfTaskSlots for all',
    ],
    [
      'some without a slot',
      {},
      { slots: { total: 0, available: 0, onDemand: false } },
      '1 TaskManagers have 0 slots, so not each the same number of them; valid: one taskmanager.numberOfTaskSlots for all',
    ],
    [
      'a part of a TaskManager',
      { parallelism: 5 },
      {},
      'parallelism 5 is no multiple of the 2 slots of a TaskManager, and a reactive job uses them all; valid: 4 or 6',
    ],
    [
      'less than one',
      { parallelism: 1 },
      {},
      'parallelism 1 is no multiple of the 2 slots of a TaskManager, and a reactive job uses them all; valid: 2',
    ],
    [
      'more than its key groups',
      { parallelism: 200 },
      {},
      "parallelism 200 is above the maxParallelism 128, which the job's state has fixed; valid: 2 to 128",
    ],
    [
      'another origin',
      { restoreStrategy: 'LATEST_SAVEPOINT' },
      {},
      '"restoreStrategy": "LATEST_SAVEPOINT" is for a job that is started anew, and REACTIVE goes on from its newest checkpoint; valid: "LATEST_STATE", or deploy the application anew, from a savepoint',
    ],
  ])('%s', (_, input, change, reason) => {
    expect(rejected(decideReactive(input, change))).toMatchObject({
      type: 'PlanRejected',
      reasons: [reason],
    });
  });

  test('nobody who runs them', () => {
    const { taskManagers, ...unowned } = reactive;
    expect(taskManagers).toBeDefined();
    expect(rejected(decide({ mechanism: 'REACTIVE' }, at2, unowned)).reasons).toEqual([
      'weir.yaml does not say who runs the TaskManagers of cluster "local"; valid: clusters.local.taskManagers there (docs/platform.md), or another number of them by hand',
    ]);
  });

  test('a parallelism that is nearly right has the next command with the one that is', () => {
    expect(rejected(decideReactive({ parallelism: 5 })).suggestion).toEqual({ parallelism: 6 });
    expect(rejected(decideReactive({ parallelism: 200 })).suggestion).toEqual({ parallelism: 128 });
  });

  test('of two that are near only what its key groups allow is valid', () => {
    const job = { ...at2, ...running(2, [{ id: 'source', maxParallelism: 5 }]) };
    const { reasons, suggestion } = rejected(decideReactive({ parallelism: 5 }, {}, job));
    expect(reasons).toEqual([expect.stringMatching(/a reactive job uses them all; valid: 4$/)]);
    expect(suggestion).toEqual({ parallelism: 4 });
  });

  test('a version that is known to damage the job; one that nobody can read is not refused', () => {
    const damaged = { flinkVersion: '1.18.1', snapshotCompression: true };
    expect(rejected(decideReactive({}, damaged)).reasons).toEqual([expect.stringContaining('FLINK-34063')]);
    expect(planned(decideReactive({}, { flinkVersion: 'trunk' })).waitsForCheckpoint).toBe(true);
  });

  test('a job that takes no checkpoints: it would be restarted without its state', () => {
    const { checkpointing, ...job } = at2;
    expect(checkpointing).toBeDefined();
    expect(rejected(decideReactive({}, {}, job)).reasons.join()).toContain('the job takes no checkpoints');
  });

  test('a job that is down already cannot follow anything', () => {
    const { id, name, vertices, parallelism, newestSnapshot: snapshot } = at2;
    if (snapshot === undefined) throw new Error('it has one');
    const job = {
      kind: 'STOPPED',
      job: { id, name, vertices, parallelism, snapshot, state: 'FAILED' },
    } as const;
    expect(rejected(decideReactive({}, { job })).reasons.join()).toContain('only a job that runs');
  });
});

describe('another target for one that is under way', () => {
  const plan = planned(decideReactive({ parallelism: 4 }));
  const again = (parallelism: number) => {
    const request = ask({ mechanism: 'REACTIVE', parallelism });
    // they are coming, and Flink does not know them yet
    return retargeted(plan, seen(request, at2, { ...reactive, taskManagers: of(2, 1) }), request);
  };

  test('is taken, be it that TaskManagers are on their way', () => {
    expect(again(6)).toMatchObject({
      kind: 'PLANNED',
      plan: { aim: { requirements: 3, from: 2, to: 6 }, back: { requirements: 1, to: 2 } },
    });
  });

  test('is refused, and the one before stays, where TaskManagers come whole', () => {
    expect(again(5)).toMatchObject({ kind: 'REFUSED', reasons: [expect.stringContaining('valid: 4 or 6')] });
  });
});

describe('told', () => {
  const plan = planned(decideReactive({ parallelism: 4 }));
  const teller = tell(ask({ mechanism: 'REACTIVE' }));

  test('what would be done, and the same by hand', () => {
    expect(report.inPlaceSteps(plan)).toEqual([
      'wait for the end of the cooldown, if there is one, and for a checkpoint',
      `have 2 TaskManagers run, so that job ${jobId} comes to parallelism 4, and have Flink act on that with a checkpoint`,
      'wait until every task runs there, for 600000 ms at most; else back to 1 TaskManager',
      'wait for its next checkpoint',
    ]);
    const [checkpoint, scale, again] = report.inPlaceByHand(plan, flinkUrl);
    expect(checkpoint).toContain(`${flinkUrl}/jobs/${jobId}/checkpoints`);
    expect(scale).toBe(
      '# have 2 TaskManagers run (kubectl scale --replicas=2 ...), and wait until Flink has registered them',
    );
    expect(again).toBe(checkpoint);
  });

  test.each([
    [{ kind: 'BACK', parallelism: 2 }, 'is RUNNING at parallelism 2; it has 1 TaskManager again.'],
    [
      { kind: 'STUCK', parallelism: 4, why: 'kubectl says no' },
      'is at parallelism 4, and cannot be put back to 2: kubectl says no',
    ],
    [
      { kind: 'OVERRULED', parallelism: 8 },
      'is at parallelism 8, with as many TaskManagers as somebody else has asked for; Weir left them.',
    ],
  ] as const)('not reached, and the job stands so: %j', (standing, now) => {
    expect(report.notReached(teller, plan, [], standing)).toMatchObject({
      what: 'orders did not come to parallelism 4 with 2 TaskManagers.',
      now: `job orders (${jobId}) ${now}`,
    });
  });
});
