import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache';

const run = promisify(execFile);

/**
 * nginx: the one that is installed, else Debian's package, unpacked into the cache for this user only. Returns its path.
 * Throws, with what to install, where neither can be had.
 */
export async function provisionNginx(): Promise<string> {
  for (const installed of ['nginx', '/usr/sbin/nginx']) if (await runs(installed)) return installed;
  const entry = await cached('nginx-debian', async (staging) => {
    try {
      await unpackPackage('nginx', staging);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`nginx is not installed, and Debian's package cannot be had: ${why}\n${toDo}`);
    }
  });
  const binary = join(entry, 'usr', 'sbin', 'nginx');
  if (await runs(binary)) return binary;
  throw new Error(`Debian's nginx does not run here: a library is missing. ${toDo}`);
}

const toDo = 'Install it (apt-get install nginx) and run this again.';

async function runs(nginx: string): Promise<boolean> {
  try {
    await run(nginx, ['-v']);
    return true;
  } catch {
    return false;
  }
}

/** Needs no root: apt's lists, which may be missing on a new machine, are this user's own for the moment. */
async function unpackPackage(name: string, staging: string): Promise<void> {
  const apt = join(staging, 'apt');
  for (const folder of ['lists', 'archives']) mkdirSync(join(apt, folder, 'partial'), { recursive: true });
  const own = [
    ...[
      '-o',
      `Dir::State::Lists=${join(apt, 'lists')}`,
      '-o',
      `Dir::Cache::Archives=${join(apt, 'archives')}`,
    ],
    // root's apt would work as _apt, which sees none of this
    ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root', '-qq'],
  ];
  await run('apt-get', [...own, 'update']);
  await run('apt-get', [...own, 'download', name], { cwd: apt });
  const [deb] = readdirSync(apt).filter((file) => file.endsWith('.deb'));
  if (deb === undefined) throw new Error(`apt-get has downloaded nothing for ${name}`);
  await run('dpkg-deb', ['-x', join(apt, deb), staging]);
  rmSync(apt, { recursive: true });
}
