import type { Row } from './rows';
import type { Way } from './ways';

/** What the rows come to, as Markdown: per direction and way the downtime, its ratio to the floor, and what became of the records. */
export function tableOf(rows: readonly Row[], ways: readonly Pick<Way, 'name' | 'floor'>[]): string {
  const directions = [...new Set(rows.map(({ from, to }) => `${from} -> ${to}`))].sort();
  const lines = directions.flatMap((direction) => {
    const there = rows.filter(({ from, to }) => `${from} -> ${to}` === direction);
    const of = (name: string) => there.filter(({ way }) => way === name);
    return ways.map(({ name, floor }) => {
      const mine = of(name);
      const ms = mine.map(({ gapMs }) => gapMs);
      const ratio = median(ms) / median(of(floor).map(({ gapMs }) => gapMs));
      const sum = (field: 'lost' | 'countedTwice') => mine.reduce((all, row) => all + row[field], 0);
      const replayed = median(mine.map((row) => row.replayed));
      const cells = [
        ...[direction, name, ms.length, median(ms), `${Math.min(...ms)} to ${Math.max(...ms)}`],
        ...[
          name === floor ? '1' : `${ratio.toFixed(2)} x ${floor}`,
          sum('lost'),
          sum('countedTwice'),
          replayed,
        ],
      ];
      return `| ${cells.join(' | ')} |`;
    });
  });
  return [
    '| | way | runs | downtime, median ms | range ms | ratio of the medians | lost | counted twice | written again, median |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

export function median(of: readonly number[]): number {
  const sorted = [...of].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] =
    sorted.length % 2 === 0 ? sorted.slice(middle - 1) : [sorted[middle], sorted[middle]];
  return (low + high) / 2;
}
