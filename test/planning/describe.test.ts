import fc from 'fast-check';
import type { PhaseTime, RescaleStatus } from '../../src/contracts/rescale';
import { phases } from '../../src/contracts/rescale';
import { code, plain } from '../../src/planning/markdown';
import { describeRun, operatorOptions } from '../../src/workflows/describe';
import { ask, jobId } from '../kit/plans';

/** Design 3.4: the current details of a run. */

const workflowId = 'rescale/local/orders';
const begin = Date.UTC(2026, 0, 2, 3, 4, 5);
const snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId } as const;

function status(change: Partial<RescaleStatus> = {}): RescaleStatus {
  return {
    phase: 'RESTARTING',
    attempt: 2,
    failedTries: ['no such class'],
    cluster: 'local',
    job: 'orders',
    from: { jobId, parallelism: 2 },
    snapshot,
    timings: [
      { phase: 'PLANNING', startedAt: begin },
      { phase: 'SAVEPOINTING', startedAt: begin + 250, failedTries: 3 },
      { phase: 'STOPPING', startedAt: begin + 75_250 },
      { phase: 'RESTARTING', startedAt: begin + 75_300, failedTries: 1 },
    ],
    warnings: ['the old job left no checkpoint'],
    operator: [],
    ...change,
  };
}

/** Without the gaps between the columns, which nobody sees. */
const seen = (text: string) => text.replace(/\u00a0\u00a0\u2060/g, '');
const at = { workflowId, aborted: false, stuck: false };
const details = (change?: Partial<RescaleStatus>, stuck = false) => {
  const told = status(change);
  return seen(
    describeRun(
      told,
      ask(),
      operatorOptions('RESTARTING', { ...at, stuck: stuck || told.phase === 'ATTENTION' }),
    ),
  );
};

test('say what, when, what comes next, what can be done, and the facts', () => {
  expect(details().split('\n')).toEqual([
    '**orders 2 -> 4**, STATEFUL, LATEST_STATE',
    '',
    '| step | began (UTC) | took | failed tries |',
    '|---|---|---|---|',
    '| PLANNING | 2026-01-02 03:04:05 | 0.3 s |  |',
    '| SAVEPOINTING | 2026-01-02 03:04:05 | 1 min 15 s | 3 |',
    '| STOPPING | 2026-01-02 03:05:20 | 0.1 s |  |',
    '| RESTARTING | 2026-01-02 03:05:20 | under way | 1 |',
    '',
    '- snapshot `file:/data/sp/orders/savepoint-1`',
    `- old job \`${jobId}\``,
    '',
    '**Next:** wait for its first checkpoint.',
    '',
    '- wait: the old job is stopped, so this goes on until a job runs',
    '',
    '* try 1 failed: no such class',
    '* warning: the old job left no checkpoint',
  ]);
});

test('of a run that calls for attention say so at the top, and how to intervene', () => {
  const timings: PhaseTime[] = [...status().timings, { phase: 'ATTENTION', startedAt: begin + 135_300 }];
  const text = details({ phase: 'ATTENTION', attention: 'RESTARTING takes longer than 60 s', timings });
  expect(text.split('\n')[2]).toBe('**ATTENTION: RESTARTING takes longer than 60 s**');
  expect(text).toContain(
    '| RESTARTING | 2026-01-02 03:05:20 | 1 min 0 s | 1 |\n| ATTENTION | 2026-01-02 03:06:20 | under way |',
  );
  expect(text).toContain('**Next:** Weir goes on by itself, and the state is in the snapshot above.');
  for (const name of ['retry', 'restoreFrom', 'giveUp'])
    expect(text).toContain(`\`temporal workflow signal --workflow-id ${workflowId} --name ${name}`);
});

test('of a run that has ended say how, and nothing that comes next', () => {
  const timings: PhaseTime[] = [...status().timings, { phase: 'DONE', startedAt: begin + 80_000 }];
  const told = status({
    phase: 'DONE',
    outcome: 'RESCALED',
    timings,
    to: { jobId: 'b'.repeat(32), parallelism: 4 },
  });
  const text = seen(describeRun(told, ask(), operatorOptions('DONE', at)));
  expect(text).toMatch(/^\*\*orders 2 -> 4\*\*, STATEFUL, LATEST_STATE\n\n\*\*RESCALED\*\*\n\n\| step/);
  expect(text).toContain('| DONE | 2026-01-02 03:05:25 |  |  |');
  expect(text).not.toMatch(/Next:|under way/);
  expect(text).toContain(`- new job \`${'b'.repeat(32)}\``);
});

