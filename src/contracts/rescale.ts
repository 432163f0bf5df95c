import { z } from 'zod';
import type { FailureType } from './failures';
import type { Snapshot } from './snapshot';

/**
 * What crosses the Temporal boundary of the `rescale` workflow: its input, its result, its names.
 * An unknown field is an error: a typo in the CLI's JSON must not be ignored (`planning/request` words the refusal).
 */

const aJar = 'must be the name of a jar in the cluster’s artifact folder';
const jar = z.string(aJar).min(1, aJar);

/** Of what is no object at all; an unknown field of one that is has words of its own. */
function notAnObject(must: string) {
  return { error: (issue: { readonly code?: string }) => (issue.code === 'invalid_type' ? must : undefined) };
}

export const artifactSchema = z.strictObject(
  {
    jar,
    entryClass: z.string().min(1).optional(),
    args: z.array(z.string(), 'must be a list of strings').optional(),
    flinkConfiguration: z
      .record(
        z.string(),
        z.string(),
        'must be an object of strings such as {"state.backend.type": "rocksdb"}',
      )
      .optional(),
  },
  notAnObject('must be an object such as {"jar": "orders.jar"}'),
);
export type Artifact = z.infer<typeof artifactSchema>;

/** A whole number of at least 1. `unit`: what is counted. */
function count(unit: string) {
  const must = `must be a whole number${unit}, at least 1`;
  return z.int(must).min(1, must);
}

const toParallelism = 'must be a whole number from 1 to 32768';
export const parallelismSchema = z.int(toParallelism).min(1, toParallelism).max(32_768, toParallelism);
const milliseconds = count(' of milliseconds');

/** A name of which a workflow id can be made: half of a surrogate pair has no percent-encoding. */
export const nameSchema = z
  .string()
  .min(1)
  .regex(/^\P{Cs}*$/u, 'must be well-formed Unicode');

/** Time-outs of a rescale, all in ms. */
export const timeoutsSchema = z.strictObject({
  /** A stop whose savepoint is complete and whose job does not end: cancelled after this (P10). */
  stop: milliseconds,
  /** From the proven end of the old job to the new job ready, over all tries (P25). */
  restart: milliseconds,
  /** Instead of `restart` while tasks are INITIALIZING: big state is not a failure (P25). */
  restore: milliseconds,
  /** How long a job that restarts after a half-way stop is waited for before somebody is called (3.1). */
  recovery: milliseconds,
  /** A step after the stop that takes longer than this is ATTENTION; the step goes on (P29). */
  attention: milliseconds,
});
export type Timeouts = z.infer<typeof timeoutsSchema>;

export const givenTimeoutsSchema = timeoutsSchema.partial();
export type GivenTimeouts = z.infer<typeof givenTimeoutsSchema>;

export const defaultTimeouts: Timeouts = {
  stop: 3 * 60_000,
  restart: 10 * 60_000,
  restore: 2 * 60 * 60_000,
  recovery: 10 * 60_000,
  attention: 60_000,
};

/** How a job comes to another parallelism. AUTO: without a restart where that can be, else by one. */
export const mechanisms = ['RESTART', 'IN_PLACE', 'REACTIVE', 'AUTO'] as const;
export type Mechanism = (typeof mechanisms)[number];

/** PUT_BACK: the job's old bounds (or number of TaskManagers). KEEP: the new ones, so that Flink may yet get there. RESTART: as that mechanism. */
export const ifNotReached = ['PUT_BACK', 'KEEP', 'RESTART'] as const;
export type IfNotReached = (typeof ifNotReached)[number];

/** What a run makes of the job: another parallelism or program; or it starts, suspends, cancels or only saves it. */
export const transitions = ['RESCALE', 'START', 'SUSPEND', 'CANCEL', 'SAVEPOINT'] as const;
export type Transition = (typeof transitions)[number];

/** The others stand in the words, not among the values: which fields there are depends on this one. */
function transition<T extends Transition>(value: T) {
  return z.literal(value, `must be one of ${transitions.join(', ')}`);
}

