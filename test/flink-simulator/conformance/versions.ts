import type { FlinkVersion } from '../../../src/dev/versions';

/** The versions of Flink that the simulator is compared with: each of them answers some calls as no other does. */
export const conformanceVersions: readonly FlinkVersion[] = ['2.3.0', '1.20.5', '1.17.2', '1.15.4'];

export { isSince } from '../http/versions';
