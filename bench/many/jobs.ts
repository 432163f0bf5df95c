import { z } from 'zod';
import { until } from '../../src/dev/until';
import type { FlinkSimulator } from '../../test/flink-simulator';
import type { Simulated } from '../../test/kit/simulated';

/** The jobs that are rescaled: so many on each simulated cluster, at 2. */

/** So many as a session cluster may have, so that a rescale's look at its cluster costs the same at every size. */
export const aCluster = 10;

export interface Job {
  readonly cluster: string;
  readonly name: string;
  readonly flink: FlinkSimulator;
  readonly id: string;
}

export const jobNames = Array.from({ length: aCluster }, (_, n) => `job-${n}`);
/** Its rescales are the warm-up: it has all the jobs. */
export const warmUpCluster = 'local';
export const clusterNames = (jobs: number) =>
  Array.from({ length: Math.ceil(jobs / aCluster) }, (_, n) => `flink-${n}`);

/** Starts them; they run, and each has completed a checkpoint. */
export async function startJobs(
  place: Simulated,
  clusters: readonly string[],
  count: number,
): Promise<Job[]> {
  const jobs = clusters
    .flatMap((cluster) => jobNames.map((name) => ({ cluster, name })))
    .slice(0, count)
    .map(({ cluster, name }) => {
      const flink = place.flinkOf(cluster);
      return { cluster, name, flink, id: flink.startJob({ name, parallelism: 2 }).id };
    });
  const checkpointed = ({ flink, id }: Job) => flink.job(id).checkpoints.count('COMPLETED') > 0;
  await until(() => jobs.every(checkpointed), {
    ...{ what: `${count} jobs to have checkpoints`, deadlineMs: 120_000, pollMs: 200 },
  });
  return jobs;
}

/** What goes wrong of each kind; a job has one of them. */
const wrong = [
  ({ flink, name }: Job) => flink.script({ job: name, stops: [{ kind: 'TASK_FAILS' }] }),
  ({ flink, id }: Job) => flink.fault({ on: `POST /jobs/${id}/stop`, kind: 'RESET_AFTER' }),
  ({ flink, name }: Job) => flink.script({ job: name, stops: [{ kind: 'REFUSED' }] }),
  ({ flink }: Job) => flink.fault({ on: 'POST /jars/:id/run', kind: 'STATUS', status: 503 }),
];

/**
 * By turns: a task fails the first stop half-way, the answer to the stop is lost, the first stop is refused, a submit
 * of the cluster is answered 503.
 */
export function goWrong(jobs: readonly Job[]): void {
  for (const [n, job] of jobs.entries()) wrong[n % wrong.length]?.(job);
}

/** What the simulated Flinks themselves say of the jobs. */
export const judgedSchema = z.strictObject({
  /** Jobs that are not there once, RUNNING, at the parallelism that their rescale left them at. */
  lost: z.int(),
  /** Clusters that ever had two copies of a job at once. */
  doubled: z.int(),
  /** Starts that did not begin from the newest snapshot. */
  stateLost: z.int(),
});
export type Judged = z.infer<typeof judgedSchema>;

export function judged(jobs: readonly Job[], isRescaled: (job: Job) => boolean): Judged {
  const lost = jobs.filter((job) => {
    const [only, ...more] = job.flink.live(job.name);
    const wanted = isRescaled(job) ? 4 : 2;
    return only?.state !== 'RUNNING' || only.options.parallelism !== wanted || more.length > 0;
  });
  const flinks = [...new Set(jobs.map(({ flink }) => flink))];
  return {
    lost: lost.length,
    doubled: flinks.filter(hadTwoCopies).length,
    stateLost: flinks.reduce((sum, flink) => sum + flink.stateLost().length, 0),
  };
}

function hadTwoCopies(flink: FlinkSimulator): boolean {
  try {
    flink.neverTwoCopies();
    return false;
  } catch (error) {
    console.error(error);
    return true;
  }
}
