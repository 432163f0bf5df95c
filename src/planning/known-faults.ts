import type { Observation } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import type { Objection } from './objections';
import type { Version } from './versions';

/** Faults of Flink by which a rescale damages a job that was sound: refused by version and setting. */

interface KnownFault {
  readonly ids: string;
  readonly versions: readonly Version[];
  /** The option that brings the fault, when it is true. */
  readonly setting: string;
  /** The same in what was seen of the cluster. */
  readonly inCluster: (observation: Observation) => boolean;
  readonly what: string;
  readonly valid: string;
}

const knownFaults: readonly KnownFault[] = [
  {
    ids: 'FLINK-34063, FLINK-33863',
    versions: [
      { major: 1, minor: 18, patch: 0 },
      { major: 1, minor: 18, patch: 1 },
    ],
    setting: 'execution.checkpointing.snapshot-compression',
    inCluster: ({ snapshotCompression }) => snapshotCompression,
    what: 'operator state that was compressed is not read back whole at another parallelism: splits of sources are lost',
    valid: 'Flink 1.19 or newer, or "restoreStrategy": "NONE" with that option false',
  },
];

/** A job that begins without state reads none back. */
export function knownFaultObjections(
  version: Version,
  observation: Observation,
  request: RescaleRequest,
): Objection[] {
  if (request.restoreStrategy === 'NONE') return [];
  return knownFaults
    .filter(({ versions }) => versions.some((one) => isSame(one, version)))
    .filter((fault) => isSet(fault, observation))
    .map(({ ids, setting, what, valid }) => ({
      reason: `Flink ${observation.flinkVersion} with ${setting}: true: ${what} (${ids}); valid: ${valid}`,
    }));
}

/** By the job that runs, which writes the state, or by the one to come, which would be no safer at its next rescale. */
function isSet({ setting, inCluster }: KnownFault, observation: Observation): boolean {
  const { program } = observation;
  if (program?.kind !== 'READY') return inCluster(observation);
  return [program.previousJar, program.jar].some((jar) => {
    const own = jar.artifact.flinkConfiguration?.[setting];
    return own === undefined ? inCluster(observation) : own.trim().toLowerCase() === 'true';
  });
}

function isSame(a: Version, b: Version): boolean {
  return a.major === b.major && a.minor === b.minor && a.patch === b.patch;
}
