import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Jar } from '../contracts/observation';
import type { Artifact } from '../contracts/rescale';
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

/**
 * Makes sure that the JobManager has this jar, and returns its id there. The bytes come from the cluster's artifact
 * folder, where they stay: a JobManager that is lost takes its uploads along, and the jar is uploaded again (P22).
 * An upload is named by its SHA-256, so that one made before is found and not repeated.
 *
 * @throws ArtifactMissing when the folder has no such jar
 */
export async function ensureUploaded(
  cluster: Cluster,
  artifact: Artifact,
  pulse: Pulse<unknown>,
): Promise<Jar> {
  const file = await jarFile(cluster, artifact.jar);
  const sha256 = await digest(file);
  const name = `weir-${sha256.slice(0, 16)}-${artifact.jar}`;
  const uploads = await answered(pulse, (signal) => cluster.flink.jars(signal));
  const known = uploads.find((jar) => jar.name === name);
  const jarId = known?.id ?? (await answered(pulse, () => cluster.flink.uploadJar(file, name)));
  return { artifact, jarId, sha256 };
}

async function jarFile(cluster: Cluster, jar: string): Promise<string> {
  const folder = cluster.config.artifacts;
  const present = await readdir(folder).catch(() => {
    throw new ArtifactMissing(
      `the artifact folder ${folder} cannot be read`,
      'an "artifacts" folder in weir.yaml',
    );
  });
  if (present.includes(jar)) return join(folder, jar);
  const jars = present.filter((name) => name.endsWith('.jar'));
  const close = nearest(jar, jars);
  throw new ArtifactMissing(
    `there is no jar "${jar}" in the artifact folder of cluster "${cluster.name}"` +
      (close === undefined ? '' : `; did you mean "${close}"?`),
    jars.length === 0 ? 'none, the folder has no jar' : jars.join(', '),
  );
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
