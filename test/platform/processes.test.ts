import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/dev/until';
import { Processes } from '../../src/platform/processes';

/** TaskManagers as processes of this machine; here, processes that only tell that they have begun and that they end. */

const says = (text: string) => `process.stdout.write('${text}\\n')`;
const main = `${says('begun {n}')}; process.on('SIGTERM', () => { ${says('goodbye')}; process.exit() }); setInterval(() => {}, 1000)`;

let folder: string;
let platform: Processes;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-platform-'));
  platform = of(process.execPath, '-e', main);
});
afterEach(async () => {
  await platform.scale(0);
  rmSync(folder, { recursive: true });
});

function of(...command: readonly string[]): Processes {
  return new Processes({ command, folder });
}
const records = () => readdirSync(folder).filter((name) => name.endsWith('.json'));
const record = (n: number) => join(folder, `taskmanager-${n}.json`);
const pidOf = (n: number) => (JSON.parse(readFileSync(record(n), 'utf8')) as { pid: number }).pid;
const log = (n: number) => readFileSync(join(folder, `taskmanager-${n}.log`), 'utf8');
const begun = (n: number) =>
  until(() => log(n).includes(`begun ${n}`), { what: `TaskManager ${n}`, deadlineMs: 20_000, pollMs: 20 });

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('of a cluster that was never scaled none are wanted', async () => {
  expect(await of('x').wanted()).toBe(0);
  rmSync(folder, { recursive: true });
  expect(await of('x').wanted()).toBe(0);
  await platform.scale(0);
});

test('so many are started as are asked for, each with its number and its log; another worker counts them, too', async () => {
  await platform.scale(2);
  await Promise.all([begun(1), begun(2)]);
  expect(await of('another worker').wanted()).toBe(2);
  expect([pidOf(1), pidOf(2)].every(lives)).toBe(true);
});

test('the same count again starts none, be it at the same time or by another worker', async () => {
  await Promise.all([platform.scale(2), platform.scale(2)]);
  const before = [pidOf(1), pidOf(2)];
  await of(process.execPath, '-e', main).scale(2);
  expect([pidOf(1), pidOf(2)]).toEqual(before);
});

test('fewer: the last ones are asked to end, and have ended when it returns; the others go on', async () => {
  await platform.scale(3);
  await Promise.all([begun(1), begun(2), begun(3)]);
  const before = [pidOf(1), pidOf(2), pidOf(3)];
  await platform.scale(1);
  expect(before.map(lives)).toEqual([true, false, false]);
  expect(log(2)).toContain('goodbye');
  expect(records()).toEqual(['taskmanager-1.json']);
  expect(await platform.wanted()).toBe(1);
});

describe('with the ids that Flink knows them by', () => {
  const known = () => {
    const command = [process.execPath, '-e', main];
    const { retirement } = new Processes({ command, folder, resourceId: 'tm-{n}' });
    if (retirement === undefined) throw new Error('they have ids');
    return retirement;
  };

  test('any that is idle can go, the last ones first', async () => {
    await platform.scale(3);
    const counts = { wanted: 3, most: 2 };
    expect(known().choose(['tm-1', 'tm-2', 'tm-3', 'else'], counts)).toEqual(['tm-2', 'tm-3']);
    expect(known().choose(['tm-1', 'tm-2'], { wanted: 3, most: 1 })).toEqual(['tm-2']);
    expect(known().choose(['tm-9'], counts)).toEqual([]);
  });

  test('it is asked to end, and the others go on; as many stay wanted, and the next one more has its number', async () => {
    await platform.scale(3);
    await Promise.all([begun(1), begun(2), begun(3)]);
    const before = [pidOf(1), pidOf(2), pidOf(3)];
    await known().end(['tm-2'], 3);
    expect(before.map(lives)).toEqual([true, false, true]);
    expect(log(2)).toContain('goodbye');
    expect(await platform.wanted()).toBe(2);
    await platform.scale(2);
    expect(records()).toEqual(['taskmanager-1.json', 'taskmanager-3.json']);
    await platform.scale(3);
    expect([pidOf(1), pidOf(3)]).toEqual([before[0], before[2]]);
    expect(lives(pidOf(2))).toBe(true);
  });

  test('without them none is ended because it is idle', () => {
    expect(platform.retirement).toBeUndefined();
  });
});

test('one that died is still wanted, and started again by the next call', async () => {
  await platform.scale(1);
  const dead = pidOf(1);
  process.kill(dead, 'SIGKILL');
  await until(() => !lives(dead), { what: 'its end', deadlineMs: 10_000, pollMs: 20 });
  expect(await platform.wanted()).toBe(1);
  await platform.scale(1);
  expect(pidOf(1)).not.toBe(dead);
  expect(lives(pidOf(1))).toBe(true);
});

test('a pid that another process has by now is not taken for it, and that one is not ended', async () => {
  writeFileSync(record(1), JSON.stringify({ pid: process.pid, start: 'another time' }));
  await platform.scale(0);
  expect(records()).toEqual([]);
  expect(lives(process.pid)).toBe(true);
});

test('a number that another worker is about to start is left to that; not for ever, should it have died', async () => {
  writeFileSync(record(1), '');
  expect(await platform.wanted()).toBe(1);
  const failure = {
    name: 'PlatformUnavailable',
    message: 'TaskManager 1 is being started by another worker',
  };
  await expect(platform.scale(1)).rejects.toMatchObject(failure);
  const long = Date.now() / 1_000 - 60;
  utimesSync(record(1), long, long);
  await expect(platform.scale(1)).rejects.toMatchObject(failure);
  await platform.scale(1);
  expect(lives(pidOf(1))).toBe(true);
});

test('one that was asked to end by a worker that died counts no more; it is ended before its number is used again', async () => {
  await platform.scale(1);
  await begun(1);
  const before = pidOf(1);
  writeFileSync(
    record(1),
    JSON.stringify({ ...(JSON.parse(readFileSync(record(1), 'utf8')) as object), ends: true }),
  );
  expect(await platform.wanted()).toBe(0);
  await platform.scale(1);
  expect([lives(before), lives(pidOf(1))]).toEqual([false, true]);
});

test('a program that is not there is refused, with the field of weir.yaml, and nothing is left of it', async () => {
  await expect(of('/no/such/program').scale(1)).rejects.toMatchObject({
    name: 'PlatformRefused',
    message: expect.stringMatching(/\/no\/such\/program .* "taskManagers.command" of weir.yaml/) as string,
  });
  expect(records()).toEqual([]);
});
