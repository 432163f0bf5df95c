import { protocol } from './protocol';
import { asText, search } from './search';
import { guardNames, guards } from './state';
import { named, violations } from './worlds';

/** Every state that can be reached in a world, and each guard of the protocol taken away from one: see README.md. */
describe('the protocol, with every guard', () => {
  it.each(Object.entries(named))('keeps S1 to S5 and comes to an end (L1) in the world of %s', (_, world) => {
    expect(asText(search(protocol(world)))).toBe('nothing is wrong');
  });
});

const cases = guardNames.map((without) => ({ without, means: guards[without], ...violations[without] }));

describe('the protocol without a guard is broken', () => {
  it.each(cases)('$without ($means): $found', ({ without, world, found }) => {
    expect(asText(search(protocol({ ...named[world], without })))).toContain(found);
  });
});