const jobId = z.string().regex(/^[0-9a-f]{32}$/, 'must be a Flink job id: 32 hex digits');

/** CANONICAL: any state backend can read it. NATIVE: only the one that wrote it, and in less time. */
export const savepointFormats = ['CANONICAL', 'NATIVE'] as const;
export type SavepointFormat = (typeof savepointFormats)[number];

/** Of a savepoint, whichever transition takes it. */
const savepointFields = {
  /** Left out: CANONICAL, or what the mechanism AUTO finds to be safe (`planning/format`). */
  format: z.enum(savepointFormats).optional(),
  mode: z.enum(['STOP_WITH_SAVEPOINT', 'SAVEPOINT_THEN_CANCEL']).default('STOP_WITH_SAVEPOINT'),
  directory: z.string().min(1).optional(),
  /** false: ours is disposed of once the new job has a checkpoint of its own. */
  keep: z.boolean().default(true),
};

export const rescaleInputSchema = z.strictObject(
  {
    cluster: nameSchema.optional(),
    job: nameSchema,
    jobId: jobId.optional(),
    parallelism: parallelismSchema,
    transition: transition('RESCALE').default('RESCALE'),
    /** How the old job ends: STATEFUL with a savepoint, STATELESS by a cancel. */
    upgradeStrategy: z.enum(['STATEFUL', 'STATELESS']).default('STATEFUL'),
    /** What the new job begins from; NONE: without state. */
    restoreStrategy: z.enum(['LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE']).default('LATEST_STATE'),
    /** Start even if state of the snapshot has no operator any more: that state is dropped. */
    allowNonRestoredState: z.boolean().default(false),
    /** Whoever asks for a plan that may drop state says so with this. */
    acknowledgeStateLoss: z.boolean().default(false),
    artifact: artifactSchema.optional(),
    previousArtifact: artifactSchema.optional(),
    savepoint: z.strictObject(savepointFields).prefault({}),
    maxSavepointCreationAttempts: count('').default(4),
    maxJobCreationAttempts: count('').default(4),
    timeouts: givenTimeoutsSchema.default({}),
    /**
     * IN_PLACE: an adaptive scheduler takes the job to its new parallelism, and it keeps its id. REACTIVE: so does another
     * number of TaskManagers.
     */
    mechanism: z.enum(mechanisms).default('RESTART'),
    /** What becomes of an IN_PLACE or REACTIVE rescale that Flink does not carry out in time (`timeouts.restart`). */
    ifNotReached: z.enum(ifNotReached).default('PUT_BACK'),
    /** true: say what would be done, and do nothing. */
    dryRun: z.boolean().default(false),
    reason: z.string().optional(),
  },
  notAnObject('must be an object such as {"job": "orders", "parallelism": 8}'),
);

/** A snapshot that the starter knows of: its path, and what tells which of two is the newer. */
const startFromSchema = z.strictObject(
  {
    path: z.string().min(1),
    kind: z.enum(['SAVEPOINT', 'CHECKPOINT']).default('SAVEPOINT'),
    /** The job that wrote it: its end is proven before another one starts. */
    jobId: jobId.optional(),
    checkpointId: z.int().optional(),
    /** ms since the epoch. */
    completedAt: z.number().optional(),
  },
  notAnObject('must be an object such as {"path": "<a savepoint or checkpoint>"}'),
);

/** Of what is no rescale: it has no mechanism to choose. */
const notInPlace = rescaleInputSchema.omit({ ifNotReached: true }).extend({
  mechanism: z
    .literal('RESTART', 'must be "RESTART": the others are for "transition": "RESCALE"')
    .default('RESTART'),
});
const startsNothing = notInPlace.extend({ parallelism: parallelismSchema.optional() });

