import { adaptiveCases } from './adaptive-cases';
import { haCases } from './ha-cases';
import { slotCases } from './slot-cases';
import { inPlaceCases, noBoundsCases } from './in-place-cases';
import type { Kind, Target } from './target';
import { isSince } from './versions';
import { lossCases } from './loss-cases';
import { reactiveCases } from './reactive-cases';
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

/** By kind of cluster; a lost JobManager last, since it takes all of a cluster's jobs along. */
const cases: { readonly [K in Kind]: readonly Case[] } = {
  PLAIN: [
    ...readCases,
    ...noBoundsCases,
    ...stopCases,
    ...startCases,
    ...slotCases,
    ...versionCases,
    ...lossCases,
  ],
  ADAPTIVE: [...adaptiveCases, ...inPlaceCases],
  // the one version whose application clusters are started
  REACTIVE: reactiveCases.map((one) => ({ since: '2.3', ...one })),
  HA: haCases,
};

/** Every case of that version, on that kind of cluster. */
export function casesOf(version: string, kind: Kind = 'PLAIN'): readonly Case[] {
  return cases[kind].filter(({ since = '0' }) => isSince(version, since));
}
