import type { JobLookup, Observation, ObservedTaskManagers, Program } from '../contracts/observation';
import type { Transition } from '../contracts/rescale';
import type { Cluster } from './cluster';
import { otherTaskManagersOf, taskManagersOf } from './demand';
import { findJob, findLast } from './find';
import { hasEnded } from './job';
import { observeProgram } from './program';
import type { JobToday, ProgramInput } from './program';
import { rocksDbTimersOption } from '../planning/format';
import { lacksSlots } from '../planning/provision';
import { givesBackSlots } from '../planning/surplus';
import { recordOf, visibilityLagMs } from './record';
import type { Recorded } from './record';
import { schedulerOf } from './scheduling';
import { answered, looking } from './wait';
import type { Pulse } from './wait';

export interface ObserveInput extends Omit<ProgramInput, 'parallelism'> {
  readonly cluster: string;
  readonly jobId?: string | undefined;
  /** Left out: RESCALE, by a workflow of an earlier build. */
  readonly transition?: Transition;
  readonly parallelism?: number | undefined;
}

/**
 * Looks at the cluster, the job and the program that is to be, and changes nothing but the JobManager's list of
 * uploaded jars. Everything that `plan()` decides on is in what it returns.
 */
export async function observe(cluster: Cluster, input: ObserveInput): Promise<Observation> {
  return looking(async (pulse) => {
    const { flink, config } = cluster;
    const {
      'flink-version': flinkVersion,
      'refresh-interval': cacheMs,
      features: { 'web-submit': takesPrograms },
    } = await answered(pulse, (signal) => flink.config(signal));
    const found = await lookUp(cluster, input, pulse);
    const recorded = await whatIsRecorded(cluster, input, found, pulse);
    const job = withRecordedSavepoint(found, recorded);
    const slots = await answered(pulse, (signal) => flink.overview(signal));
    const scheduler = await schedulerOf(cluster, pulse);
    const rocksDbTimers = await answered(pulse, (signal) => flink.option(rocksDbTimersOption, signal));
    const seen: Observation = {
      cluster: cluster.name,
      flinkUrl: config.rest,
      flinkVersion,
      snapshotCompression: await compressesSnapshots(cluster, pulse),
      ...(rocksDbTimers === undefined ? {} : { rocksDbTimers }),
      observedAt: Date.now(),
      cacheMs,
      slots: {
        total: slots['slots-total'],
        available: slots['slots-available'],
        onDemand: await startsTaskManagers(cluster, pulse),
      },
      scheduler,
      ...(takesPrograms ? {} : { application: true }),
      savepointRoot: config.savepointRoot,
      snapshotStore: config.snapshotStore.kind,
      ...(config.historyServer === undefined ? {} : { hasHistoryServer: true }),
      timeouts: config.timeouts,
      job,
      ...(await programOf(cluster, input, { job, recorded, flinkVersion, takesPrograms }, pulse)),
    };
    const taskManagers = await ownedBy(cluster, input, seen, pulse);
    if (taskManagers === undefined) return seen;
    // as many as had the slots that were seen: one may have come since
    const { taskmanagers: registered } = slots;
    return {
      ...seen,
      taskManagers: taskManagers.kind === 'SEEN' ? { ...taskManagers, registered } : taskManagers,
    };
  });
}

/** How many TaskManagers there are, where that counts: whoever runs them is not to keep a job waiting that needs none. */
async function ownedBy(
  cluster: Cluster,
  { transition = 'RESCALE' }: ObserveInput,
  seen: Observation,
  pulse: Pulse<unknown>,
): Promise<ObservedTaskManagers | undefined> {
  if (seen.scheduler === 'REACTIVE') return taskManagersOf(cluster, pulse);
  const starts = transition === 'RESCALE' || transition === 'START';
  const retires = cluster.taskManagers?.retirement !== undefined;
  const counts = starts && (lacksSlots(seen) || (retires && givesBackSlots(seen)));
  return counts ? otherTaskManagersOf(cluster, pulse) : undefined;
}

/** A job that is to be started or cancelled may have been ended by anybody. */
function lookUp(cluster: Cluster, input: ObserveInput, pulse: Pulse<unknown>): Promise<JobLookup> {
  const { transition = 'RESCALE' } = input;
  switch (transition) {
    case 'START':
    case 'CANCEL':
      return findLast(cluster, input, pulse);
    case 'RESCALE':
    case 'SUSPEND':
    case 'SAVEPOINT':
      return findJob(cluster, input, pulse);
  }
}

/** The program that the plan needs: the one that is to be; or, where none is, the one that runs, should the job be lost. */
async function programOf(
  cluster: Cluster,
  input: ObserveInput,
  seen: {
    readonly job: JobLookup;
    readonly recorded: Recorded;
    readonly flinkVersion: string;
    readonly takesPrograms: boolean;
  },
  pulse: Pulse<unknown>,
): Promise<{ program?: Program }> {
  if (!seen.takesPrograms && input.transition !== 'CANCEL') return { program: takesNone };
  const { transition = 'RESCALE' } = input;
  const { job: found, recorded, flinkVersion } = seen;
  const today = found.kind === 'FOUND' || found.kind === 'STOPPED' ? todayOf(found) : undefined;
  const parallelism = input.parallelism ?? today?.parallelism;
  const of = async (given: ProgramInput, today: JobToday) => ({
    program: await observeProgram(cluster, given, today, flinkVersion, pulse),
  });
  switch (transition) {
    case 'RESCALE':
      if (today === undefined || parallelism === undefined) return {};
      return of({ ...input, parallelism }, { ...today, recorded });
    case 'START': {
      if (parallelism === undefined) return {};
      // One that runs is held against what is to be started; of one that does not, nothing is started again.
      if (found.kind === 'FOUND') return of({ ...input, parallelism }, { ...todayOf(found), recorded });
      return of({ ...input, parallelism }, { id: '', parallelism, recorded: { kind: 'NOT_OURS' } });
    }
    case 'SUSPEND':
    case 'SAVEPOINT':
      if (today === undefined) return {};
      return of(asItRuns(cluster, input, today.parallelism, recorded), { ...today, recorded });
    case 'CANCEL':
      return {};
  }
}

const takesNone: Program = {
  kind: 'REFUSED',
  reason: 'the cluster runs one application, and takes no program (application mode)',
  valid:
    '"mechanism": "AUTO" where its scheduler is adaptive or reactive; else deploy the application anew, from a savepoint',
};

/** What runs, by the word that counts first: the input's, the record's, weir.yaml's. */
function asItRuns(
  cluster: Cluster,
  { job, artifact, previousArtifact }: ObserveInput,
  parallelism: number,
  recorded: Recorded,
): ProgramInput {
  const known = recorded.kind === 'RECORDED' ? recorded.record.artifact : undefined;
  const configured = cluster.jobs.find((one) => one.job === job)?.artifact;
  return {
    job,
    parallelism,
    artifact: previousArtifact ?? known ?? configured ?? artifact,
    previousArtifact,
  };
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
  const isNamed = input.artifact !== undefined && input.previousArtifact !== undefined;
  const isAsked = input.transition !== 'CANCEL' && !isNamed;
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
