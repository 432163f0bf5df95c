import type { SimulatedJob } from './job';
import { slotsNeeded, type Vertex } from './program';
import type { Scheduler } from './scheduler';
import type { Surroundings } from './surroundings';
import { texts } from './traces';

/** `slotmanager.requirement-check.delay`: so long Flink gathers requests before it looks whether it can meet them. */
const checkMs = 50;

/**
 * All slots or none: the job is RUNNING with its tasks SCHEDULED until every slot is there. Slots that do not come in
 * time are a failure, for the restart strategy to deal with: by default again and again, for ever.
 */
export class DefaultScheduler implements Scheduler {
  readonly bounds = undefined;

  constructor(
    private readonly job: SimulatedJob,
    private readonly world: Surroundings,
  ) {}

  get initial(): readonly Vertex[] {
    return this.job.options.vertices;
  }

  schedule(): void {
    const { job, world } = this;
    job.enter('RUNNING');
    job.tasks = 'SCHEDULED';
    const needed = slotsNeeded(job.options.vertices);
    world.slots.request(job.id, needed, (held) => {
      if (held >= needed && job.tasks === 'SCHEDULED') job.deployment.begin(job.options.vertices);
    });
    // A young JobManager waits for TaskManagers that are still to come; an old one knows that there are none.
    const graceMs = world.since() + world.scheduling.slotRequestMs - world.clock.now();
    job.timers.after(Math.max(checkMs, graceMs), () => {
      if (job.tasks === 'SCHEDULED') job.startAgainAfter(texts.noSlots);
    });
  }
}
