import { durationMs } from '../../src/planning/duration';

test.each([
  ['30 s', 30_000],
  ['30s', 30_000],
  ['500ms', 500],
  ['500 millis', 500],
  ['1 min', 60_000],
  ['2 h', 7_200_000],
  ['1 d', 86_400_000],
  ['10000', 10_000],
  ['PT30S', 30_000],
  ['PT1M30S', 90_000],
  ['PT0.5S', 500],
  ['PT2H', 7_200_000],
  [' 1 s ', 1_000],
  ['1000000 ns', 1],
  ['soon', undefined],
  ['30 parsecs', undefined],
  ['', undefined],
])('%s is %s ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
