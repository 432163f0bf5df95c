import type { PhaseTime } from '../../src/contracts/rescale';
import { asTyped, sideBySide, timeline, wrapped } from '../../src/dev/demo-report';
import { typedInto } from '../kit/shell';

test.each([
  ['one line', ['workflow', 'list']],
  [
    'several lines',
    [
      ...['workflow', 'start', '--fail-existing', '--task-queue', 'weir', '--type', 'rescale'],
      ...[
        '--workflow-id',
        'rescale/local/orders',
        '--input',
        '{"job":"orders","reason":"it\'s $HOME, or `so`"}',
      ],
    ],
  ],
  ['a word longer than a line', ['workflow', 'query', '--name', 'x'.repeat(200), '--type', 'status']],
])('a command of %s that is typed as printed gives `temporal` its arguments', (_, args) => {
  expect(typedInto(asTyped(args))).toEqual(args);
});

test('a command breaks before a flag, never between a flag and its value', () => {
  const lines = asTyped([
    'workflow',
    'start',
    '--task-queue',
    'q'.repeat(60),
    '--type',
    'rescale',
    '--fail-existing',
  ]);
  expect(lines).toEqual([
    'temporal workflow start \\',
    `  --task-queue ${'q'.repeat(60)} --type rescale \\`,
    '  --fail-existing',
  ]);
});

test('each phase of a timeline lasts until the next one, and its bar begins where the last one ended', () => {
  const timings: PhaseTime[] = [
    { phase: 'PLANNING', startedAt: 1_000 },
    { phase: 'SAVEPOINTING', startedAt: 1_500 },
    { phase: 'DONE', startedAt: 2_000 },
  ];
  expect(timeline(timings)).toEqual([
    `PLANNING        0.50 s  ${'█'.repeat(25)}`,
    `SAVEPOINTING    0.50 s  ${' '.repeat(25)}${'█'.repeat(25)}`,
    'in all          1.00 s',
  ]);
});

test('a phase too short for its bar still shows, within the width of the others', () => {
  const bars = timeline([
    { phase: 'PLANNING', startedAt: 0 },
    { phase: 'STOPPING', startedAt: 100_000 },
    { phase: 'DONE', startedAt: 100_001 },
  ]);
  expect(bars[1]).toMatch(/^STOPPING +0\.00 s {2} {49}█$/);
});

test('a rescale that ended before its first phase has an empty timeline', () => {
  expect(timeline([])).toEqual(['in all          0.00 s']);
});

test('two rescales stand side by side, each with its downtime by the output and by its result', () => {
  const job = { jobId: 'a', parallelism: 4 };
  const lines = sideBySide([
    {
      result: {
        mechanism: 'RESTART',
        from: { jobId: 'b', parallelism: 2 },
        to: job,
        downtimeMs: { total: 310, stop: 100, submit: 50, restore: 160 },
      },
      verdict: { gapMs: 295, lost: 0, countedTwice: 0 },
      rewritten: 0,
    },
    {
      result: { mechanism: 'IN_PLACE', from: job, to: { ...job, parallelism: 16 } },
      verdict: { gapMs: 90, lost: 1, countedTwice: 2 },
      rewritten: 12_345,
    },
  ]);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['RESTART 2 -> 4', 'IN_PLACE 4 -> 16'],
    ["silence in the job's own output", '295 ms', '90 ms'],
    ["as the workflow's result says", '310 ms', '-'],
    ['records lost', '0', '1'],
    ['records counted twice', '0', '2'],
    ['lines written again', '0', '12345'],
  ]);
  expect(new Set(lines.map(({ length }) => length))).toEqual(new Set([74]));
});

test('long lines of a message are broken between words; the command at its end is left whole', () => {
  const cause = 'because '.repeat(20).trim();
  const next = `Next: ${'word '.repeat(40).trim()}`;
  const lines = wrapped(`It failed.\n${cause}\n${next}`);
  expect(lines.at(0)).toBe('It failed.');
  expect(lines.at(-1)).toBe(next);
  expect(
    lines
      .slice(1, -1)
      .map((line) => line.trim())
      .join(' '),
  ).toBe(cause);
  expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(94);
});
