import { z } from 'zod';
import { check, said, valueAt } from '../../src/planning/problems';

/** What is wrong with something that a person wrote, in words of fields and not of types. */

const schema = z.strictObject({
  name: z.string().min(1).optional(),
  size: z.number().optional(),
  tags: z.array(z.string()).optional(),
  inner: z.strictObject({ depth: z.number().optional(), width: z.number().optional() }).optional(),
  labels: z.record(z.string().min(1), z.string()).optional(),
  kind: z.enum(['BIG', 'SMALL']).optional(),
  when: z.date().optional(),
  few: z.array(z.string()).min(1).optional(),
  deep: z.boolean().optional(),
});

function sentences(raw: unknown): string[] {
  const checked = check(schema, raw);
  if (checked.kind !== 'INVALID') throw new Error(`valid: ${JSON.stringify(raw)}`);
  return checked.problems.map(said);
}

test('what is right is parsed', () => {
  expect(check(schema, { size: 1 })).toStrictEqual({ kind: 'VALID', data: { size: 1 } });
});

const fields = 'name, size, tags, inner, labels, kind, when, few, deep';

test.each<[object, string]>([
  [{ name: 1 }, '"name" is 1; it must be a string'],
  [{ name: '' }, '"name" is ""; it must not be empty'],
  [{ size: 'x' }, '"size" is "x"; it must be a number'],
  [{ deep: 'x' }, '"deep" is "x"; it must be true or false'],
  [{ tags: 'x' }, '"tags" is "x"; it must be a list'],
  [{ tags: [1] }, '"tags.0" is 1; it must be a string'],
  [{ inner: 1 }, '"inner" is 1; it must be an object'],
  [{ labels: 1 }, '"labels" is 1; it must be an object'],
  [{ labels: { '': 'x' } }, '"labels." is "x"; it must have a name that is not empty'],
  [{ kind: 'big' }, '"kind" is "big"; it must be "BIG" or "SMALL"; did you mean "BIG"?'],
  [{ kind: 7 }, '"kind" is 7; it must be "BIG" or "SMALL"'],
  [{ when: 1 }, '"when" is 1; it must be of type date'],
  [{ size: 1, sise: 1 }, `unknown field "sise"; did you mean "size"? Valid fields: ${fields}`],
  [{ other: 1 }, `unknown field "other"; valid fields: ${fields}`],
  [{ inner: { dept: 1 } }, 'unknown field "inner.dept"; did you mean "depth"? Valid fields: depth, width'],
])('%j: %s', (raw, sentence) => {
  expect(sentences(raw)).toStrictEqual([sentence]);
});

test('what is no object at all is said of the input', () => {
  expect(sentences(7)).toStrictEqual(['the input is 7; it must be an object']);
  expect(sentences(undefined)).toStrictEqual(['the input is missing; it must be an object']);
});

test('a rule of which we have no words keeps those of its schema', () => {
  expect(sentences({ few: [] })).toStrictEqual([expect.stringMatching(/^"few" is \[\]; it Too small/)]);
});

test('two objects with unknown fields each have the fields of their own', () => {
  expect(sentences({ other: 1, inner: { dept: 1 } }).toSorted()).toStrictEqual([
    'unknown field "inner.dept"; did you mean "depth"? Valid fields: depth, width',
    `unknown field "other"; valid fields: ${fields}`,
  ]);
});

test.each([
  ['of 60 characters is shown', 'x'.repeat(58), `"${'x'.repeat(58)}"`],
  ['of more is shortened to that', 'x'.repeat(59), `"${'x'.repeat(56)}...`],
])('a value %s', (_, value, shown) => {
  expect(sentences({ size: value })).toStrictEqual([`"size" is ${shown}; it must be a number`]);
});

test.each<[unknown, string[], unknown]>([
  [{ a: { b: 1 } }, ['a', 'b'], 1],
  [{ a: 1 }, [], { a: 1 }],
  [{ a: [7] }, ['a', '0'], 7],
  [{ a: 1 }, ['b'], undefined],
  [{ a: 'text' }, ['a', 'length'], undefined],
  [{ a: null }, ['a', 'b'], undefined],
  [{}, ['toString'], undefined],
  [undefined, ['a'], undefined],
])('in %j at %j there is %j', (raw, path, value) => {
  expect(valueAt(raw, path)).toStrictEqual(value);
});
