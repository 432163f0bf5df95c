import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManagedProcess } from '../../src/dev/process';
import { leftovers, recordsOf, session, type ProcessRecord } from '../../src/dev/registry';
import { isAlive, startOf } from '../../src/platform/alive';
import { scratchDir } from '../kit/child';

let runsDir: string;
let living: ManagedProcess;

beforeEach(async () => {
  runsDir = scratchDir();
  const runDir = join(runsDir, 'a-run');
  mkdirSync(runDir);
  living = await ManagedProcess.start({
    name: 'living',
    runDir,
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
  });
});

afterEach(async () => {
  await living.kill();
  rmSync(runsDir, { recursive: true });
});

/** Changes the record of the living process. */
function rewrite(change: Partial<ProcessRecord>): void {
  const [record] = recordsOf(join(runsDir, 'a-run'));
  writeFileSync(join(runsDir, 'a-run', 'pids', 'living.json'), JSON.stringify({ ...record, ...change }));
}

const self = () => ({ pid: process.pid, start: startOf(process.pid) ?? 'gone' });

test('a process of this session that still lives is left over', () => {
  expect(leftovers(runsDir)).toMatchObject([{ name: 'living', pid: living.pid, session: session() }]);
});

test('one that was ended is not', async () => {
  await living.stop();
  expect(leftovers(runsDir)).toEqual([]);
});

test("another session's process is left alone while its owner lives", () => {
  rewrite({ session: 'another', owner: self() });
  expect(leftovers(runsDir)).toEqual([]);
});

test("another session's process whose owner is gone is left over", () => {
  rewrite({ session: 'another', owner: { ...self(), start: 'long ago' } });
  expect(leftovers(runsDir)).toMatchObject([{ pid: living.pid }]);
});

test('a pid that was given to another process since is not ours', () => {
  expect(isAlive({ pid: living.pid, start: startOf(living.pid) ?? '' })).toBe(true);
  expect(isAlive({ pid: living.pid, start: 'long ago' })).toBe(false);
  rewrite({ start: 'long ago' });
  expect(leftovers(runsDir)).toEqual([]);
});

test('a record that is only half written counts for nothing', () => {
  writeFileSync(join(runsDir, 'a-run', 'pids', 'half.json'), '{"name": "ha');
  expect(leftovers(runsDir)).toHaveLength(1);
});
