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

/** How many slots the cluster lacks for `wanted` once `running` has given its own back; 0 if it fits. */
export function slotsMissing(options: {
  readonly available: number;
  readonly running: readonly Sized[];
  readonly wanted: readonly Sized[];
}): number {
  const free = options.available + slotsNeeded(options.running);
  return Math.max(0, slotsNeeded(options.wanted) - free);
}
