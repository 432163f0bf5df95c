import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withProgress } from './progress';
import { runTool } from './tool';

const run = promisify(execFile);

/**
 * Downloads one package of the Python index into `staging` and returns the path of the file (a wheel or an sdist).
 * `binary: false` asks for the sdist, which is where Flink's jars are.
 */
export async function pipDownload(
  name: string,
  version: string,
  staging: string,
  { binary }: { binary: boolean },
): Promise<string> {
  const target = join(staging, 'download');
  const temporary = join(staging, 'tmp');
  mkdirSync(target);
  mkdirSync(temporary);
  const [command, ...first] = await pip();
  const only = binary ? ['--only-binary', ':all:'] : ['--no-binary', name];
  const args = [...first, 'download', '--no-deps', ...only, '-d', target, `${name}==${version}`];
  await withProgress(
    `Downloading ${name} ${version}`,
    () => megabytesBelow(staging),
    () => runTool(name, { command, args, env: { TMPDIR: temporary } }),
  );
  const [file] = readdirSync(target);
  if (file === undefined) throw new Error(`pip has downloaded nothing for ${name} ${version}`);
  return join(target, file);
}

/** Installs one package of the Python index with all that it needs into a folder, for PYTHONPATH. */
export async function pipInstall(name: string, version: string, staging: string): Promise<void> {
  const temporary = join(staging, 'tmp');
  mkdirSync(temporary);
  const [command, ...first] = await pip();
  const args = [...first, 'install', '--only-binary', ':all:', '--target', staging, `${name}==${version}`];
  await withProgress(
    `Installing ${name} ${version}`,
    () => megabytesBelow(staging),
    () => runTool(name, { command, args, env: { TMPDIR: temporary } }),
  );
}

async function pip(): Promise<[string, ...string[]]> {
  try {
    await run('python3', ['-m', 'pip', '--version']);
    return ['python3', '-m', 'pip'];
  } catch {
    return ['pip3'];
  }
}

/** MB of the files below a folder that changes meanwhile. */
function megabytesBelow(folder: string): number {
  let bytes = 0;
  const visit = (path: string): void => {
    try {
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) visit(join(path, entry.name));
        else bytes += statSync(join(path, entry.name)).size;
      }
    } catch {
      // removed between two calls: counted in the next look
    }
  };
  visit(folder);
  return bytes / 1e6;
}
