import type { RunEnd } from '../../../src/contracts/deployment';
import type { Snapshot } from '../../../src/contracts/snapshot';
import { maxRecoveries } from '../../../src/planning/deployment/decide';
import { sighted } from '../../../src/planning/deployment/sighting';
import type { EntityState } from '../../../src/planning/deployment/state';
import { statusOf } from '../../../src/planning/deployment/status';
import { carriedOut, locked, retargets } from '../../../src/planning/deployment/transition';
import {
  applied,
  begun,
  done,
  edited,
  fresh,
  jobId,
  now,
  running,
  savepoint,
  success,
  transitionOf,
} from '../../kit/deployments';

/** From the beginning of a transition to its end: what is known then, and what is written down. */

const later = now + 5;
const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/checkpoints/7', jobId: jobId(1) };

const scaled = (parallelism = 8) => edited(running(), { name: 'scale', parallelism });
const suspending = (drain = false) => edited(running(), { name: 'suspend', drain });
const saving = () => edited(running(), { name: 'savepoint' });
const cancelling = () => edited(running(), { name: 'cancel' });
const resuming = () => edited(done(cancelling()), { name: 'resume' });
const lost = () =>
  sighted(running(), { kind: 'ENDED', jobId: jobId(1), how: 'FAILED', newest: savepoint() }, now);

const ends = (state: EntityState, end: RunEnd) => carriedOut(state, end, later);
const succeeds = (state: EntityState, more = {}) => ends(begun(state), success(begun(state), more));
const fails = (state: EntityState, type: string, message = 'no space\nNow: it runs') =>
  ends(begun(state), { kind: 'FAILED', type, message });
const conditionOf = (state: EntityState, wanted: string) =>
  state.conditions.find(({ type }) => type === wanted);
const newestEvent = (state: EntityState) => state.events.at(-1);

describe('that begins', () => {
  test.each([
    ['a rescale', scaled(), 'RESCALE_STARTED', 2],
    ['a start', resuming(), 'STARTING_JOB', 3],
    ['a suspend', suspending(), 'SUSPEND_STARTED', 2],
    ['a cancel', cancelling(), 'CANCEL_STARTED', 2],
    ['a savepoint', saving(), 'SAVEPOINT_STARTED', 1],
  ])('%s has an event with the version that it is for', (_, state, name, version) => {
    expect(newestEvent(begun(state))).toMatchObject({ at: now, name, message: `version ${version}` });
  });

  test('a drain that was asked for is of the next suspend, and of none after it', () => {
    const state = begun(suspending(true));
    expect(transitionOf(suspending(true)).input.savepoint).toEqual({ drain: true });
    expect(state.drain).toBe(false);
  });

  test('a savepoint before the suspend takes nothing of the drain away', () => {
    const asked = edited(saving(), { name: 'suspend', drain: true });
    const next = transitionOf(done(asked, { snapshot: savepoint() })).input;
    expect(next).toMatchObject({ transition: 'SUSPEND', savepoint: { drain: true } });
  });
});

describe('that is sent to another parallelism', () => {
  test('is of the newest version from then on, and the one before is superseded', () => {
    const sent = retargets(edited(begun(scaled()), { name: 'scale', parallelism: 6 }), later);
    expect(sent.running).toMatchObject({
      ...{ resourceVersion: 3, transition: 'RESCALE' },
      target: { resourceVersion: 3, spec: { template: { spec: { parallelism: 6 } } } },
    });
    expect(sent.revisions.map(({ outcome }) => outcome)).toEqual(['DONE', 'SUPERSEDED', 'PENDING']);
    expect(newestEvent(sent)).toMatchObject({ at: later, name: 'RETARGETED', message: 'version 3' });
    expect(ends(sent, success(sent)).revisions.at(-1)?.outcome).toBe('DONE');
  });

  test('too late: it ends where it was begun, and the newest version is still to be carried out', () => {
    const sent = retargets(edited(begun(scaled()), { name: 'scale', parallelism: 6 }), later);
    const ended = ends(sent, success(sent, { to: { jobId: jobId(2), parallelism: 8 } }));
    expect(ended.revisions.at(-1)?.outcome).toBe('PENDING');
    expect(ended.deployed?.spec.template.spec.parallelism).toBe(8);
    expect(transitionOf(ended).input).toMatchObject({ transition: 'RESCALE', parallelism: 6 });
  });

  test.each([
    ['nothing is under way', running()],
    ['there is no resource', fresh()],
  ])('is none where %s', (_, state) => expect(retargets(state, later)).toBe(state));
});

