import { Context } from '@temporalio/activity';
import { canceledJobMemo, jobRecordMemo, jobRecordSchema } from '../contracts/record';
import type { JobRecord } from '../contracts/record';
import { jobIdPrefix, lockKey, rescaleWorkflowId } from '../planning/ids';
import type { Cluster } from './cluster';
import { pause } from './wait';
import type { Pulse } from './wait';

/** What a run of ours left of a job. */
export type Recorded =
  | { readonly kind: 'RECORDED'; readonly record: JobRecord }
  /** The job is ours by its id, and none of the runs that Temporal keeps tells what it was started with. */
  | { readonly kind: 'LOST'; readonly why: string }
  | { readonly kind: 'NOT_OURS' };

/** What Temporal lists lags behind what has ended, by a second or so. */
export const visibilityLagMs = 5_000;

/** The runs of a workflow id, the newest first, with the memos that they have left. */
export type Runs = (workflowId: string) => AsyncIterable<{ readonly memo?: Record<string, unknown> }>;

/**
 * What this very job was started with, from the runs of its workflow id that Temporal keeps. One that is not there is
 * looked for again until `patienceMs` are over; so is a list that Temporal does not give.
 */
export async function recordOf(
  cluster: Pick<Cluster, 'name'>,
  job: { readonly id: string; readonly name: string },
  patienceMs: number,
  pulse: Pulse<unknown>,
  runs: Runs = runsOf,
): Promise<Recorded> {
  if (!job.id.startsWith(jobIdPrefix(lockKey(cluster.name, job.name)))) return { kind: 'NOT_OURS' };
  const until = Date.now() + patienceMs;
  for (let delay = 100; ; delay = Math.min(delay * 2, 1_000)) {
    let why = 'Temporal keeps no run that recorded it';
    try {
      for await (const { memo } of runs(rescaleWorkflowId(cluster.name, job.name))) {
        const { success, data } = jobRecordSchema.safeParse(memo?.[jobRecordMemo]);
        if (success && data.jobId === job.id) return { kind: 'RECORDED', record: data };
      }
    } catch (error) {
      why = `Temporal does not list its runs: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() + delay > until) return { kind: 'LOST', why };
    await pause(pulse, delay);
  }
}

/** Whether a run that was lost had set out to cancel this job (P30). What Temporal does not list counts as no. */
export async function canceledByUs(
  cluster: Pick<Cluster, 'name'>,
  job: { readonly id: string; readonly name: string },
  runs: Runs = runsOf,
): Promise<boolean> {
  try {
    for await (const { memo } of runs(rescaleWorkflowId(cluster.name, job.name)))
      if (memo?.[canceledJobMemo] === job.id) return true;
    return false;
  } catch {
    return false;
  }
}

const runsOf: Runs = (workflowId) => {
  // An id is percent-encoded: there is no double quote and no backslash in it.
  const query = `WorkflowId = "${workflowId}"`;
  return Context.current().client.workflow.list({ query, pageSize: 20 });
};
