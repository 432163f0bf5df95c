import { untouched } from './kit/wrong-input/case';
import type { WrongInput } from './kit/wrong-input/case';
import { configs } from './kit/wrong-input/configs';
import { plans } from './kit/wrong-input/plans';
import { starts } from './kit/wrong-input/starts';

/**
 * What a person gets wrong, and what they are told: what is wrong, where, what is valid, the nearest match where there
 * is one, and one command to run next. Those that only a worker can see are in `test/workflows/wrong-input.test.ts`.
 */
const all: readonly WrongInput[] = [...starts, ...plans, ...configs];

test('no two of them are the same', () => {
  expect(new Set(all.map(({ said }) => said())).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(40);
});

describe('a rescale with', () => {
  test.each([...starts, ...plans])('$it is refused, with these words', ({ said, says }) => {
    const lines = said().split('\n');
    expect(lines.filter((line) => !untouched.includes(line))).toEqual(says);
    expect(lines.slice(-3, -1)).toEqual(untouched);
  });
});

describe('a weir.yaml with', () => {
  test.each(configs)('$it is refused, with these words', ({ said, says }) => {
    expect(said().split('\n')).toEqual(says);
  });
});

describe('whatever is wrong', () => {
  test.each(all)('$it: one command comes last, and nothing of ours shows through', ({ said }) => {
    const text = said();
    expect(text.match(/^Next: .*\b(?:temporal|curl|npm) /gm)).toHaveLength(1);
    expect(text.split('\n').at(-1)).toMatch(/^Next: /);
    expect(Buffer.byteLength(text)).toBeLessThan(2_048);
    // zod's words, JavaScript's, a stack
    expect(text).not.toMatch(
      /\[object |undefined|\bNaN\b|\n {2,}at |\.[jt]s:\d|Invalid input|expected|received|Too (?:small|big)/,
    );
    expect(text).not.toContain('hunter2');
  });

  test.each(configs.slice(1))('$it: the file and the line come first', ({ said }) => {
    const faults = said().split('\n').slice(0, -1);
    for (const fault of faults) expect(fault).toMatch(/^weir\.yaml:\d+: /);
  });

  test.each([...starts, ...plans])('$it: each cause says what is valid', ({ says }) => {
    const causes = says.slice(1, -1);
    expect(causes).not.toEqual([]);
    for (const cause of causes)
      expect(cause).toMatch(
        /^\(\d\) .*(?:\bmust |[Vv]alid|Live jobs|live jobs|pick one|Clusters:|leave it out)/,
      );
  });
});