test('somebody else’s hold on the lock is a condition, until it ends', () => {
  const held = locked(scaled(), 'rescale/local/orders', true, now);
  expect(conditionOf(held, 'WaitingForLock')).toEqual({
    ...{ type: 'WaitingForLock', status: true, reason: 'LockHeld', lastTransitionTime: now },
    message: 'rescale/local/orders is under way, and was not started from here',
  });
  expect(conditionOf(locked(held, 'rescale/local/orders', false, later), 'WaitingForLock')).toEqual({
    ...{ type: 'WaitingForLock', status: false, reason: 'LockFree', lastTransitionTime: later },
    message: 'rescale/local/orders has ended',
  });
});

describe('that comes to its end', () => {
  test('with a job that runs: what it was started with is known, and how long nothing ran', () => {
    const ended = succeeds(scaled(), {
      ...{ snapshot: savepoint(), downtimeMs: { total: 250, stop: 100, submit: 50, restore: 100 } },
    });
    expect(ended).toMatchObject({
      ...{ known: { kind: 'RUNNING', jobId: jobId(2), parallelism: 8 }, newest: savepoint(), upSince: later },
      deployed: { resourceVersion: 2, spec: { template: { spec: { parallelism: 8 } } } },
    });
    expect(ended.running).toBeUndefined();
    expect(ended.revisions.at(-1)).toMatchObject({ outcome: 'DONE', downtimeMs: 250 });
    expect(conditionOf(ended, 'TransitionSucceeded')).toMatchObject({
      ...{ status: true, reason: 'RESCALED', message: 'rescale/local/orders ended' },
      lastTransitionTime: later,
    });
    expect(conditionOf(ended, 'JobFailing')).toMatchObject({
      ...{ status: false, reason: 'RESCALED', message: `job ${jobId(2)} runs`, lastTransitionTime: later },
    });
  });

  test('and a checkpoint of its own: its state is there from then on, be it lost the next moment', () => {
    const more = { snapshot: savepoint(), checkpoint };
    expect(succeeds(scaled(), more).newest).toEqual(checkpoint);
    expect(succeeds(resuming(), { checkpoint }).newest).toEqual(checkpoint);
  });

  test('that took no downtime says none', () => {
    expect(succeeds(scaled()).revisions.at(-1)).not.toHaveProperty('downtimeMs');
  });

  test.each(['RESCALED', 'RESUMED', 'STARTED', 'UNCHANGED'] as const)('%s: the job runs', (outcome) => {
    const ended = succeeds(scaled(), { outcome });
    expect(ended.known).toEqual({ kind: 'RUNNING', jobId: jobId(2), parallelism: 8 });
    expect(newestEvent(ended)).toMatchObject({
      ...{ at: later, name: 'TRANSITIONED_TO_RUNNING_STATE', message: `RESCALE: ${outcome}` },
    });
  });

  test.each([
    ['a rescale that does not say where the job is', scaled(), { to: undefined }],
    ['a plan, where something was to be done', scaled(), { outcome: 'PLANNED' }],
    ['an abort', scaled(), { outcome: 'ABORTED' }],
  ])('%s: the job is looked for', (_, state, more) => {
    expect(succeeds(state, more).known).toEqual({ kind: 'UNSEEN', before: running().known });
  });

  test.each([
    ['SUSPENDED', suspending(), 'TRANSITIONED_TO_SUSPENDED_STATE', { kind: 'NONE', since: 'SUSPENDED' }],
    ['CANCELLED', cancelling(), 'TRANSITIONED_TO_CANCELLED_STATE', { kind: 'NONE', since: 'CANCELLED' }],
    ['SAVED', saving(), 'SAVEPOINT_COMPLETED', running().known],
    ['ABORTED', { ...scaled() }, 'TRANSITION_ABORTED', { kind: 'UNSEEN', before: running().known }],
  ] as const)('%s has its event, and what is known of the job then', (outcome, state, name, known) => {
    const ended = succeeds(state, { outcome });
    expect(ended.known).toEqual(known);
    expect(ended.events.map((event) => event.name)).toContain(name);
    expect(newestEvent(ended)?.message).toMatch(new RegExp(`: ${outcome}$`));
  });

  test('each savepoint that was asked for is taken, one after the other', () => {
    const twice = edited(saving(), { name: 'savepoint' });
    const once = succeeds(twice);
    expect(once.savepointsAsked).toBe(1);
    expect(succeeds(once).savepointsAsked).toBe(0);
  });

  test('a savepoint that nobody has asked for leaves none to be asked for', () => {
    const under = { ...begun(saving()), savepointsAsked: 0 };
    expect(ends(under, success(under)).savepointsAsked).toBe(0);
    expect(ends(under, { kind: 'FAILED', type: 'X', message: 'm' }).savepointsAsked).toBe(0);
  });

  test.each([
    ['nothing is under way', running()],
    ['it has ended already', succeeds(scaled())],
  ])('twice, or where %s, changes nothing', (_, state) => {
    expect(ends(state, { kind: 'LOST', message: 'm' })).toBe(state);
  });
});

