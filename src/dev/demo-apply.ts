/** `npm run apply` as a person would run it: a process of its own, told line by line. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectDir } from './paths';
import { ManagedProcess } from './process';
import type { Stack } from './stack';
import type { TemporalServer } from './temporal';

const LOOK_MS = 50;
let applies = 0;

/** What a person types for it. */
export function applyCommand(file: string, ...options: readonly string[]): string {
  return ['npm run apply --', '-f', file, ...options].join(' ');
}

/** Runs that command, what npm makes of it. `file` is seen from the project's folder. Whether its exit code was 0. */
export async function runApply(
  {
    runDir,
    config,
    temporal,
  }: Pick<Stack, 'runDir' | 'config'> & { readonly temporal: Pick<TemporalServer, 'env'> },
  args: readonly [file: string, ...options: string[]],
  tell: (line: string) => void,
): Promise<boolean> {
  const apply = await ManagedProcess.start({
    name: `apply-${++applies}`,
    runDir,
    command: process.execPath,
    args: [join(projectDir, 'scripts', 'apply.mjs'), '-f', ...args],
    // npm's word for the folder that it was called in, and so that of the file
    env: { ...temporal.env, WEIR_CONFIG: config, INIT_CWD: projectDir },
    cwd: projectDir,
  });
  let told = 0;
  const tellNew = () => {
    const lines = apply.output().split('\n').slice(0, -1);
    lines.slice(told).forEach(tell);
    told = lines.length;
  };
  while (apply.running) {
    tellNew();
    await Promise.race([apply.exited, sleep(LOOK_MS)]);
  }
  tellNew();
  return (await apply.exited).code === 0;
}
