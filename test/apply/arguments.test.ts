import { UsageError, readArguments, usage } from '../../src/apply/arguments';

function refusal(...args: string[]): string {
  try {
    readArguments(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${args.join(' ')} was accepted`);
}

test('files, and what to do with them', () => {
  expect(
    readArguments(['-f', 'a.yaml', '--file', 'b.json', '--wait', '--timeout', '10m', '--reason', 'peak']),
  ).toEqual({
    files: ['a.yaml', 'b.json'],
    dryRun: false,
    wait: true,
    timeoutMs: 600_000,
    cluster: undefined,
    by: undefined,
    reason: 'peak',
  });
  expect(readArguments(['-f', '-', '--dry-run', '--cluster=eu'])).toMatchObject({
    files: ['-'],
    dryRun: true,
    cluster: 'eu',
  });
});

test.each([
  ['90s', 90_000],
  ['2h', 7_200_000],
])('--timeout %s', (time, timeoutMs) => {
  expect(readArguments(['-f', 'a', '--timeout', time])).toMatchObject({ timeoutMs });
});

test.each(['10', 'soon', '0s', '1.5m', ''])('--timeout "%s" is refused with an example', (time) => {
  expect(refusal('-f', 'a', `--timeout=${time}`)).toContain(
    `--timeout is "${time}"; it must be a time such as 90s, 10m, 2h\nNext: `,
  );
});

test('without a file the usage is shown, with a command to run next', () => {
  expect(refusal('--dry-run')).toBe(`${usage}\nNext: npm run apply -- -f orders.yaml --dry-run`);
});

test.each([
  ['--dryrun', '--dry-run'],
  ['--wiat', '--wait'],
  ['--files=x', '--file'],
])('%s is refused, and the nearest is named', (typo, close) => {
  expect(refusal('-f', 'a', typo)).toContain(
    `unknown option ${typo}; did you mean ${close}? Valid: -f, --file, `,
  );
});

test.each(['-x', '--verbose'])('%s, which is like none, is refused with all that are valid', (option) => {
  expect(refusal('-f', 'a', option)).toContain(
    `unknown option ${option}; valid: -f, --file, --dry-run, --wait, `,
  );
});

test('a file without -f is refused with the command that was meant', () => {
  expect(refusal('orders.yaml')).toBe(
    '"orders.yaml" is no option; a file is given with -f\nNext: npm run apply -- -f orders.yaml',
  );
});
