import type { JobLookup, Observation } from '../contracts/observation';
import type { Cluster } from './cluster';
import { findJob } from './find';
import { hasEnded } from './job';
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
    const { 'flink-version': flinkVersion, 'refresh-interval': cacheMs } = await answered(pulse, (signal) =>
      flink.config(signal),
    );
    const job = await findJob(cluster, input, pulse);
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
      timeouts: config.timeouts,
      job,
      ...(job.kind === 'FOUND' || job.kind === 'STOPPED'
        ? { program: await observeProgram(cluster, input, todayOf(job), pulse) }
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

function todayOf({ job }: Extract<JobLookup, { kind: 'FOUND' | 'STOPPED' }>): JobToday {
  return { id: job.id, parallelism: job.parallelism, live: !hasEnded(job.state) };
}
