import type { Target } from './target';
import { lossCases } from './loss-cases';
import { readCases } from './read-cases';
import { startCases } from './start-cases';
import { stopCases } from './stop-cases';

/** A behaviour of Flink that the simulator has as well: `show` throws if the target has another. */
export interface Case {
  readonly name: string;
  readonly show: (target: Target) => Promise<void>;
}

/** Every case; a lost JobManager last, since it takes all of a cluster's jobs along. */
export const cases: readonly Case[] = [...readCases, ...stopCases, ...startCases, ...lossCases];
