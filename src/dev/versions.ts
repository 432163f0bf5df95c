/** Every version that the local stack downloads, and how two versions compare. */

export const TEMPORAL_CLI = '1.9.1';
export const TEMPORAL_TEST_SERVER = '1.40.0';
/** The SDK of the example in Python. */
export const TEMPORAL_PYTHON = '1.35.0';

/** Flink versions that can be provisioned, with the log4j that each is released with. */
export const FLINK_LOG4J = {
  '2.3.0': '2.25.3',
  '2.2.1': '2.24.3',
  '2.1.3': '2.24.3',
  '2.0.2': '2.24.3',
  '1.20.5': '2.17.1',
  '1.19.3': '2.17.1',
  '1.18.1': '2.17.1',
  '1.17.2': '2.17.1',
  '1.16.3': '2.17.1',
  '1.15.4': '2.17.1',
} as const;
export type FlinkVersion = keyof typeof FLINK_LOG4J;

export const FLINK_DEFAULT: FlinkVersion = '2.3.0';
/** What `npm test` runs on. */
export const FLINK_VERSIONS: readonly FlinkVersion[] = ['2.3.0', '1.20.5'];
/** What `npm run test:versions` runs on as well. */
export const FLINK_OTHER_VERSIONS: readonly FlinkVersion[] = [
  '2.2.1',
  '2.1.3',
  '2.0.2',
  '1.19.3',
  '1.18.1',
  '1.17.2',
  '1.16.3',
  '1.15.4',
];

/** The one Maven plugin that fetching Flink's jars needs. */
export const MAVEN_DEPENDENCY_PLUGIN = '3.8.1';

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; `1.10` is newer than `1.9`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The first dotted number in what a program answers to `--version`. */
export function versionIn(text: string): string | undefined {
  return /\d+(?:\.\d+)+/.exec(text)?.[0];
}

/** Whether `found` is of the minor version of `pinned` or newer: patch releases are not asked for. */
export function isNewEnough(found: string, pinned: string): boolean {
  return compareVersions(found, pinned.split('.').slice(0, 2).join('.')) >= 0;
}
