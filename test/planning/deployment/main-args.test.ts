import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mainArgsOf, splitMainArgs } from '../../../src/planning/deployment/main-args';

describe('mainArgs', () => {
  test('are split as a shell splits them', () => {
    const lines = [
      `--rate 100  --name "a b"`,
      `a'b c'd "x\\"y" \\' 'it'\\''s'`,
      `'' "" x=""`,
      `"a\\b" "a\\\\b" \\\\`,
      `tab\there 'new\nline'`,
      `  `,
      `--rate 100 \\\n  --name a\\\nb "c\\\nd"`,
      `\\\n`,
      `"\\"\\$\\\`"`,
    ];
    for (const line of lines) {
      const shell = spawnSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`]);
      expect(splitMainArgs(line)).toEqual({
        kind: 'WORDS',
        words: shell.stdout.toString().split('\0').slice(0, -1),
      });
    }
  });

  test('are not expanded', () => {
    expect(splitMainArgs(`$HOME ~ *.jar "$x" $(id)`)).toMatchObject({
      words: ['$HOME', '~', '*.jar', '$x', '$(id)'],
    });
  });

  test.each([
    [`--name 'a`, "'"],
    [`--name "a\\"`, '"'],
    [`'a' "b 'c'`, '"'],
  ])('%s: a quote without its end', (line, quote) => {
    expect(splitMainArgs(line)).toEqual({ kind: 'UNCLOSED', quote });
  });

  test('that end with a backslash keep it', () => {
    expect(splitMainArgs('a\\')).toEqual({ kind: 'WORDS', words: ['a\\'] });
  });

  test('that were made of words split into them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(splitMainArgs(mainArgsOf(words))).toEqual({ kind: 'WORDS', words });
      }),
    );
  });

  test('whatever they are, are split or have a quote without its end', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', '\\', '"', "'", '\n', '$') });
    fc.assert(
      fc.property(line, (text) => {
        const split = splitMainArgs(text);
        if (split.kind === 'UNCLOSED') expect(text).toContain(split.quote);
        else expect(splitMainArgs(mainArgsOf(split.words))).toEqual(split);
      }),
    );
  });
});
