import type { Snapshot } from '../../src/contracts/snapshot';
import { originOf, originOfRollBack, snapshotOf } from '../../src/planning/restore';

const newest: Snapshot = { kind: 'CHECKPOINT', path: 'file:/cp/chk-7', jobId: 'a', checkpointId: 7 };
const savepoint: Snapshot = { kind: 'SAVEPOINT', path: 'file:/sp/savepoint-1', jobId: 'a', checkpointId: 3 };
const from = (snapshot: Snapshot) => ({ kind: 'SNAPSHOT', snapshot });
const empty = { kind: 'EMPTY' };

test.each([
  ['LATEST_STATE', { newest, savepoint }, from(newest)],
  ['LATEST_STATE', { savepoint }, undefined],
  ['LATEST_SAVEPOINT', { newest, savepoint }, from(savepoint)],
  ['LATEST_SAVEPOINT', { newest }, undefined],
  ['NONE', { newest, savepoint }, empty],
  ['NONE', {}, empty],
] as const)('the new job by %s, of %j: %j', (strategy, left, origin) => {
  expect(originOf(strategy, left)).toEqual(origin);
});

test.each(['LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE'] as const)(
  'P14: a roll-back of %s begins from the newest state, whatever the new job was to begin from',
  (strategy) => {
    expect(originOfRollBack(strategy, { newest, savepoint })).toEqual(from(newest));
  },
);

test.each([
  ['LATEST_STATE', undefined],
  ['LATEST_SAVEPOINT', undefined],
  ['NONE', empty],
] as const)('a roll-back of %s where the job left nothing: %j', (strategy, origin) => {
  expect(originOfRollBack(strategy, {})).toEqual(origin);
});

test('the snapshot of an origin', () => {
  expect(snapshotOf({ kind: 'SNAPSHOT', snapshot: newest })).toBe(newest);
  expect(snapshotOf({ kind: 'EMPTY' })).toBeUndefined();
});
