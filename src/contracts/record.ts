import { z } from 'zod';
import { artifactSchema } from './rescale';
import { snapshotSchema } from './snapshot';

/**
 * The workflow memo in which a run leaves what the job that it started was started with. The next run of the same
 * workflow id reads it, for as long as Temporal keeps this one.
 */
export const jobRecordMemo = 'WeirJobRecord';

export const jobRecordSchema = z.object({
  /** It holds for this job alone: what somebody has started by hand since is not what was recorded. */
  jobId: z.string(),
  artifact: artifactSchema,
  /** Of the jar's bytes: a file of the same name may hold others by now. */
  sha256: z.string(),
  /** The savepoint that it began with: Flink forgets it when the job fails over to a checkpoint (P18). */
  savepoint: z.exactOptional(snapshotSchema),
});
export type JobRecord = Readonly<z.infer<typeof jobRecordSchema>>;

/**
 * The memo in which a run leaves the id of the job that it is about to cancel: nothing in Flink tells afterwards that the
 * cancel was ours, and a run that is lost then still owes the start (P30).
 */
export const canceledJobMemo = 'WeirCanceledJob';
