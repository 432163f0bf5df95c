import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ManagedProcess } from '../../src/dev/process';
import { startOf } from '../../src/platform/alive';
import { until } from '../../src/dev/until';
import { nodeChild, scratchDir } from '../kit/child';

let runDir: string;
const started: ManagedProcess[] = [];

beforeEach(() => {
  runDir = scratchDir();
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.kill()));
  rmSync(runDir, { recursive: true });
});

async function start(code: string, name = 'child'): Promise<ManagedProcess> {
  const child = await ManagedProcess.start({ name, runDir, command: process.execPath, args: ['-e', code] });
  started.push(child);
  return child;
}

const GRANDCHILD = `
  const { spawn } = require('node:child_process');
  const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  console.log('grandchild ' + grandchild.pid);
  setInterval(() => {}, 1000);`;

async function grandchildOf(child: ManagedProcess): Promise<number> {
  const pid = await child.ready(() => /grandchild (\d+)\n/.exec(child.output())?.[1], {
    what: 'a grandchild',
    deadlineMs: 10_000,
  });
  return Number(pid);
}

const gone = (pid: number) =>
  until(() => startOf(pid) === undefined, { what: `process ${pid} to be gone`, deadlineMs: 5000 });

describe('a managed process', () => {
  test('writes what it prints, on both streams, to its log', async () => {
    const child = await start(`console.log('one'); console.error('two')`);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(runDir, 'logs', 'child.log'), 'utf8')).toBe('one\ntwo\n');
  });

  test('keeps the log of an earlier start, and tells what is of this one', async () => {
    await (
      await start(`console.log('first')`)
    ).exited;
    const second = await start(`console.log('second')`);
    await second.exited;
    expect(second.output()).toBe('second\n');
    expect(readFileSync(second.log, 'utf8')).toBe('first\nsecond\n');
  });

  test('gives the last lines of its log', async () => {
    const child = await start(`for (let i = 1; i <= 5; i++) console.log('line ' + i)`);
    await child.exited;
    expect(child.tail(2)).toBe('line 4\nline 5');
  });

  test('is on record with its command while it lives, and only then', async () => {
    const child = await start(`setInterval(() => {}, 1000)`);
    const file = join(runDir, 'pids', 'child.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      name: 'child',
      pid: child.pid,
      command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'],
    });
    await child.stop();
    expect(existsSync(file)).toBe(false);
  });

  test('that cannot be run is an error with its name', async () => {
    const never = ManagedProcess.start({
      name: 'nobody',
      runDir,
      command: join(runDir, 'no-such-program'),
      args: [],
    });
    await expect(never).rejects.toThrow(/^cannot start nobody: .*ENOENT/);
  });
});

describe('readiness', () => {
  test('fails at once, with the end of the log, when the process has ended', async () => {
    const child = await start(`console.log('port 8081 is taken'); process.exit(3)`);
    const begun = Date.now();
    const ready = child.ready(() => false, { what: 'it to answer', deadlineMs: 60_000 });
    await expect(ready).rejects.toThrow(
      /^child ended \(exit code 3\) while waiting for it to answer[^]*port 8081 is taken/,
    );
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('fails at its deadline, with the end of the log, while the process lives', async () => {
    const child = await start(`console.log('still thinking'); setInterval(() => {}, 1000)`);
    await child.ready(() => child.output().includes('thinking'), { what: 'a line', deadlineMs: 10_000 });
    const ready = child.ready(() => false, { what: 'it to answer', deadlineMs: 100 });
    await expect(ready).rejects.toThrow(/^child: waited 0 s for it to answer[^]*still thinking/);
  });

  test('takes an error of the condition as "not yet"', async () => {
    const child = await start(`setInterval(() => {}, 1000)`);
    let looks = 0;
    const value = await child.ready(
      () => {
        if (++looks < 3) throw new Error('connection refused');
        return looks;
      },
      { what: 'an answer', deadlineMs: 10_000, pollMs: 1 },
    );
    expect(value).toBe(3);
  });
});

describe('ending a process', () => {
  test.each(['stop', 'kill'] as const)('%s ends the children of the child too', async (end) => {
    const child = await start(GRANDCHILD);
    const grandchild = await grandchildOf(child);
    expect(startOf(grandchild)).toBeDefined();
    await child[end]();
    await gone(grandchild);
    expect(child.running).toBe(false);
  });

  test('a child that crashes takes its own children with it', async () => {
    const child = await start(GRANDCHILD);
    const grandchild = await grandchildOf(child);
    process.kill(child.pid, 'SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await gone(grandchild);
  });

  test('stop is SIGTERM, and SIGKILL for one that does not heed it', async () => {
    const code = `process.on('SIGTERM', () => console.log('not now')); console.log('up'); setInterval(() => {}, 1000)`;
    const child = await start(code);
    await child.ready(() => child.output().includes('up'), { what: 'a line', deadlineMs: 10_000 });
    expect(await child.stop(300)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child.output()).toContain('not now');
  });

  test('a paused process runs no further, and can be resumed or stopped', async () => {
    const child = await start(`setInterval(() => console.log('tick'), 5)`);
    const ticks = () => child.output().length;
    await child.ready(() => ticks() > 0, { what: 'a tick', deadlineMs: 10_000 });
    child.pause();
    // Two looks, 100 ms apart, that find nothing new: at 5 ms a tick only a process that stands still passes.
    let before = -1;
    await until(() => before === (before = ticks()), { what: 'silence', deadlineMs: 5000, pollMs: 100 });
    child.resume();
    await child.ready(() => ticks() > before, { what: 'a tick after the pause', deadlineMs: 5000 });
    child.pause();
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('ending one that is gone already is no error', async () => {
    const child = await start(``);
    await child.exited;
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    expect(await child.kill()).toEqual({ code: 0, signal: null });
  });
});

describe('a parent that dies', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('by %s leaves nothing behind', async (signal) => {
    const parent = nodeChild(
      `dev('process').ManagedProcess.start({
         name: 'orphan', runDir: ${JSON.stringify(runDir)}, command: process.execPath,
         args: ['-e', ${JSON.stringify(GRANDCHILD)}],
       }).then((child) => child.ready(() => /grandchild (\\d+)\\n/.exec(child.output())?.[1], { what: 'it', deadlineMs: 10000 })
         .then((grandchild) => console.log('pids ' + child.pid + ' ' + grandchild + ' ready')));`,
    );
    const [, child, grandchild] = /pids (\d+) (\d+)/.exec(await parent.printed('ready')) ?? [];
    expect(startOf(Number(child))).toBeDefined();
    parent.process.kill(signal);
    await parent.ended;
    await gone(Number(child));
    await gone(Number(grandchild));
  });

  test('because it has nothing more to do ends what it started, whatever it forgot', async () => {
    const parent = nodeChild(
      `dev('process').ManagedProcess.start({
         name: 'forgotten', runDir: ${JSON.stringify(runDir)}, command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'],
       }).then((child) => { console.log('pid ' + child.pid); process.exit(0); });`,
    );
    const [, child] = /pid (\d+)/.exec(await parent.ended) ?? [];
    await gone(Number(child));
    expect(readdirSync(join(runDir, 'logs'))).toEqual(['forgotten.log']);
  });
});
