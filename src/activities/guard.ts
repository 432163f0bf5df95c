import { ApplicationFailure } from '@temporalio/common';
import type { ActivityFailureType } from '../contracts/failures';
import { jobIdPrefix } from '../planning/ids';
import type { Cluster } from './cluster';
import { hasEnded } from './job';
import { answered, isSilence } from './wait';
import type { Pulse, Silence } from './wait';

interface Guarded {
  readonly lock: string;
  readonly jobName: string;
  readonly jobId: string;
  readonly namesakes: readonly string[];
}

/** PRESENT: the JobManager has this very id already, an earlier attempt submitted it. */
type Seen = 'ABSENT' | 'PRESENT';

/**
 * The look right before a submit (P21): never do two copies run.
 *
 * @throws `AnotherJobRuns` a live job bears our name or our ids' prefix and is neither this one nor a known namesake
 */
export async function guard(cluster: Cluster, guarded: Guarded, pulse: Pulse<unknown>): Promise<Seen> {
  return answered(pulse, (signal) => look(cluster, guarded, signal));
}

/** The same for once, before a submit that is sent again: whether it is too late for that does not wait for an answer. */
export async function guardOnce(
  cluster: Cluster,
  guarded: Guarded,
  pulse: Pulse<unknown>,
): Promise<Seen | Silence> {
  try {
    return await look(cluster, guarded, pulse.lost);
  } catch (error) {
    if (isSilence(error)) return error;
    throw error;
  }
}

async function look(cluster: Cluster, options: Guarded, signal: AbortSignal): Promise<Seen> {
  const jobs = await cluster.flink.jobs(signal);
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
