/** Which processes are ours: one small file for each, beside its log, for as long as it lives. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isAlive, startOf } from '../platform/alive';

const recordSchema = z.object({
  name: z.string(),
  pid: z.number().int().positive(),
  /** See `startOf`. */
  start: z.string(),
  command: z.array(z.string()),
  /** The process that started it, and its own start. */
  owner: z.object({ pid: z.number().int().positive(), start: z.string() }),
  /** One value for all processes of one `npm test` or `npm run demo`. */
  session: z.string(),
});
export type ProcessRecord = z.infer<typeof recordSchema>;

const SESSION = 'WEIR_SESSION';

/** The session that processes started from here on belong to; child processes inherit it through the environment. */
export function session(): string {
  return (process.env[SESSION] ??= `${process.pid}-${Date.now()}`);
}

/** Writes the record of a process that has just been started; returns a function that removes it. */
export function record(runDir: string, entry: { name: string; pid: number; command: string[] }): () => void {
  const file = join(runDir, 'pids', `${entry.name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const full: ProcessRecord = {
    ...entry,
    start: startOf(entry.pid) ?? 'gone',
    owner: { pid: process.pid, start: startOf(process.pid) ?? 'gone' },
    session: session(),
  };
  writeFileSync(file, JSON.stringify(full, null, 2) + '\n');
  return () => rmSync(file, { force: true });
}

/**
 * Processes that still live although nobody answers for them: those of this session, and those whose owner is
 * gone. Another session's (a demo that runs beside the tests) are left alone.
 */
export function leftovers(runsDir: string): ProcessRecord[] {
  return list(runsDir)
    .flatMap((run) => recordsOf(join(runsDir, run)))
    .filter((entry) => isAlive(entry))
    .filter((entry) => entry.session === session() || !isAlive(entry.owner));
}

/** The records of one run folder; some of their processes may be gone. */
export function recordsOf(runDir: string): ProcessRecord[] {
  const pids = join(runDir, 'pids');
  return list(pids).flatMap((file) => {
    try {
      return [recordSchema.parse(JSON.parse(readFileSync(join(pids, file), 'utf8')))];
    } catch {
      return []; // removed or still being written: not a process that was left behind
    }
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
