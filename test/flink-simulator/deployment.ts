import type { SimulatedJob } from './job';
import type { Vertex } from './program';
import type { Surroundings } from './surroundings';
import { texts, trace } from './traces';

/** Has a job's tasks started: DEPLOYING, INITIALIZING, RUNNING, unless its script or a fault that stays says otherwise. */
export class Deployment {
  /** What runs, or ran last; before that, what its program has. */
  vertices: readonly Vertex[];
  /** How long its tasks were in these states the last time that they were started, ms. */
  readonly took = { since: 0, deploying: 0, initializing: 0 };
  /** Why it fails over each time; undefined: it does not. */
  broken: string | undefined;
  /** By vertex, of each subtask that there ever was. */
  private readonly attempts = new Map<string, number[]>();

  constructor(
    private readonly job: SimulatedJob,
    private readonly world: Surroundings,
  ) {
    this.vertices = job.options.vertices;
  }

  /** How often that subtask was started again. One that comes back goes on counting from where it was. */
  attemptOf(vertexId: string, subtask: number): number {
    return this.attempts.get(vertexId)?.[subtask] ?? 0;
  }

  /** The next attempt of each subtask that runs, or ran last. */
  startAgain(): void {
    for (const { id, parallelism } of this.vertices) {
      const before = this.attempts.get(id) ?? [];
      const length = Math.max(before.length, parallelism);
      this.attempts.set(
        id,
        Array.from({ length }, (_, subtask) => (before[subtask] ?? 0) + (subtask < parallelism ? 1 : 0)),
      );
    }
  }

  /** Slots are there for these. */
  begin(vertices: readonly Vertex[]): void {
    const { job, took } = this;
    const { start } = job.options;
    const first = job.attempt === 0 && start !== 'NORMAL' ? start : undefined;
    if (first?.kind === 'RESTARTS') this.broken = first.cause ?? 'it does not work';
    const takes = first?.kind === 'TAKES' ? first.ms : this.world.delays.start;
    const restoring = first?.kind === 'RESTORING' ? first.ms : takes / 2;
    this.vertices = vertices;
    job.tasks = 'DEPLOYING';
    job.checkpoints.declined += 1;
    took.since = this.world.clock.now();
    took.deploying = takes - Math.min(takes, takes / 2);
    took.initializing = restoring;
    job.timers.after(took.deploying, () => {
      if (this.broken !== undefined) return job.failOver(this.broken);
      if (first?.kind === 'FAILS')
        return job.fail(trace(texts.taskFailed(first.cause ?? 'it does not work')));
      job.tasks = 'INITIALIZING';
      job.timers.after(restoring, () => this.run());
    });
  }

  private run(): void {
    const { job, world } = this;
    job.tasks = 'RUNNING';
    job.processing.run();
    world.journal.happened({ kind: 'RUNNING', jobId: job.id, name: job.name });
    job.coordinator.periodically();
  }
}
