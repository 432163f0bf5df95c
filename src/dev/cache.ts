import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { cacheDir } from './paths';
import { isAlive, startOf } from '../platform/alive';
import { until } from './until';

const ownerSchema = z.object({ pid: z.number().int(), start: z.string() });

const OWNER = 'owner.json';

/** Longest wait for another process that fills the same entry. */
const OTHER_MS = 15 * 60_000;

/**
 * The folder `name` of the cache, filled by `fill(staging)` if it is not there yet. An entry is there whole or not at
 * all: `fill` works in a staging folder that is renamed at the end. Two processes that start at once fill it once:
 * the second waits, or takes over when the first is gone (Ctrl-C). Nothing is asked of the network for an entry that is there.
 */
export async function cached(
  name: string,
  fill: (staging: string) => Promise<void>,
  root = cacheDir(),
): Promise<string> {
  const entry = join(root, name);
  const lock = new Lock(join(root, `${name}.lock`));
  mkdirSync(root, { recursive: true });
  const found = await until(() => (existsSync(entry) ? 'entry' : lock.take() && 'lock'), {
    what: `the process that holds ${lock.path}`,
    deadlineMs: OTHER_MS,
    pollMs: 200,
  });
  if (found === 'entry') return entry;
  try {
    if (existsSync(entry)) return entry; // filled between our look and our lock
    const staging = join(lock.path, 'staging');
    mkdirSync(staging);
    await fill(staging);
    renameSync(staging, entry);
    return entry;
  } finally {
    lock.release();
  }
}

/**
 * A folder with its owner in it and, later, the staging folder. It comes and goes by rename, so there is no moment
 * at which it has no owner; the rename fails on a lock that is there.
 */
class Lock {
  constructor(readonly path: string) {}

  /** False while a living process holds it. */
  take(): boolean {
    const own = `${this.path}.new.${randomBytes(6).toString('hex')}`;
    mkdirSync(own);
    writeFileSync(join(own, OWNER), JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));
    try {
      this.dropIfStale();
      renameSync(own, this.path);
      return true;
    } catch {
      rmSync(own, { recursive: true, force: true });
      return false;
    }
  }

  release(): void {
    const done = `${this.path}.old.${randomBytes(6).toString('hex')}`;
    renameSync(this.path, done);
    const folder = dirname(this.path);
    for (const name of readdirSync(folder)) {
      if (name.startsWith(`${basename(this.path)}.old.`)) {
        rmSync(join(folder, name), { recursive: true, force: true });
      }
    }
  }

  /**
   * Moves a dead owner's lock out of the way, under that owner's name: of two processes that judged the same lock
   * dead, the slower one's rename fails on the name, and cannot move away the lock that the quicker one has taken
   * since. The moved folder stays until the lock is released.
   */
  private dropIfStale(): void {
    if (!existsSync(this.path)) return;
    const text = readFileSync(join(this.path, OWNER), 'utf8');
    const owner = ownerSchema.parse(JSON.parse(text));
    if (!isAlive(owner))
      renameSync(this.path, `${this.path}.old.${owner.pid}-${owner.start.replace(/\W+/g, '-')}`);
  }
}
