import type { WorkflowStartOptions } from '@temporalio/client';
import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { useSimulated } from '../kit/simulated';

/** Options of a start that would end a rescale half-way, or begin it again (P27). The CLI gives them as flags. */

const cases = [
  { what: 'an execution time-out', options: { workflowExecutionTimeout: '1h' } },
  { what: 'a run time-out', options: { workflowRunTimeout: '1h' } },
  { what: 'a cron schedule', options: { cronSchedule: '@every 1s' } },
  { what: 'a workflow retry policy', options: { retry: { maximumAttempts: 2 } } },
] as const satisfies readonly { what: string; options: Partial<WorkflowStartOptions> }[];

const jobOf = (what: string) => what.replaceAll(' ', '-');
const place = useSimulated('start-options', { jobs: cases.map(({ what }) => jobOf(what)) });

test.each(cases)(
  'P27: a rescale that is started with $what is refused, the job untouched',
  async ({ what, options }) => {
    const { client, taskQueue, flink } = place();
    const job = jobOf(what);
    const { id } = flink.startJob({ name: job, parallelism: 2 });
    const workflowId = rescaleWorkflowId('local', job);
    const args = [{ job, parallelism: 4 }];
    const handle = await client.workflow.start('rescale', { taskQueue, workflowId, args, ...options });
    // of this very run: by a schedule Temporal starts another one after it
    const first = client.workflow.getHandle(workflowId, handle.firstExecutionRunId);
    await until(async () => (await first.describe()).status.name !== 'RUNNING', {
      ...{ what: 'the run to end', deadlineMs: 30_000 },
    });
    const end = (await first.fetchHistory()).events?.at(-1)?.workflowExecutionFailedEventAttributes;
    expect(end?.failure).toMatchObject({
      message: expect.stringContaining(`must not be started with ${what}: it could end half-way`),
      applicationFailureInfo: { type: 'InvalidRequest' },
    });
    if ('cronSchedule' in options) await handle.terminate('it would go on for ever');
    expect(flink.calls).toEqual([]);
    expect(flink.job(id)).toMatchObject({ state: 'RUNNING' });
  },
  60_000,
);
