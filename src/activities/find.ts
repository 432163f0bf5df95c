import type { JobLookup, JobName, StoppedJob } from '../contracts/observation';
import type { OverviewJob } from '../flink/client';
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
  const live: JobName[] = jobs
    .filter((job) => !hasEnded(job.state))
    .map((job) => ({ id: job.jid, name: job.name, state: job.state }));
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
  return { kind: 'FOUND', job: await observeJob(cluster, last.jid, pulse), namesakes: [] };
}

/** It ended by a stop or a cancel of ours, or Weir had submitted it and it is over. */
async function stoppedByUs(
  cluster: Cluster,
  name: string,
  job: OverviewJob,
  pulse: Pulse<unknown>,
): Promise<StoppedJob | undefined> {
  const prefix = jobIdPrefix(lockKey(cluster.name, name));
  const checkpoints = await checkpointsOf(cluster, job.jid, pulse);
  const directory = `${cluster.config.savepointRoot}/${encodeURIComponent(name)}`;
  const ours =
    job.jid.startsWith(prefix) ||
    savepointBelow(job.jid, directory, checkpoints, 'STOP') !== undefined ||
    (job.state === 'CANCELED' && (await canceledByUs(cluster, { id: job.jid, name })));
  const snapshot = lastStateOf(job.jid, checkpoints);
  if (!ours || snapshot === undefined) return undefined;
  const { vertices, parallelism } = await shapeOf(cluster, job.jid, pulse);
  const newestSavepoint = newestSavepointOf(job.jid, checkpoints);
  return {
    ...{ id: job.jid, name, state: job.state, parallelism, vertices, snapshot },
    ...(newestSavepoint === undefined ? {} : { newestSavepoint }),
  };
}
