import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A folder to use as the whole PATH: each tool is a shell script that notes its call in `calls.log` of that folder,
 * then runs the given lines. Shell built-ins only: nothing else is on that PATH.
 */
export function fakeTools(folder: string, tools: Record<string, string>): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(tools)) {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> '${join(bin, 'calls.log')}'\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return bin;
}
