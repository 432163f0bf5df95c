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

type Place = Pick<Simulated, 'runDir' | 'temporal'>;

/** `npm run apply -- -f <documents> ...`, what npm makes of it: a process of its own. An object is written as JSON. */
export function apply(
  place: Place,
  documents: readonly (object | string)[],
  ...options: string[]
): Promise<Applied> {
  const program = [join(projectDir, 'dist', 'apply.js'), '-f', written(place, documents), ...options];
  return run(place, [process.execPath, ...program]);
}

/** The same through npm itself, typed in the folder in which the file is. */
export function applyByNpm(
  place: Place,
  documents: readonly (object | string)[],
  ...options: string[]
): Promise<Applied> {
  const typed = ['npm', '--prefix', projectDir, 'run', '--silent', 'apply', '--'];
  return run(place, [...typed, '-f', written(place, documents), ...options]);
}

/** The file's name in the folder of the run. */
function written({ runDir }: Place, documents: readonly (object | string)[]): string {
  const file = `apply-${++files}.yaml`;
  const texts = documents.map((one) => (typeof one === 'string' ? one : JSON.stringify(one, null, 2)));
  writeFileSync(join(runDir, file), texts.join('\n---\n'));
  return file;
}

let files = 0;

async function run(
  { runDir, temporal }: Place,
  [command = '', ...args]: readonly string[],
): Promise<Applied> {
  const env = {
    ...process.env,
    ...temporal.env,
    WEIR_CONFIG: join(runDir, 'weir.yaml'),
    INIT_CWD: undefined,
  };
  const child = spawn(command, args, { cwd: runDir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const read = { text: '' };
    stream.setEncoding('utf8').on('data', (text: string) => (read.text += text));
    return read;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: stdout?.text ?? '', stderr: stderr?.text ?? '' };
}
