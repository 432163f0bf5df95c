import type { Snapshot } from '../contracts/snapshot';

/**
 * Which snapshot is the newest (P14). Every submit, roll-back included, restores the newest one: our savepoint, or
 * what the last job that ran has left.
 */

/**
 * The newest of these. Candidates stand in the order of the jobs that wrote them, earliest job first: a job that was
 * restored from S is newer than S as soon as it has a snapshot of its own. Within one job the highest checkpoint id
 * wins; a snapshot without an id (only its path is known) wins over those before it.
 */
export function newestSnapshot(candidates: readonly (Snapshot | undefined)[]): Snapshot | undefined {
  return candidates.reduce<Snapshot | undefined>((best, candidate) => {
    if (candidate === undefined) return best;
    if (best === undefined || candidate.jobId !== best.jobId) return candidate;
    if (candidate.checkpointId === undefined || best.checkpointId === undefined) return candidate;
    return candidate.checkpointId >= best.checkpointId ? candidate : best;
  }, undefined);
}
