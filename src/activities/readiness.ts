import type { Origin } from '../contracts/snapshot';
import { isRefusal, readableCause } from '../flink/errors';
import { jobIdPrefix } from '../planning/ids';
import { samePath } from '../planning/paths';
import type { Launch } from '../planning/plan';
import { checkpointsOf } from './checkpoints';
import type { Cluster } from './cluster';
import { allTasksRun, overviewOf } from './job';
import { answered } from './wait';
import type { Pulse } from './wait';

/** How far a submitted job has come. */
export type Readiness =
  /** `restoring`: tasks are INITIALIZING, so they read their state (P25). */
  | { readonly kind: 'WAIT'; readonly restoring: boolean; readonly why: string }
  | { readonly kind: 'READY'; readonly warnings: readonly string[] }
  /** It runs without the state that it was given (P24): to be cancelled at once. */
  | { readonly kind: 'EMPTY' }
  | { readonly kind: 'FAILED'; readonly cause: string }
  /** `empty`: it had begun without the state that it was given. */
  | { readonly kind: 'CANCELED'; readonly empty: boolean }
  /** The program gives its job another name: another lock's job, in the place of ours (P26). */
  | { readonly kind: 'OTHER_NAME'; readonly name: string }
  | { readonly kind: 'ABSENT' };

/**
 * Ready: RUNNING (or FINISHED, for a bounded job), every vertex at the parallelism that Flink planned (P23), restored
 * from our snapshot (P24), unless it was to begin without state.
 */
export async function readiness(
  cluster: Cluster,
  job: {
    readonly jobId: string;
    readonly jobName: string;
    readonly lock: string;
    readonly launch: Launch;
    readonly origin: Origin;
  },
  pulse: Pulse<unknown>,
): Promise<Readiness> {
  const entry = await overviewOf(cluster, job.jobId, pulse);
  if (entry !== undefined && entry.name !== job.jobName) return { kind: 'OTHER_NAME', name: entry.name };
  switch (entry?.state) {
    case undefined:
      return { kind: 'ABSENT' };
    case 'FAILED':
      return { kind: 'FAILED', cause: await causeOf(cluster, job.jobId, pulse) };
    case 'CANCELED':
      return { kind: 'CANCELED', empty: !(await isRestored(cluster, job, pulse)) };
    case 'FINISHED':
      return {
        kind: 'READY',
        warnings: ['the new job is FINISHED already: it had reached the end of its input'],
      };
    case 'RUNNING':
      if (!allTasksRun(entry)) {
        const { running, total, initializing } = entry.tasks;
        return { kind: 'WAIT', restoring: initializing > 0, why: `${running} of ${total} tasks are RUNNING` };
      }
      break;
    case 'INITIALIZING':
    case 'CREATED':
    case 'FAILING':
    case 'CANCELLING':
    case 'RESTARTING':
    case 'SUSPENDED':
    case 'RECONCILING':
      return {
        kind: 'WAIT',
        restoring: entry.state === 'INITIALIZING',
        why: `the new job is ${entry.state}`,
      };
  }

  if (!(await isRestored(cluster, job, pulse))) return { kind: 'EMPTY' };
  return { kind: 'READY', warnings: await shortfalls(cluster, job, pulse) };
}

/** From our snapshot, or a later one of a job that we submitted: of an earlier try, or its own before it failed over. */
async function isRestored(
  cluster: Cluster,
  job: { readonly jobId: string; readonly lock: string; readonly origin: Origin },
  pulse: Pulse<unknown>,
): Promise<boolean> {
  if (job.origin.kind === 'EMPTY') return true;
  const restored = (await checkpointsOf(cluster, job.jobId, pulse))?.latest.restored;
  if (restored == null) return false;
  const path = restored.external_path ?? '';
  return samePath(path, job.origin.snapshot.path) || path.includes(jobIdPrefix(job.lock));
}

/** An adaptive job may run below what was asked for; a job that processes is not rolled back for that (P23). */
async function shortfalls(
  cluster: Cluster,
  job: { readonly jobId: string; readonly launch: Launch },
  pulse: Pulse<unknown>,
): Promise<string[]> {
  const { vertices } = await answered(pulse, (signal) => cluster.flink.job(job.jobId, signal));
  const wanted = new Map(job.launch.vertices.map((vertex) => [vertex.id, vertex.parallelism]));
  return vertices.flatMap((vertex) => {
    const planned = wanted.get(vertex.id);
    if (planned === undefined || planned === vertex.parallelism) return [];
    return [`"${vertex.name}" runs at ${vertex.parallelism} of ${planned}`];
  });
}

async function causeOf(cluster: Cluster, jobId: string, pulse: Pulse<unknown>): Promise<string> {
  try {
    const { exceptionHistory } = await answered(pulse, (signal) => cluster.flink.exceptions(jobId, signal));
    return readableCause(exceptionHistory?.entries[0]?.stacktrace ?? 'the job is FAILED and gives no cause');
  } catch (error) {
    if (isRefusal(error, 'JOB_NOT_FOUND')) return 'the job is FAILED and its exceptions are gone';
    throw error;
  }
}
