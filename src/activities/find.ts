import type { JobLookup, JobName, StoppedJob } from '../contracts/observation';
import type { OverviewJob } from '../flink/client';
import type { Checkpoints } from '../flink/schemas';
import { jobIdPrefix, lockKey } from '../planning/ids';
import { checkpointsOf, lastStateOf, newestSavepointOf, savepointBelow } from './checkpoints';
import type { Cluster } from './cluster';
import { hasEnded, observeJob, shapeOf } from './job';
import { canceledByUs } from './record';
import { answered } from './wait';
import type { Pulse } from './wait';

interface Wanted {
  /** The job's name. */
  readonly job: string;
  readonly jobId?: string | undefined;
}

/**
 * The job of that name (and id): live; or FAILED, since that may be what it is to be started again from; or stopped by
 * Weir, which still owes its start (P30).
 */
export async function findJob(cluster: Cluster, wanted: Wanted, pulse: Pulse<unknown>): Promise<JobLookup> {
  const jobs = await answered(pulse, (signal) => cluster.flink.jobs(signal));
  const live = jobs.filter((job) => !hasEnded(job.state)).map(nameOf);
  const named = live.filter((job) => job.name === wanted.job);
  const chosen = wanted.jobId === undefined ? named : named.filter((job) => job.id === wanted.jobId);
  const [only, ...others] = chosen;
  if (only === undefined) {
    const ended = named.length === 0 ? await findEnded(cluster, wanted, jobs, pulse) : undefined;
    return ended ?? { kind: 'UNKNOWN', live };
  }
  if (others.length > 0) return { kind: 'AMBIGUOUS', candidates: chosen };
  const namesakes = named.filter((job) => job.id !== only.id).map((job) => job.id);
  return { kind: 'FOUND', job: await observeJob(cluster, only.id, pulse), namesakes };
}

/** The last job of this name, if it is to be started again; with an id, that one. */
async function findEnded(
  cluster: Cluster,
  wanted: Wanted,
  jobs: readonly OverviewJob[],
  pulse: Pulse<unknown>,
): Promise<JobLookup | undefined> {
  const prefix = jobIdPrefix(lockKey(cluster.name, wanted.job));
  const last = jobs
    .filter((job) => job.name === wanted.job || job.jid.startsWith(prefix))
    .reduce<OverviewJob | undefined>(
      (a, b) => (a === undefined || b['start-time'] >= a['start-time'] ? b : a),
      undefined,
    );
  if (last === undefined) return undefined;
  const stopped = await stoppedByUs(cluster, wanted.job, last, pulse);
  if (stopped !== undefined) return { kind: 'STOPPED', job: stopped };
  if (last.state !== 'FAILED' || (wanted.jobId ?? last.jid) !== last.jid) return undefined;
  // Its JobManager was lost right after: nothing but its result is known, and 1.20 answers 500 where it is asked for more.
  const isToldOf = last.tasks.total > 0 || (await checkpointsOf(cluster, last.jid, pulse)) !== undefined;
  if (!isToldOf) return undefined;
  return { kind: 'FOUND', job: await observeJob(cluster, last.jid, pulse), namesakes: [] };
}

/**
 * It ended by a stop or a cancel of ours, or Weir had submitted it and it is over; but not one that came to its end by
 * itself: its newest state is what it began with, and would be counted twice (P13).
 */
async function stoppedByUs(
  cluster: Cluster,
  name: string,
  job: OverviewJob,
  pulse: Pulse<unknown>,
): Promise<StoppedJob | undefined> {
  const prefix = jobIdPrefix(lockKey(cluster.name, name));
  const checkpoints = await checkpointsOf(cluster, job.jid, pulse);
  const directory = `${cluster.config.savepointRoot}/${encodeURIComponent(name)}`;
  const isStopped = (below: string) => savepointBelow(job.jid, below, checkpoints, 'STOP') !== undefined;
  const byItself = job.state === 'FINISHED' && !isStopped(cluster.config.savepointRoot);
  const ours =
    (job.jid.startsWith(prefix) && !byItself) ||
    isStopped(directory) ||
    (job.state === 'CANCELED' && (await canceledByUs(cluster, { id: job.jid, name })));
  return ours ? leftBy(cluster, name, job, pulse, checkpoints) : undefined;
}

/** A job that is over, if it has left state. */
async function leftBy(
  cluster: Cluster,
  name: string,
  job: OverviewJob,
  pulse: Pulse<unknown>,
  known?: Checkpoints,
): Promise<StoppedJob | undefined> {
  const checkpoints = known ?? (await checkpointsOf(cluster, job.jid, pulse));
  const snapshot = lastStateOf(job.jid, checkpoints);
  if (snapshot === undefined) return undefined;
  const { vertices, parallelism } = await shapeOf(cluster, job.jid, pulse);
  const newestSavepoint = newestSavepointOf(job.jid, checkpoints);
  return {
    ...{ id: job.jid, name, state: job.state, parallelism, vertices, snapshot },
    ...(newestSavepoint === undefined ? {} : { newestSavepoint }),
  };
}

/**
 * The job of that name: live; or the last one that left state, whoever ended it, since it may be what the next one begins
 * from; a try that never ran has left none.
 */
export async function findLast(cluster: Cluster, wanted: Wanted, pulse: Pulse<unknown>): Promise<JobLookup> {
  const jobs = await answered(pulse, (signal) => cluster.flink.jobs(signal));
  const live = jobs.filter((job) => !hasEnded(job.state));
  if (live.some((job) => job.name === wanted.job)) return findJob(cluster, wanted, pulse);

  const prefix = jobIdPrefix(lockKey(cluster.name, wanted.job));
  const ended = jobs
    .filter((job) => hasEnded(job.state) && (job.name === wanted.job || job.jid.startsWith(prefix)))
    .filter((job) => (wanted.jobId ?? job.jid) === job.jid)
    .sort((a, b) => b['start-time'] - a['start-time']);
  for (const job of ended) {
    const stopped = await leftBy(cluster, wanted.job, job, pulse);
    if (stopped !== undefined) return { kind: 'STOPPED', job: stopped };
  }
  const [last] = ended;
  return {
    kind: 'UNKNOWN',
    live: live.map(nameOf),
    ...(last === undefined ? {} : { ended: { ...nameOf(last), name: wanted.job } }),
  };
}

function nameOf(job: OverviewJob): JobName {
  return { id: job.jid, name: job.name, state: job.state };
}
