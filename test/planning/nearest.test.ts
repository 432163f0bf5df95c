import fc from 'fast-check';
import { nearest } from '../../src/planning/nearest';

test.each([
  ['order', ['payments', 'orders'], 'orders'],
  ['Orders', ['orders', 'order'], 'orders'],
  ['locl', ['prod', 'local'], 'local'],
  ['paralelism', ['parallelism', 'mechanism'], 'parallelism'],
  ['artefact', ['artifact', 'previousArtifact'], 'artifact'],
])('"%s" is a typo of one of %j: %s', (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});

test.each([
  ['orders', ['payments', 'clicks']],
  ['etl', ['ads', 'bid']],
  ['abc', ['adx']],
  ['ab', ['ba']],
  ['a', ['b']],
  ['', ['a', '']],
  ['orders', []],
])('"%s" is a typo of none of %j', (word, candidates) => {
  expect(nearest(word, candidates)).toBeUndefined();
});

test('a word that is there is its own nearest', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (word, others) => {
      expect(nearest(word, [word, ...others])?.toLowerCase()).toBe(word.toLowerCase());
    }),
  );
});
