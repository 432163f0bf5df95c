import type { FlinkClient, Submission } from '../../../src/flink/client';

/** What the job, or its program, is made to do. */
export type Misbehaviour =
  /** The next stop: its savepoint is complete, then the job fails. */
  | 'FAILS_WHILE_STOPPING'
  /** The next stop: a task fails to write its part. */
  | 'FAILS_SNAPSHOT'
  /** The next stop takes over a second until its savepoint is complete. */
  | 'SLOW_SNAPSHOT'
  /** The running job fails, and each restart of it, until it is mended. */
  | 'KEEPS_RESTARTING'
  /** The next start fails over again and again. */
  | 'FAILS_TO_OPEN'
  /** The next start reads its state for about a second. */
  | 'SLOW_RESTORE'
  /** The program cannot even be built. */
  | 'MAIN_FAILS';

/**
 * Which cluster: the plain one, one with the adaptive scheduler, one that is reactive, one whose JobManager has high
 * availability.
 */
export type Kind = 'PLAIN' | 'ADAPTIVE' | 'REACTIVE' | 'HA';

/**
 * A cluster to compare: the simulator, or a real one. 8 slots, jobs of two vertices, a checkpoint when they run and then one
 * an hour. The reactive one runs one application, which it has started by itself, on TaskManagers of 2 slots each.
 */
export interface Target {
  readonly flink: FlinkClient;
  readonly version: string;
  readonly restUrl: string;
  /** A directory for savepoints. */
  readonly savepoints: string;
  /** A directory that cannot be made: it would be below a regular file. */
  readonly notADirectory: string;
  /** ms for which results of triggers are kept. */
  readonly resultsKeptMs: number;
  submission(parallelism: number): Promise<Submission>;
  /** Some file to upload. */
  readonly file: string;
  /** Starts the job without state; returns its id once all tasks run and its first checkpoint is complete. */
  start(parallelism: number): Promise<string>;
  /** REACTIVE: the id of its one job. */
  application(): Promise<string>;
  /** REACTIVE: has so many TaskManagers run; those that are too many are ended by SIGTERM. */
  scale(taskManagers: number): Promise<void>;
  make(misbehaviour: Misbehaviour): Promise<void>;
  /** Ends every misbehaviour. */
  mend(): Promise<void>;
  /** Kills the JobManager; resolves when another answers, though with HA a leader may still be in election. */
  loseJobManager(): Promise<void>;
  /**
   * Starts a JobManager that has ended by itself, as whoever runs one would. One with HA does that if the former was killed
   * while it put a job away that had ended: what it recovers lacks its jar (seen on 1.17.2).
   */
  tend(): Promise<void>;
}
