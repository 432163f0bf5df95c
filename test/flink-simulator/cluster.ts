import { randomUUID } from 'node:crypto';
import { Timers, type Clock } from './clock';
import { Data } from './data';
import { SimulatedJob } from './job';
import type { Checkpointing } from './job-options';
import { Operations } from './operations';
import { checkpointingOf, defaultProgram, verticesAt, type Program } from './program';
import { Journal } from './journal';
import { takeSavepoint, type SavepointEnd } from './savepoint';
import { Script, type StartScript } from './script';
import { Slots } from './slots';
import { SnapshotStore } from './snapshots';
import type { Delays, Scheduling, Surroundings } from './surroundings';
import { completion, texts } from './traces';

export interface ClusterOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly delays: Delays;
  readonly scheduling: Scheduling;
  readonly checkpointing: Checkpointing | undefined;
  readonly taskManagers: number;
  readonly slotsPerTaskManager: number;
  /** Undefined: no default directory. */
  readonly savepointRoot: string | undefined;
  readonly folders: boolean;
  readonly checkpointRoot: string;
  readonly refreshIntervalMs: number;
  readonly keepResultsMs: number;
  readonly keepJobsMs: number;
  readonly programs: readonly Program[];
  readonly settings: Readonly<Record<string, string>>;
}

/** Whether the REST API has a JobManager to ask: none that leads, or one that does but takes no requests yet. */
export type Leadership = 'IN_ELECTION' | 'STARTING' | 'LEADS';

export interface Jar {
  readonly id: string;
  readonly name: string;
  readonly uploadedAt: number;
  readonly size: number;
}

/**
 * The model, without HTTP: one JobManager with its jobs and caches, and what outlives it: TaskManagers, snapshots,
 * and the record of what happened.
 */
export class Cluster {
  readonly journal: Journal;
  readonly script = new Script();
  readonly jobs = new Map<string, SimulatedJob>();
  readonly jars = new Map<string, Jar>();
  readonly programs: Program[];
  /** Savepoints and stops share one cache of ids, checkpoints have their own. */
  readonly savepoints: Operations;
  readonly checkpoints: Operations;
  readonly disposals: Operations;
  readonly slots: Slots;
  readonly snapshots: SnapshotStore;
  readonly data: Data;
  readonly world: Surroundings;
  /** Of the JobManager process, and of what outlives it. */
  readonly process: Timers;
  readonly timers: Timers;
  /** Counts JobManagers. */
  generation = 1;
  /** When the JobManager began. */
  since: number;
  leadership: Leadership = 'LEADS';
  /** Jobs of a lost JobManager that no other has taken over yet; `tasks` hold their slots. */
  readonly orphans: { readonly job: SimulatedJob; readonly tasks: string }[] = [];

  constructor(readonly options: ClusterOptions) {
    const { version, clock, delays, scheduling, checkpointRoot } = options;
    this.since = clock.now();
    this.journal = new Journal(() => clock.now());
    this.programs = [...options.programs];
    this.savepoints = new Operations(clock, options.keepResultsMs);
    this.checkpoints = new Operations(clock, options.keepResultsMs);
    this.disposals = new Operations(clock, options.keepResultsMs);
    this.slots = new Slots(options.taskManagers, options.slotsPerTaskManager);
    this.snapshots = new SnapshotStore(options.folders);
    this.process = new Timers(clock);
    this.timers = new Timers(clock);
    this.data = new Data(() => clock.now());
    const { journal, snapshots, slots, data } = this;
    if (options.keepJobsMs !== Infinity)
      this.journal.onEffect((effect) => {
        if (effect.kind !== 'ENDED') return;
        this.process.after(options.keepJobsMs, () => this.jobs.delete(effect.jobId));
      });
    const since = () => this.since;
    this.world = {
      ...{ version, clock, delays, scheduling, checkpointRoot, since },
      ...{ journal, snapshots, slots, data },
    };
  }

  programOf(jarName: string): Program {
    return this.programs.find(({ jar }) => jarName.endsWith(jar)) ?? defaultProgram;
  }

