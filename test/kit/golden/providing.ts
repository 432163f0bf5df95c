import { join } from 'node:path';
import { steeringNames } from '../../../src/contracts/rescale';
import type { RescaleInput } from '../../../src/contracts/rescale';
import { until } from '../../../src/dev/until';
import { Processes } from '../../../src/platform/processes';
import type { FlinkSimulator } from '../../flink-simulator';
import { endOf, startRescale } from '../rescale';
import type { Simulated } from '../simulated';
import type { GoldenCase } from './case';

/** The cluster with one TaskManager of 4 slots, for which more are started. */
export const providing = 'providing';

/** In weir.yaml. They are none, and end by themselves; which of them Flink knows the case says. */
export const noTaskManagers = { kind: 'processes', command: ['sleep', '60'], folder: './task-managers' };

const deadlineMs = 60_000;

/** A rescale from 2 to 8, and what is to happen once a second TaskManager is wanted. */
async function provided(
  place: Simulated,
  job: string,
  input: Partial<RescaleInput>,
  meanwhile: (flink: FlinkSimulator, workflowId: string) => Promise<unknown> | void,
): Promise<void> {
  const flink = place.flinkOf(providing);
  const folder = join(place.runDir, 'task-managers');
  const platform = new Processes({ ...noTaskManagers, folder });
  await platform.scale(1);
  try {
    const { checkpoints } = flink.startJob({ name: job, parallelism: 2 });
    await until(() => checkpoints.count('COMPLETED') > 0, { what: 'a first checkpoint', deadlineMs });
    const workflowId = await startRescale(place, { cluster: providing, job, parallelism: 8, ...input });
    const asked = async () => (await platform.wanted()) === 2;
    await until(asked, { what: 'a second TaskManager to be wanted', deadlineMs });
    await meanwhile(flink, workflowId);
    await endOf(place, workflowId);
    for (const live of flink.live(job)) live.cancel();
    await until(() => flink.live(job).length === 0, { what: 'its end', deadlineMs });
  } finally {
    await platform.scale(0);
  }
}

/** Rescales that take more slots than there are. */
export const providingCases: readonly GoldenCase[] = [
  {
    name: 'plan-rejected-since-no-task-manager-came',
    path: 'PLANNING PlanRejected',
    cluster: providing,
    alone: true,
    run: (place, job) => provided(place, job, { timeouts: { restart: 1_500 } }, () => undefined),
  },
  {
    name: 'aborted-while-task-managers-are-awaited',
    path: 'PLANNING ABORTED',
    cluster: providing,
    alone: true,
    run: (place, job) =>
      provided(place, job, {}, (_, workflowId) =>
        place.cli(['workflow', 'signal', '--workflow-id', workflowId, '--name', steeringNames.abort]),
      ),
  },
  {
    name: 'rescaled-once-task-managers-came',
    path: 'PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED',
    cluster: providing,
    alone: true,
    run: (place, job) => provided(place, job, {}, (flink) => flink.addTaskManager()),
  },
];
