import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DeploymentStatus } from '../src/contracts/deployment';
import { until } from '../src/dev/until';
import { deploymentWorkflowId } from '../src/planning/deployment/ids';
import { inParallel } from '../test/campaign/parallel';
import type { Simulated } from '../test/kit/simulated';
import { heartbeatsSent } from './heartbeats';
import { Stopwatch } from './processes';

/** What deployments cost to which nothing happens. They look, beat and wait by the real clock: a minute stands for a day. */

const deployments = 10;
const seconds = 60;

/** All of them together. */
export const idleDaysSchema = z.strictObject({
  deployments: z.int(),
  seconds: z.number(),
  events: z.number(),
  /** Those that reached the server; Temporal Cloud bills each as an action. */
  heartbeats: z.number(),
  /** Of the worker; 1: one processor all the time. */
  cpu: z.number(),
});
export type IdleDays = z.infer<typeof idleDaysSchema>;

/** Starts deployments on this worker, has nothing happen to them, and terminates them. `port`: of its metrics. */
export async function idleDays(
  { client, taskQueue }: Simulated,
  worker: { readonly port: number; readonly pid: number },
): Promise<IdleDays> {
  const handles = Array.from({ length: deployments }, (_, n) => ({
    ...{ name: `idle-${n}`, workflowId: deploymentWorkflowId({ cluster: 'local', name: `idle-${n}` }) },
  })).map(({ name, workflowId }) => ({ name, workflowId, handle: client.workflow.getHandle(workflowId) }));
  await inParallel(deployments, handles, async ({ name, workflowId, handle }) => {
    const artifact = { jarUri: 'orders.jar', mainArgs: `--name ${name}` };
    const spec = { template: { spec: { parallelism: 2, artifact } } };
    await client.workflow.start('deployment', {
      ...{ workflowId, taskQueue, args: [{ metadata: { name }, spec }] },
    });
    const isQuiet = async () => {
      const { actual, transition } = await handle.query<DeploymentStatus>('status');
      return actual === 'RUNNING' && transition === undefined;
    };
    await until(isQuiet, { what: `${name} to run`, deadlineMs: 120_000, pollMs: 500 });
  });
  const events = async () => {
    const lengths = await Promise.all(
      handles.map(async ({ handle }) => (await handle.describe()).historyLength),
    );
    return lengths.reduce((sum, one) => sum + one, 0);
  };
  const [eventsBefore, beatsBefore] = [await events(), await heartbeatsSent(worker.port)];
  const watch = new Stopwatch({ worker: worker.pid });
  await sleep(seconds * 1_000);
  const idle = {
    ...{ deployments, seconds: watch.seconds, cpu: watch.used('worker').cpuSeconds / watch.seconds },
    heartbeats: (await heartbeatsSent(worker.port)) - beatsBefore,
    events: (await events()) - eventsBefore,
  };
  await Promise.all(handles.map(({ handle }) => handle.terminate('it was measured')));
  return idle;
}
