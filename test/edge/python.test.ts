import { join } from 'node:path';
import { projectDir } from '../../src/dev/paths';
import { Deployed } from '../kit/deployed';
import { provisionPythonSdk, python } from '../kit/python';
import type { Ended } from '../kit/python';
import { useSimulated } from '../kit/simulated';
import { liveJobs } from '../kit/watch';

/** The example in Python: Temporal's official SDK and the documented names, nothing of Weir's. */
const place = useSimulated('python');
let sdk: string;

beforeAll(async () => {
  sdk = await provisionPythonSdk();
}, 5 * 60_000);

function scale(...options: string[]): Promise<Ended> {
  const env = { ...place().temporal.env, PYTHONPATH: sdk };
  return python([join(projectDir, 'examples', 'scale.py'), ...options], env);
}

test('a deployment is created, scaled, and refused what is not valid', async () => {
  const jar = ['--jar', 'orders.jar', '--main-args', '--name orders', '--task-queue', place().taskQueue];
  const created = await scale('local', 'orders', '2', ...jar);
  expect(created).toMatchObject({ code: 0, stderr: '' });
  expect(created.stdout).toMatch(/^version 1, ACCEPTED: .*\nversion 1 is DONE/);
  expect(liveJobs(place().flink, 'orders')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);

  const scaled = await scale('local', 'orders', '4', '--reason', 'black friday');
  expect(scaled).toMatchObject({ code: 0, stderr: '' });
  expect(scaled.stdout).toBe(
    'version 2, ACCEPTED: orders 2 -> 4: STATEFUL, LATEST_STATE\nversion 2 is DONE\n',
  );
  expect(liveJobs(place().flink, 'orders')).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
  expect(await new Deployed(place(), 'orders').history()).toMatchObject([
    { by: 'scale.py', reason: 'asked for by hand' },
    { by: 'scale.py', reason: 'black friday' },
  ]);

  const refused = await scale('local', 'orders', '0');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^refused: .*from 1 to 32768/);
}, 120_000);
