import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isAlive } from '../platform/alive';
import { recordsOf } from './registry';

/** The project's folder, seen from `src/dev` and from `dist/dev` alike. */
export const projectDir = resolve(__dirname, '..', '..');

/** Where every run of demo, tests and benches keeps its data, logs and pids. */
export const runsDir = join(projectDir, '.weir', 'runs');

/** What was downloaded, for this user: `WEIR_CACHE`, else `weir` in the user's cache folder. */
export function cacheDir(): string {
  const { WEIR_CACHE, XDG_CACHE_HOME } = process.env;
  if (WEIR_CACHE) return resolve(WEIR_CACHE);
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'weir');
}

/** The folder of the run `name`, empty. Throws if a process of an earlier run still lives in it. */
export function freshRunDir(name: string): string {
  const runDir = join(runsDir, name);
  const [alive] = recordsOf(runDir).filter((entry) => isAlive(entry));
  if (alive) {
    throw new Error(
      `${runDir} is in use: ${alive.name} (pid ${alive.pid}) lives. End that run, or use another name.`,
    );
  }
  rmSync(runDir, { recursive: true, force: true });
  mkdirSync(runDir, { recursive: true });
  return runDir;
}
