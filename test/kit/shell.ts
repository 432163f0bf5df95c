import { execFileSync } from 'node:child_process';

/** What a shell makes of a command that is typed as these lines: the arguments that the program would get. */
export function typedInto(lines: readonly string[], program = 'temporal'): string[] {
  const script = `${program}() { printf '%s\\n' "$@"; }\n${lines.join('\n')}`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
}
