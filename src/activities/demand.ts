import type { Demand, ObservedTaskManagers } from '../contracts/observation';
import { PlatformRefused } from '../platform';
import type { TaskManagers } from '../platform';
import type { Cluster } from './cluster';
import { requirementsOf, settlesForMs } from './scheduling';
import { answered, within } from './wait';
import type { Pulse } from './wait';

/** What is asked for so that a job runs elsewhere: of Flink, or of whoever runs the TaskManagers. */

/**
 * What was asked for last, of the same kind as `like`; undefined as long as Flink does not tell.
 *
 * @throws PlatformRefused
 */
export async function standing(
  cluster: Cluster,
  jobId: string,
  like: Demand,
  pulse: Pulse<unknown>,
): Promise<Demand | undefined> {
  if (typeof like === 'number') return answered(pulse, (signal) => ownerOf(cluster).wanted(signal));
  return requirementsOf(cluster, jobId, pulse);
}

/**
 * Asks for it: any number of the same calls come to one.
 *
 * @throws FlinkError
 * @throws PlatformUnavailable
 * @throws PlatformRefused
 */
export async function demand(cluster: Cluster, jobId: string, wanted: Demand): Promise<void> {
  if (typeof wanted === 'number') await ownerOf(cluster).scale(wanted);
  else await cluster.flink.require(jobId, wanted);
}

/** How many TaskManagers are wanted, and how many have come; undefined where weir.yaml does not say who runs them. */
export async function taskManagersOf(
  cluster: Cluster,
  pulse: Pulse<unknown>,
): Promise<ObservedTaskManagers | undefined> {
  const { taskManagers: owner } = cluster;
  if (owner === undefined) return undefined;
  try {
    const wanted = await answered(pulse, (signal) => owner.wanted(signal));
    const { taskmanagers: registered } = await answered(pulse, (signal) => cluster.flink.overview(signal));
    const retires = owner.retirement === undefined ? {} : ({ retires: true } as const);
    return { kind: 'SEEN', wanted, registered, settlesForMs: await settlesForMs(cluster, pulse), ...retires };
  } catch (error) {
    if (!(error instanceof PlatformRefused)) throw error;
    return { kind: 'REFUSED', reason: error.message };
  }
}

/** Whoever starts TaskManagers is waited for so long where a plan can be refused without them, ms. */
const askedForMs = 15_000;

/** The same where a plan has more or fewer of them run: a platform that does not answer counts as one that refuses. */
export async function otherTaskManagersOf(
  cluster: Cluster,
  pulse: Pulse<unknown>,
): Promise<ObservedTaskManagers | undefined> {
  if (cluster.taskManagers === undefined) return undefined;
  const seen = await within(pulse, askedForMs, (bounded) => taskManagersOf(cluster, bounded));
  return seen ?? { kind: 'REFUSED', reason: `whoever runs them did not answer within ${askedForMs} ms` };
}

/**
 * Whoever runs them.
 *
 * @throws PlatformRefused by a worker whose weir.yaml has lost that since
 */
export function ownerOf({ name, taskManagers }: Cluster): TaskManagers {
  if (taskManagers !== undefined) return taskManagers;
  throw new PlatformRefused(
    `weir.yaml does not say any more who runs the TaskManagers of cluster "${name}"; valid: clusters.${name}.taskManagers there`,
  );
}
