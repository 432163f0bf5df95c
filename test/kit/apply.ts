import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import type { Simulated } from './simulated';

export interface Applied {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run apply -- -f <documents> ...` as a user runs it: a process of its own. An object is written as JSON. */
export async function apply(
  place: Pick<Simulated, 'runDir' | 'temporal'>,
  documents: readonly (object | string)[],
  ...options: string[]
): Promise<Applied> {
  const file = join(place.runDir, `apply-${++files}.yaml`);
  const texts = documents.map((one) => (typeof one === 'string' ? one : JSON.stringify(one, null, 2)));
  writeFileSync(file, texts.join('\n---\n'));
  const program = [join(projectDir, 'dist', 'apply.js'), '-f', file, ...options];
  const env = { ...process.env, ...place.temporal.env, WEIR_CONFIG: join(place.runDir, 'weir.yaml') };
  const child = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const read = { text: '' };
    stream.setEncoding('utf8').on('data', (text: string) => (read.text += text));
    return read;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: stdout?.text ?? '', stderr: stderr?.text ?? '' };
}

let files = 0;
