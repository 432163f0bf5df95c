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
