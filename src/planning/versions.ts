import type { Observation } from '../contracts/observation';
import type { Artifact, RescaleRequest } from '../contracts/rescale';
import { knownFaultObjections } from './known-faults';
import type { Objection } from './objections';

/** What a version of Flink can do, as far as Weir depends on it: what is found out only after the stop is found out too late. */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** `1.15.4`, `2.1-SNAPSHOT`, `1.18.1-amzn-0`: what leads counts. Undefined for a text that no version leads. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch = 0] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** The first version, `major.minor`, that can do it. */
const since = {
  /** A stop has an id that Weir chose: asked for again under the same id, Flink does not stop again (P1). */
  TRIGGER_IDS: [1, 15],
  /** A submission may bring options of its own. Before, a body that does is refused as a whole. */
  FLINK_CONFIGURATION: [1, 17],
  /** A checkpoint can be asked for. */
  CHECKPOINT_ON_DEMAND: [1, 17],
  /** An adaptive scheduler can be asked for other bounds of a job that runs. */
  REQUIREMENTS: [1, 18],
  /** It acts on them with the next checkpoint, and not at once from the last one. */
  RESCALE_AT_CHECKPOINT: [2, 0],
} as const satisfies Record<string, readonly [number, number]>;

export function can(version: Version, what: keyof typeof since): boolean {
  const [major, minor] = since[what];
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** Why a rescale on this version of Flink would not be safe. A version that cannot be read is not refused: see the warnings. */
export function versionObjections(observation: Observation, request: RescaleRequest): Objection[] {
  const version = parseVersion(observation.flinkVersion);
  if (version === undefined) return [];
  return [...stopObjections(observation), ...knownFaultObjections(version, observation, request)];
}

export function versionWarnings({ flinkVersion }: Observation): string[] {
  const version = parseVersion(flinkVersion);
  if (version === undefined) {
    return [
      `the JobManager says that its version is "${flinkVersion}", which is none that Weir knows: ` +
        'whether a rescale is safe on it was not checked; it is on Flink 1.15 and newer',
    ];
  }
  if (can(version, 'CHECKPOINT_ON_DEMAND')) return [];
  return [
    `Flink ${flinkVersion} cannot be asked for a checkpoint (1.17 can): the new job's first one comes with its interval`,
  ];
}

/** Why a stop, or a savepoint, would not be safe on it. */
export function stopObjections({ flinkVersion }: Observation): Objection[] {
  const version = parseVersion(flinkVersion);
  if (version === undefined || can(version, 'TRIGGER_IDS')) return [];
  return [
    {
      reason:
        `Flink ${flinkVersion} knows no trigger ids: should the worker or the connection be lost during the stop, ` +
        'asking again would make a second stop, which aborts the first; valid: Flink 1.15 or newer',
    },
  ];
}

/** Why this artifact cannot be submitted at all: it would be refused without a word of why. */
export function configurationRefusal(
  flinkVersion: string,
  { flinkConfiguration }: Artifact,
): { readonly reason: string; readonly valid: string } | undefined {
  const version = parseVersion(flinkVersion);
  if (version === undefined || flinkConfiguration === undefined || can(version, 'FLINK_CONFIGURATION'))
    return undefined;
  return {
    reason: `Flink ${flinkVersion} takes no options with a submission, and the artifact has a "flinkConfiguration"`,
    valid: 'Flink 1.17 or newer, or the options in the configuration of the cluster',
  };
}
