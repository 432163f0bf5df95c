import type { RescaleRequest } from '../contracts/rescale';
import type { Origin, Snapshot } from '../contracts/snapshot';

/** Which snapshot a start begins from: the new job as `restoreStrategy` says, a roll-back from what the old job left. */

/** What is known of the old job's state once it is over. */
export interface Left {
  /** The newest of all (P14). */
  readonly newest?: Snapshot | undefined;
  /** The newest savepoint. */
  readonly savepoint?: Snapshot | undefined;
}

/** What the new job begins from; undefined if there is nothing of that kind: it is not started empty then. */
export function originOf(strategy: RescaleRequest['restoreStrategy'], left: Left): Origin | undefined {
  switch (strategy) {
    case 'LATEST_STATE':
      return from(left.newest);
    case 'LATEST_SAVEPOINT':
      return from(left.savepoint);
    case 'NONE':
      return { kind: 'EMPTY' };
  }
}

/**
 * What the old job begins from again: its newest state, whatever the new one was to begin from. It begins empty only
 * where it left nothing and its state was given up on purpose.
 */
export function originOfRollBack(
  strategy: RescaleRequest['restoreStrategy'],
  left: Left,
): Origin | undefined {
  const newest = from(left.newest);
  return newest ?? (strategy === 'NONE' ? { kind: 'EMPTY' } : undefined);
}

function from(snapshot: Snapshot | undefined): Origin | undefined {
  return snapshot === undefined ? undefined : { kind: 'SNAPSHOT', snapshot };
}

/** The snapshot itself; undefined for an empty start. */
export function snapshotOf(origin: Origin): Snapshot | undefined {
  return origin.kind === 'SNAPSHOT' ? origin.snapshot : undefined;
}