/** The fields of each transition. */
export const inputSchemas = {
  RESCALE: rescaleInputSchema,
  START: notInPlace.omit({ jobId: true }).extend({
    transition: transition('START'),
    artifact: artifactSchema,
    startFrom: startFromSchema.optional(),
  }),
  SUSPEND: startsNothing.extend({
    transition: transition('SUSPEND'),
    savepoint: z
      .strictObject({
        ...savepointFields,
        mode: z
          .literal(
            'STOP_WITH_SAVEPOINT',
            'must be "STOP_WITH_SAVEPOINT": a suspend loses and repeats nothing',
          )
          .default('STOP_WITH_SAVEPOINT'),
        /** Ends all windows as if there were no more input: for a job that is retired. */
        drain: z.boolean().default(false),
      })
      .prefault({}),
  }),
  CANCEL: startsNothing.extend({ transition: transition('CANCEL') }),
  SAVEPOINT: startsNothing.extend({ transition: transition('SAVEPOINT') }),
} as const;

type Schemas = typeof inputSchemas;
type Fields<T> = Omit<T, 'transition' | 'parallelism' | 'savepoint' | 'ifNotReached'> & {
  ifNotReached?: IfNotReached | undefined;
};

/** The input as somebody types it; which fields a transition has, `inputSchemas` says. */
export type RescaleInput = Fields<z.input<Schemas['RESCALE']>> & {
  transition?: Transition | undefined;
  parallelism?: number | undefined;
  startFrom?: z.input<typeof startFromSchema> | undefined;
  savepoint?: (z.input<Schemas['RESCALE']>['savepoint'] & { drain?: boolean | undefined }) | undefined;
};

/** What any transition may have. */
type GivenFields = Fields<z.output<Schemas['RESCALE']>> & {
  startFrom?: z.output<typeof startFromSchema> | undefined;
  savepoint: z.output<Schemas['RESCALE']>['savepoint'] & { drain?: boolean | undefined };
};
export type GivenRequest = GivenFields & { transition: Transition; parallelism?: number | undefined };
type Common = GivenFields & { cluster: string };

/** The input with its defaults, of a job that is to run. `cluster` comes from the workflow id where it is left out. */
export type RescaleRequest = Common & { transition: 'RESCALE' | 'START'; parallelism: number };
/** Of one that is to be ended, or only saved: its parallelism is what it is. */
export type EndRequest = Common & {
  transition: 'SUSPEND' | 'CANCEL' | 'SAVEPOINT';
  parallelism?: number | undefined;
};
export type TransitionRequest = RescaleRequest | EndRequest;

/** Where a run is; what each means, and what leads from one to the next: docs/state-machine.md. */
export const phases = [
  'PLANNING',
  'ADJUSTING',
  'SAVEPOINTING',
  'SETTLING',
  'STOPPING',
  'RESTARTING',
  'VERIFYING',
  'ROLLING_BACK',
  'ATTENTION',
  'DONE',
] as const;
export type Phase = (typeof phases)[number];

export const outcomes = [
  'RESCALED',
  'RESUMED',
  'STARTED',
  'SUSPENDED',
  'CANCELLED',
  'SAVED',
  'UNCHANGED',
  'PLANNED',
  'ABORTED',
] as const;
export type Outcome = (typeof outcomes)[number];

export interface JobAt {
  readonly jobId: string;
  readonly parallelism: number;
}

/**
 * The downtime as Weir can see it, ms: from the stop (or cancel) request until every task of the new job ran. IN_PLACE:
 * by Flink's own times, from the checkpoint complete that it restored; `submit` is 0 then.
 */
export interface Downtime {
  readonly total: number;
  /** From that request to the old job ended; with a savepoint, to the savepoint complete. IN_PLACE: to the restore. */
  readonly stop: number;
  /** From there until Flink accepted the new job. */
  readonly submit: number;
  /** From there until every task ran. */
  readonly restore: number;
}

