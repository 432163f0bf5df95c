import type { JobLookup, JobName, Observation, StoppedJob } from '../contracts/observation';
import type { OverviewJob } from '../flink/client';
import { jobIdPrefix, lockKey } from '../planning/ids';
import type { Cluster } from './cluster';
import { checkpointsOf, hasEnded, lastStateOf, observeJob, savepointBelow, shapeOf } from './job';
import { observeProgram } from './program';
import type { JobToday, ProgramInput } from './program';
import { answered, looking } from './wait';
import type { Pulse } from './wait';

export interface ObserveInput extends ProgramInput {
  readonly cluster: string;
  readonly jobId?: string | undefined;
}

/**
 * Looks at the cluster, the job and the program that is to be, and changes nothing but the JobManager's list of
 * uploaded jars. Everything that `plan()` decides on is in what it returns.
 */
export async function observe(cluster: Cluster, input: ObserveInput): Promise<Observation> {
  return looking(async (pulse) => {
    const { flink, config } = cluster;
    const { 'flink-version': flinkVersion } = await answered(pulse, (signal) => flink.config(signal));
    const job = await findJob(cluster, input, pulse);
    const slots = await answered(pulse, (signal) => flink.overview(signal));
    return {
      cluster: cluster.name,
      flinkUrl: config.rest,
      flinkVersion,
      slots: { total: slots['slots-total'], available: slots['slots-available'] },
      savepointRoot: config.savepointRoot,
      snapshotStore: config.snapshotStore.kind,
      timeouts: config.timeouts,
      job,
      ...(job.kind === 'FOUND' || job.kind === 'STOPPED'
        ? { program: await observeProgram(cluster, input, todayOf(job), pulse) }
        : {}),
    };
  });
}

async function findJob(cluster: Cluster, input: ObserveInput, pulse: Pulse<unknown>): Promise<JobLookup> {
  const jobs = await answered(pulse, (signal) => cluster.flink.jobs(signal));
  const live: JobName[] = jobs
    .filter((job) => !hasEnded(job.state))
    .map((job) => ({ id: job.jid, name: job.name, state: job.state }));
  const named = live.filter((job) => job.name === input.job);
  const chosen = input.jobId === undefined ? named : named.filter((job) => job.id === input.jobId);
  const [only, ...others] = chosen;
  if (only === undefined) {
    const stopped = named.length === 0 ? await findStopped(cluster, input, jobs, pulse) : undefined;
    return stopped === undefined ? { kind: 'UNKNOWN', live } : { kind: 'STOPPED', job: stopped };
  }
  if (others.length > 0) return { kind: 'AMBIGUOUS', candidates: chosen };
  const namesakes = named.filter((job) => job.id !== only.id).map((job) => job.id);
  return { kind: 'FOUND', job: await observeJob(cluster, only.id, pulse), namesakes };
}

/**
 * The last job of this name, if it was ours to start again (P30): it ended by a stop of ours, or Weir had submitted it
 * and it is over.
 */
async function findStopped(
  cluster: Cluster,
  input: ObserveInput,
  jobs: readonly OverviewJob[],
  pulse: Pulse<unknown>,
): Promise<StoppedJob | undefined> {
  const prefix = jobIdPrefix(lockKey(cluster.name, input.job));
  const last = jobs
    .filter((job) => job.name === input.job || job.jid.startsWith(prefix))
    .reduce<OverviewJob | undefined>(
      (a, b) => (a === undefined || b['start-time'] >= a['start-time'] ? b : a),
      undefined,
    );
  if (last === undefined) return undefined;
  const checkpoints = await checkpointsOf(cluster, last.jid, pulse);
  const directory = `${cluster.config.savepointRoot}/${encodeURIComponent(input.job)}`;
  const ours = last.jid.startsWith(prefix) || savepointBelow(last.jid, directory, checkpoints) !== undefined;
  const snapshot = lastStateOf(last.jid, checkpoints);
  if (!ours || snapshot === undefined) return undefined;
  const { vertices, parallelism } = await shapeOf(cluster, last.jid, pulse);
  return { id: last.jid, name: input.job, state: last.state, parallelism, vertices, snapshot };
}

function todayOf({ job }: Extract<JobLookup, { kind: 'FOUND' | 'STOPPED' }>): JobToday {
  return { id: job.id, parallelism: job.parallelism, live: !hasEnded(job.state) };
}
