/** A snapshot of a job's state: what a restart can begin from. */
export interface Snapshot {
  readonly kind: 'SAVEPOINT' | 'CHECKPOINT';
  /** As Flink wrote it: `file:/data/savepoints/...`, `s3://...`. Compare with `planning/paths`, never as a string. */
  readonly path: string;
  /** The job that wrote it. */
  readonly jobId: string;
  /** Flink's checkpoint id. Within one job the highest is the newest; absent where only the path is known. */
  readonly checkpointId?: number;
  /** When it was complete, ms since the epoch by the JobManager's clock. */
  readonly completedAt?: number;
}
