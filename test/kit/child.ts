import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { projectDir } from '../../src/dev/paths';

/** An empty folder outside the project, for one test. */
export function scratchDir(): string {
  return mkdtempSync(join(tmpdir(), 'weir-test-'));
}

export interface NodeChild {
  process: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves with what it has printed once that contains `text`; rejects if it ends before. */
  printed: (text: string) => Promise<string>;
  /** Resolves with all that it has printed when it is gone. */
  ended: Promise<string>;
}

/** Runs `code` in a Node process of its own, with `dev(name)` as `require` for `src/dev/<name>.ts`. */
export function nodeChild(code: string, env: Record<string, string> = {}): NodeChild {
  const dev = `const dev = (name) => require(${JSON.stringify(join(projectDir, 'src', 'dev'))} + '/' + name + '.ts');`;
  const hook = join(projectDir, 'test', 'kit', 'ts-hook.js');
  const child = spawn(process.execPath, ['-r', hook, '-e', `${dev}\n${code}`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      listeners.forEach((listener) => listener());
    });
  }
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(output)));
  const printed = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => output.includes(text) && resolve(output);
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`the child ended without printing "${text}":\n${output}`)));
    });
  return { process: child, printed, ended };
}
