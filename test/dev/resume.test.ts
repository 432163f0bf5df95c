import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectDir } from '../../src/dev/paths';
import { scratchDir } from '../kit/child';

/** A run of test files that was interrupted, `npm run test:faults`, goes on where it was, on the very same tree. */

const scripts = join(projectDir, 'scripts', 'resume');
const rowSchema = z.object({
  ...{ file: z.string(), passed: z.int(), failed: z.int(), seconds: z.number(), commit: z.string() },
});

let folder: string;
let table: string;
beforeEach(() => {
  folder = scratchDir();
  table = join(folder, '.weir', 'table.jsonl');
  write('package.json', '{}');
  write('.gitignore', '.weir/\n');
  write('good.test.js', `test('one', () => {}); test('two', () => {});`);
  write('bad.test.js', `test('one', () => { throw new Error('no'); });`);
  git('init', '--quiet');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'all of it');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  writeFileSync(join(folder, file), text);
}

function git(...args: string[]): string {
  const as = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', [...as, ...args], { cwd: folder, encoding: 'utf8' });
}

/** What the script gives for an expression of the functions of the table. */
function told(expression: string): unknown {
  const code = `const { begin, end } = require(${JSON.stringify(join(scripts, 'table.js'))});
    const table = ${JSON.stringify(table)}, folder = ${JSON.stringify(folder)};
    console.log(JSON.stringify(${expression} ?? null));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }));
}

function begun(fresh = false) {
  return z.array(rowSchema).parse(told(`begin(table, { folder, fresh: ${fresh} })`));
}

const files = (rows: readonly z.infer<typeof rowSchema>[]) => rows.map(({ file }) => file);

/** Runs what is left, and returns what jest says. */
function jest(): string {
  const { stderr } = spawnSync(
    process.execPath,
    [
      ...[join(projectDir, 'node_modules', 'jest', 'bin', 'jest.js'), '--rootDir', folder, '--runInBand'],
      // as scripts/test.mjs calls it: once every file has passed there is none left to run, which is no failure
      ...['--filter', join(scripts, 'filter.js'), '--passWithNoTests'],
      ...['--reporters', 'default', '--reporters', join(scripts, 'reporter.js')],
    ],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, WEIR_TEST_TABLE: table } },
  );
  return stderr;
}

test('what passed is taken over, with its commit; what failed or was not reached runs again', () => {
  expect(begun()).toEqual([]);
  const first = jest();
  expect(first).toContain('PASS ./good.test.js');
  expect(first).toContain('FAIL ./bad.test.js');
  const [row, ...more] = begun();
  expect(more).toEqual([]);
  expect(row).toMatchObject({ file: 'good.test.js', passed: 2, failed: 0 });
  expect(git('rev-parse', 'HEAD')).toMatch(new RegExp(`^${row?.commit}`));
  const second = jest();
  expect(second).not.toContain('good.test.js');
  expect(second).toContain('FAIL ./bad.test.js');
});

describe('when a file has passed', () => {
  const row = { file: 'good.test.js', passed: 2, failed: 0, seconds: 1, commit: 'c0ffee' };
  const line = `${JSON.stringify(row)}\n`;
  beforeEach(() => {
    begun();
    appendFileSync(table, line);
  });

  test('a run that has come to its end is not gone on with', () => {
    told('end(table)');
    expect(begun()).toEqual([]);
  });

  test('a fresh one is asked for: nothing is taken over, then or later', () => {
    expect(begun(true)).toEqual([]);
    expect(begun()).toEqual([]);
  });

  test('a line that was cut off with the run takes nothing else away', () => {
    appendFileSync(table, '{"file":"bad.te');
    expect(files(begun())).toEqual(['good.test.js']);
    appendFileSync(table, line.replace('good', 'other'));
    expect(files(begun())).toEqual(['good.test.js', 'other.test.js']);
  });

  test('it is not taken over once it has failed', () => {
    appendFileSync(table, `${JSON.stringify({ ...row, failed: 1 })}\n`);
    expect(begun()).toEqual([]);
  });

  test.each([
    ['a file that was changed', () => write('good.test.js', '// nothing')],
    ['a file that was added', () => write('new.js', '')],
    ['a file that was taken away', () => rmSync(join(folder, 'bad.test.js'))],
    ['another commit', () => git('commit', '--quiet', '--allow-empty', '-m', 'another')],
  ])('another state of the tree takes nothing over: %s', (_, change) => {
    change();
    expect(begun()).toEqual([]);
  });
});

test('a file that ends when the tree is no longer what it was is not noted', () => {
  begun();
  write('new.js', '');
  jest();
  rmSync(join(folder, 'new.js'));
  expect(begun()).toEqual([]);
});

test('outside of git nothing is taken over', () => {
  rmSync(join(folder, '.git'), { recursive: true });
  begun();
  jest();
  expect(begun()).toEqual([]);
});
