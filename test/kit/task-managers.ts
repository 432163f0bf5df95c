import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '../../src/dev/stack';
import { until } from '../../src/dev/until';

/** The pid of the nth TaskManager that the worker of this stack runs, once it is recorded: its number is claimed a moment before. */
export function pidOf({ runDir }: Stack, n: number): Promise<number> {
  const record = join(runDir, 'task-managers', `taskmanager-${n}.json`);
  return until(
    () => {
      const text = existsSync(record) ? readFileSync(record, 'utf8') : '';
      return text === '' ? undefined : (JSON.parse(text) as { pid: number }).pid;
    },
    { what: `TaskManager ${n}`, deadlineMs: 60_000, pollMs: 20 },
  );
}
