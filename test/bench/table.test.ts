import type { Row } from '../../bench/rescale/rows';
import { tablesOf } from '../../bench/rescale/table';

const ways = [
  { name: 'bare loop', floor: 'bare loop' },
  { name: 'Weir', floor: 'bare loop' },
] as const;

const row = (way: string, gapMs: number, more: Partial<Row> = {}): Row => ({
  ...{ round: 1, stateMb: 0, way, from: 2, to: 4, gapMs, lost: 0, countedTwice: 0, replayed: 0 },
  ...more,
});

const cellsOf = (text: string) => text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));

test('a way is held against its floor by the medians', () => {
  const rows = [row('bare loop', 100), row('bare loop', 300), row('Weir', 250, { lost: 1 })];
  const cells = cellsOf(tablesOf(rows, ways));
  expect(cells).toContainEqual(['', '2 -> 4', 'bare loop', '2', '200', '100 to 300', '1', '0', '0', '0', '']);
  expect(cells).toContainEqual([
    ...['', '2 -> 4', 'Weir', '1', '250', '250 to 250', '1.25 x bare loop', '1', '0', '0', ''],
  ]);
});

test('what the operator would take is the bare loop and the interval that it waits, and is marked as computed', () => {
  const lines = tablesOf([row('bare loop', 200), row('Weir', 250)], ways).split('\n');
  expect(lines.filter((line) => line.includes('computed'))).toEqual([
    '| 2 -> 4 | Flink operator, savepoint | *computed, at least* | 200 | 200 to 200 | 1.00 x bare loop |  |  |  |',
    '| 2 -> 4 | Flink operator, last-state | *computed, at least* | 5200 | 200 to 10200 | 26.00 x bare loop |  |  |  |',
  ]);
});

test('each size of the state has a part of its own, which says what Flink measured of it', () => {
  const big = { stateMb: 200, stateBytes: 200_400_000 };
  const rows = [row('bare loop', 100), row('Weir', 100), row('bare loop', 900, big), row('Weir', 990, big)];
  const text = tablesOf(rows, ways);
  const [small, large] = text.split('### 200 MB of state');
  expect(small).toMatch(/^### Small state/);
  expect(small).toContain('| 2 -> 4 | bare loop | 1 | 100 |');
  expect(small).not.toContain('bytes');
  expect(large).toContain('200400000 to 200400000 bytes');
  expect(large).toContain('| 2 -> 4 | Weir | 1 | 990 | 990 to 990 | 1.10 x bare loop |');
});

test('the stopped window is taken apart where its steps are known', () => {
  const window = {
    ...{ before: 1, savepoint: 2, end: 3, read: 4, steps: 20, activities: 6 },
    ...{ submit: 7, deploy: 8, restore: 9, output: 10 },
  };
  const rows = [
    row('bare loop', 100),
    row('Weir', 69, { window }),
    row('Weir', 89, { window: { ...window, steps: 40 } }),
  ];
  const [, apart] = tablesOf(rows, ways).split('The stopped window, taken apart');
  expect(apart?.split('\n').at(-1)).toBe(
    '| 2 -> 4 | Weir | 2 | 1 | 2 | 3 | 4 | 30 | 6 | 7 | 8 | 9 | 10 | 40, 50 |',
  );
  expect(tablesOf([row('bare loop', 100), row('Weir', 100)], ways)).not.toContain('taken apart');
});
