import type { Snapshot } from '../contracts/snapshot';
import type { OverviewJob } from '../flink/client';
import { isRefusal } from '../flink/errors';
import { triggerId } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import type { Aim } from '../planning/in-place';
import { arrivalOf } from './arrival';
import type { Arrival } from './arrival';
import { checkpointsOf } from './checkpoints';
import type { Cluster } from './cluster';
import { allTasksRun, hasEnded, overviewOf } from './job';
import { ended } from './ended';
import { leftBy } from './left';
import type { Ended } from './left';
import { answered, heartbeating, pause, pollDelay } from './wait';
import type { Pulse } from './wait';

export interface ConfirmInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly jobId: string;
  readonly aim: Aim;
  /** The adjustment that it confirms. */
  readonly n: number;
  /** The checkpoint that the job was restored from last. */
  readonly restored: number;
  /** How long the next one is waited for, ms; after that it is a warning. */
  readonly waitMs: number;
  /** The newest snapshot that is known of it. */
  readonly newest?: Snapshot | undefined;
}

export type Confirmed = { readonly kind: 'CONFIRMED'; readonly warnings: readonly string[] } | Ended;

/**
 * The job holds at its new parallelism: it completes a checkpoint there, with all its tasks. That one is asked for. An abort
 * ends the waiting, not the looking.
 */
export async function confirm(cluster: Cluster, input: ConfirmInput): Promise<Confirmed> {
  return heartbeating<Confirmed>(async (pulse) => {
    const { jobId } = input;
    const startedAt = Date.now();
    await ask(cluster, input, pulse);
    for (;;) {
      const checkpoints = await checkpointsOf(cluster, jobId, pulse);
      const job = await overviewOf(cluster, jobId, pulse);
      if (job === undefined || hasEnded(job.state)) {
        const over = await ended(cluster, jobId, pulse);
        if (over.ended !== undefined) return leftBy(cluster, jobId, over.ended, input.newest, pulse);
      } else if (job.state === 'RUNNING' && allTasksRun(job)) {
        const isSaved = (checkpoints?.latest.completed?.id ?? 0) > input.restored;
        if (isSaved) {
          const kind = await arrival(cluster, input, job, pulse);
          if (kind === 'THERE') return { kind: 'CONFIRMED', warnings: [] };
          if (kind === 'ELSEWHERE') return { kind: 'CONFIRMED', warnings: [elsewhere(job.tasks.total)] };
        }
      }
      const elapsed = Date.now() - startedAt;
      if (elapsed > input.waitMs || pulse.aborted()) {
        const state = job === undefined ? 'not to be seen' : job.state;
        const warning = `no checkpoint at the new parallelism within ${elapsed} ms; the job is ${state}`;
        return { kind: 'CONFIRMED', warnings: [warning] };
      }
      await pause(pulse, pollDelay(elapsed));
    }
  });
}

/** UNKNOWN also of a job that has ended since: the next look tells. */
async function arrival(
  cluster: Cluster,
  { jobId, aim }: ConfirmInput,
  job: OverviewJob,
  pulse: Pulse<unknown>,
): Promise<Arrival['kind']> {
  try {
    return (await arrivalOf(cluster, { jobId, aim: withoutRestart(aim) }, job, pulse)).kind;
  } catch (error) {
    if (!isRefusal(error, 'JOB_NOT_FOUND')) throw error;
    return 'UNKNOWN';
  }
}

function withoutRestart({ requirements, targets, from, to }: Aim): Aim {
  return { requirements, targets, from, to };
}

function elsewhere(tasks: number): string {
  return `the job had reached its new parallelism and has left it since: ${tasks} tasks run`;
}

async function ask(cluster: Cluster, input: ConfirmInput, pulse: Pulse<unknown>): Promise<void> {
  await answered(pulse, async () => {
    try {
      await cluster.flink.triggerCheckpoint(input.jobId, triggerId(input.key, 'confirm', input.n));
    } catch (error) {
      if (!isRefusal(error, 'JOB_NOT_FOUND')) throw error;
    }
  });
}
