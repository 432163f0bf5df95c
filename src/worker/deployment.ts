import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hashOfSources } from './bundle';

const packageSchema = z.object({ version: z.string() });

/**
 * The worker deployment that this worker is a version of: with one a rescale stays on the build that it began on
 * (PINNED), so that old and new workers may run side by side. Undefined without TEMPORAL_DEPLOYMENT_NAME.
 *
 * The build is TEMPORAL_WORKER_BUILD_ID (Temporal's Worker Controller sets both), else made from the code itself:
 * two builds of different code under one id would be given each other's workflows.
 */
export async function workerDeployment(
  env: NodeJS.ProcessEnv = process.env,
): Promise<WorkerDeploymentOptions | undefined> {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: given } = env;
  if (!deploymentName) return undefined;
  return {
    version: { deploymentName, buildId: given || (await buildOfThisCode()) },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'PINNED',
  };
}

async function buildOfThisCode(): Promise<string> {
  const manifest = await readFile(join(__dirname, '..', '..', 'package.json'), 'utf8');
  const { version } = packageSchema.parse(JSON.parse(manifest));
  return `${version}-${(await hashOfSources()).slice(0, 12)}`;
}
