import fc from 'fast-check';
import { slotsMissing, slotsNeeded } from '../../src/planning/capacity';

const vertices = (...parallelisms: number[]) => parallelisms.map((parallelism) => ({ parallelism }));

test.each([
  ['a job without vertices', vertices(), 0],
  ['one vertex', vertices(4), 4],
  ['its widest vertex: tasks of different vertices share a slot', vertices(1, 8, 4), 8],
])('a job needs as many slots as %s', (_, job, slots) => {
  expect(slotsNeeded(job)).toBe(slots);
});

test.each([
  [
    'the cluster has room beside it',
    { total: 9, available: 4, running: vertices(2), wanted: vertices(4) },
    0,
  ],
  ['its own slots are enough', { total: 9, available: 0, running: vertices(4, 1), wanted: vertices(2) }, 0],
  [
    'its own slots and the free ones just do',
    { total: 9, available: 2, running: vertices(2), wanted: vertices(4) },
    0,
  ],
  ['one is missing', { total: 9, available: 1, running: vertices(2), wanted: vertices(4) }, 1],
  [
    'of a job that is restarting and holds none just now no more than there are',
    { total: 4, available: 4, running: vertices(4), wanted: vertices(8) },
    4,
  ],
  [
    'nothing runs and nothing is free',
    { total: 9, available: 0, running: vertices(), wanted: vertices(3) },
    3,
  ],
])('a rescale gives the job’s slots back first: %s', (_, slots, missing) => {
  expect(slotsMissing(slots)).toBe(missing);
});

test('with what is missing added nothing is missing, and with one less something is', () => {
  const job = fc.array(fc.record({ parallelism: fc.integer({ min: 1, max: 64 }) }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.nat({ max: 64 }), job, job, (available, running, wanted) => {
      const missing = slotsMissing({ total: 999, available, running, wanted });
      expect(slotsMissing({ total: 999, available: available + missing, running, wanted })).toBe(0);
      if (missing > 0)
        expect(slotsMissing({ total: 999, available: available + missing - 1, running, wanted })).toBe(1);
    }),
  );
});

test('the same job always fits where it runs', () => {
  const job = fc.array(fc.record({ parallelism: fc.integer({ min: 1, max: 64 }) }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.nat(), job, (available, running) => {
      const total = available + slotsNeeded(running);
      expect(slotsMissing({ total, available, running, wanted: running })).toBe(0);
    }),
  );
});
