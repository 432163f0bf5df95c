import { AdaptiveScheduler } from './adaptive-scheduler';
import { DefaultScheduler } from './default-scheduler';
import type { SimulatedJob } from './job';
import type { Surroundings } from './surroundings';

/** How a job comes by its slots, and at which parallelism it runs with those that it gets. */
export interface Scheduler {
  /** The job is CREATED, or its restart begins: it asks for slots, and is deployed once it has them. */
  schedule(): void;
}

export function schedulerOf(job: SimulatedJob, world: Surroundings): Scheduler {
  switch (world.scheduling.kind) {
    case 'DEFAULT':
      return new DefaultScheduler(job, world);
    case 'ADAPTIVE':
      return new AdaptiveScheduler(job, world);
  }
}
