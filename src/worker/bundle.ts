import { bundleWorkflowCode } from '@temporalio/worker';
import type { Logger, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/**
 * The workflows' code, bundled when Weir is built instead of at each start. A bundle of other code than that beside it
 * would be the worst kind of fault, so it is used only if the hash of all compiled code and of package.json (which pins
 * every dependency) is the one that it was built from.
 */

/** The folder of the compiled code. */
const dist = dirname(__dirname);
const bundleName = 'workflow-bundle.js';
const recordName = 'workflow-bundle.json';
const recordSchema = z.object({ sources: z.string(), bundle: z.string() });

/** What the workflows of a worker share. */
const shared = join(dist, 'workflows', 'shared');

/** The workflows at that path, bundled. */
export function bundleOf(workflowsPath: string, logger: Logger): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath, preloadModules: [shared], logger });
}

/** Bundles the workflows below `folder`, and records what they were built from. */
export async function writeBundle(logger: Logger, folder = dist): Promise<void> {
  const sources = await hashOfSources(folder);
  const { code } = await bundleOf(join(folder, 'workflows'), logger);
  await replace(join(folder, bundleName), code);
  const record = { sources, bundle: hash([code]) };
  await replace(join(folder, recordName), JSON.stringify(record));
}

/** Path of the bundle, or undefined if there is none of exactly this code. */
export async function currentBundle(folder = dist): Promise<string | undefined> {
  const path = join(folder, bundleName);
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')));
    if (record.bundle !== hash([await readFile(path)])) return undefined;
    return record.sources === (await hashOfSources(folder)) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of the compiled code and of package.json. */
export async function hashOfSources(folder = dist): Promise<string> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.js') && name !== bundleName)
    .sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const manifest = await readFile(join(folder, '..', 'package.json'));
  return hash([manifest, ...names.flatMap((name, i) => [name, texts[i] ?? ''])]);
}

/** Of each part and its length, so that no two lists of parts are alike. */
function hash(parts: readonly (string | Buffer)[]): string {
  const sha = createHash('sha256');
  for (const part of parts) sha.update(`${Buffer.byteLength(part)} `).update(part);
  return sha.digest('hex');
}

/** Whole or not at all, also for who reads it meanwhile. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}
