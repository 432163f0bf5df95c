import { z } from 'zod';
import { artifactSchema } from './rescale';

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
});
export type JobRecord = Readonly<z.infer<typeof jobRecordSchema>>;
