import type { ActualState, DesiredState } from '../../../src/contracts/deployment';
import { states } from '../../../src/contracts/deployment';
import { sighted } from '../../../src/planning/deployment/sighting';
import { carriedOut } from '../../../src/planning/deployment/transition';
import type { EntityState } from '../../../src/planning/deployment/state';
import { actualOf } from '../../../src/planning/deployment/status';
import { begun, done, edited, jobId, now, running, savepoint, stepOf } from '../../kit/deployments';
import { textOf } from '../../kit/documents';

/** docs/deployments.md says what happens in each cell of wanted x is; here it does. */
const cells = [...textOf('docs/deployments.md').matchAll(/^\| ([A-Z]+) \| ([A-Z]+) \| `(\w+)`/gm)];
const actuals: readonly ActualState[] = [...states, 'TRANSITIONING', 'FAILED', 'FINISHED'];

/** A deployment in that state, before it is told what is wanted. */
const inState: Readonly<Record<ActualState, () => EntityState>> = {
  RUNNING: () => running(),
  SUSPENDED: () => done(edited(running(), { name: 'suspend', drain: false }), { snapshot: savepoint() }),
  CANCELLED: () => done(edited(running(), { name: 'cancel' }), { snapshot: savepoint() }),
  TRANSITIONING: () => begun(edited(running(), { name: 'scale', parallelism: 8 })),
  FAILED: () => {
    const resuming = begun(edited(inState.SUSPENDED(), { name: 'resume' }));
    const failed = carriedOut(resuming, { kind: 'FAILED', type: 'JobDown', message: 'no slots' }, now);
    return sighted(failed, { kind: 'ENDED', jobId: jobId(2), how: 'CANCELED' }, now);
  },
  FINISHED: () => sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'FINISHED' }, now),
};

const commands = { RUNNING: 'resume', SUSPENDED: 'suspend', CANCELLED: 'cancel' } as const;

/** Told what is wanted, unless it is that already: an edit tries again what has failed. */
function wanted(state: EntityState, desired: DesiredState): EntityState {
  if (state.resource?.spec.state === desired) return state;
  const name = commands[desired];
  return edited(state, name === 'suspend' ? { name, drain: false } : { name });
}

function happens(state: EntityState): string {
  if (state.running !== undefined) return 'waits';
  const step = stepOf(state);
  return step.kind === 'TRANSITION' ? step.input.transition : 'nothing';
}

test('every cell is in the document, once', () => {
  const all = states.flatMap((desired) => actuals.map((actual) => `${desired} ${actual}`));
  expect(cells.map(([, desired, actual]) => `${desired} ${actual}`)).toEqual(all);
});

test.each(states.flatMap((desired) => actuals.map((actual) => [desired, actual] as const)))(
  'wanted %s, is %s: what the document says',
  (desired, actual) => {
    const before = inState[actual]();
    expect(actualOf(before)).toBe(actual);
    const cell = cells.find(([, ...of]) => of[0] === desired && of[1] === actual);
    expect(happens(wanted(before, desired))).toBe(cell?.[3]);
  },
);
