import type { JobLookup, Observation } from '../contracts/observation';
import type { Cluster } from './cluster';
import { findJob } from './find';
import { hasEnded } from './job';
import { observeProgram } from './program';
import type { JobToday, ProgramInput } from './program';
import { recordOf, visibilityLagMs } from './record';
import type { Recorded } from './record';
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
    const { 'flink-version': flinkVersion, 'refresh-interval': cacheMs } = await answered(pulse, (signal) =>
      flink.config(signal),
    );
    const found = await findJob(cluster, input, pulse);
    const recorded = await whatIsRecorded(cluster, input, found, pulse);
    const job = withRecordedSavepoint(found, recorded);
    const slots = await answered(pulse, (signal) => flink.overview(signal));
    return {
      cluster: cluster.name,
      flinkUrl: config.rest,
      flinkVersion,
      snapshotCompression: await compressesSnapshots(cluster, pulse),
      observedAt: Date.now(),
      cacheMs,
      slots: {
        total: slots['slots-total'],
        available: slots['slots-available'],
        onDemand: await startsTaskManagers(cluster, pulse),
      },
      savepointRoot: config.savepointRoot,
      snapshotStore: config.snapshotStore.kind,
      ...(config.historyServer === undefined ? {} : { hasHistoryServer: true }),
      timeouts: config.timeouts,
      job,
      ...(job.kind === 'FOUND' || job.kind === 'STOPPED'
        ? {
            program: await observeProgram(cluster, input, { ...todayOf(job), recorded }, flinkVersion, pulse),
          }
        : {}),
    };
  });
}

/** Whether the cluster starts TaskManagers as jobs need them: native Kubernetes and YARN do. */
async function startsTaskManagers({ flink }: Cluster, pulse: Pulse<unknown>): Promise<boolean> {
  const target = await answered(pulse, (signal) => flink.option('execution.target', signal));
  return target !== undefined && /^(kubernetes|yarn)-/.test(target);
}

async function compressesSnapshots({ flink }: Cluster, pulse: Pulse<unknown>): Promise<boolean> {
  const key = 'execution.checkpointing.snapshot-compression';
  return (await answered(pulse, (signal) => flink.option(key, signal)))?.toLowerCase() === 'true';
}

function todayOf({ job }: Extract<JobLookup, { kind: 'FOUND' | 'STOPPED' }>): Omit<JobToday, 'recorded'> {
  return { id: job.id, parallelism: job.parallelism };
}

/** What the job was started with, by the run of ours that started it. A job that is down waits for no list that lags. */
async function whatIsRecorded(
  cluster: Cluster,
  input: ObserveInput,
  found: JobLookup,
  pulse: Pulse<unknown>,
): Promise<Recorded> {
  if (found.kind !== 'FOUND' && found.kind !== 'STOPPED') return { kind: 'NOT_OURS' };
  const { id, state } = found.job;
  const isAsked = input.artifact === undefined || input.previousArtifact === undefined;
  const patienceMs = isAsked && !hasEnded(state) ? visibilityLagMs : 0;
  return recordOf(cluster, { id, name: input.job }, patienceMs, pulse);
}

/** Flink forgets the savepoint that a job began with once the job has failed over to a checkpoint (P18). */
function withRecordedSavepoint(found: JobLookup, recorded: Recorded): JobLookup {
  const savepoint = recorded.kind === 'RECORDED' ? recorded.record.savepoint : undefined;
  if (savepoint === undefined) return found;
  const newestSavepoint = { snapshot: savepoint, takenByJob: false };
  switch (found.kind) {
    case 'FOUND':
      return { ...found, job: { newestSavepoint, ...found.job } };
    case 'STOPPED':
      return { ...found, job: { newestSavepoint, ...found.job } };
    case 'UNKNOWN':
    case 'AMBIGUOUS':
      return found;
  }
}
