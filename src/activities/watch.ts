import { z } from 'zod';
import type { Snapshot } from '../contracts/snapshot';
import { snapshotSchema } from '../contracts/snapshot';
import type { OverviewJob } from '../flink/client';
import { checkpointsOf, lastStateOf } from './checkpoints';
import type { Cluster } from './cluster';
import { hasEnded } from './job';
import { answered, lettingGo, patientBeatMs, pause } from './wait';
import type { Pulse } from './wait';

export interface WatchInput {
  readonly cluster: string;
  /** The job's name. */
  readonly job: string;
  /** The live jobs of that name, as they were seen last; more than one: nobody can say which is meant. */
  readonly jobIds: readonly string[];
}

export interface WatchOutput {
  /** What is not as it was. */
  readonly why: string;
  /** The newest state of the job, as long as there was something to read it from. */
  readonly newest?: Snapshot;
}

/** Between two looks, ms. */
const everyMs = 2_000;
/** Between two looks at the job's checkpoints, once it is known where its state is; ms. */
const checkpointsEveryMs = 10_000;

const detailsSchema = z.object({
  newest: z.exactOptional(snapshotSchema),
  /** How many tasks it has: another number is another parallelism. */
  tasks: z.exactOptional(z.number()),
});
type Details = z.infer<typeof detailsSchema>;

/**
 * Watches a deployment's job until it is not as it was: gone, ended, another one beside it or in its place, another
 * number of tasks. One long activity, so that a day in which nothing happens is no event in the history.
 */
export async function watch(cluster: Cluster, input: WatchInput): Promise<WatchOutput> {
  const since = Date.now();
  const work = (pulse: Pulse<Details>) => untilItDiffers(cluster, input, since, pulse);
  return lettingGo(detailsSchema, {}, work, patientBeatMs);
}

async function untilItDiffers(
  cluster: Cluster,
  { job, jobIds }: WatchInput,
  since: number,
  pulse: Pulse<Details>,
): Promise<WatchOutput> {
  for (let readAt = 0; ;) {
    const jobs = await jobsOf(cluster, since, pulse);
    const live = jobs.filter(({ name, state }) => name === job && !hasEnded(state));
    const why = deviation(live, jobIds, pulse.details.tasks);
    const { newest } = pulse.details;
    if (why !== undefined) return { why, ...(newest === undefined ? {} : { newest }) };
    const [jobId] = jobIds;
    const isDue = newest === undefined || Date.now() - readAt >= checkpointsEveryMs;
    if (jobId !== undefined && jobIds.length === 1 && isDue) {
      readAt = Date.now();
      const read = lastStateOf(jobId, await checkpointsOf(cluster, jobId, pulse));
      const [mine] = live;
      pulse.details = {
        ...pulse.details,
        ...(read === undefined ? {} : { newest: read }),
        ...(mine === undefined ? {} : { tasks: pulse.details.tasks ?? mine.tasks.total }),
      };
    }
    await pause(pulse, everyMs);
  }
}

function deviation(
  live: readonly OverviewJob[],
  jobIds: readonly string[],
  tasks: number | undefined,
): string | undefined {
  const other = live.find(({ jid }) => !jobIds.includes(jid));
  if (other !== undefined) return `job ${other.jid} of the same name runs`;
  const gone = jobIds.find((id) => live.every(({ jid }) => jid !== id));
  if (gone !== undefined) return `job ${gone} does not run any more`;
  const [mine] = live;
  if (mine === undefined || tasks === undefined || mine.tasks.total === tasks) return undefined;
  return `job ${mine.jid} has ${mine.tasks.total} tasks instead of ${tasks}`;
}

/** The jobs of each cluster, as they were read last: many deployments watch one cluster, and one read serves them all. */
const lists = new WeakMap<Cluster, { readonly at: number; readonly jobs: Promise<readonly OverviewJob[]> }>();

/** `since`, ms since the epoch: a list that was read before that may show a job that a transition has ended since. */
function jobsOf(cluster: Cluster, since: number, pulse: Pulse<unknown>): Promise<readonly OverviewJob[]> {
  return answered(pulse, () => {
    const last = lists.get(cluster);
    if (last !== undefined && last.at >= since && Date.now() - last.at < everyMs / 2) return last.jobs;
    const jobs = cluster.flink.jobs();
    lists.set(cluster, { at: Date.now(), jobs });
    // an answer that did not come is asked for again at once
    jobs.catch(() => lists.delete(cluster));
    return jobs;
  });
}
