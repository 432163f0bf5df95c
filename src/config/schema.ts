import { z } from 'zod';
import { accessSchema } from '../access';
import type { Access } from '../access';
import { artifactSchema, givenTimeoutsSchema } from '../contracts/rescale';

/** The fields of `weir.yaml`, each with what is valid. */

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

/** A name as Kubernetes has them (RFC 1123). */
const aKubernetesName = '[a-z0-9]([-a-z0-9.]*[a-z0-9])?';

/** By which `taskmanager.resource-id` Flink knows each TaskManager; given, those that nobody needs any more are ended. */
const resourceIdSchema = z
  .string()
  .regex(/\{n\}/, 'must have {n} for the number of a TaskManager, such as tm-{n}')
  .optional();

/** Who runs the TaskManagers, so that there can be more or fewer of them. */
const taskManagersSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('kubernetes'),
      namespace: z
        .string()
        .regex(new RegExp(`^${aKubernetesName}$`), 'must be the name of a namespace, such as flink'),
      workload: z
        .string()
        .regex(
          new RegExp(`^(deployment|statefulset)/${aKubernetesName}$`),
          'must be deployment/<name> or statefulset/<name>, such as deployment/flink-taskmanager',
        ),
      /** Left out: what kubectl would take, or the credentials of the pod that the worker runs in. */
      kubeconfig: z.string().min(1).optional(),
      context: z.string().min(1).optional(),
      resourceId: resourceIdSchema,
    }),
    z.strictObject({
      kind: z.literal('processes'),
      command: z
        .array(z.string(), 'must be a list: a program and its arguments')
        .min(1, 'must be a list: a program and its arguments'),
      /** Where their records and logs are. */
      folder: z.string().min(1),
      resourceId: resourceIdSchema,
    }),
  ],
  'must be { kind: kubernetes, namespace: ..., workload: ... } or { kind: processes, command: [...], folder: ... }',
);

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
    /** Needed for the mechanism REACTIVE only. */
    taskManagers: taskManagersSchema.optional(),
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

export const configSchema = z.strictObject({
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
export type TaskManagersConfig = z.infer<typeof taskManagersSchema>;
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

/** As it stands in the file: paths in it are relative to it. */
export type Written = z.infer<typeof configSchema>;
