import { CheckpointLog, type Checkpoint } from './checkpoints';
import { type Clock, Timers } from './clock';
import { slotsNeeded, type Vertex } from './program';
import type { Begins, Data, DataState, Reader } from './data';
import type { Journal } from './journal';
import type { StartScript } from './script';
import type { Slots } from './slots';
import type { Snapshot, SnapshotStore } from './snapshots';
import { isEnd, type EndState, type JobState, type TaskState } from './states';
import { completion, texts, trace } from './traces';

/** ms, each from a request to its end. */
export interface Delays {
  readonly submit: number;
  /** From accepted to all tasks RUNNING. */
  readonly start: number;
  /** To FINISHED; the savepoint is complete a little before. */
  readonly stop: number;
  readonly savepoint: number;
  readonly checkpoint: number;
  readonly cancel: number;
  /** How long a job that fails over is RESTARTING. */
  readonly restart: number;
}

export type Retention = 'NO_EXTERNALIZED_CHECKPOINTS' | 'DELETE_ON_CANCELLATION' | 'RETAIN_ON_CANCELLATION';

export interface Checkpointing {
  /** Infinity: none but those that are asked for. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retention: Retention;
  readonly unaligned: boolean;
}

/** What jobs share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly snapshots: SnapshotStore;
  readonly slots: Slots;
  readonly delays: Delays;
  readonly checkpointRoot: string;
  readonly data: Data;
}

export interface JobOptions {
  readonly id: string;
  readonly name: string;
  /** As submitted; vertices may differ. */
  readonly parallelism: number;
  readonly vertices: readonly Vertex[];
  /** Undefined: checkpointing is not enabled. */
  readonly checkpointing: Checkpointing | undefined;
  readonly batch: boolean;
  /** Where it reads from without state; EARLIEST when left out. */
  readonly begins?: Begins | undefined;
  readonly start: StartScript;
  readonly restore?: Snapshot | undefined;
  /** In Flink's words; the cluster's default when left out. */
  readonly restartStrategy?: string | undefined;
}

export interface JobFailure {
  readonly at: number;
  readonly stackTrace: string;
}

/** A savepoint or checkpoint that somebody waits for; `fail` is called if the job gets in its way. */
export interface Pending {
  readonly entry: Checkpoint;
  readonly fail: (cause: string) => void;
}

/** One job on one JobManager: its states over time, its checkpoints, and what it had processed. */
export class SimulatedJob {
  readonly id: string;
  readonly name: string;
  state: JobState = 'INITIALIZING';
  tasks: TaskState = 'CREATED';
  /** Of every subtask: how often it was started again. */
  attempt = 0;
  private planned: readonly Vertex[];
  /** How long its tasks were in these states the last time that they were started, ms. */
  readonly took = { deploying: 0, initializing: 0 };
  /** How much of the time its first vertex is held up by those after it: 0 to 1. */
  backpressure = 0;
  readonly since = new Map<JobState, number>();
  /** Newest first. */
  readonly failures: JobFailure[] = [];
  readonly checkpoints = new CheckpointLog();
  readonly pending = new Set<Pending>();
  /** The stop with savepoint that is under way; its path once that savepoint is complete. */
  stopping: { savepoint?: string } | undefined;
  /** Runs until the job's course changes. */
  readonly timers: Timers;
  readonly data: Reader;
  /** Fails over each time that it was deployed. */
  private broken: string | undefined;
  private processed = 0;
  private processingSince: number | undefined;

  constructor(
    readonly options: JobOptions,
    private readonly world: Surroundings,
  ) {
    this.id = options.id;
    this.name = options.name;
    this.planned = options.vertices;
    this.timers = new Timers(world.clock);
    this.data = world.data.reader(options.name, options.begins ?? 'EARLIEST');
    this.enter('INITIALIZING');
  }

  /** None until it is initialised. */
  get vertices(): readonly Vertex[] {
    return this.state === 'INITIALIZING' ? [] : this.planned;
  }

  get ended(): boolean {
    return isEnd(this.state);
  }

  /** How much it has processed, ms; goes back with each failover. */
  get progress(): number {
    return (
      this.processed + (this.processingSince === undefined ? 0 : this.timers.now() - this.processingSince)
    );
  }

