import { protocol } from '../model/protocol';
import { asText, search } from '../model/search';
import { wide } from '../model/worlds';

/** What takes too long for `npm test`: see test/model/README.md. */
describe('the protocol, with every guard and more faults at once', () => {
  it.each(Object.entries(wide))(
    'keeps S1 to S5 and comes to an end (L1) in the world of %s',
    (_, world) => {
      expect(asText(search(protocol(world)))).toBe('nothing is wrong');
    },
    600_000,
  );
});
