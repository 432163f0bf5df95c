import { log } from '@temporalio/activity';
import { FlinkError } from '../flink/errors';
import type { Checkpoints } from '../flink/schemas';
import { checkpointsOf } from './checkpoints';
import type { Cluster } from './cluster';
import type { EndedAs } from './ended';
import { hasEnded } from './job';
import type { Pulse } from './wait';

/** How a job ended, and its last checkpoint statistics: what a HistoryServer keeps of it. */
export interface Archived {
  readonly ended: Exclude<EndedAs, 'FORGOTTEN'>;
  readonly checkpoints: Checkpoints | undefined;
}

/**
 * What is told of a job that is over. Where its JobManager has lost it, or knows nothing but its result (one with high
 * availability that took over right after the end: FINISHED, without checkpoints, on 1.17 to 1.20 without its name), the
 * HistoryServer is asked. `checkpoints` undefined: nobody tells of them.
 */
export async function pastOf(
  cluster: Cluster,
  jobId: string,
  end: EndedAs,
  pulse: Pulse<unknown>,
): Promise<{ readonly ended: EndedAs; readonly checkpoints: Checkpoints | undefined }> {
  const checkpoints = await checkpointsOf(cluster, jobId, pulse);
  const past = checkpoints === undefined ? await archived(cluster, jobId, pulse) : undefined;
  return past ?? { ended: end, checkpoints };
}

/**
 * What the cluster's HistoryServer says of a job that its JobManager has forgotten (P16). Undefined if there is none, if
 * it does not answer, or does not know the job: it takes up an archive some seconds after the end
 * (`historyserver.archive.fs.refresh-interval`), so that its silence proves nothing.
 */
export async function archived(
  { history, name }: Cluster,
  jobId: string,
  { lost }: Pulse<unknown>,
): Promise<Archived | undefined> {
  if (history === undefined) return undefined;
  try {
    const { state } = await history.job(jobId, lost);
    if (!hasEnded(state)) return undefined;
    return { ended: state, checkpoints: await history.checkpoints(jobId, lost) };
  } catch (error) {
    lost.throwIfAborted();
    if (!(error instanceof FlinkError)) throw error;
    log.warn(`the HistoryServer of cluster ${name} does not tell of job ${jobId}`, { why: error.message });
    return undefined;
  }
}
