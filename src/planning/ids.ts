import sha256 from 'fast-sha256';

/**
 * Ids that are derived, never invented: a worker that died is followed by one that posts the *same* id, so that a
 * repeated call finds the first one's work (protocol P1, P3). Shared by workflows and activities; pure, because
 * node:crypto does not exist in workflow code (P4).
 */

/** Whose ids: the lock (one a job) and the chain of runs. `workflow reset` keeps both, so it finds the work too. */
export interface RunKey {
  readonly lock: string;
  /** `firstExecutionRunId` of the workflow. */
  readonly run: string;
}

export type SubmitVerb = 'restart' | 'rollback';
export type TriggerVerb = 'stop' | 'withdraw' | 'checkpoint' | 'adjust' | 'confirm';

/** The lock's key: `<cluster>/<job name, percent-encoded>` (P26). */
export function lockKey(cluster: string, job: string): string {
  return `${encodeURIComponent(cluster)}/${encodeURIComponent(job)}`;
}

/** The only workflow id under which this job may be rescaled: Temporal's uniqueness of ids is the lock. */
export function rescaleWorkflowId(cluster: string, job: string): string {
  return `rescale/${lockKey(cluster, job)}`;
}

/** The cluster that a workflow id names, or undefined if it is not a rescale's id at all. */
export function clusterOf(workflowId: string): string | undefined {
  return subjectOf(workflowId)?.cluster;
}

/** Cluster and job that a workflow id names, or undefined if it is not a rescale's id at all. */
export function subjectOf(
  workflowId: string,
): { readonly cluster: string; readonly job: string } | undefined {
  const [verb, cluster, job, ...more] = workflowId.split('/');
  if (verb !== 'rescale' || !cluster || !job || more.length > 0) return undefined;
  try {
    return { cluster: decodeURIComponent(cluster), job: decodeURIComponent(job) };
  } catch {
    return undefined;
  }
}

/** Flink's trigger id (32 hex digits) of the n-th stop, withdrawal or checkpoint that we ask for; n counts from 1. */
export function triggerId(key: RunKey, verb: TriggerVerb, n: number): string {
  return hex([key.lock, key.run, verb, String(n)]).slice(0, 32);
}

/**
 * Flink's job id (32 hex digits) of the n-th submit: the lock's half makes it recognisable in `/jobs` whatever
 * the job's name, the other half makes it fresh, since Flink refuses an id that it has seen (FLINK-30596).
 */
export function submitId(key: RunKey, verb: SubmitVerb, n: number): string {
  return jobIdPrefix(key.lock) + hex([key.lock, key.run, verb, String(n)]).slice(0, 16);
}

/** The first 16 hex digits of every job that Weir submits under this lock. */
export function jobIdPrefix(lock: string): string {
  return hex([lock]).slice(0, 16);
}

/** Parts are joined by a byte that UTF-8 never contains, so that ('ab','c') and ('a','bc') differ. */
function hex(parts: readonly string[]): string {
  const encoded = parts.map((part) => new TextEncoder().encode(part));
  const bytes = encoded.flatMap((part, i) => (i === 0 ? [...part] : [0xff, ...part]));
  return [...sha256(Uint8Array.from(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