test('a suspend that ends while an edit waits is DONE, and waits for nothing any more', () => {
  for (const asked of [suspending(), cancelling()]) {
    const resumed = edited(begun(asked), { name: 'resume' });
    const ended = ends(resumed, success(resumed));
    expect(ended.revisions.map(({ outcome }) => outcome)).toEqual(['DONE', 'DONE', 'PENDING']);
    expect(statusOf(begun(ended))?.queue).toEqual([]);
  }
});

test('what did not come to what was asked is superseded by the edit that waits', () => {
  const waiting = edited(begun(scaled()), { name: 'suspend', drain: false });
  const ended = ends(waiting, success(waiting, { to: { jobId: jobId(2), parallelism: 5 } }));
  expect(ended.revisions.map(({ outcome }) => outcome)).toEqual(['DONE', 'SUPERSEDED', 'PENDING']);
});

describe('the catalogue', () => {
  test.each([
    ['of an upgrade', scaled(), savepoint(), 'SUSPEND_AND_UPGRADE'],
    ['of a suspend', suspending(), savepoint(), 'SUSPEND'],
    ['that was asked for', saving(), savepoint(), 'USER_REQUEST'],
    ['that a cancel leaves', cancelling(), checkpoint, 'RETAINED_CHECKPOINT'],
    ['of a stateless upgrade', scaled(), checkpoint, 'RETAINED_CHECKPOINT'],
  ])('has the snapshot %s, and of which spec', (_, state, snapshot, origin) => {
    const ended = succeeds(state, { snapshot });
    expect(ended.catalogue).toEqual([
      { origin, state: 'COMPLETED', snapshot, at: later, resourceVersion: 1 },
    ]);
    expect(ended.newest).toEqual(snapshot);
  });

  test('has nothing of a start, which takes none', () => {
    const started = succeeds(resuming(), { snapshot: savepoint() });
    expect(started.catalogue).toEqual([]);
    expect(started.newest).toEqual(savepoint());
  });

  test('has nothing where nothing was taken, and the newest state stays known', () => {
    const ended = succeeds({ ...cancelling(), newest: savepoint() });
    expect(ended.catalogue).toEqual([]);
    expect(ended.newest).toEqual(savepoint());
  });

  test('says of a job whose spec nobody knows that it is of none', () => {
    const state = edited({ ...applied(), known: running().known }, { name: 'cancel' });
    expect(succeeds(state, { snapshot: checkpoint }).catalogue).toMatchObject([{ resourceVersion: 0 }]);
  });
});

