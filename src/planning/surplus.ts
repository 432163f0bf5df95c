import type { Observation, ObservedTaskManagers, ProgramVertex } from '../contracts/observation';
import { slotsNeeded } from './capacity';
import { counted, slotsOf } from './task-managers';

/** TaskManagers that are ended last, since a job that was rescaled needs fewer slots than before. */
export interface Surplus {
  /** As many as ran when this was planned. */
  readonly before: number;
  /** As many as are to run at least: fewer would take more slots away than the job has given back. */
  readonly least: number;
}

/** What became of it. */
export type Retired =
  | { readonly kind: 'ENDED'; readonly wanted: number }
  /** Some could not go: `why` says which have slots in use, or that some are not there. */
  | { readonly kind: 'IN_USE'; readonly wanted: number; readonly why: string }
  /** As many as somebody else has asked for since. */
  | { readonly kind: 'OVERRULED'; readonly wanted: number }
  /** The platform will not, or does not answer; or Flink. */
  | { readonly kind: 'STUCK'; readonly why: string };

interface Given {
  readonly slots: Observation['slots'];
  readonly taskManagers?: ObservedTaskManagers | undefined;
  /** What gives its slots back. */
  readonly running: readonly ProgramVertex[];
  readonly planned: readonly ProgramVertex[];
}

/** Undefined: the slots of no whole TaskManager are given back, or which one is ended would be anybody's guess. */
export function surplusOf({ slots, taskManagers, running, planned }: Given): Surplus | undefined {
  const slotsEach = slotsOf({ slots, taskManagers });
  if (slots.onDemand || taskManagers?.kind !== 'SEEN' || slotsEach === undefined) return undefined;
  const { wanted: before, registered, retires } = taskManagers;
  if (retires !== true || before !== registered) return undefined;
  const least = Math.max(1, before - Math.floor((slotsNeeded(running) - slotsNeeded(planned)) / slotsEach));
  return least < before ? { before, least } : undefined;
}

/** Whether the job that runs gives slots back. It is the platform's turn to be asked only then. */
export function givesBackSlots({ job: lookup, program }: Observation): boolean {
  if (lookup.kind !== 'FOUND' || lookup.job.state === 'FAILED' || program?.kind !== 'READY') return false;
  return slotsNeeded(lookup.job.vertices) > slotsNeeded(program.vertices);
}

/** What is said of those that were to be ended and were not; undefined: there is nothing to say. */
export function unretired({ least }: Surplus, retired: Retired): string | undefined {
  const aim = `the job needs no more than ${counted(least)} of those that ran`;
  switch (retired.kind) {
    case 'ENDED':
      return undefined;
    case 'IN_USE':
      return `${aim}, and ${retired.wanted} go on: ${retired.why}`;
    case 'OVERRULED':
      return `${aim}; somebody else has asked for ${counted(retired.wanted)} meanwhile, which was left`;
    case 'STUCK':
      return `${aim}, and the others could not be ended: ${retired.why}`;
  }
}
