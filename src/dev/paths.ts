import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

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
