import { code, plain } from '../../src/planning/markdown';

/** As Markdown shows it: what others have named stays as it is, and nothing around it breaks. */

test.each([
  ['a b', '`a b`'],
  ['', '``'],
  [' a\n\n b ', '`a b`'],
  ['a`b', '``a`b``'],
  ['a``b`c', '```a``b`c```'],
  ['`a', '`` `a ``'],
  ['a`', '`` a` ``'],
  ['`', '`` ` ``'],
])('as code %j is written %s', (text, written) => {
  expect(code(text)).toBe(written);
});

test.each([
  [' a\n b ', 'a b'],
  ['a_b', 'a_b'],
  ['_a_', '\\_a\\_'],
  ['&amp; &#60; & b', '\\&amp; \\&#60; & b'],
])('in a sentence %j is written %s', (text, written) => {
  expect(plain(text)).toBe(written);
});
