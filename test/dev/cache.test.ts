import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../../src/dev/cache';
import { cacheDir } from '../../src/dev/paths';
import { nodeChild, scratchDir } from '../kit/child';

let root: string;

beforeEach(() => {
  root = scratchDir();
});

afterEach(() => rmSync(root, { recursive: true }));

const fillWith = (text: string) => (staging: string) => {
  writeFileSync(join(staging, 'content'), text);
  return Promise.resolve();
};
const content = (entry: string) => readFileSync(join(entry, 'content'), 'utf8');

/** A Node process that fills the entry `flink`, halfway at first, and goes on when the file `go` is there. */
const filler = (name: string) =>
  nodeChild(`
    const fs = require('node:fs');
    dev('cache').cached('flink', async (staging) => {
      fs.writeFileSync(staging + '/content', 'half of ' + ${JSON.stringify(name)});
      console.log('filling');
      await dev('until').until(() => fs.existsSync(${JSON.stringify(join(root, 'go'))}), { what: 'go', deadlineMs: 20000, pollMs: 10 });
      fs.writeFileSync(staging + '/content', 'all of ' + ${JSON.stringify(name)});
    }, ${JSON.stringify(root)}).then((entry) => console.log('entry ' + fs.readFileSync(entry + '/content')));`);

test('an entry is filled once and then taken as it is', async () => {
  const first = await cached('flink', fillWith('one'), root);
  const second = await cached('flink', () => Promise.reject(new Error('the network was asked')), root);
  expect(second).toBe(first);
  expect(content(second)).toBe('one');
  expect(readdirSync(root)).toEqual(['flink']);
});

test('a failed fill leaves nothing, and can be tried again', async () => {
  const failing = cached(
    'flink',
    (staging) => {
      writeFileSync(join(staging, 'content'), 'half');
      return Promise.reject(new Error('connection lost'));
    },
    root,
  );
  await expect(failing).rejects.toThrow('connection lost');
  expect(readdirSync(root)).toEqual([]);
  expect(content(await cached('flink', fillWith('whole'), root))).toBe('whole');
});

test('two at once in one process fill it once', async () => {
  let fills = 0;
  const fill = (staging: string) => {
    fills += 1;
    return fillWith('one')(staging);
  };
  const entries = await Promise.all([cached('flink', fill, root), cached('flink', fill, root)]);
  expect(new Set(entries).size).toBe(1);
  expect(fills).toBe(1);
});

test('of two processes at once the second waits for what the first fills', async () => {
  const first = filler('first');
  await first.printed('filling');
  const second = filler('second');
  expect(existsSync(join(root, 'flink'))).toBe(false);
  writeFileSync(join(root, 'go'), '');
  expect(await first.ended).toContain('entry all of first');
  const outputOfSecond = await second.ended;
  expect(outputOfSecond).toContain('entry all of first');
  expect(outputOfSecond).not.toContain('filling');
  expect(readdirSync(root).sort()).toEqual(['flink', 'go']);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'a process ended by %s half-way leaves no entry; the next one fills it and cleans up',
  async (signal) => {
    const first = filler('first');
    await first.printed('filling');
    first.process.kill(signal);
    await first.ended;
    expect(existsSync(join(root, 'flink'))).toBe(false);
    expect(content(await cached('flink', fillWith('whole'), root))).toBe('whole');
    expect(readdirSync(root)).toEqual(['flink']);
  },
);

test('a process that waits takes over when the one that fills is ended', async () => {
  const first = filler('first');
  await first.printed('filling');
  const second = filler('second');
  first.process.kill('SIGINT');
  await second.printed('filling');
  writeFileSync(join(root, 'go'), '');
  expect(await second.ended).toContain('entry all of second');
  expect(readdirSync(root).sort()).toEqual(['flink', 'go']);
});

describe('the folder of the cache', () => {
  const { WEIR_CACHE, XDG_CACHE_HOME } = process.env;
  afterEach(() => {
    Object.assign(process.env, { WEIR_CACHE: WEIR_CACHE ?? '', XDG_CACHE_HOME: XDG_CACHE_HOME ?? '' });
  });

  test.each([
    [{ WEIR_CACHE: '/a/b', XDG_CACHE_HOME: '/xdg' }, '/a/b'],
    [{ WEIR_CACHE: '', XDG_CACHE_HOME: '/xdg' }, '/xdg/weir'],
    [{ WEIR_CACHE: '', XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'weir')],
  ])('is, given %j, %s', (env, folder) => {
    Object.assign(process.env, env);
    expect(cacheDir()).toBe(folder);
  });
});
