import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache';
import { pipDownload } from './pip';
import type { ManagedProcess } from './process';
import { withProgress } from './progress';
import { runTool, ToolFailedError } from './tool';
import { FLINK_DEFAULT, FLINK_LOG4J, MAVEN_DEPENDENCY_PLUGIN, type FlinkVersion } from './versions';

const run = promisify(execFile);

/** A Flink that can be started: all jars are in one folder. */
export interface FlinkDistribution {
  version: string;
  lib: string;
}

/**
 * The Flink of `FLINK_HOME` if it is of the version asked for (of any version if none was asked for), else the pinned one,
 * from Maven Central or, where that fails, from the Python index.
 */
export async function provisionFlink(version?: FlinkVersion): Promise<FlinkDistribution> {
  const { FLINK_HOME } = process.env;
  if (FLINK_HOME) {
    const home = distributionAt(FLINK_HOME);
    if (version === undefined || home.version === version) return home;
  }
  const wanted = version ?? FLINK_DEFAULT;
  const entry = await cached(`flink-${wanted}`, async (staging) => {
    try {
      await fromMaven(wanted, staging);
    } catch (error) {
      if (!(error instanceof ToolFailedError)) throw error;
      process.stderr.write(`${error.message}\nMaven could not bring Flink: trying the Python index\n`);
      await fromPythonIndex(wanted, staging);
    }
  });
  return { version: wanted, lib: join(entry, 'lib') };
}

/** The jar with which a cluster runs one application: Flink's image has it, a session cluster needs it not. */
export async function provisionApplicationEntry(version: FlinkVersion = FLINK_DEFAULT): Promise<string> {
  const jar = `flink-container-${version}.jar`;
  const entry = await cached(`flink-container-${version}`, async (staging) => {
    const plugin = `org.apache.maven.plugins:maven-dependency-plugin:${MAVEN_DEPENDENCY_PLUGIN}`;
    const artifact = `-Dartifact=org.apache.flink:flink-container:${version}`;
    const args = ['-B', `${plugin}:copy`, artifact, `-DoutputDirectory=${staging}`];
    await runTool(`maven-flink-container-${version}`, { command: 'mvn', args });
  });
  return join(entry, jar);
}

function distributionAt(home: string): FlinkDistribution {
  const lib = join(home, 'lib');
  const version = readdirSync(lib)
    .map((jar) => /^flink-dist-(\d+(?:\.\d+)+)\.jar$/.exec(jar)?.[1])
    .find((found) => found !== undefined);
  if (version === undefined) throw new Error(`FLINK_HOME is ${home}, but ${lib} holds no flink-dist jar`);
  return { version, lib };
}

async function fromMaven(version: FlinkVersion, staging: string): Promise<void> {
  writeFileSync(join(staging, 'pom.xml'), pom(version));
  const lib = join(staging, 'lib');
  const args = [
    '-B',
    '-f',
    join(staging, 'pom.xml'),
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${lib}`,
  ];
  let maven: ManagedProcess | undefined;
  await withProgress(
    `Downloading Flink ${version}`,
    () => (maven ? downloadedByMaven(maven.output()) : 0),
    () => runTool(`maven-flink-${version}`, { command: 'mvn', args }, (tool) => (maven = tool)),
  );
}

/** MB that Maven says it has downloaded: its lines end with `(1.2 MB at 3.4 MB/s)`. */
function downloadedByMaven(log: string): number {
  const units = { B: 1e-6, kB: 1e-3, MB: 1, GB: 1e3 } as const;
  let sum = 0;
  for (const [, number, unit] of log.matchAll(/\((\d+(?:\.\d+)?) (B|kB|MB|GB) at /g)) {
    sum += Number(number) * units[unit as keyof typeof units];
  }
  return sum;
}

async function fromPythonIndex(version: FlinkVersion, staging: string): Promise<void> {
  const sdist = await pipDownload('apache-flink-libraries', version, staging, { binary: false });
  const unpacked = join(staging, 'unpacked');
  mkdirSync(unpacked);
  await run('tar', ['xzf', sdist, '-C', unpacked, '--strip-components=1']);
  renameSync(join(unpacked, 'deps', 'lib'), join(staging, 'lib'));
  for (const folder of ['unpacked', 'download', 'tmp']) rmSync(join(staging, folder), { recursive: true });
}

/** What a session cluster needs: runtime with Web UI, the CLI, and the API that a job is written against. */
function pom(version: FlinkVersion): string {
  const flink = ['flink-runtime-web', 'flink-clients', 'flink-streaming-java'];
  const log4j = ['log4j-api', 'log4j-core', 'log4j-slf4j-impl', 'log4j-1.2-api'];
  const dependency = (group: string, artifact: string, artifactVersion: string) =>
    `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${artifactVersion}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>weir.dev</groupId>
  <artifactId>flink</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>${MAVEN_DEPENDENCY_PLUGIN}</version>
  </plugin></plugins></build>
  <dependencies>
${flink.map((artifact) => dependency('org.apache.flink', artifact, version)).join('\n')}
${log4j.map((artifact) => dependency('org.apache.logging.log4j', artifact, FLINK_LOG4J[version])).join('\n')}
  </dependencies>
</project>
`;
}
