import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process is known by its pid *and* the moment it started, because pids are used again. */
export interface ProcessId {
  readonly pid: number;
  /** See {@link startOf}. */
  readonly start: string;
}

/** When a process started, in the words of the system (comparable for equality only); undefined if it is gone. */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // "pid (comm) state ...": comm may hold blanks and brackets, so fields count from the last bracket.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function isAlive({ pid, start }: ProcessId): boolean {
  return startOf(pid) === start;
}
