import type { Observation, ObservedTaskManagers } from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import { stepsOf } from '../../src/planning/by-hand';
import { givesBackSlots, unretired } from '../../src/planning/surplus';
import type { Retired } from '../../src/planning/surplus';
import { ask, decide, rescale, running, seen, stoppedAt2 } from '../kit/plans';

/** A RESTART that gives slots back, where idle TaskManagers can be ended: here, of 4 slots each. */

const three: ObservedTaskManagers = {
  ...{ kind: 'SEEN', wanted: 3, registered: 3, settlesForMs: 0, retires: true },
};
const slots = { total: 12, available: 4, onDemand: false };
const decideOn = (input: Partial<RescaleInput>, change: Partial<Observation> = {}, from = 8) =>
  rescale(decide(input, running(from), { slots, taskManagers: three, ...change }));

test('as many may go as the slots that are given back were, and the plan says so in its last step', () => {
  const plan = decideOn({ parallelism: 2 });
  expect(plan.surplus).toEqual({ before: 3, least: 2 });
  expect(stepsOf(plan).at(-1)).toBe('end TaskManagers that no job holds a slot of, until 2 of 3 are left');
});

test.each([
  [8, 5, undefined],
  [8, 4, 2],
  [8, 1, 2],
  [9, 1, 1],
  [12, 1, 1],
])(
  '%d -> %d: %p of 3 are left at least, so that no slot that was free before is taken away',
  (from, to, least) => {
    expect(decideOn({ parallelism: to }, {}, from).surplus?.least).toBe(least);
  },
);

test('the last one stays, whatever was given back', () => {
  const one = { ...three, wanted: 1, registered: 1 };
  const all = { total: 4, available: 0, onDemand: false };
  expect(decideOn({ parallelism: 1 }, { taskManagers: one, slots: all }, 4).surplus).toBeUndefined();
});

test.each<[string, Partial<Observation>]>([
  ['which one goes is not known', { taskManagers: { ...three, retires: undefined as never } }],
  ['not all have come that are wanted', { taskManagers: { ...three, wanted: 4 } }],
  ['nobody is known who runs them', { taskManagers: undefined as never }],
  ['whoever runs them refuses', { taskManagers: { kind: 'REFUSED', reason: '403' } }],
  ['they have not each as many slots', { slots: { ...slots, total: 11 } }],
  ['the cluster starts and ends them by itself', { slots: { ...slots, onDemand: true } }],
])('none is ended where %s', (_, change) => {
  expect(decideOn({ parallelism: 2 }, change)).not.toHaveProperty('surplus');
});

test('a job that is down has given its slots back before: none is ended for it', () => {
  const observation = { taskManagers: three, slots };
  const decision = decide({ parallelism: 1 }, running(2), { ...observation, job: stoppedAt2() });
  expect(decision).toMatchObject({ kind: 'RESUME' });
  expect(decision).not.toHaveProperty('plan.surplus');
});

test.each([
  [2, true],
  [8, false],
  [12, false],
])('whoever runs them is asked for 8 -> %d: %p', (parallelism, asked) => {
  expect(givesBackSlots(seen(ask({ parallelism }), running(8)))).toBe(asked);
});

test('nobody is asked for the sake of a job that holds no slots, or of a program that is not known', () => {
  const request = ask({ parallelism: 2 });
  expect(givesBackSlots(seen(request, { ...running(8), state: 'FAILED' }))).toBe(false);
  const program = { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } as const;
  expect(givesBackSlots(seen(request, running(8), { program }))).toBe(false);
});

test.each<[Retired, string | undefined]>([
  [{ kind: 'ENDED', wanted: 1 }, undefined],
  [
    { kind: 'IN_USE', wanted: 2, why: 'tm-1, tm-2 have slots in use' },
    'the job needs no more than 1 TaskManager of those that ran, and 2 go on: tm-1, tm-2 have slots in use',
  ],
  [
    { kind: 'OVERRULED', wanted: 5 },
    'the job needs no more than 1 TaskManager of those that ran; somebody else has asked for 5 TaskManagers meanwhile, which was left',
  ],
  [
    { kind: 'STUCK', why: '403' },
    'the job needs no more than 1 TaskManager of those that ran, and the others could not be ended: 403',
  ],
])('%j: %s', (retired, says) => {
  expect(unretired({ before: 3, least: 1 }, retired)).toBe(says);
});