  addJar(name: string, size: number): Jar {
    const jar = { id: `${randomUUID()}_${name}`, name, uploadedAt: this.options.clock.now(), size };
    this.jars.set(jar.id, jar);
    return jar;
  }

  /** A job that has been running for a while before the test begins. */
  addJob({
    id,
    name,
    parallelism,
    program,
    start = 'NORMAL',
    restartStrategy,
  }: {
    id: string;
    name: string;
    parallelism: number;
    program: Program;
    start?: StartScript | undefined;
    restartStrategy?: string | undefined;
  }): SimulatedJob {
    const checkpointing = checkpointingOf(program, this.options.checkpointing);
    const { batch = false, begins } = program;
    const vertices = verticesAt(program, parallelism);
    const job = new SimulatedJob(
      { id, name, parallelism, vertices, checkpointing, batch, begins, start, restartStrategy },
      this.world,
    );
    this.add(job);
    job.accept();
    return job;
  }

  /** Flink has the job from now on. */
  add(job: SimulatedJob): void {
    this.jobs.set(job.id, job);
    const { id, name, options } = job;
    const empty = options.start !== 'NORMAL' && options.start.kind === 'EMPTY';
    const from = empty ? undefined : options.restore;
    this.journal.happened({
      ...{ kind: 'STARTED', jobId: id, name, parallelism: options.parallelism, restoredFrom: from?.path },
      stateLost: this.snapshots.hasNewerThan(from, name),
    });
  }

  /** Stop with savepoint, or a savepoint alone; a trigger id that is known executes nothing. */
  savepoint(request: {
    jobId: string;
    triggerId: string;
    directory: string;
    stop: boolean;
  }): 'EXECUTED' | 'KNOWN' {
    const { jobId, triggerId, directory, stop } = request;
    return this.savepoints.trigger(jobId, triggerId, (done) => {
      const report = (end: SavepointEnd) =>
        done('location' in end ? end : { 'failure-cause': throwable(end.stackTrace) });
      const job = this.jobs.get(jobId);
      if (job === undefined || job.ended) return report({ stackTrace: completion(texts.jobNotFound(jobId)) });
      takeSavepoint(job, { directory, stop, script: this.script.nextStop(job.name) }, this.world, report);
    });
  }

  checkpoint(jobId: string, triggerId: string): 'EXECUTED' | 'KNOWN' {
    return this.checkpoints.trigger(jobId, triggerId, (done) => {
      const job = this.jobs.get(jobId);
      if (job === undefined || job.ended)
        return done({ failureCause: throwable(completion(texts.jobNotFound(jobId))) });
      job.coordinator.trigger((end) =>
        done('id' in end ? { checkpointId: end.id } : { failureCause: throwable(end.stackTrace) }),
      );
    });
  }

  /** Deletes the files of a savepoint, whoever needs them. */
  dispose(triggerId: string, path: string): void {
    this.disposals.trigger('', triggerId, (done) => {
      this.process.after(this.options.delays.checkpoint, () => {
        const script = this.script.nextDisposal(this.snapshots.find(path)?.jobName ?? '');
        if (script !== 'NORMAL') return done({ 'failure-cause': throwable(completion(script.cause)) });
        if (this.snapshots.dispose(path)) return done({});
        done({ 'failure-cause': throwable(completion(texts.snapshotNotFound(path))) });
      });
    });
  }

  /** Nothing happens any more. */
  close(): void {
    this.process.clear();
    this.timers.clear();
    this.savepoints.clear();
    this.checkpoints.clear();
    this.disposals.clear();
    for (const job of this.jobs.values()) job.abandon();
  }
}

/** As Flink tells of an exception in the result of an operation; the serialized one is 36 KB on a real cluster. */
function throwable(stackTrace: string) {
  return {
    class: /^[\w.$]+/.exec(stackTrace)?.[0] ?? 'java.lang.Exception',
    'stack-trace': stackTrace,
    'serialized-throwable': serialized,
  };
}

const serialized = Buffer.alloc(27_000, 'serialized throwable ').toString('base64');
