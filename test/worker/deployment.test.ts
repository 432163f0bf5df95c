import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import { workerDeployment } from '../../src/worker/deployment';

test('a worker is of no deployment unless it is told of one', async () => {
  await expect(workerDeployment({})).resolves.toBeUndefined();
  await expect(workerDeployment({ TEMPORAL_WORKER_BUILD_ID: '7' })).resolves.toBeUndefined();
});

test('it is of the build that it is told, and what begins on it stays on it', async () => {
  const env = { TEMPORAL_DEPLOYMENT_NAME: 'weir', TEMPORAL_WORKER_BUILD_ID: '7' };
  await expect(workerDeployment(env)).resolves.toEqual({
    version: { deploymentName: 'weir', buildId: '7' },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'PINNED',
  });
});

test('else of a build that the code itself names, the same each time', async () => {
  const named = await workerDeployment({ TEMPORAL_DEPLOYMENT_NAME: 'weir' });
  const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(named?.version.buildId).toMatch(new RegExp(`^${version}-[0-9a-f]{12}$`));
  await expect(workerDeployment({ TEMPORAL_DEPLOYMENT_NAME: 'weir' })).resolves.toEqual(named);
});
