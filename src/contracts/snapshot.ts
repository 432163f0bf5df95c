import { z } from 'zod';

/** A snapshot of a job's state: what a restart can begin from. */
export const snapshotSchema = z.object({
  kind: z.enum(['SAVEPOINT', 'CHECKPOINT']),
  /** As Flink wrote it: `file:/data/savepoints/...`, `s3://...`. Compare with `planning/paths`, never as a string. */
  path: z.string(),
  /** The job that wrote it. */
  jobId: z.string(),
  /** Flink's checkpoint id. Within one job the highest is the newest; absent where only the path is known. */
  checkpointId: z.exactOptional(z.number()),
  /** When it was complete, ms since the epoch by the JobManager's clock. */
  completedAt: z.exactOptional(z.number()),
});
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>;

/** What a start begins from. */
export type Origin =
  | { readonly kind: 'SNAPSHOT'; readonly snapshot: Snapshot }
  /** Without state: asked for, and acknowledged. */
  | { readonly kind: 'EMPTY' };
