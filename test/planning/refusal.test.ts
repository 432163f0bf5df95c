import type { Mend, Objection } from '../../src/planning/objections';
import { refused, rejected } from '../../src/planning/refusal';

/** What is suggested instead of a request that is refused: only what nothing is said of any more. */

const objection = (reason: string, mend?: Mend): Objection => ({ reason, mend });

/** Of a request with these changes; each answer of the table is to the parallelism that was suggested last. */
function suggested(first: Objection[], answers: Readonly<Record<number, Objection[]>>): Mend | undefined {
  return refused(first, false, ({ parallelism = 0 }) => answers[parallelism] ?? []).suggestion;
}

test('every reason is told, and of whose kind it is', () => {
  const objections = [objection('a'), objection('b')];
  const told = { kind: 'REJECTED', reasons: ['a', 'b'] };
  expect(refused(objections, true, () => [])).toStrictEqual({ ...told, type: 'InvalidRequest' });
  expect(refused(objections, false, () => [])).toStrictEqual({ ...told, type: 'PlanRejected' });
});

test('a single objection is its own suggestion, if it has one', () => {
  const alone = { kind: 'REJECTED', type: 'PlanRejected', reasons: ['a'] };
  expect(rejected('PlanRejected', objection('a'))).toStrictEqual(alone);
  expect(rejected('PlanRejected', objection('a', { parallelism: 1 }))).toStrictEqual({
    ...{ ...alone, suggestion: { parallelism: 1 } },
  });
});

describe('suggested is', () => {
  test('what mends all of it', () => {
    const both = [objection('a', { parallelism: 1 }), objection('b', { dryRun: true })];
    expect(suggested(both, {})).toStrictEqual({ parallelism: 1, dryRun: true });
  });

  test('nothing if one of it cannot be mended', () => {
    expect(suggested([objection('a', { parallelism: 1 }), objection('b')], {})).toBeUndefined();
  });

  test('what mends what the first mend brings', () => {
    const chain = { 1: [objection('b', { parallelism: 2 })], 2: [objection('c', { parallelism: 3 })] };
    expect(suggested([objection('a', { parallelism: 1 })], chain)).toStrictEqual({ parallelism: 3 });
  });

  test('nothing if the first mend brings what cannot be mended', () => {
    expect(suggested([objection('a', { parallelism: 1 })], { 1: [objection('b')] })).toBeUndefined();
  });

  test('nothing if each mend calls for the other: that would go on for ever', () => {
    const circle = { 1: [objection('b', { parallelism: 2 })], 2: [objection('a', { parallelism: 1 })] };
    expect(suggested([objection('a', { parallelism: 1 })], circle)).toBeUndefined();
  });
});
