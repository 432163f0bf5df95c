import { table } from '../markdown';
import { median, percentile } from '../statistics';
import { operatorDowntimes } from './operator';
import type { Row } from './rows';
import type { Way } from './ways';
import { ours } from './window';
import type { Window } from './window';

type Named = Pick<Way, 'name' | 'floor'>;

/** What the rows come to, as Markdown: for each size of the state the downtimes, and the stopped window taken apart. */
export function tablesOf(rows: readonly Row[], ways: readonly Named[]): string {
  return sizesOf(rows)
    .map((stateMb) => {
      const ofSize = rows.filter((row) => row.stateMb === stateMb);
      return [`### ${called(stateMb)}`, measuredSize(ofSize), downtimes(ofSize, ways), windows(ofSize, ways)]
        .filter((part) => part !== '')
        .join('\n\n');
    })
    .join('\n\n');
}

/** Sizes of the state that there are rows of, MB. */
export function sizesOf(rows: readonly Row[]): number[] {
  return [...new Set(rows.map(({ stateMb }) => stateMb))].sort((a, b) => a - b);
}

export function called(stateMb: number): string {
  return stateMb === 0 ? 'Small state' : `${stateMb} MB of state`;
}

function measuredSize(rows: readonly Row[]): string {
  const bytes = rows.flatMap(({ stateBytes }) => stateBytes ?? []);
  if (bytes.length === 0) return '';
  const [least, most] = [Math.min(...bytes), Math.max(...bytes)];
  return `By Flink's own statistics, the last checkpoint before each: ${least} to ${most} bytes.`;
}

/** Per direction and way the downtime, its ratio to the floor, and what became of the records. */
function downtimes(rows: readonly Row[], ways: readonly Named[]): string {
  const lines = directionsOf(rows).flatMap((direction) => {
    const of = (name: string) => rows.filter((row) => row.way === name && directionOf(row) === direction);
    const medianOf = (name: string) => median(of(name).map(({ gapMs }) => gapMs));
    const measured = ways.map(({ name, floor }) => {
      const mine = of(name);
      const ms = mine.map(({ gapMs }) => gapMs);
      const sum = (field: 'lost' | 'countedTwice') => mine.reduce((all, row) => all + row[field], 0);
      return [
        ...[direction, name, ms.length, median(ms), `${Math.min(...ms)} to ${Math.max(...ms)}`],
        name === floor ? '1' : `${(median(ms) / medianOf(floor)).toFixed(2)} x ${floor}`,
        ...[sum('lost'), sum('countedTwice'), median(mine.map(({ replayed }) => replayed))],
      ];
    });
    const floor = medianOf('bare loop');
    const computed = operatorDowntimes(floor).map(({ name, downtime: { least, expected, most } }) => [
      ...[direction, name, '*computed, at least*', expected, `${least} to ${most}`],
      ...[`${(expected / floor).toFixed(2)} x bare loop`, '', '', ''],
    ]);
    return [...measured, ...computed];
  });
  const head = ['', 'way', 'runs', 'downtime, median ms', 'range ms', 'ratio of the medians'];
  return table([...head, 'lost', 'counted twice', 'written again, median'], lines);
}

const parts = [
  'savepoint',
  'end',
  'read',
  'steps',
  'activities',
  'submit',
  'deploy',
  'restore',
  'output',
] as const satisfies (keyof Window)[];

/** Medians of the parts of the stopped window; empty where no row has them. */
function windows(rows: readonly Row[], ways: readonly Named[]): string {
  const lines = directionsOf(rows).flatMap((direction) =>
    ways.flatMap(({ name }) => {
      const mine = rows
        .filter((row) => row.way === name && directionOf(row) === direction)
        .flatMap(({ window }) => window ?? []);
      if (mine.length === 0) return [];
      const medianOf = (part: keyof Window) => median(mine.map((window) => window[part]));
      const added = mine.map(ours);
      return [
        [
          ...[direction, name, mine.length, medianOf('before'), ...parts.map(medianOf)],
          `${median(added)}, ${percentile(added, 99)}`,
        ],
      ];
    }),
  );
  if (lines.length === 0) return '';
  const head = [
    '',
    'way',
    'runs',
    'stop sent to the last record (no downtime yet)',
    'to savepoint acknowledged',
  ];
  return [
    'The stopped window, taken apart, medians in ms:',
    table(
      [
        ...[...head, 'to job FINISHED', 'to that read', "Temporal's steps", 'activities'],
        ...['submit sent to job CREATED', 'to tasks deployed', 'to state restored', 'to first record'],
        'ours: read, steps, activities; median, p99',
      ],
      lines,
    ),
  ].join('\n\n');
}

function directionsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(directionOf))].sort();
}

export function directionOf({ from, to }: Row): string {
  return `${from} -> ${to}`;
}
