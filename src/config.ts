import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AccessError, accessSchema, anchoredAccess, openAccess } from './access';
import type { Access } from './access';
import { ConfigError, ConfigFile } from './config-file';
import { artifactSchema, givenTimeoutsSchema } from './contracts/rescale';
import { nearest } from './planning/nearest';
import { check, validFields } from './planning/problems';
import type { Problem } from './planning/problems';

export { ConfigError };

/**
 * `weir.yaml` as one typed, validated Config. Relative paths in it are relative to the file. No address, host or path
 * to a server comes from anywhere else: inputs name clusters and jars, this file says what they are.
 */

/** Certificates for an address that has no TLS are a mistake in one of the two. */
const tlsFits = (address: string, access: Access | undefined) =>
  /^https:/i.test(address) || (access?.ca === undefined && access?.clientCertificate === undefined);

const addressSchema = (example: string) =>
  z
    .url({ protocol: /^https?$/, error: `must be a URL such as ${example}` })
    .refine((address) => !/[?#]|^[a-z]+:\/\/[^/]*@/i.test(address), {
      error:
        'must have no user, password, query or fragment; a credential goes to access: bearer or basic, ' +
        'as { env: NAME } or { file: path }',
    });

const clusterSchema = z
  .strictObject({
    /** Flink's REST address. */
    rest: addressSchema('http://jobmanager:8081'),
    /** Of its HistoryServer, if there is one: asked what became of a job that the JobManager has forgotten. */
    historyServer: addressSchema('http://historyserver:8082').optional(),
    /** What the gateway before Flink asks for, and the one before the HistoryServer. */
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
      .discriminatedUnion(
        'kind',
        [
          z.strictObject({ kind: z.literal('file'), folder: z.string().min(1).optional() }),
          z.strictObject({ kind: z.literal('none') }),
        ],
        'must be { kind: file } or { kind: none }',
      )
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
  .refine(({ rest, access }) => tlsFits(rest, access), {
    path: ['access'],
    error:
      'has TLS settings (ca, clientCertificate), but "rest" is not an https:// address; change one of them',
  })
  // a credential that "rest" gets over TLS must not go to the other in the clear
  .refine(
    ({ rest, historyServer, access }) =>
      historyServer === undefined ||
      access === undefined ||
      new URL(historyServer).protocol === new URL(rest).protocol,
    {
      path: ['historyServer'],
      error: 'has the access of "rest", so it must have its protocol as well: both http:// or both https://',
    },
  );

const jobSchema = z.strictObject({
  cluster: z.string().min(1),
  job: z.string().min(1),
  artifact: artifactSchema,
});

const aPort = 'must be a port: 1 to 65535';

/** Where the worker answers HTTP itself. Only this machine reaches the default host. */
const endpointSchema = z.strictObject({
  port: z.int(aPort).min(1, aPort).max(65_535, aPort),
  host: z
    .union([z.ipv4(), z.ipv6()], 'must be an IP address: 127.0.0.1, or 0.0.0.0 for every interface')
    .default('127.0.0.1'),
});

const webhookSchema = z
  .strictObject({
    /** Its path and query may be a secret: chat services have it so. */
    url: z
      .url({ protocol: /^https?$/, error: 'must be a URL such as https://alerts.example.com/weir' })
      .refine((url) => !/^[a-z]+:\/\/[^/]*@/i.test(url), {
        error:
          'must have no user and password; a credential goes to access: bearer or basic, as { env: NAME } or { file: path }',
      }),
    /** What the receiver asks for. */
    access: accessSchema.optional(),
  })
  .refine(({ url, access }) => tlsFits(url, access), {
    path: ['access'],
    error:
      'has TLS settings (ca, clientCertificate), but "url" is not an https:// address; change one of them',
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

/**
 * Reads the file that WEIR_CONFIG names, by default `weir.yaml` in the working directory.
 *
 * @throws ConfigError
 */
export function loadConfig(file = process.env['WEIR_CONFIG'] ?? 'weir.yaml'): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(
      `${file} cannot be read; valid: a weir.yaml in the working directory, or its path in WEIR_CONFIG`,
      'WEIR_CONFIG=/path/to/weir.yaml npm run worker',
    );
  }
  const source = new ConfigFile(text, file);
  const config = configOf(source, file);
  requireAccess(config, source);
  return config;
}

/**
 * Parses the text of a weir.yaml; `file` names it in messages and anchors its relative paths.
 *
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string): Config {
  return configOf(new ConfigFile(text, file), file);
}

function configOf(source: ConfigFile, file: string): Config {
  const checked = check(configSchema, source.raw);
  if (checked.kind === 'INVALID') {
    throw source.error(checked.problems.map((problem) => ({ path: placeOf(problem), what: wrong(problem) })));
  }
  const { data } = checked;
  refuseSharedAddresses(data, source);
  refuseUnknownClusters(data, source);
  refuseSecondEntries(data, source);
  refuseOnePort(data, source);
  return anchored(data, dirname(resolve(file)));
}

function placeOf(problem: Problem): readonly PropertyKey[] {
  return problem.kind === 'UNKNOWN_FIELD' ? [...problem.path, problem.key] : problem.path;
}

/** What is wrong with a field of the file. What stands there is not repeated: it may be a secret in the wrong place. */
function wrong(problem: Problem): string {
  if (problem.kind === 'UNKNOWN_FIELD') return `unknown field${validFields(problem)}`;
  const { value, must, close } = problem;
  const state = value === undefined ? 'is missing; it ' : value === null ? 'is empty; it ' : '';
  return `${state}${must}${close === undefined ? '' : `; did you mean ${close}?`}`;
}

/** What each `access` names is there and fits: better said now than in the middle of a rescale. */
function requireAccess({ clusters, webhook }: Config, source: ConfigFile): void {
  const places = [
    ...Object.entries(clusters).map(([name, { access }]) => ({ path: ['clusters', name], access })),
    { path: ['webhook'], access: webhook?.access },
  ];
  for (const { path, access } of places) {
    try {
      openAccess(access);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      throw source.error([{ path: [...path, 'access', ...error.field.split('.')], what: error.message }]);
    }
  }
}

/** Two names for one cluster would be two locks for one job (P26). */
function refuseSharedAddresses(config: Written, source: ConfigFile): void {
  const seen = new Map<string, string>();
  for (const [name, cluster] of Object.entries(config.clusters)) {
    const address = addressOf(cluster.rest);
    const other = seen.get(address);
    if (other !== undefined) {
      const what = `clusters "${other}" and "${name}" have one address, ${address}; keep one of them`;
      throw source.error([{ path: ['clusters', name, 'rest'], what }]);
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

function refuseUnknownClusters(config: Written, source: ConfigFile): void {
  const names = Object.keys(config.clusters);
  for (const [i, job] of config.jobs.entries()) {
    if (names.includes(job.cluster)) continue;
    const close = nearest(job.cluster, names);
    const hint = close === undefined ? '; valid: ' : `; did you mean "${close}"? Valid: `;
    const what = `job "${job.job}" names cluster "${job.cluster}", which is not there${hint}${names.join(', ')}`;
    throw source.error([{ path: ['jobs', i, 'cluster'], what }]);
  }
}

/** Of two entries for one job, which counts? */
function refuseSecondEntries(config: Written, source: ConfigFile): void {
  const seen = new Set<string>();
  for (const [i, { cluster, job }] of config.jobs.entries()) {
    const key = JSON.stringify([cluster, job]);
    if (seen.has(key)) {
      const what = `job "${job}" of cluster "${cluster}" has two entries under jobs; keep one of them`;
      throw source.error([{ path: ['jobs', i], what }]);
    }
    seen.add(key);
  }
}

function refuseOnePort({ health, metrics }: Written, source: ConfigFile): void {
  if (health === undefined || health.port !== metrics?.port) return;
  const what = `health and metrics have one port, ${health.port}; give each its own`;
  throw source.error([{ path: ['metrics', 'port'], what }]);
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
  const { webhook } = written;
  const access = webhook?.access && anchoredAccess(webhook.access, folder);
  return { ...written, clusters, ...(access && { webhook: { ...webhook, access } }) };
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
