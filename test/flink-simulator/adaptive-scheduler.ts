import { isSince } from './http/versions';
import type { SimulatedJob } from './job';
import { slotsNeeded, verticesWithin, type Vertex } from './program';
import type { Bounds, Scheduler } from './scheduler';
import type { Surroundings } from './surroundings';
import { texts } from './traces';

/**
 * Runs a job with the slots that there are: it is CREATED until they are all there, or enough of them for long enough,
 * then RUNNING, at a lower parallelism if need be. It goes on asking for the rest, and is scaled up when that comes.
 */
export class AdaptiveScheduler implements Scheduler {
  private held = 0;
  private runsSince = 0;
  private waiting: 'NOT' | 'FOR_SLOTS' | 'TO_SETTLE' | 'TO_RESCALE' = 'NOT';
  private asked: Bounds;
  readonly initial: readonly Vertex[];

  constructor(
    private readonly job: SimulatedJob,
    private readonly world: Surroundings,
  ) {
    this.asked = new Map(
      job.options.vertices.map(({ id, parallelism, maxParallelism }) => [
        ...([
          id,
          { lower: 1, upper: this.reactive ? maxParallelism : Math.min(parallelism, maxParallelism) },
        ] as const),
      ]),
    );
    this.initial = this.wanted;
  }

  schedule(): void {
    const { job, world } = this;
    const { scheduling } = world;
    if (job.state !== 'CREATED') job.enter('CREATED');
    job.tasks = 'NONE';
    this.waiting = 'FOR_SLOTS';
    if (scheduling.resourceWaitMs !== Infinity)
      job.timers.after(scheduling.resourceWaitMs, () => this.endOfWait());
    this.ask(slotsNeeded(this.wanted));
  }

  private get reactive(): boolean {
    return this.world.scheduling.kind === 'REACTIVE';
  }

  get bounds() {
    return { now: this.asked, change: (bounds: Bounds) => this.change(bounds) };
  }

  /** It goes on with the slots that it has, and asks for those that it lacks now. */
  private change(bounds: Bounds): void {
    this.asked = bounds;
    if (this.job.state !== 'RUNNING') return;
    this.ask(Math.max(slotsNeeded(this.wanted), slotsNeeded(this.job.deployment.vertices)));
    this.reconsider();
  }

  private ask(needed: number): void {
    const { job } = this;
    this.world.slots.request(job.id, needed, (held) => {
      this.held = held;
      if (job.state === 'CREATED') return this.consider();
      if (job.state !== 'RUNNING') return;
      if (held < slotsNeeded(job.deployment.vertices)) job.startAgainAfter(texts.taskManagerGone);
      else this.reconsider();
    });
  }

  private get wanted(): readonly Vertex[] {
    return this.job.options.vertices.map((vertex) => ({
      ...vertex,
      parallelism: this.asked.get(vertex.id)?.upper ?? vertex.parallelism,
    }));
  }

  /** What would run with the slots that it holds now; undefined: nothing. */
  private get possible(): readonly Vertex[] | undefined {
    const vertices = verticesWithin(this.wanted, this.held);
    const isEnough = vertices?.every(
      ({ id, parallelism }) => parallelism >= (this.asked.get(id)?.lower ?? 1),
    );
    return isEnough === true ? vertices : undefined;
  }

  private consider(): void {
    if (this.held >= slotsNeeded(this.wanted)) return this.run(this.possible ?? this.wanted);
    if (this.possible === undefined || this.waiting !== 'FOR_SLOTS') return;
    this.waiting = 'TO_SETTLE';
    this.job.timers.after(this.world.scheduling.stabilizationMs, () => {
      if (this.waiting === 'TO_SETTLE' && this.possible !== undefined) this.run(this.possible);
    });
  }

  private endOfWait(): void {
    if (this.waiting === 'FOR_SLOTS') this.job.failUnseen(texts.notEnoughResources);
  }

  private run(vertices: readonly Vertex[]): void {
    this.waiting = 'NOT';
    const { missing } = this.job.options;
    if (missing !== undefined) return this.job.failUnseen(texts.snapshotNotFound(missing));
    this.runsSince = this.world.clock.now();
    this.job.enter('RUNNING');
    this.job.deployment.begin(vertices);
  }

  /**
   * More slots, or other bounds: up to 1.18 at once; later once it has cooled down; since 2.0 with the checkpoint after
   * that, and a while later where there are slots for a part only.
   */
  private reconsider(): void {
    const { version, scheduling, clock } = this.world;
    if (!this.wouldMove || this.waiting === 'TO_RESCALE') return;
    if (!isSince(version, '1.19')) return this.rescale();
    this.waiting = 'TO_RESCALE';
    this.job.timers.after(Math.max(0, this.runsSince + scheduling.cooldownMs - clock.now()), () => {
      if (!isSince(version, '2.0')) return this.rescale();
      if (this.held >= slotsNeeded(this.wanted)) return this.atCheckpoint();
      this.waiting = 'NOT';
      this.job.timers.after(scheduling.partMs, () => {
        if (this.waiting !== 'NOT' || !this.wouldMove) return;
        this.waiting = 'TO_RESCALE';
        this.atCheckpoint();
      });
    });
  }

  private atCheckpoint(): void {
    if (this.job.options.checkpointing === undefined) return this.rescale();
    this.job.coordinator.onceComplete(() => this.rescale());
  }

  private get wouldMove(): boolean {
    const running = new Map(this.job.deployment.vertices.map(({ id, parallelism }) => [id, parallelism]));
    return this.possible?.some(({ id, parallelism }) => running.get(id) !== parallelism) === true;
  }

  private rescale(): void {
    this.waiting = 'NOT';
    if (this.wouldMove) this.job.rescale();
  }
}
