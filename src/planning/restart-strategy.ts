import type { Observation } from '../contracts/observation';

/**
 * Whether Flink starts a failing job again for as long as it takes. A try of a savepoint that made the job restart is
 * repeated only then: a bounded strategy could be used up, and the job FAILED (P9).
 */

export interface RestartStrategy {
  /** The job's own, in Flink's words (`/jobs/:id/config`). */
  readonly ofJob: string;
  /** The cluster's `restart-strategy.type`; absent: Flink's default, which is endless for a job with checkpoints. */
  readonly ofCluster?: string;
}

const unlimited = 2_147_483_647;

export function restartsForEver({ ofJob, ofCluster }: RestartStrategy): boolean {
  if (/exponential delay/i.test(ofJob)) return true;
  const attempts = /#(\d+) restart attempts/.exec(ofJob)?.[1];
  if (attempts !== undefined) return Number(attempts) >= unlimited;
  if (!/cluster level default/i.test(ofJob)) return false;
  return ofCluster === undefined || /^exponential-?delay$/.test(ofCluster);
}

/**
 * What was seen, with what the job was submitted with: a strategy that came as the submission's configuration is shown by
 * Flink as the cluster's own (seen on 1.20.5), so what is known of the program counts as well.
 */
export function withSubmittedStrategy(observation: Observation): Observation {
  const { job: lookup, program } = observation;
  if (lookup.kind !== 'FOUND' || program?.kind !== 'READY') return observation;
  const { flinkConfiguration = {} } = program.previousJar.artifact;
  // the second is its name before Flink 1.19
  const type = flinkConfiguration['restart-strategy.type'] ?? flinkConfiguration['restart-strategy'];
  if (type === undefined) return observation;
  const ofSubmission = restartsForEver({ ofJob: 'cluster level default', ofCluster: type });
  const restarts = lookup.job.restartsForEver && ofSubmission;
  return { ...observation, job: { ...lookup, job: { ...lookup.job, restartsForEver: restarts } } };
}
