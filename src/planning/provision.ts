import type { Observation, ObservedTaskManagers, ProgramVertex } from '../contracts/observation';
import { slotsMissing, slotsNeeded } from './capacity';
import { slotsOf } from './task-managers';

/** TaskManagers that are started first, since a job that is to be started takes more slots than there are. */
export interface Provision {
  /** As many as ran when this was planned. */
  readonly before: number;
  /** As many as are to run. */
  readonly count: number;
  /** Slots of each. */
  readonly slotsEach: number;
  /** Slots that the job is going to take. */
  readonly needed: number;
  /** Slots of the job that runs, which it gives back before. */
  readonly givenBack: number;
  /** Slots that no job held when this was planned. */
  readonly free: number;
}

/** How many TaskManagers are wanted after all, where they came to nothing. */
export type Released =
  /** As many as before. */
  | { readonly kind: 'BACK'; readonly wanted: number }
  /** Some that came may hold tasks of another job by now. */
  | { readonly kind: 'KEPT'; readonly wanted: number }
  /** As many as somebody else has asked for since. */
  | { readonly kind: 'OVERRULED'; readonly wanted: number }
  /** The platform will not, or does not answer. */
  | { readonly kind: 'STUCK'; readonly why: string };

/** What is to be started, and where. */
interface Wanted {
  readonly slots: Observation['slots'];
  /** Absent: nobody is known who would start any. */
  readonly taskManagers?: ObservedTaskManagers | undefined;
  /** What gives its slots back before the start. */
  readonly running: readonly ProgramVertex[];
  readonly planned: readonly ProgramVertex[];
}

/** Undefined: there are slots enough, or nobody can say how many TaskManagers it would take. */
export function provisionOf({ slots, taskManagers, running, planned }: Wanted): Provision | undefined {
  const missing = slotsMissing({ ...slots, running, wanted: planned });
  const slotsEach = slotsOf({ slots, taskManagers });
  if (missing === 0 || slots.onDemand || taskManagers?.kind !== 'SEEN' || slotsEach === undefined)
    return undefined;
  const { wanted, registered } = taskManagers;
  if (wanted !== registered) return undefined;
  return {
    ...{ before: wanted, count: wanted + Math.ceil(missing / slotsEach), slotsEach },
    ...{ needed: slotsNeeded(planned), givenBack: slotsNeeded(running), free: slots.available },
  };
}

/**
 * Whoever would start TaskManagers for a job that is stopped and started again. On a reactive cluster nobody: there the job
 * that runs would take each slot more at once.
 */
export function providerOf({
  scheduler,
  taskManagers,
}: Pick<Observation, 'scheduler' | 'taskManagers'>): ObservedTaskManagers | undefined {
  return scheduler === 'REACTIVE' ? undefined : taskManagers;
}

/** Whether the program that is to be started lacks slots. It is the platform's turn to be asked only then. */
export function lacksSlots({ job: lookup, program, slots }: Observation): boolean {
  if (slots.onDemand || program?.kind !== 'READY') return false;
  const gives = lookup.kind === 'FOUND' && lookup.job.state !== 'FAILED';
  const running = gives ? lookup.job.vertices : [];
  return slotsMissing({ ...slots, running, wanted: program.vertices }) > 0;
}