test.each(phases)('in %s say what comes next, or that it is over', (phase) => {
  const text = describeRun(status({ phase }), ask(), operatorOptions(phase, at));
  expect(text.includes('\n**Next:** ')).toBe(phase !== 'DONE');
});

test.each([
  ['PLANNING', 'abort'],
  ['SAVEPOINTING', 'abort'],
] as const)('in %s an operator can abort, until an abort was asked for', (step, name) => {
  expect(operatorOptions(step, at).map(({ command }) => command)).toEqual([
    `temporal workflow signal --workflow-id ${workflowId} --name ${name}`,
  ]);
  expect(operatorOptions(step, { ...at, aborted: true })).toEqual([
    { what: 'an abort was asked for: the try in flight is let end, no other follows' },
  ]);
});

test.each([
  ['SETTLING', ['retry', 'giveUp']],
  ['STOPPING', ['retry', 'giveUp']],
  ['RESTARTING', ['retry', 'restoreFrom', 'giveUp']],
  ['VERIFYING', ['giveUp']],
  ['ROLLING_BACK', ['retry', 'restoreFrom', 'giveUp']],
] as const)(
  'in %s an operator waits; where it calls for attention they can do what helps there',
  (step, names) => {
    expect(operatorOptions(step, at)).toEqual([{ what: expect.stringMatching(/^wait: /) }]);
    const commands = operatorOptions(step, { ...at, stuck: true }).map(({ command = '' }) => command);
    expect(commands.map((command) => / --name (\w+)/.exec(command)?.[1])).toEqual(names);
  },
);

test('a command is one that a shell takes, whatever the job is called', () => {
  const [option] = operatorOptions('PLANNING', { ...at, workflowId: "rescale/local/it's" });
  expect(option?.command).toBe(
    `temporal workflow signal --workflow-id 'rescale/local/it'\\''s' --name abort`,
  );
});

describe('whatever a job, a path or a cause is called', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    fc.constantFrom(
      'a|b',
      '`',
      '``x`',
      '**b**',
      '<img src=x>',
      '[a](javascript:x)',
      'a\n# b',
      '_x_',
      '&lt;',
      '\\',
    ),
  );

  test('the details keep their lines: the table stays one, and nothing begins a block of its own', () => {
    const shape = (text: string) =>
      text.split('\n').map((line) => (line.startsWith('|') ? line : line.slice(0, 2)));
    const usual = shape(details({ attention: 'x', phase: 'ATTENTION' })).slice(1);
    fc.assert(
      fc.property(nasty, nasty, nasty, (job, path, cause) => {
        const change = { job, snapshot: { ...snapshot, path }, failedTries: [cause], warnings: [cause] };
        const text = details({ ...change, attention: cause, phase: 'ATTENTION' });
        expect(shape(text).slice(1)).toEqual(usual);
      }),
    );
  });

  test('code shows it as it is, on one line, and is closed again', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const shown = code(text);
        const fence = /^`+/.exec(code(`x${text}`))?.[0] ?? '';
        expect(shown).not.toContain('\n');
        expect(shown.endsWith(fence)).toBe(true);
        const inside = shown.slice(fence.length, shown.length - fence.length);
        expect(inside.trim()).toBe(text.replace(/\s+/g, ' ').trim());
        const runs: readonly string[] = inside.match(/`+/g) ?? [];
        expect(runs).not.toContain(fence);
      }),
    );
  });

  test.each([
    ['my_job', 'my_job'],
    ['a|b', 'a\\|b'],
    ['`x`', '\\`x\\`'],
    ['**b** _c_', '\\*\\*b\\*\\* \\_c\\_'],
    ['<b>', '\\<b\\>'],
    ['[a](b)', '\\[a\\](b)'],
    ['&lt; & c', '\\&lt; & c'],
    ['a\n\n# b', 'a # b'],
  ])('in a sentence %j is written %j', (text, shown) => expect(plain(text)).toBe(shown));
});

describe('a rescale whose mechanism was left to Weir', () => {
  const auto = ask({ mechanism: 'AUTO' });

  test('says at first that it will choose', () => {
    const text = describeRun(status({ phase: 'PLANNING' }), auto, operatorOptions('PLANNING', at));
    expect(text).toContain('**orders 2 -> 4**, AUTO');
    expect(text).toContain('**Next:** choose how to take the job to parallelism 4, and do that.');
  });

  test('says then which it has chosen, and why', () => {
    expect(details({ why: 'RESTART: not in place, since it is too old' })).toContain(
      '- RESTART: not in place, since it is too old',
    );
  });
});