export interface RescaleResult {
  readonly outcome: Outcome;
  readonly cluster: string;
  readonly job: string;
  /** Absent if the run was aborted before the job was seen, or no job of this name was known. */
  readonly from?: JobAt;
  /** Absent if no job runs: SUSPENDED, CANCELLED. */
  readonly to?: JobAt;
  /** The one that was carried out; AUTO only where it did not come to a choice. */
  readonly mechanism: Mechanism;
  /** What the job that runs now was started with; absent if this run has started none. */
  readonly artifact?: Artifact & { readonly sha256: string };
  /** Where the state of the old job is: what the new one was restored from, unless a warning says otherwise. */
  readonly snapshot?: Snapshot;
  /** The checkpoint of the job that runs now which it was seen with: its own state, from here on. */
  readonly checkpoint?: Snapshot;
  readonly downtimeMs?: Downtime;
  /** Savepoints below the cluster's root that no job needs any more. */
  readonly superseded?: readonly SupersededSavepoint[];
  /** Of a dry run: what would be done. */
  readonly plan?: PlannedSteps;
  readonly warnings: readonly string[];
}

/** A savepoint that was needed until the new job had a checkpoint of its own. */
export interface SupersededSavepoint {
  readonly path: string;
  /** As Flink's statistics gave it; absent where they are gone. */
  readonly sizeBytes?: number;
  /** true: disposed of, as `savepoint.keep: false` asks. */
  readonly disposed: boolean;
  /** The command that disposes of it. */
  readonly dispose: string;
}

/** What a rescale would do. */
export interface PlannedSteps {
  /** Where AUTO has chosen: the mechanism, and why that one. */
  readonly why?: string;
  readonly steps: readonly string[];
  readonly predictedDowntime: PredictedDowntime;
  /** The same by hand: commands for a shell, in the folder of the jars. */
  readonly commands: readonly string[];
}

export interface PredictedDowntime {
  /** Absent where there is nothing to predict it from. */
  readonly ms?: number;
  readonly basis: string;
}

/** When a phase was entered. */
export interface PhaseTime {
  readonly phase: Phase;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Tries that Flink has answered with a failure in it, as far as is known. */
  readonly failedTries?: number;
}

/** What the query `status` answers. */
export interface RescaleStatus {
  /** ATTENTION: a step takes longer than it should, and an operator may intervene; `attention` says which and why. */
  readonly phase: Phase;
  readonly attention?: string;
  /** Once it has ended: as what. `Unexpected`: a fault of Weir itself. */
  readonly outcome?: Outcome | FailureType | 'Unexpected';
  /** Tries that Flink has answered in this phase, plus the one under way. */
  readonly attempt: number;
  /** Why they failed, oldest first. */
  readonly failedTries: readonly string[];
  readonly cluster: string;
  readonly job: string;
  readonly from?: JobAt;
  readonly to?: JobAt;
  readonly snapshot?: Snapshot;
  readonly timings: readonly PhaseTime[];
  readonly warnings: readonly string[];
  /** Where AUTO has chosen: the mechanism, and why that one. */
  readonly why?: string;
  /** What an operator can do now, as sentences. */
  readonly operator: readonly string[];
}

export const statusQuery = 'status';
/**
 * Weir's own signal: an activity tells its workflow how its tries stand, before a stop is sent and after each failure.
 * Temporal keeps the attempts of an activity from its workflow until the last one; `status` has to show them, and an
 * abort between two of them must know what may be on its way (P5).
 */
export const triedSignal = 'tried';

/** Signals, and updates of the same names. */
export const steeringNames = {
  retarget: 'retarget',
  abort: 'abort',
  retry: 'retry',
  giveUp: 'giveUp',
  restoreFrom: 'restoreFrom',
} as const;

export const retargetSchema = z.strictObject(
  { parallelism: parallelismSchema },
  notAnObject('must be an object such as {"parallelism": 6}'),
);
export const restoreFromSchema = z.strictObject(
  { path: z.string().min(1) },
  notAnObject('must be an object such as {"path": "<a savepoint or checkpoint>"}'),
);

/** Registered on the namespace; set together by `workflows/narrate`. All are keywords. */
export const searchAttributes = ['WeirCluster', 'WeirJob', 'WeirPhase', 'WeirOutcome'] as const;
export type SearchAttribute = (typeof searchAttributes)[number];
