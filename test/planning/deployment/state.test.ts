import {
  held,
  lastKnown,
  unseen,
  withCondition,
  withEvent,
  withRevision,
} from '../../../src/planning/deployment/state';
import { edited, failed, fresh, jobId, now, running, savepoint, done } from '../../kit/deployments';

describe('what an entity hands on stays small: the oldest go', () => {
  test('50 revisions', () => {
    let state = running();
    for (let n = 2; n <= 51; n++) state = edited(state, { name: 'scale', parallelism: n });
    expect(state.revisions.map((one) => one.resourceVersion)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 2),
    );
  });

  test('100 savepoints', () => {
    let state = running();
    for (let n = 0; n <= 100; n++)
      state = done(edited(state, { name: 'savepoint' }), { snapshot: savepoint(`file:/savepoints/${n}`) });
    expect(state.catalogue).toHaveLength(100);
    expect(state.catalogue.at(0)?.snapshot?.path).toBe('file:/savepoints/1');
    expect(state.catalogue.at(-1)?.snapshot?.path).toBe('file:/savepoints/100');
  });

  test('100 events', () => {
    let state = fresh();
    for (let n = 0; n <= 100; n++) state = withEvent(state, now, 'SEEN', `${n}`);
    expect(state.events.map(({ message }) => message)).toEqual(
      Array.from({ length: 100 }, (_, n) => `${n + 1}`),
    );
  });

  test('200 requests: one that is older is carried out as if it were new', () => {
    let state = running();
    for (let n = 0; n <= 200; n++)
      state = edited(state, { name: 'scale', parallelism: 4, requestId: `${n}` });
    expect(state.answers.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 200 }, (_, n) => `${n + 1}`),
    );
  });
});

describe('a condition', () => {
  const condition = (status: boolean, reason: string) =>
    ({ type: 'SpecAligned', status, reason, message: 'm' }) as const;

  test('has the time since when it is so, whatever else is said of it', () => {
    const first = withCondition(fresh(), 1, condition(true, 'A'));
    const again = withCondition(first, 2, condition(true, 'B'));
    expect(again.conditions).toEqual([{ ...condition(true, 'B'), lastTransitionTime: 1 }]);
    expect(withCondition(again, 3, condition(false, 'C')).conditions).toEqual([
      { ...condition(false, 'C'), lastTransitionTime: 3 },
    ]);
  });

  test('leaves those of other types as they are', () => {
    const both = withCondition(withCondition(fresh(), 1, condition(true, 'A')), 2, {
      ...{ type: 'WaitingForLock', status: true, reason: 'LockHeld', message: 'm' },
    });
    expect(both.conditions).toMatchObject([
      { type: 'SpecAligned', lastTransitionTime: 1 },
      { type: 'WaitingForLock', lastTransitionTime: 2 },
    ]);
  });
});

test('an event names the job that it is about, running or over', () => {
  const of = (state = running()) => withEvent(state, now, 'SEEN', 'm').events.at(-1);
  expect(of()).toEqual({ at: now, name: 'SEEN', message: 'm', jobId: jobId(1) });
  expect(of({ ...running(), known: { kind: 'ENDED', how: 'FAILED', jobId: jobId(3) } })?.jobId).toBe(
    jobId(3),
  );
  expect(of(fresh())).toEqual({ at: now, name: 'SEEN', message: 'm' });
  expect(of(fresh())).not.toHaveProperty('jobId');
});

test('a revision is changed by its version, and no other', () => {
  const state = edited(running(), { name: 'scale', parallelism: 8 });
  const outcomes = withRevision(state, 1, { outcome: 'FAILED' }).revisions.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['FAILED', 'PENDING']);
});

test('only the newest version can be held: one that came meanwhile is carried out', () => {
  const state = edited(running(), { name: 'scale', parallelism: 8 });
  expect(held(state, 2, 'Aborted').held).toEqual({ resourceVersion: 2, reason: 'Aborted' });
  expect(held(state, 1, 'Aborted').held).toBeUndefined();
});

test('what was known of a job stays known while it is looked for, however often', () => {
  const looking = unseen(unseen(running()));
  expect(lastKnown(looking)).toEqual(running().known);
  expect(lastKnown(fresh())).toBeUndefined();
  expect(lastKnown(failed(edited(running(), { name: 'cancel' }), 'StopFailed'))).toEqual(running().known);
});
