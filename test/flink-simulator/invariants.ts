import type { Effect } from './journal';

type Started = Extract<Effect, { kind: 'STARTED' }>;

/** Throws if two live jobs of one name ever were there at the same moment, those that a test said it wants aside. */
export function neverTwoCopies(effects: readonly Effect[], wanted: ReadonlySet<string>): void {
  const live: { jobId: string; name: string }[] = [];
  for (const effect of effects) {
    if (effect.kind === 'STARTED' && !wanted.has(effect.jobId)) {
      const other = live.find(({ name }) => name === effect.name);
      if (other !== undefined) {
        throw new Error(
          `two copies of "${effect.name}": ${effect.jobId} was started while ${other.jobId} was live`,
        );
      }
      live.push(effect);
    }
    if (effect.kind === 'ENDED' || effect.kind === 'TASKS_GONE') {
      const at = live.findIndex(({ jobId }) => jobId === effect.jobId);
      if (at >= 0) live.splice(at, 1);
    }
  }
}

/** The starts that gave up state: a newer snapshot of the job was there, and they did not begin from it. */
export function startsThatLostState(effects: readonly Effect[]): Started[] {
  return effects.filter((effect): effect is Started => effect.kind === 'STARTED' && effect.stateLost);
}
