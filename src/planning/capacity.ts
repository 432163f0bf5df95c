/**
 * Slots and key groups: what a cluster can hold and what a job's state allows.
 * Weir counts one slot-sharing group, Flink's default: a job then needs as many slots as its widest vertex.
 */

interface Sized {
  readonly parallelism: number;
}

/** How many slots a job with these vertices occupies. */
export function slotsNeeded(vertices: readonly Sized[]): number {
  return Math.max(0, ...vertices.map((vertex) => vertex.parallelism));
}

/** The slots of a cluster: how many there are, and how many no job holds. */
interface Free {
  readonly total: number;
  readonly available: number;
  /** The job that gives its own back; one that is restarting may hold none of them just now. */
  readonly running: readonly Sized[];
}

/** How many slots are free once `running` has given its own back. */
export function slotsFree({ total, available, running }: Free): number {
  return Math.min(total, available + slotsNeeded(running));
}

/** How many slots the cluster lacks for `wanted` then; 0 if it fits. */
export function slotsMissing(options: Free & { readonly wanted: readonly Sized[] }): number {
  return Math.max(0, slotsNeeded(options.wanted) - slotsFree(options));
}
