import type { Snapshot } from '../contracts/snapshot';
import { pastOf } from './archive';
import { lastStateOf } from './checkpoints';
import type { Cluster } from './cluster';
import type { EndedAs } from './ended';
import { newestInStore } from './store';
import type { Pulse } from './wait';

/** A job that has ended, and the newest state that it left. */
export interface Ended {
  readonly kind: 'ENDED';
  readonly state: EndedAs;
  readonly newest?: Snapshot;
}

/** What is left of a job that is over. `seen`: what was seen of it last, which may have been deleted since (P14). */
export async function leftBy(
  cluster: Cluster,
  jobId: string,
  state: EndedAs,
  seen: Snapshot | undefined,
  pulse: Pulse<unknown>,
): Promise<Ended> {
  const { ended, checkpoints } = await pastOf(cluster, jobId, state, pulse);
  const newest =
    checkpoints === undefined && seen !== undefined
      ? await newestInStore(cluster, seen)
      : lastStateOf(jobId, checkpoints);
  return { kind: 'ENDED', state: ended, ...(newest === undefined ? {} : { newest }) };
}