describe('that fails', () => {
  test('is a condition with the whole message, an event with its first line, and the end of its version', () => {
    const state = fails(scaled(), 'SavepointFailed');
    expect(conditionOf(state, 'TransitionSucceeded')).toEqual({
      ...{ type: 'TransitionSucceeded', status: false, reason: 'SavepointFailed', lastTransitionTime: later },
      message: 'no space\nNow: it runs',
    });
    expect(newestEvent(state)).toMatchObject({
      ...{ at: later, name: 'RESCALE_FAILED', message: 'SavepointFailed: no space' },
    });
    expect(state.revisions.at(-1)).toMatchObject({ outcome: 'FAILED', message: 'no space\nNow: it runs' });
    expect(state.held).toEqual({ resourceVersion: 2, reason: 'TransitionFailed' });
    expect(state.known).toEqual({ kind: 'UNSEEN', before: running().known });
  });

  test('terminated by somebody, is as one that failed', () => {
    const state = ends(begun(scaled()), { kind: 'LOST', message: 'somebody terminated it' });
    expect(conditionOf(state, 'TransitionSucceeded')).toMatchObject({ status: false, reason: 'Lost' });
    expect(state.held?.reason).toBe('TransitionFailed');
  });

  test.each([
    ['JobDown', { kind: 'ENDED', how: 'FAILED', jobId: jobId(1) }],
    ['SavepointFailed', running().known],
  ] as const)('as %s says what is known of the job until it is looked for', (type, before) => {
    expect(fails(scaled(), type).known).toEqual({ kind: 'UNSEEN', before });
  });

  test('of a start that brought no job up, nothing was lost', () => {
    expect(fails(resuming(), 'JobDown').known).toEqual({
      ...{ kind: 'UNSEEN', before: { kind: 'NONE', since: 'CANCELLED' } },
    });
  });

  test('of a savepoint, is an entry of the catalogue, and the version is as it was', () => {
    const state = fails(saving(), 'SavepointFailed');
    expect(state.catalogue).toEqual([
      {
        ...{ origin: 'USER_REQUEST', state: 'FAILED', message: 'no space\nNow: it runs', at: later },
        resourceVersion: 1,
      },
    ]);
    expect(state).toMatchObject({ savepointsAsked: 0, revisions: [{ outcome: 'DONE' }] });
    expect(state.held).toBeUndefined();
  });

  test('since somebody aborted it, is held for that', () => {
    expect(succeeds(scaled(), { outcome: 'ABORTED' }).held).toEqual({
      resourceVersion: 2,
      reason: 'Aborted',
    });
    expect(succeeds(lost(), { outcome: 'ABORTED' }).held?.reason).toBe('RecoveryFailed');
  });

  test('of a version that somebody has edited since, holds nothing: the newest is carried out', () => {
    const next = edited(begun(scaled()), { name: 'scale', parallelism: 6 });
    for (const end of [
      { kind: 'FAILED', type: 'RolledBack', message: 'm' } as const,
      success(next, { outcome: 'ABORTED' }),
    ]) {
      const state = ends(next, end);
      expect(state.held).toBeUndefined();
      expect(state.revisions.map(({ outcome }) => outcome)).toEqual(['DONE', 'FAILED', 'PENDING']);
      const seen = sighted(state, { kind: 'LIVE', jobId: jobId(1), parallelism: 4 }, later);
      expect(transitionOf(seen).input).toMatchObject({ parallelism: 6 });
    }
  });

  test('in bringing a job back is counted, and held only after the last try', () => {
    const state = fails(lost(), 'JobDown');
    expect(state).toMatchObject({ recoveries: 1, revisions: [{ outcome: 'DONE' }] });
    expect(state.held).toBeUndefined();
    const last = fails({ ...lost(), recoveries: maxRecoveries - 1 }, 'JobDown');
    expect(last.held).toEqual({ resourceVersion: 1, reason: 'RecoveryFailed' });
  });

  test('in bringing a job back for the last time, of a version that was edited since, holds nothing', () => {
    const under = begun({ ...lost(), recoveries: maxRecoveries - 1 });
    const next = { ...edited(under, { name: 'patch', patch: {} }), recoveries: maxRecoveries - 1 };
    expect(ends(next, { kind: 'FAILED', type: 'JobDown', message: 'm' }).held).toBeUndefined();
  });
});
