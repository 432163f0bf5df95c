import type { Observation, Requirements } from '../contracts/observation';
import { isRefusal } from '../flink/errors';
import { durationMs } from '../planning/duration';
import { can, parseVersion } from '../planning/versions';
import type { Cluster } from './cluster';
import { answered } from './wait';
import type { Pulse } from './wait';

/** What is seen of the scheduler: which one it is, what it was asked for, and when it acts. */

export async function schedulerOf(
  { flink }: Cluster,
  pulse: Pulse<unknown>,
): Promise<NonNullable<Observation['scheduler']>> {
  const option = (key: string) => answered(pulse, (signal) => flink.option(key, signal));
  if ((await option('scheduler-mode'))?.toLowerCase() === 'reactive') return 'REACTIVE';
  return (await option('jobmanager.scheduler'))?.toLowerCase() === 'adaptive' ? 'ADAPTIVE' : 'DEFAULT';
}

/** What was asked for, of each vertex; undefined where Flink has no such thing: another scheduler, or one before 1.18. */
export async function requirementsOf(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<Requirements | undefined> {
  return answered(pulse, async (signal) => {
    try {
      return await cluster.flink.requirements(jobId, signal);
    } catch (error) {
      if (isRefusal(error, 'ROUTE_NOT_FOUND') || isRefusal(error, 'UNSUPPORTED')) return undefined;
      if (isRefusal(error, 'JOB_NOT_FOUND')) return undefined;
      throw error;
    }
  });
}

/** Flink's own, where the cluster leaves it to that. */
const defaultCooldownMs = 30_000;

/** For so long after a job has begun to run it is not rescaled, ms: since 1.19; since 2.0 under another name. */
export async function cooldownMs({ flink }: Cluster, pulse: Pulse<unknown>): Promise<number> {
  const prefix = 'jobmanager.adaptive-scheduler';
  const option = (key: string) => answered(pulse, (signal) => flink.option(`${prefix}.${key}`, signal));
  const set = (await option('executing.cooldown-after-rescaling')) ?? (await option('scaling-interval.min'));
  return set === undefined ? defaultCooldownMs : (durationMs(set) ?? defaultCooldownMs);
}

/** Flink's own since 2.0; before, a reactive cluster waited for nothing. */
const defaultSettlingMs = 60_000;

/** For so long new slots of a reactive cluster lie idle, since more may come; ms. */
export async function settlesForMs({ flink }: Cluster, pulse: Pulse<unknown>): Promise<number> {
  const key = 'jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout';
  const set = await answered(pulse, (signal) => flink.option(key, signal));
  if (set !== undefined) return durationMs(set) ?? defaultSettlingMs;
  const { 'flink-version': text } = await answered(pulse, (signal) => flink.config(signal));
  const version = parseVersion(text);
  return version === undefined || can(version, 'RESCALE_AT_CHECKPOINT') ? defaultSettlingMs : 0;
}

/** For how long Flink will not rescale it yet, by its own clock, ms: 0 or less if it would at once. */
export async function coolsForMs(
  cluster: Cluster,
  jobId: string,
  cooldown: number,
  pulse: Pulse<unknown>,
): Promise<number> {
  const { now, timestamps } = await answered(pulse, (signal) => cluster.flink.job(jobId, signal));
  const since = timestamps['RUNNING'] ?? 0;
  return now === undefined || since <= 0 ? 0 : since + cooldown - now;
}
