import { isSince } from './http/versions';
import type { SimulatedJob } from './job';
import { slotsNeeded, verticesWithin, type Vertex } from './program';
import type { Scheduler } from './scheduler';
import type { Surroundings } from './surroundings';
import { texts } from './traces';

/**
 * Runs a job with the slots that there are: it is CREATED until they are all there, or enough of them for long enough,
 * then RUNNING, at a lower parallelism if need be. It goes on asking for the rest, and is scaled up when that comes.
 */
export class AdaptiveScheduler implements Scheduler {
  private held = 0;
  private runs = { slots: 0, since: 0 };
  private waiting: 'NOT' | 'FOR_SLOTS' | 'TO_SETTLE' | 'TO_SCALE_UP' = 'NOT';

  constructor(
    private readonly job: SimulatedJob,
    private readonly world: Surroundings,
  ) {}

  schedule(): void {
    const { job, world } = this;
    const { slots, scheduling } = world;
    if (job.state !== 'CREATED') job.enter('CREATED');
    job.tasks = 'NONE';
    this.waiting = 'FOR_SLOTS';
    job.timers.after(scheduling.resourceWaitMs, () => this.endOfWait());
    slots.request(job.id, slotsNeeded(this.wanted), (held) => {
      this.held = held;
      if (job.state === 'CREATED') this.consider();
      else if (job.state === 'RUNNING') this.considerMore();
    });
  }

  private get wanted(): readonly Vertex[] {
    return this.job.options.vertices;
  }

  /** What would run with the slots that it holds now; undefined: nothing. */
  private get possible(): readonly Vertex[] | undefined {
    return verticesWithin(this.wanted, this.held);
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
    this.runs = { slots: slotsNeeded(vertices), since: this.world.clock.now() };
    this.job.enter('RUNNING');
    this.job.deployment.begin(vertices);
  }

  /** More slots: up to 1.18 at once; later once it has cooled down; since 2.0 with the checkpoint after that. */
  private considerMore(): void {
    const { version, scheduling, clock } = this.world;
    if (slotsNeeded(this.possible ?? []) <= this.runs.slots || this.waiting === 'TO_SCALE_UP') return;
    if (!isSince(version, '1.19')) return this.scaleUp();
    this.waiting = 'TO_SCALE_UP';
    this.job.timers.after(Math.max(0, this.runs.since + scheduling.cooldownMs - clock.now()), () => {
      const atCheckpoint = isSince(version, '2.0') && this.job.options.checkpointing !== undefined;
      if (atCheckpoint) this.job.coordinator.onceComplete(() => this.scaleUp());
      else this.scaleUp();
    });
  }

  private scaleUp(): void {
    this.waiting = 'NOT';
    this.job.rescale();
  }
}
