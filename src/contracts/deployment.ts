import { z } from 'zod';
import { nameSchema, parallelismSchema } from './rescale';
import type { RescaleResult } from './rescale';
import type { Snapshot } from './snapshot';

/**
 * What crosses the Temporal boundary of the `deployment` workflow: the resource, the names of its updates, signals and
 * queries, and what they answer. Words and shapes are Ververica Platform's where it has them.
 */

export const states = ['RUNNING', 'SUSPENDED', 'CANCELLED'] as const;
/** What is wanted: RUNNING one job runs; SUSPENDED none, its savepoint is kept; CANCELLED none. */
export type DesiredState = (typeof states)[number];
/** What is: TRANSITIONING while a child workflow is at it; FAILED until somebody edits the resource. */
export type ActualState = DesiredState | 'TRANSITIONING' | 'FAILED' | 'FINISHED';

const labels = z.record(z.string(), z.string(), 'must be an object of strings such as {"team": "payments"}');
const count = z.int('must be a whole number, at least 1').min(1, 'must be a whole number, at least 1');

/** The resource; what is left out has its default, so that a query always shows a full one. */
export const deploymentSchema = z.strictObject({
  kind: z.literal('Deployment').default('Deployment'),
  apiVersion: z.literal('v1').default('v1'),
  metadata: z.strictObject({
    name: nameSchema,
    labels: labels.default({}),
    /** Given: the edit counts only if this is still the version (optimistic locking). */
    resourceVersion: count.optional(),
  }),
  spec: z.strictObject({
    state: z.enum(states).default('RUNNING'),
    /** How a job that runs is changed; NONE: it is not, until it is started anew. */
    upgradeStrategy: z
      .strictObject({ kind: z.enum(['STATELESS', 'STATEFUL', 'NONE']).default('STATEFUL') })
      .prefault({}),
    /** What the job begins from at every entry to RUNNING: first start, resume, upgrade, recovery. */
    restoreStrategy: z
      .strictObject({
        kind: z.enum(['LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE']).default('LATEST_STATE'),
        allowNonRestoredState: z.boolean().default(false),
      })
      .prefault({}),
    /** Ours: whoever asks for what may drop state says so with this. */
    acknowledgeStateLoss: z.boolean().default(false),
    maxSavepointCreationAttempts: count.default(4),
    maxJobCreationAttempts: count.default(4),
    /** Name of the cluster in weir.yaml; default: the one in the workflow id. */
    sessionClusterName: nameSchema.optional(),
    /** Ours: the Flink job's name, and so the lock's key; default: the deployment's name. */
    jobName: nameSchema.optional(),
    template: z.strictObject({
      spec: z.strictObject({
        parallelism: parallelismSchema,
        artifact: z.strictObject({
          kind: z.literal('JAR').default('JAR'),
          /** A name in the cluster's artifact folder. */
          jarUri: z.string().min(1),
          entryClass: z.string().min(1).optional(),
          /** As on a shell's command line. */
          mainArgs: z.string().optional(),
        }),
        flinkConfiguration: z.record(z.string(), z.string()).default({}),
      }),
    }),
  }),
});

/** As somebody writes it. */
export type DeploymentInput = z.input<typeof deploymentSchema>;
/** Full: with its defaults, its cluster, its job's name and its version. */
export type Deployment = z.output<typeof deploymentSchema> & {
  readonly metadata: { readonly resourceVersion: number };
  readonly spec: { readonly sessionClusterName: string; readonly jobName: string };
};
export type DeploymentSpec = Deployment['spec'];

/** What every command has. `name` is put in by its schema: nobody writes it. */
function command<N extends string, S extends z.ZodRawShape>(name: N, shape: S) {
  const fields = z.strictObject({
    /** The same one twice is one request: the second gets the answer of the first. */
    requestId: z.string().min(1).optional(),
    /** Who asks, and why: shown in `history`. */
    by: z.string().optional(),
    reason: z.string().optional(),
    ...shape,
  });
  return fields.transform((read) => ({ name, ...read }));
}

/** Updates; signals of the same names want no answer. */
export const commandSchemas = {
  /** `resource` is read by planning/deployment/resource, which words its refusals. */
  apply: command('apply', { resource: z.unknown() }),
  /** A JSON merge patch (RFC 7396) of the resource. */
  patch: command('patch', { patch: z.record(z.string(), z.unknown()) }),
  scale: command('scale', { parallelism: parallelismSchema }),
  /** `drain`: windows end as if there were no more input; for a job that is retired. */
  suspend: command('suspend', { drain: z.boolean().default(false) }),
  resume: command('resume', {}),
  cancel: command('cancel', {}),
  savepoint: command('savepoint', {}),
  /** To the spec of an earlier resourceVersion; the state stays as it is. */
  rollback: command('rollback', { to: count }),
  /** Only of what is CANCELLED: the entity ends. */
  delete: command('delete', {}),
};
export type CommandName = keyof typeof commandSchemas;
export type Command = z.output<(typeof commandSchemas)[CommandName]>;
/** What is said beside the command's name; for `apply` the resource. */
export type CommandInput<N extends CommandName> = N extends 'apply'
  ? Omit<z.input<(typeof commandSchemas)[N]>, 'resource'> & { readonly resource: DeploymentInput }
  : z.input<(typeof commandSchemas)[N]>;