  /** Initialised: it asks for its slots, is deployed, and runs. */
  accept(): void {
    const { restore, start } = this.options;
    if (restore !== undefined && !(start !== 'NORMAL' && start.kind === 'EMPTY')) this.restoreFrom(restore);
    this.enter('CREATED');
    this.enter('RUNNING');
    this.tasks = 'SCHEDULED';
    if (start !== 'NORMAL' && start.kind === 'NEVER_SCHEDULED') return;
    if (start !== 'NORMAL' && start.kind === 'RESTARTS') this.broken = start.cause ?? 'it does not work';
    this.world.slots.request(this.id, slotsNeeded(this.vertices), () => this.deploy());
  }

  /** Could not be initialised: FAILED, without vertices. */
  failInitialising(stackTrace: string): void {
    this.planned = [];
    this.failures.unshift({ at: this.timers.now(), stackTrace });
    this.end('FAILED');
  }

  /** RESTARTING, then RUNNING from the last checkpoint. */
  failOver(what: string, downMs = this.world.delays.restart): void {
    this.halt();
    this.failures.unshift({ at: this.timers.now(), stackTrace: trace(texts.taskFailed(what)) });
    this.enter('RESTARTING');
    this.tasks = 'FAILED';
    this.world.journal.happened({ kind: 'FAILED_OVER', jobId: this.id, name: this.name });
    this.timers.after(downMs, () => {
      this.attempt += 1;
      this.processed = 0;
      const { base } = this.checkpoints;
      if (base !== undefined) this.restoreFrom(base);
      else this.data.restore(undefined);
      this.enter('RUNNING');
      this.deploy();
    });
  }

  /** Fails over again and again, until `mend`. */
  keepRestarting(what = 'it does not work'): void {
    this.broken = what;
    this.failOver(what);
  }

  /** FAILING, for as long as its tasks take to be cancelled: until somebody cancels it. */
  keepFailing(what = 'it does not work'): void {
    this.halt();
    this.failures.unshift({ at: this.timers.now(), stackTrace: trace(texts.taskFailed(what)) });
    this.enter('FAILING');
    this.tasks = 'CANCELING';
  }

  /** The next time that it is deployed it runs. */
  mend(): void {
    this.broken = undefined;
  }

  /** FAILED for good. */
  fail(stackTrace = trace(texts.taskFailed('it does not work'))): void {
    this.failures.unshift({ at: this.timers.now(), stackTrace });
    this.halt();
    this.end('FAILED');
  }

  /** FINISHED by itself: the end of its input. */
  finish(): void {
    this.halt();
    this.end('FINISHED');
  }

  cancel(): void {
    if (this.ended || this.state === 'CANCELLING') return;
    this.halt();
    this.enter('CANCELLING');
    this.tasks = 'CANCELING';
    this.timers.after(this.world.delays.cancel, () => this.end('CANCELED'));
  }

  /** Its JobManager is lost: nothing more happens to it. */
  abandon(): void {
    this.timers.clear();
    this.freeze();
  }

  /** Triggers a checkpoint; `done` gets its id, or the stack trace of why not. */
  checkpoint(done: (end: { id: number } | { stackTrace: string }) => void): void {
    if (this.tasks !== 'RUNNING') return done({ stackTrace: completion(this.notExecuted()) });
    const entry = this.checkpoints.trigger('CHECKPOINT', this.timers.now());
    const waiting: Pending = { entry, fail: (cause) => done({ stackTrace: completion(cause) }) };
    const { progress } = this;
    const data = this.data.barrier();
    this.pending.add(waiting);
    const takes = this.checkpointTakes();
    if (takes === undefined) return;
    this.timers.after(takes, () => {
      if (!this.pending.delete(waiting)) return;
      this.completeCheckpoint(entry, progress, data);
      done({ id: entry.id });
    });
  }

  /** Why nothing can be triggered now. */
  notExecuted(): string {
    const [first] = this.vertices;
    return texts.notExecuted(`${first?.name ?? 'Source'} (1/${first?.parallelism ?? 1})`, this.id);
  }

  /** It processes nothing more: what it has processed stands. */
  freeze(): void {
    this.processed = this.progress;
    this.processingSince = undefined;
    this.data.rest();
  }

