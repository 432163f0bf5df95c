import { AdaptiveScheduler } from './adaptive-scheduler';
import { DefaultScheduler } from './default-scheduler';
import type { SimulatedJob } from './job';
import type { Vertex } from './program';
import type { Surroundings } from './surroundings';

/** How a job comes by its slots, and at which parallelism it runs with those that it gets. */
export interface Scheduler {
  /** The job is CREATED, or its restart begins: it asks for slots, and is deployed once it has them. */
  schedule(): void;
  /** The vertices as Flink tells them while the job waits for its slots. */
  readonly initial: readonly Vertex[];
  /** Between which parallelisms each vertex may run; undefined: that is for the adaptive scheduler only. */
  readonly bounds: Bounded | undefined;
}

/** By vertex id. */
export type Bounds = ReadonlyMap<string, { readonly lower: number; readonly upper: number }>;

export interface Bounded {
  readonly now: Bounds;
  /** Asks for others. It acts on them when it can. */
  change(bounds: Bounds): void;
}

export function schedulerOf(job: SimulatedJob, world: Surroundings): Scheduler {
  switch (world.scheduling.kind) {
    case 'DEFAULT':
      return new DefaultScheduler(job, world);
    case 'ADAPTIVE':
    case 'REACTIVE':
      return new AdaptiveScheduler(job, world);
  }
}
