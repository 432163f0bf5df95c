import { CheckpointLog } from './checkpoints';
import { Timers } from './clock';
import { Coordinator } from './coordinator';
import { Deployment } from './deployment';
import { isSince } from './http/versions';
import type { JobOptions } from './job-options';
import { Processing } from './processing';
import type { Vertex } from './program';
import { restartsAllowed } from './restarts';
import { schedulerOf, type Bounded, type Scheduler } from './scheduler';
import type { Snapshot } from './snapshots';
import { isEnd, type EndState, type JobState, type TaskState } from './states';
import type { Surroundings } from './surroundings';
import { texts, trace } from './traces';

export interface JobFailure {
  readonly at: number;
  readonly stackTrace: string;
}

/** One job on one JobManager: its states over time, and what makes it go from one to the next. */
export class SimulatedJob {
  readonly id: string;
  readonly name: string;
  state: JobState = 'INITIALIZING';
  tasks: TaskState = 'CREATED';
  /** How often it was started again. */
  attempt = 0;
  /** How much of the time its first vertex is held up by those after it: 0 to 1. */
  backpressure = 0;
  readonly since = new Map<JobState, number>();
  /** Newest first. */
  readonly failures: JobFailure[] = [];
  /** Why it is FAILED, where these do not tell. */
  unseen: JobFailure | undefined;
  readonly checkpoints = new CheckpointLog();
  readonly coordinator: Coordinator;
  readonly processing: Processing;
  readonly deployment: Deployment;
  /** Its JobManager was lost right after its end: nothing else than its result is known. */
  onlyResult = false;
  /** The stop with savepoint that is under way; its path once that savepoint is complete. */
  stopping: { savepoint?: string } | undefined;
  /** Runs until the job's course changes. */
  readonly timers: Timers;
  private readonly scheduler: Scheduler;
  /** After a failure. */
  private restarts = 0;

  constructor(
    readonly options: JobOptions,
    private readonly world: Surroundings,
  ) {
    this.id = options.id;
    this.name = options.name;
    this.timers = new Timers(world.clock);
    const data = world.data.reader(options.name, options.begins ?? 'EARLIEST');
    this.processing = new Processing(data, () => world.clock.now());
    this.coordinator = new Coordinator(this, world);
    this.deployment = new Deployment(this, world);
    this.scheduler = schedulerOf(this, world);
    this.enter('INITIALIZING');
  }

  /** None until it is initialised; before 1.18 none either while it has no tasks. */
  get vertices(): readonly Vertex[] {
    const unseen = this.graphless && !isSince(this.world.version, '1.18');
    const untold = this.state === 'INITIALIZING' || unseen || this.onlyResult;
    if (untold) return [];
    return this.graphless ? this.scheduler.initial : this.deployment.vertices;
  }

  /** It has no tasks, so Flink tells what it was submitted as, and nothing of what became of it. */
  get graphless(): boolean {
    return this.tasks === 'NONE';
  }

  /** What its scheduler lets be asked for. */
  get bounds(): Bounded | undefined {
    return this.scheduler.bounds;
  }

  get ended(): boolean {
    return isEnd(this.state);
  }

  /** Whether its cluster's scheduler is the adaptive one. */
  get adaptive(): boolean {
    return this.world.scheduling.kind !== 'DEFAULT';
  }

  /** Initialised: it asks for its slots, is deployed, and runs. */
  accept(): void {
    const { restore, start } = this.options;
    if (restore !== undefined && !(start !== 'NORMAL' && start.kind === 'EMPTY')) this.restoreFrom(restore);
    this.enter('CREATED');
    if (start !== 'NORMAL' && start.kind === 'NEVER_SCHEDULED') {
      this.enter('RUNNING');
      this.tasks = 'SCHEDULED';
      return;
    }
    this.scheduler.schedule();
  }

  /** Could not be initialised: FAILED, without vertices. */
  failInitialising(stackTrace: string): void {
    this.deployment.vertices = [];
    this.fail(stackTrace);
  }

