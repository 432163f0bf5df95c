import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../src/dev/paths';

/** docs/guarantees.md names the tests that show a promise: each is there, in its file, under its title. */

const page = readFileSync(join(projectDir, 'docs', 'guarantees.md'), 'utf8').replace(/\n(?![|#\n-])/g, ' ');
const cited = [...page.matchAll(/`([\w/-]+\.test\.ts)`((?: \*[^*]+\*(?: and)?)*)/g)].flatMap(
  ([, file = '', titles = '']) => {
    const found = [...titles.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => ({ file, title }));
    return found.length > 0 ? found : [{ file, title: '' }];
  },
);
/** A file that is named and no test of it: the page's own. */
const [own, ...others] = cited.filter(({ title }) => title === '');
const named = cited.filter(({ title }) => title !== '');

/** The rows of the table of rules, whole. */
const rules = [...page.matchAll(/^\| (P\d+) \| .+ \|$/gm)];

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** As it stands in the file, between quotes; `…` is whatever stands there. */
function isIn(source: string, title: string): boolean {
  const text = title.split('…').map(escaped).join('.*');
  return new RegExp(`['"\`]${text}['"\`]`).test(source);
}

test('every file that is named is so with a title, but for the one that reads the page', () => {
  expect(own?.file).toMatch(/guarantees\.test\.ts$/);
  expect(others).toEqual([]);
  expect(named.length).toBeGreaterThan(rules.length);
});

test.each(named)('$file has “$title”', ({ file, title }) => {
  expect(isIn(readFileSync(join(projectDir, 'test', file), 'utf8'), title)).toBe(true);
});

test('there is a row for each rule, in order, and each has a test, or says that it has none', () => {
  expect(rules.map(([, rule]) => rule)).toEqual(Array.from({ length: 32 }, (_, i) => `P${i + 1}`));
  expect(rules.filter(([row]) => !/\.test\.ts` \*|\*\*no test\*\*/.test(row))).toEqual([]);
});

test('a title that begins with a rule is cited for that rule', () => {
  for (const [row, rule = ''] of rules) {
    for (const [, title = ''] of row.matchAll(/\.test\.ts` \*([^*]+)\*/g)) {
      const [numbers] = /^P\d+(?:, P\d+)*(?=: )/.exec(title) ?? [];
      if (numbers !== undefined) expect(numbers.split(', ')).toContain(rule);
    }
  }
});

test('a title that is not there would be missed', () => {
  expect(isIn(`test('one that is there', () => {})`, 'one that is there')).toBe(true);
  expect(isIn(`test('one that is there', () => {})`, 'one that is')).toBe(false);
  expect(isIn('`in ${phase}: there`', 'in …: there')).toBe(true);
});
