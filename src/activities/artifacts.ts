import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Jar } from '../contracts/observation';
import type { Artifact } from '../contracts/rescale';
import { FlinkRefused } from '../flink/errors';
import { nearest } from '../planning/nearest';
import type { Cluster } from './cluster';
import { answered } from './wait';
import type { Pulse } from './wait';

/** The artifact is not to be had: the message says why, `valid` what would do. */
export class ArtifactMissing extends Error {
  override readonly name = 'ArtifactMissing';
  constructor(
    message: string,
    readonly valid: string,
  ) {
    super(message);
  }
}

/** A jar of the artifact folder. */
interface JarFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Makes sure that the JobManager has this jar, and returns its id there. The bytes come from the cluster's artifact
 * folder, where they stay: a JobManager that is lost takes its uploads along, and the jar is uploaded again (P22).
 * An upload is named by its SHA-256, so that one made before is found and not repeated.
 *
 * @throws ArtifactMissing when the folder has no such jar, or Flink does not take it
 */
export async function ensureUploaded(
  cluster: Cluster,
  artifact: Artifact,
  pulse: Pulse<unknown>,
): Promise<Jar> {
  const file = await jarFile(cluster, artifact.jar);
  try {
    const jarId = await uploaded(cluster, file, pulse);
    return { artifact: { ...artifact, jar: file.name }, jarId, sha256: file.sha256 };
  } catch (error) {
    if (!(error instanceof FlinkRefused)) throw error;
    throw new ArtifactMissing(
      `${file.name} cannot be uploaded: ${error.message}`,
      'a jar that Flink takes, and what stands before it (nginx: client_max_body_size)',
    );
  }
}

/**
 * The id of a jar that the JobManager had and lost, uploaded again: the very bytes that were planned, whatever the file
 * of that name holds by now. Undefined if no jar in the artifact folder has them.
 */
export async function uploadedAgain(
  cluster: Cluster,
  { artifact, sha256 }: Jar,
  pulse: Pulse<unknown>,
): Promise<string | undefined> {
  const present = await readdir(cluster.config.artifacts).catch(() => []);
  const file = await withBytes(cluster, present, sha256, artifact.jar);
  return file === undefined ? undefined : uploaded(cluster, file, pulse);
}

async function uploaded(cluster: Cluster, file: JarFile, pulse: Pulse<unknown>): Promise<string> {
  const name = `weir-${file.sha256.slice(0, 16)}-${file.name}`;
  const uploads = await answered(pulse, (signal) => cluster.flink.jars(signal));
  const known = uploads.find((jar) => jar.name === name);
  const path = join(cluster.config.artifacts, file.name);
  return known?.id ?? (await answered(pulse, () => cluster.flink.uploadJar(path, name)));
}

/** As Flink makes the id of an upload; and as Weir names its own, by the beginning of the SHA-256. */
const uploadId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_(.+\.jar)$/;
const uploadOfOurs = /^weir-([0-9a-f]{16})-(.+)$/;

/** The file of that name; or the one whose upload has that id. */
async function jarFile(cluster: Cluster, jar: string): Promise<JarFile> {
  const present = await filesIn(cluster);
  if (present.includes(jar)) return { name: jar, sha256: await digest(join(cluster.config.artifacts, jar)) };

  const upload = uploadId.exec(jar)?.[1];
  if (upload !== undefined) {
    const [, bytes, name = upload] = uploadOfOurs.exec(upload) ?? [];
    const file = bytes === undefined ? undefined : await withBytes(cluster, present, bytes, name);
    if (file !== undefined) return file;
    throw new ArtifactMissing(
      `"${jar}" is the id of an upload, and its bytes cannot be read back from the JobManager should it lose them` +
        (bytes === undefined ? '' : `; no jar in the artifact folder has them`),
      `a copy of ${name} in the artifact folder of cluster "${cluster.name}", and its name there`,
    );
  }
  const jars = present.filter(isJar);
  const close = nearest(jar, jars);
  throw new ArtifactMissing(
    `there is no jar "${jar}" in the artifact folder of cluster "${cluster.name}"` +
      (close === undefined ? '' : `; did you mean "${close}"?`),
    jars.length === 0 ? 'none, the folder has no jar' : jars.join(', '),
  );
}

async function filesIn(cluster: Cluster): Promise<string[]> {
  const folder = cluster.config.artifacts;
  return readdir(folder).catch(() => {
    throw new ArtifactMissing(
      `the artifact folder ${folder} cannot be read`,
      'an "artifacts" folder in weir.yaml',
    );
  });
}

/** The jar whose SHA-256 begins so; `likely` is looked at first. */
async function withBytes(
  cluster: Cluster,
  present: readonly string[],
  sha256: string,
  likely: string,
): Promise<JarFile | undefined> {
  const jars = present.filter(isJar).sort((a, b) => Number(b === likely) - Number(a === likely));
  for (const name of jars) {
    const file = { name, sha256: await digest(join(cluster.config.artifacts, name)) };
    if (file.sha256.startsWith(sha256)) return file;
  }
  return undefined;
}

function isJar(name: string): boolean {
  return name.endsWith('.jar');
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