  /** RESTARTING, then RUNNING from the last checkpoint, unless its restart strategy is used up. */
  failOver(what: string, downMs?: number): void {
    this.startAgainAfter(texts.taskFailed(what), downMs);
  }

  /** The same, with the cause as Flink tells it. */
  startAgainAfter(cause: string, downMs = this.world.delays.restart): void {
    const allowed = restartsAllowed(this.options.restartStrategy);
    if (this.restarts >= allowed) return this.fail(trace(texts.noMoreRestarts(allowed), cause));
    this.restarts += 1;
    this.failures.unshift({ at: this.timers.now(), stackTrace: trace(cause) });
    this.restartIn(downMs, 'FAILED');
    this.world.journal.happened({ kind: 'FAILED_OVER', jobId: this.id, name: this.name });
  }

  /** An adaptive scheduler starts it once more, with the slots that it has now. */
  rescale(): void {
    this.restartIn(this.world.delays.restart, 'CANCELED');
  }

  /** Fails over again and again, until `mend`. */
  keepRestarting(what = 'it does not work'): void {
    this.deployment.broken = what;
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
    this.deployment.broken = undefined;
  }

  /** FAILED for good. */
  fail(stackTrace = trace(texts.taskFailed('it does not work'))): void {
    this.failures.unshift({ at: this.timers.now(), stackTrace });
    this.halt();
    this.end('FAILED');
  }

  /** FAILED, and the history of its exceptions is empty: what becomes of a job that an adaptive scheduler cannot run. */
  failUnseen(cause: string): void {
    this.unseen = { at: this.timers.now(), stackTrace: trace(cause) };
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
    this.allTasks('CANCELING');
    this.timers.after(this.world.delays.cancel, () => this.end('CANCELED'));
  }

  /** Its JobManager is lost: nothing more happens to it. */
  abandon(): void {
    this.timers.clear();
    this.processing.freeze();
  }

  /** The successor of its JobManager knows how it ended, and nothing else. */
  leaveResult(): void {
    this.onlyResult = true;
    this.failures.length = 0;
    this.unseen = undefined;
  }

  /** Why nothing can be triggered now. */
  notExecuted(): string {
    const [first] = this.vertices;
    return texts.notExecuted(`${first?.name ?? 'Source'} (1/${first?.parallelism ?? 1})`, this.id);
  }

  /** For its scheduler. */
  enter(state: JobState): void {
    this.state = state;
    this.since.set(state, this.timers.now());
  }

  private restartIn(downMs: number, tasks: TaskState): void {
    this.halt();
    this.enter('RESTARTING');
    this.tasks = tasks;
    this.timers.after(downMs, () => {
      this.attempt += 1;
      this.deployment.startAgain();
      const { base } = this.checkpoints;
      if (base === undefined) this.processing.restore(undefined);
      else this.restoreFrom(base);
      this.scheduler.schedule();
    });
  }

  private allTasks(state: TaskState): void {
    if (this.tasks !== 'NONE') this.tasks = state;
  }

  private restoreFrom(snapshot: Snapshot): void {
    this.checkpoints.restore(snapshot, this.timers.now());
    this.checkpoints.base = snapshot;
    this.processing.restore(snapshot);
  }

  /** Whatever was under way ends here; it keeps the slots that it has. */
  private halt(): void {
    this.timers.clear();
    this.processing.freeze();
    this.coordinator.abort(texts.coordinatorSuspending);
    this.stopping = undefined;
    this.world.slots.pause(this.id);
  }

  private end(state: EndState): void {
    this.timers.clear();
    this.allTasks(state);
    this.enter(state);
    const { retention } = this.options.checkpointing ?? { retention: 'NO_EXTERNALIZED_CHECKPOINTS' };
    const kept = {
      FINISHED: false,
      CANCELED: retention === 'RETAIN_ON_CANCELLATION',
      FAILED: retention !== 'NO_EXTERNALIZED_CHECKPOINTS',
    };
    if (!kept[state]) this.coordinator.discard();
    this.world.journal.happened({ kind: 'ENDED', jobId: this.id, name: this.name, state });
    this.world.slots.release(this.id);
  }
}
