import type { Snapshot } from './snapshot';
import type { Artifact, GivenTimeouts } from './rescale';

/** Flink's own job states, plus FORGOTTEN: the JobManager answers and does not know the id (protocol P12). */
export type JobState =
  | 'INITIALIZING'
  | 'CREATED'
  | 'RUNNING'
  | 'FAILING'
  | 'FAILED'
  | 'CANCELLING'
  | 'CANCELED'
  | 'FINISHED'
  | 'RESTARTING'
  | 'SUSPENDED'
  | 'RECONCILING'
  | 'FORGOTTEN';

/** Between which parallelisms a vertex may run, where an adaptive scheduler runs it. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** The bounds of every vertex of a job, by its id (Flink's `resource-requirements`). */
export type Requirements = Readonly<Record<string, Bounds>>;

/** What takes a job elsewhere: of Flink, bounds of its vertices; of whoever runs the TaskManagers, so many of them (REACTIVE). */
export type Demand = Requirements | number;

export interface Vertex {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  /** The number of key groups: no restart may go above it. */
  readonly maxParallelism: number;
  /** Tasks that are RUNNING or FINISHED. */
  readonly ready: number;
}

/**
 * A job that Weir stopped or started, that does not run, and that nothing has taken the place of (P30). Where a job is to
 * be started or cancelled: the last one of that name that left state, whoever ended it.
 */
export interface StoppedJob extends JobName {
  readonly parallelism: number;
  readonly vertices: readonly Vertex[];
  /** The newest state that it left, or that it was started from. */
  readonly snapshot: Snapshot;
  readonly newestSavepoint?: KnownSavepoint;
}

/** The newest savepoint that is known of a job, whoever asked for it. */
export interface KnownSavepoint {
  readonly snapshot: Snapshot;
  /** false: older than the job, which was started from it or from something else (P18). */
  readonly takenByJob: boolean;
}

/** Job id and name, as `/jobs/overview` lists them. */
export interface JobName {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
}

export interface ObservedJob extends JobName {
  readonly parallelism: number;
  readonly vertices: readonly Vertex[];
  /** When this JobManager took it up, wall clock ms: one that recovers it (high availability) starts it anew. */
  readonly startedAt: number;
  /** How often its tasks were started again since then, counted by the attempts of its subtasks. */
  readonly restarts: number;
  /** Whether Flink starts it again for as long as it takes. */
  readonly restartsForEver: boolean;
  /** How long its tasks took to start the last time, restoring their state, ms; absent before Flink 1.17. */
  readonly startTookMs?: number;
  /** Absent: Flink cannot be asked for another parallelism of it. */
  readonly requirements?: Requirements;
  /** For so long Flink does not rescale it again, ms; absent: it would at once. */
  readonly coolsForMs?: number;
  /** A batch job has no checkpoints and no savepoints. */
  readonly batch: boolean;
  /** Tasks that have come to the end of their input. */
  readonly finishedTasks: number;
  /** The vertex that is held up most by those after it, and how much of the time: 0 to 1. */
  readonly backpressure?: { readonly vertex: string; readonly ratio: number };
  /** Absent: Flink takes no snapshots of this job at all. */
  readonly checkpointing?: Checkpointing;
  readonly newestSnapshot?: Snapshot;
  readonly newestSavepoint?: KnownSavepoint;
}

export interface Checkpointing {
  /** Absent: no periodic checkpoints; savepoints can be taken all the same. */
  readonly intervalMs?: number;
  readonly timeoutMs: number;
  /** Whether checkpoints outlive a failure of the job. */
  readonly retainedOnFailure: boolean;
  /** Whether they outlive its cancellation. */
  readonly retainedOnCancel: boolean;
  readonly unaligned: boolean;
  /** In Flink's words: `HashMapStateBackend`. */
  readonly stateBackend?: string;
  /** A savepoint or a stop that is under way, whoever asked for it; `since`: ms by the JobManager's clock. */
  readonly underWay?: {
    readonly kind: 'SAVEPOINT' | 'STOP';
    readonly checkpointId: number;
    readonly since: number;
  };
  /** How long the last checkpoint and the last savepoint took, ms. */
  readonly lastCheckpointMs?: number;
  readonly lastSavepointMs?: number;
}

