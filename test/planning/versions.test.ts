import type { Artifact, RescaleInput } from '../../src/contracts/rescale';
import type { Jar, Observation } from '../../src/contracts/observation';
import {
  can,
  configurationRefusal,
  parseVersion,
  stopObjections,
  versionObjections,
  versionWarnings,
} from '../../src/planning/versions';
import { ask, at, jar, newJar, orders, running, seen } from '../kit/plans';

test.each([
  ['1.15.4', { major: 1, minor: 15, patch: 4 }],
  ['2.3.0', { major: 2, minor: 3, patch: 0 }],
  ['2.1-SNAPSHOT', { major: 2, minor: 1, patch: 0 }],
  ['1.18.1-amzn-0', { major: 1, minor: 18, patch: 1 }],
  ['10.11.12', { major: 10, minor: 11, patch: 12 }],
  ['', undefined],
  ['2', undefined],
  ['v2.3.0', undefined],
  ['<unknown>', undefined],
  ['DeployedFlink', undefined],
])('the version in "%s" is %j', (text, version) => {
  expect(parseVersion(text)).toEqual(version);
});

test.each([
  ['0.20.0', false],
  ['1.9.3', false],
  ['1.14.6', false],
  ['1.15.0', true],
  ['1.20.5', true],
  ['2.0.0', true],
])('Flink %s has trigger ids: %s', (text, has) => {
  expect(can(parseVersion(text) ?? fail(), 'TRIGGER_IDS')).toBe(has);
});

function fail(): never {
  throw new Error('a version that cannot be read');
}

/** What is said against a rescale on that version, of a job with these options of its own. */
function reasons(
  flinkVersion: string,
  given: {
    now?: Artifact['flinkConfiguration'];
    next?: Artifact['flinkConfiguration'];
    cluster?: Partial<Observation>;
    input?: Partial<RescaleInput>;
  } = {},
): string[] {
  const request = ask(given.input);
  const program = {
    kind: 'READY',
    jar: withOptions(newJar, given.next),
    previousJar: withOptions(jar, given.now),
    previousKnown: true,
    warnings: [],
    vertices: at(orders, 4),
    previousVertices: at(orders, 2),
  } as const;
  const observation = seen(request, running(2), { flinkVersion, program, ...given.cluster });
  return versionObjections(observation, request).map(({ reason }) => reason);
}

function withOptions(jar: Jar, flinkConfiguration: Artifact['flinkConfiguration']): Jar {
  return { ...jar, artifact: { ...jar.artifact, ...(flinkConfiguration && { flinkConfiguration }) } };
}

describe('a version below 1.15', () => {
  test('P1: is refused by name, with why and what is valid', () => {
    expect(reasons('1.14.6')).toEqual([
      'Flink 1.14.6 knows no trigger ids: should the worker or the connection be lost during the stop, asking again ' +
        'would make a second stop, which aborts the first; valid: Flink 1.15 or newer',
    ]);
  });
});

test.each(['1.15.4', '1.17.2', '1.18.1', '1.20.5', '2.1-SNAPSHOT', '2.3.0'])(
  'nothing is said against Flink %s',
  (version) => {
    expect(reasons(version)).toEqual([]);
  },
);

test('a version that cannot be read is a warning, and nothing is refused', () => {
  expect(reasons('<unknown>', { next: { a: 'b' } })).toStrictEqual([]);
  const unknown = seen(ask(), running(2), { flinkVersion: '<unknown>' });
  expect(stopObjections(unknown)).toStrictEqual([]);
  expect(versionWarnings(unknown)).toEqual([
    'the JobManager says that its version is "<unknown>", which is none that Weir knows: whether a rescale is safe on ' +
      'it was not checked; it is on Flink 1.15 and newer',
  ]);
});

test('that the first checkpoint of the new job cannot be asked for before 1.17 is a warning', () => {
  const warned = (flinkVersion: string) => versionWarnings(seen(ask(), running(2), { flinkVersion }));
  expect(warned('1.16.3')).toEqual([
    "Flink 1.16.3 cannot be asked for a checkpoint (1.17 can): the new job's first one comes with its interval",
  ]);
  expect(warned('1.17.0')).toStrictEqual([]);
});

describe('flinkConfiguration, which Flink takes since 1.17', () => {
  const artifact = { jar: 'orders.jar', flinkConfiguration: { a: 'b' } };

  test('is refused before', () => {
    expect(configurationRefusal('1.16.3', artifact)).toEqual({
      reason: 'Flink 1.16.3 takes no options with a submission, and the artifact has a "flinkConfiguration"',
      valid: 'Flink 1.17 or newer, or the options in the configuration of the cluster',
    });
  });

  test('is taken since, and by a version that cannot be read', () => {
    expect(configurationRefusal('1.17.0', artifact)).toBeUndefined();
    expect(configurationRefusal('<unknown>', artifact)).toBeUndefined();
  });

  test('is what is refused, and not an artifact without', () => {
    expect(configurationRefusal('1.16.3', { jar: 'orders.jar' })).toBeUndefined();
  });
});

describe('compressed snapshots, of which 1.18.0 and 1.18.1 lose source splits (FLINK-34063, FLINK-33863)', () => {
  const key = 'execution.checkpointing.snapshot-compression';
  const cluster = { snapshotCompression: true };
  const refusedOn = (version: string) => [
    `Flink ${version} with ${key}: true: operator state that was compressed is not read back whole at another ` +
      'parallelism: splits of sources are lost (FLINK-34063, FLINK-33863); valid: Flink 1.19 or newer, or ' +
      '"restoreStrategy": "NONE" with that option false',
  ];
  const refused = refusedOn('1.18.1');

  test.each(['1.18.0', '1.18.1', '1.18.1-amzn-0'])('are refused on %s', (version) => {
    expect(reasons(version, { cluster })).toEqual(refusedOn(version));
  });

  test.each(['1.17.2', '1.18.2', '1.19.0', '1.19.1', '2.3.0', '2.18.1'])('are no matter on %s', (version) => {
    expect(reasons(version, { cluster })).toEqual([]);
  });

  test('are refused by the options of the job that runs, and by those of the one to come', () => {
    expect(reasons('1.18.1', { now: { [key]: 'true' }, next: {} })).toEqual(refused);
    expect(reasons('1.18.1', { now: {}, next: { [key]: ' TRUE ' } })).toEqual(refused);
  });

  test("are not there if the job's own options are against them", () => {
    expect(reasons('1.18.1', { cluster, now: { [key]: 'false' }, next: { [key]: 'false' } })).toEqual([]);
  });

  test('are no matter to a job that begins without state', () => {
    const input = { restoreStrategy: 'NONE', acknowledgeStateLoss: true } as const;
    expect(reasons('1.18.1', { cluster, input })).toEqual([]);
  });

  test('are refused as well when the program is not known', () => {
    const program = { kind: 'REFUSED', reason: 'no jar', valid: 'a jar' } as const;
    expect(reasons('1.18.1', { cluster: { ...cluster, program } })).toEqual(refused);
    const { program: known, ...blind } = seen(ask(), running(2), { flinkVersion: '1.18.1', ...cluster });
    expect(known).toBeDefined();
    expect(versionObjections(blind, ask()).map(({ reason }) => reason)).toEqual(refused);
  });
});
