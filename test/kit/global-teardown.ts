import { runsDir } from '../../src/dev/paths';
import { signalGroup } from '../../src/dev/process';
import { leftovers } from '../../src/dev/registry';

/** Fails the run if a test has left a process behind; the process is ended first. */
export default function globalTeardown(): void {
  const left = leftovers(runsDir);
  if (left.length === 0) return;
  for (const { pid } of left) signalGroup(pid, 'SIGKILL');
  const names = left.map(({ name, pid, command }) => `${name} (pid ${pid}): ${command.join(' ')}`);
  throw new Error(`left behind by the tests:\n${names.join('\n')}`);
}