  /** Checkpoints and savepoints under way fail. */
  abortPending(cause: string): void {
    for (const { entry, fail } of [...this.pending]) {
      this.checkpoints.fail(entry, cause.replace(/^[\w.]+: /, ''), this.timers.now());
      fail(cause);
    }
    this.pending.clear();
  }

  private deploy(): void {
    const { start: total } = this.world.delays;
    const { start } = this.options;
    const first = this.attempt === 0 && start !== 'NORMAL' ? start : undefined;
    const takes = first?.kind === 'TAKES' ? first.ms : total;
    const restoring = first?.kind === 'RESTORING' ? first.ms : takes / 2;
    this.tasks = 'DEPLOYING';
    this.checkpoints.declined += 1;
    this.took.deploying = takes - Math.min(takes, takes / 2);
    this.took.initializing = restoring;
    this.timers.after(this.took.deploying, () => {
      if (this.broken !== undefined) return this.failOver(this.broken);
      if (first?.kind === 'FAILS')
        return this.fail(trace(texts.taskFailed(first.cause ?? 'it does not work')));
      this.tasks = 'INITIALIZING';
      this.timers.after(restoring, () => this.run());
    });
  }

  private run(): void {
    this.tasks = 'RUNNING';
    this.processingSince = this.timers.now();
    this.data.run();
    this.world.journal.happened({ kind: 'RUNNING', jobId: this.id, name: this.name });
    this.checkpointPeriodically(0);
  }

  /** The first one at once, however long the interval is. */
  private checkpointPeriodically(inMs: number): void {
    const { checkpointing } = this.options;
    if (checkpointing === undefined || checkpointing.intervalMs === Infinity) return;
    this.timers.after(inMs, () => {
      const busy = this.stopping !== undefined || this.checkpoints.entries[0]?.status === 'IN_PROGRESS';
      if (!busy) this.checkpoint(() => undefined);
      this.checkpointPeriodically(checkpointing.intervalMs);
    });
  }

  /** Undefined: for ever. */
  private checkpointTakes(): number | undefined {
    const { start } = this.options;
    if (start !== 'NORMAL' && start.kind === 'NO_CHECKPOINT') return undefined;
    const isFirst = this.checkpoints.count('COMPLETED') === 0;
    return isFirst && start !== 'NORMAL' && start.kind === 'FIRST_CHECKPOINT_AFTER'
      ? start.ms
      : this.world.delays.checkpoint;
  }

  private completeCheckpoint(entry: Checkpoint, progress: number, data: DataState): void {
    const path = `${this.world.checkpointRoot}/${this.id}/chk-${entry.id}`;
    this.discardCheckpoints();
    this.checkpoints.complete(entry, path, this.timers.now());
    this.checkpoints.base = this.world.snapshots.complete({
      ...{ path, jobName: this.name, checkpointId: entry.id },
      ...{ savepoint: false, progress, data },
    });
    this.data.commit(data);
  }

  private discardCheckpoints(): void {
    for (const entry of this.checkpoints.kept()) {
      entry.discarded = true;
      if (entry.path !== undefined) this.world.snapshots.discard(entry.path);
    }
  }

  private restoreFrom(snapshot: Snapshot): void {
    this.checkpoints.restore(snapshot, this.timers.now());
    this.checkpoints.base = snapshot;
    this.processed = snapshot.progress;
    this.data.restore(snapshot.data);
  }

  /** Whatever was under way ends here. */
  private halt(): void {
    this.timers.clear();
    this.freeze();
    this.abortPending(texts.coordinatorSuspending);
    this.stopping = undefined;
  }

  private end(state: EndState): void {
    this.timers.clear();
    this.tasks = state;
    this.enter(state);
    const { retention } = this.options.checkpointing ?? { retention: 'NO_EXTERNALIZED_CHECKPOINTS' };
    const kept = {
      FINISHED: false,
      CANCELED: retention === 'RETAIN_ON_CANCELLATION',
      FAILED: retention !== 'NO_EXTERNALIZED_CHECKPOINTS',
    };
    if (!kept[state]) this.discardCheckpoints();
    this.world.journal.happened({ kind: 'ENDED', jobId: this.id, name: this.name, state });
    this.world.slots.release(this.id);
  }

  private enter(state: JobState): void {
    this.state = state;
    this.since.set(state, this.timers.now());
  }
}
