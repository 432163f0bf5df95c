import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { artifactSchema, givenTimeoutsSchema } from './contracts/rescale';

/**
 * `weir.yaml` as one typed, validated Config. Relative paths in it are relative to the file. No address, host or path
 * to a server comes from anywhere else: inputs name clusters and jars, this file says what they are.
 */

const clusterSchema = z
  .strictObject({
    /** Flink's REST address. */
    rest: z.url({ protocol: /^https?$/, error: 'must be a URL such as http://jobmanager:8081' }),
    /** Where savepoints go, as Flink spells it: `file:///...`, `s3://...`. Two slashes after `file:` would name a host. */
    savepointRoot: z
      .string()
      .regex(
        /^(file:(\/\/)?\/(?!\/)|(?!file:)[a-z][a-z0-9+.-]+:\/)/,
        'must be a URI such as file:///data/savepoints or s3://bucket/savepoints',
      ),
    /** The folder of this cluster's jars, as the worker sees it. */
    artifacts: z.string().min(1),
    /**
     * How the worker can look for a savepoint whose path was lost: in a folder that it sees, or not at all.
     * `folder` is needed only where the worker sees the savepoint root elsewhere than Flink does.
     */
    snapshotStore: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('file'), folder: z.string().min(1).optional() }),
        z.strictObject({ kind: z.literal('none') }),
      ])
      .default({ kind: 'none' }),
    timeouts: givenTimeoutsSchema.default({}),
  })
  .refine(
    ({ savepointRoot, snapshotStore: store }) =>
      savepointRoot.startsWith('file:') || store.kind === 'none' || store.folder !== undefined,
    {
      path: ['snapshotStore'],
      error: 'needs "folder", where the worker sees the savepoint root: that is not a file: URI',
    },
  );

const jobSchema = z.strictObject({
  cluster: z.string().min(1),
  job: z.string().min(1),
  artifact: artifactSchema,
});

const configSchema = z.strictObject({
  taskQueue: z.string().min(1).default('weir'),
  clusters: z
    .record(z.string().min(1), clusterSchema)
    .refine((clusters) => Object.keys(clusters).length > 0, 'must have one cluster at least'),
  jobs: z.array(jobSchema).default([]),
});

export type SnapshotStoreConfig =
  { readonly kind: 'file'; readonly folder: string } | { readonly kind: 'none' };
export type ClusterConfig = Omit<z.infer<typeof clusterSchema>, 'snapshotStore'> & {
  readonly snapshotStore: SnapshotStoreConfig;
};
export type JobConfig = z.infer<typeof jobSchema>;

/** Every path in it is absolute. */
export interface Config {
  readonly taskQueue: string;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly jobs: readonly JobConfig[];
}

type Written = z.infer<typeof configSchema>;

/** weir.yaml cannot be used. The message says which file, where in it, and what is valid. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the file that WEIR_CONFIG names, by default `weir.yaml` in the working directory. */
export function loadConfig(file = process.env['WEIR_CONFIG'] ?? 'weir.yaml'): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(`${file} cannot be read. Set WEIR_CONFIG to the path of your weir.yaml`);
  }
  return parseConfig(text, file);
}

/** Parses the text of a weir.yaml; `file` names it in messages and anchors its relative paths. */
export function parseConfig(text: string, file: string): Config {
  let raw: unknown;
  try {
    raw = parseYaml(text);
  } catch (error) {
    throw new ConfigError(`${file} is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = configSchema.safeParse(raw, { error: validFields });
  if (!parsed.success) throw new ConfigError(`${file}: ${z.prettifyError(parsed.error)}`);
  refuseSharedAddresses(parsed.data, file);
  refuseUnknownClusters(parsed.data, file);
  refuseSecondEntries(parsed.data, file);
  return anchored(parsed.data, dirname(resolve(file)));
}

/** Where zod says only what is wrong, what would be right. */
function validFields(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
  return `unknown field ${issue.keys.join(', ')}; valid: ${Object.keys(issue.inst.shape).join(', ')}`;
}

/** Two names for one cluster would be two locks for one job (P26). */
function refuseSharedAddresses(config: Written, file: string): void {
  const seen = new Map<string, string>();
  for (const [name, cluster] of Object.entries(config.clusters)) {
    const address = addressOf(cluster.rest);
    const other = seen.get(address);
    if (other !== undefined) {
      throw new ConfigError(
        `${file}: clusters "${other}" and "${name}" have one address, ${address}; keep one of them`,
      );
    }
    seen.set(address, name);
  }
}

/** Host, port and path: behind one gateway each cluster has a path of its own. */
function addressOf(rest: string): string {
  const { hostname, port, protocol, pathname } = new URL(rest);
  const host = ['localhost', '[::1]'].includes(hostname) ? '127.0.0.1' : hostname;
  return `${host}:${port || (protocol === 'https:' ? '443' : '80')}${pathname.replace(/\/+$/, '')}`;
}

function refuseUnknownClusters(config: Written, file: string): void {
  const names = Object.keys(config.clusters);
  for (const job of config.jobs) {
    if (names.includes(job.cluster)) continue;
    throw new ConfigError(
      `${file}: job "${job.job}" names cluster "${job.cluster}", which is not there; valid: ${names.join(', ')}`,
    );
  }
}

/** Of two entries for one job, which counts? */
function refuseSecondEntries(config: Written, file: string): void {
  const seen = new Set<string>();
  for (const { cluster, job } of config.jobs) {
    const key = JSON.stringify([cluster, job]);
    if (seen.has(key)) {
      throw new ConfigError(
        `${file}: job "${job}" of cluster "${cluster}" has two entries under jobs; keep one of them`,
      );
    }
    seen.add(key);
  }
}

function anchored(written: Written, folder: string): Config {
  const clusters: Record<string, ClusterConfig> = {};
  for (const [name, cluster] of Object.entries(written.clusters)) {
    clusters[name] = {
      ...cluster,
      artifacts: resolve(folder, cluster.artifacts),
      snapshotStore: anchoredStore(cluster.savepointRoot, cluster.snapshotStore, folder),
    };
  }
  return { ...written, clusters };
}

function anchoredStore(
  root: string,
  store: z.infer<typeof clusterSchema>['snapshotStore'],
  anchor: string,
): SnapshotStoreConfig {
  if (store.kind === 'none') return store;
  if (store.folder !== undefined) return { kind: 'file', folder: resolve(anchor, store.folder) };
  // As Flink reads it: a percent sign in it is one in the folder's name.
  return { kind: 'file', folder: resolve(root.replace(/^file:\/*/, '/')) };
}
