import { ApplicationFailure } from '@temporalio/common';
import type { ActivityFailureType } from '../contracts/failures';
import { jobIdPrefix } from '../planning/ids';
import type { Cluster } from './cluster';
import { hasEnded } from './job';
import { answered } from './wait';
import type { Pulse } from './wait';

/**
 * The look right before a submit (P21): never do two copies run. PRESENT: the JobManager has this very id already, an
 * earlier attempt submitted it.
 *
 * @throws `AnotherJobRuns` a live job bears our name or our ids' prefix and is neither this one nor a known namesake
 */
export async function guard(
  cluster: Cluster,
  options: {
    readonly lock: string;
    readonly jobName: string;
    readonly jobId: string;
    readonly namesakes: readonly string[];
  },
  pulse: Pulse<unknown>,
): Promise<'ABSENT' | 'PRESENT'> {
  const jobs = await answered(pulse, (signal) => cluster.flink.jobs(signal));
  if (jobs.some((job) => job.jid === options.jobId)) return 'PRESENT';
  const prefix = jobIdPrefix(options.lock);
  const other = jobs.find(
    (job) =>
      !hasEnded(job.state) &&
      (job.name === options.jobName || job.jid.startsWith(prefix)) &&
      !options.namesakes.includes(job.jid),
  );
  if (other === undefined) return 'ABSENT';
  throw ApplicationFailure.create({
    type: 'AnotherJobRuns' satisfies ActivityFailureType,
    nonRetryable: true,
    message: `job ${other.jid} ("${other.name}") is ${other.state} on cluster "${cluster.name}"`,
    details: [{ jobId: other.jid, state: other.state }],
  });
}
