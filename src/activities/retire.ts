import type { Retired, Surplus } from '../planning/surplus';
import { PlatformRefused } from '../platform';
import type { Cluster } from './cluster';
import { ownerOf } from './demand';
import { untilGone } from './release';
import { heartbeating } from './wait';
import type { Pulse } from './wait';

export interface RetireInput {
  readonly cluster: string;
  readonly surplus: Surplus;
}

/**
 * Ends TaskManagers that no job holds a slot of, as many as the job has given back and no more, and waits until Flink knows
 * no more of them. Each attempt looks anew which are idle; what an earlier one has ended counts.
 *
 * Flink cannot be told to put nothing on a TaskManager that is about to go: a job that takes a slot of it in the moment
 * between the look and the end is started again elsewhere by Flink, as after any loss of a TaskManager.
 */
export async function retire(cluster: Cluster, { surplus }: RetireInput): Promise<Retired> {
  return heartbeating((pulse) => untilGone<Retired>(pulse, () => step(cluster, surplus, pulse)));
}

async function step(
  cluster: Cluster,
  { before, least }: Surplus,
  pulse: Pulse<unknown>,
): Promise<Retired | 'GOING'> {
  const owner = ownerOf(cluster);
  if (owner.retirement === undefined)
    throw new PlatformRefused('weir.yaml has no "resourceId" of them any more');
  const wanted = await owner.wanted(pulse.lost);
  if (wanted > before || wanted < least) return { kind: 'OVERRULED', wanted };
  const registered = await cluster.flink.taskManagers(pulse.lost);
  if (registered.length > wanted) return 'GOING';
  if (wanted === least) return { kind: 'ENDED', wanted };
  const idle = registered
    .filter(({ freeSlots, slotsNumber }) => freeSlots === slotsNumber)
    .map(({ id }) => id);
  const going = owner.retirement.choose(idle, { wanted, most: wanted - least });
  if (going.length === 0) {
    const busy = registered.map(({ id }) => id).filter((id) => !idle.includes(id));
    const inUse = `${busy.join(', ')} ${busy.length === 1 ? 'has' : 'have'} slots in use`;
    const absent = `${registered.length} of ${wanted} are registered with Flink`;
    return { kind: 'IN_USE', wanted, why: registered.length < wanted ? absent : inUse };
  }
  pulse.lost.throwIfAborted();
  await owner.retirement.end(going, wanted);
  return 'GOING';
}