/** What an update answers, once the command is known to be valid. */
export interface Answer {
  readonly resourceVersion: number;
  /** ACCEPTED: it begins now. QUEUED: after the transition that is under way. STORED: nothing restarts for it. */
  readonly effect: 'ACCEPTED' | 'QUEUED' | 'STORED';
  /** What will happen, as sentences. */
  readonly plan: readonly string[];
  /** Fields of Ververica Platform's that were read and are not served. */
  readonly notServed: readonly string[];
}

/** What the query `dryRun` answers to `{resource}`: what `apply` would; nothing has changed. */
export type DryRun =
  | { readonly kind: 'ACCEPTED'; readonly answer: Answer; readonly changes: readonly Change[] }
  | { readonly kind: 'REFUSED'; readonly why: string };

/** A field of the resource, as JSON: absent where it is not there. */
export interface Change {
  /** `spec.template.spec.parallelism` */
  readonly field: string;
  readonly from?: string;
  readonly to?: string;
}

/** A spec, from the edit on. */
export interface Revision {
  readonly resourceVersion: number;
  readonly spec: DeploymentSpec;
  /** ms since the epoch. */
  readonly at: number;
  readonly command: CommandName;
  readonly by?: string;
  readonly reason?: string;
  /** SUPERSEDED: a newer one came before it was carried out. */
  readonly outcome: 'PENDING' | 'DONE' | 'STORED' | 'SUPERSEDED' | 'FAILED';
  /** Why it failed. */
  readonly message?: string;
  readonly downtimeMs?: number;
}

export type SavepointOrigin =
  'USER_REQUEST' | 'SUSPEND' | 'SUSPEND_AND_UPGRADE' | 'RETAINED_CHECKPOINT' | 'COPIED';

/** A snapshot of the catalogue. */
export interface CatalogueEntry {
  readonly origin: SavepointOrigin;
  readonly state: 'COMPLETED' | 'FAILED';
  readonly snapshot?: Snapshot;
  /** Why it failed. */
  readonly message?: string;
  readonly at: number;
  /** Of the spec that the job ran. */
  readonly resourceVersion: number;
}

export type ConditionType =
  /** The wanted spec is the one that runs. */
  | 'SpecAligned'
  /** The last transition came to its end as asked. */
  | 'TransitionSucceeded'
  /** The job is FAILED, or restarts. */
  | 'JobFailing'
  /** Somebody else holds the job's lock, and it is waited for. */
  | 'WaitingForLock';

export interface Condition {
  readonly type: ConditionType;
  readonly status: boolean;
  /** One word. */
  readonly reason: string;
  readonly message: string;
  /** When it became so, ms since the epoch. */
  readonly lastTransitionTime: number;
}

export type TransitionKind = 'RESCALE' | 'START' | 'SUSPEND' | 'CANCEL' | 'SAVEPOINT';

/** The child workflow that is at it. */
export interface RunningTransition {
  readonly transition: TransitionKind;
  readonly workflowId: string;
  readonly runId: string;
  readonly resourceVersion: number;
  readonly startedAt: number;
}

export interface DeploymentStatus {
  readonly desired: DesiredState;
  readonly actual: ActualState;
  readonly resourceVersion: number;
  readonly job?: { readonly jobId: string; readonly parallelism: number };
  readonly conditions: readonly Condition[];
  readonly transition?: RunningTransition;
  /** Versions that wait for the transition that is under way. */
  readonly queue: readonly number[];
  /** How many savepoints were asked for and are not taken yet. */
  readonly savepointsAsked: number;
  /** Fields of the spec in which what runs differs from what is wanted. */
  readonly drift: readonly string[];
  /** What an operator can do now, as sentences. */
  readonly operator: readonly string[];
}

export interface DeploymentEvent {
  readonly at: number;
  readonly name: string;
  readonly message: string;
  readonly jobId?: string;
}

/** How the run of a lock's workflow ended, whoever started it. */
export type RunEnd =
  | { readonly kind: 'COMPLETED'; readonly result: RescaleResult }
  | { readonly kind: 'FAILED'; readonly type: string; readonly message: string }
  /** Somebody terminated it: what it was at is not known. */
  | { readonly kind: 'LOST'; readonly message: string };

export type EndedBy = 'FAILED' | 'FINISHED' | 'CANCELED' | 'VANISHED';

/** What a look at the cluster tells of a deployment's job. */
export type Sighting = { readonly newest?: Snapshot } & (
  | { readonly kind: 'LIVE'; readonly jobId: string; readonly parallelism: number }
  | { readonly kind: 'SEVERAL'; readonly jobIds: readonly string[] }
  /** By itself, or by somebody. VANISHED: no JobManager knows it any more, and nothing of it runs (P12). */
  | { readonly kind: 'ENDED'; readonly jobId: string; readonly how: EndedBy }
  /** A run of the lock's workflow has stopped it. `meant`: and was to leave it so. */
  | { readonly kind: 'STOPPED'; readonly jobId: string; readonly meant: boolean }
  | { readonly kind: 'NOTHING' }
);

export const deploymentQueries = {
  status: 'status',
  spec: 'spec',
  history: 'history',
  savepoints: 'savepoints',
  events: 'events',
  dryRun: 'dryRun',
} as const;