/** A jar with its bytes at hand: uploaded to the JobManager, and in the artifact folder should it be lost there. */
export interface Jar {
  readonly artifact: Artifact;
  /** The id that the JobManager gave to the upload. */
  readonly jarId: string;
  readonly sha256: string;
}

export interface ProgramVertex {
  readonly id: string;
  readonly parallelism: number;
}

/** Everything that PLANNING saw, before anything is touched. `plan()` decides on this alone. */
export interface Observation {
  readonly cluster: string;
  /** Where people look: Flink's Web UI. */
  readonly flinkUrl: string;
  readonly flinkVersion: string;
  /** Whether the cluster's own options ask for compressed snapshots; those of a job may say otherwise. */
  readonly snapshotCompression: boolean;
  /** Where the cluster's own options have RocksDB keep timers, `HEAP` or `ROCKSDB`; absent: they do not say. */
  readonly rocksDbTimers?: string;
  /** When this was seen, wall clock ms. */
  readonly observedAt: number;
  /** How old an answer of Flink may be, ms (`web.refresh-interval`). */
  readonly cacheMs: number;
  /** `onDemand`: the cluster starts TaskManagers as jobs need them (native Kubernetes, YARN). */
  readonly slots: { readonly total: number; readonly available: number; readonly onDemand: boolean };
  /** How the cluster comes by a job's slots. REACTIVE: it has as many as there are. Left out: not looked at. */
  readonly scheduler?: 'DEFAULT' | 'ADAPTIVE' | 'REACTIVE';
  /**
   * Where weir.yaml says who runs them: of a reactive cluster, of one that lacks slots for what is to be started, and of one
   * on which a job gives slots back and idle TaskManagers are ended.
   */
  readonly taskManagers?: ObservedTaskManagers;
  /** true: it runs one application and takes no other program. */
  readonly application?: boolean;
  readonly savepointRoot: string;
  readonly snapshotStore: 'file' | 'none';
  /** Whether weir.yaml names a HistoryServer. */
  readonly hasHistoryServer?: boolean;
  /** Whether weir.yaml names a webhook. */
  readonly notifies?: boolean;
  /** This cluster's time-outs from weir.yaml, ms. */
  readonly timeouts: GivenTimeouts;
  readonly job: JobLookup;
  /** Absent when the job was not found: there is nothing to plan then. */
  readonly program?: Program;
}

export type ObservedTaskManagers =
  | {
      readonly kind: 'SEEN';
      /** As many were asked for last. */
      readonly wanted: number;
      /** As many Flink knows. */
      readonly registered: number;
      /** For so long Flink waits for yet more slots before it makes use of new ones, ms. */
      readonly settlesForMs: number;
      /** Those that nobody needs can be ended, since it is known which one Flink knows by which id. */
      readonly retires?: true;
    }
  | { readonly kind: 'REFUSED'; readonly reason: string };

/** What was found under the name (and id) that the request gave. */
export type JobLookup =
  /** `namesakes`: other live jobs of this name, which the guard before a submit has to tell from a copy of ours. */
  | { readonly kind: 'FOUND'; readonly job: ObservedJob; readonly namesakes: readonly string[] }
  /** No live job, but our stop or our job ids: the start of it is still owed. */
  | { readonly kind: 'STOPPED'; readonly job: StoppedJob }
  /** `ended`: the last one of that name, which has left nothing that it could be started from. */
  | { readonly kind: 'UNKNOWN'; readonly live: readonly JobName[]; readonly ended?: JobName }
  | { readonly kind: 'AMBIGUOUS'; readonly candidates: readonly JobName[] };

/** The jars, and what Flink says the new program would look like at the wanted parallelism. */
export type Program =
  | {
      readonly kind: 'READY';
      readonly jar: Jar;
      readonly previousJar: Jar;
      readonly vertices: readonly ProgramVertex[];
      readonly previousVertices: readonly ProgramVertex[];
      /** Whether `previousJar` is what runs by the input's word or by the record of the run that started it. */
      readonly previousKnown: boolean;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'REFUSED'; readonly reason: string; readonly valid: string };
