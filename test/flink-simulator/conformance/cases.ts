import type { Target } from './target';
import { isSince } from './versions';
import { lossCases } from './loss-cases';
import { readCases } from './read-cases';
import { startCases } from './start-cases';
import { stopCases } from './stop-cases';
import { versionCases } from './version-cases';

/** A behaviour of Flink that the simulator has as well: `show` throws if the target has another. */
export interface Case {
  readonly name: string;
  /** The first version that has it; every one where left out. */
  readonly since?: string;
  readonly show: (target: Target) => Promise<void>;
}

const cases: readonly Case[] = [...readCases, ...stopCases, ...startCases, ...versionCases, ...lossCases];

/** Every case of that version; a lost JobManager last, since it takes all of a cluster's jobs along. */
export function casesOf(version: string): readonly Case[] {
  return cases.filter(({ since = '0' }) => isSince(version, since));
}
