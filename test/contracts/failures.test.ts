import fc from 'fast-check';
import {
  afterFailure,
  beatSchema,
  furthest,
  isFurther,
  noTries,
  triesSchema,
} from '../../src/contracts/failures';

describe('a series of tries', () => {
  test('begins with try 1, of which nothing was sent', () => {
    expect(noTries).toEqual({ failures: [], next: 1, open: 'NO', spentMs: 0, restoringMs: 0 });
  });

  test('goes on after a failure with the next number, whose id no one has seen', () => {
    const first = afterFailure({ ...noTries, open: 'SENT', spentMs: 40, restoringMs: 2 }, 'no space');
    expect(first).toEqual({
      failures: [{ n: 1, cause: 'no space' }],
      next: 2,
      open: 'NO',
      spentMs: 40,
      restoringMs: 2,
    });
    // a try that Flink put off uses a number up, and is no failure (P6)
    expect(afterFailure({ ...first, next: 5 }, 'expired').failures).toEqual([
      { n: 1, cause: 'no space' },
      { n: 5, cause: 'expired' },
    ]);
  });

  test('never uses a number twice, and leaves the series before it as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 6 }), (causes) => {
        const all = causes.reduce(afterFailure, noTries);
        expect(all.failures.map(({ n }) => n)).toEqual(causes.map((_, i) => i + 1));
        expect(all.next).toBe(causes.length + 1);
        expect(noTries.failures).toEqual([]);
      }),
    );
  });

  test('is never taken back by what a lost attempt tells late', () => {
    const sent = { ...noTries, open: 'SENT' } as const;
    const failed = afterFailure(sent, 'no space');
    const inOrder = [noTries, sent, failed, { ...failed, open: 'SENT' } as const];
    inOrder.forEach((tries, i) =>
      inOrder.forEach((other, j) => expect(isFurther(tries, other)).toBe(i >= j)),
    );
  });

  test('is what was told where that goes further than what was said at the end', () => {
    const sent = { ...noTries, open: 'SENT' } as const;
    expect(furthest(noTries, sent)).toBe(sent);
    expect(furthest(afterFailure(sent, 'no space'), sent)).toEqual(afterFailure(sent, 'no space'));
    // the end of the same try says more than that it was sent
    expect(furthest({ ...sent, open: 'ACCEPTED' }, sent)).toMatchObject({ open: 'ACCEPTED' });
  });

  test('comes back from a heartbeat, which is JSON, as it was', () => {
    const tries = afterFailure(noTries, 'x');
    expect(triesSchema.parse(JSON.parse(JSON.stringify(tries)))).toEqual(tries);
  });
});

test('a heartbeat without details is one: it is JSON, and the next attempt of whatever only looks has to read it', () => {
  const beat = { attempt: 1, over: false, details: undefined };
  expect(beatSchema.parse(JSON.parse(JSON.stringify(beat)))).toEqual({ attempt: 1, over: false });
});
