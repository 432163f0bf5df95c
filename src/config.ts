import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AccessError, accessSchema, anchoredAccess, openAccess } from './access';
import { artifactSchema, givenTimeoutsSchema } from './contracts/rescale';

/**
 * `weir.yaml` as one typed, validated Config. Relative paths in it are relative to the file. No address, host or path
 * to a server comes from anywhere else: inputs name clusters and jars, this file says what they are.
 */

const clusterSchema = z
  .strictObject({
    /** Flink's REST address. */
    rest: z
      .url({ protocol: /^https?$/, error: 'must be a URL such as http://jobmanager:8081' })
      .refine((rest) => !/[?#]|^[a-z]+:\/\/[^/]*@/i.test(rest), {
        error:
          'must have no user, password, query or fragment; a credential goes to access: bearer or basic, ' +
          'as { env: NAME } or { file: path }',
      }),
    /** What the gateway before Flink asks for. */
    access: accessSchema.optional(),
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
  )
  .refine(
    ({ rest, access }) =>
      /^https:/i.test(rest) || (access?.ca === undefined && access?.clientCertificate === undefined),
    {
      path: ['access'],
      error:
        'has TLS settings (ca, clientCertificate), but "rest" is not an https:// address; change one of them',
    },
  );

const jobSchema = z.strictObject({
  cluster: z.string().min(1),
  job: z.string().min(1),
  artifact: artifactSchema,
});

/** Where the worker answers HTTP itself. Only this machine reaches the default host. */
const endpointSchema = z.strictObject({
  port: z.int().min(1).max(65_535),
  host: z
    .union([z.ipv4(), z.ipv6()], 'must be an IP address: 127.0.0.1, or 0.0.0.0 for every interface')
    .default('127.0.0.1'),
});

const webhookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be a URL such as https://alerts.example.com/weir' }),
  /** A header whose value is a secret: the name of an environment variable, never the value itself. */
  header: z
    .strictObject({
      name: z
        .string()
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header’s name such as Authorization'),
      env: z.string().min(1),
    })
    .optional(),
});

const configSchema = z.strictObject({
  taskQueue: z.string().min(1).default('weir'),
  /** A line an event: for people, or for a log collector. Left out: text at a terminal, JSON elsewhere. */
  log: z.enum(['text', 'json']).optional(),
  /** `/healthz` and `/readyz`. Left out: none. */
  health: endpointSchema.optional(),
  /** `/metrics`, for Prometheus. Left out: none. */
  metrics: endpointSchema.optional(),
  /** Told of RolledBack, JobDown and ATTENTION. Left out: nobody is. */
  webhook: webhookSchema.optional(),
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

export type EndpointConfig = z.infer<typeof endpointSchema>;
export type WebhookConfig = z.infer<typeof webhookSchema>;

/** Every path in it is absolute. */
export interface Config {
  readonly taskQueue: string;
  readonly log?: 'text' | 'json' | undefined;
  readonly health?: EndpointConfig | undefined;
  readonly metrics?: EndpointConfig | undefined;
  readonly webhook?: WebhookConfig | undefined;
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
  const config = parseConfig(text, file);
  requireAccess(config, file);
  return config;
}

/** Parses the text of a weir.yaml; `file` names it in messages and anchors its relative paths. */
export function parseConfig(text: string, file: string): Config {
  let raw: unknown;
  try {
    raw = parseYaml(text);
  } catch (error) {
    // Its message goes on with the lines around the place, which may hold what nobody should see.
    const [where] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ConfigError(`${file} is not YAML: ${where}`);
  }
  const parsed = configSchema.safeParse(raw, { error: validFields });
  if (!parsed.success) throw new ConfigError(`${file}: ${z.prettifyError(parsed.error)}`);
  refuseSharedAddresses(parsed.data, file);
  refuseUnknownClusters(parsed.data, file);
  refuseSecondEntries(parsed.data, file);
  refuseOnePort(parsed.data, file);
  return anchored(parsed.data, dirname(resolve(file)));
}

/** What a cluster's `access` names is there and fits: better said now than in the middle of a rescale. */
function requireAccess({ clusters }: Config, file: string): void {
  for (const [name, { access }] of Object.entries(clusters)) {
    try {
      openAccess(access);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      throw new ConfigError(`${file}: ${error.message}\n  → at clusters.${name}.access.${error.field}`);
    }
  }
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

function refuseOnePort({ health, metrics }: Written, file: string): void {
  if (health === undefined || health.port !== metrics?.port) return;
  throw new ConfigError(`${file}: health and metrics have one port, ${health.port}; give each its own`);
}

function anchored(written: Written, folder: string): Config {
  const clusters: Record<string, ClusterConfig> = {};
  for (const [name, cluster] of Object.entries(written.clusters)) {
    clusters[name] = {
      ...cluster,
      artifacts: resolve(folder, cluster.artifacts),
      ...(cluster.access && { access: anchoredAccess(cluster.access, folder) }),
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
