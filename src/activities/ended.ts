import type { JobState } from '../contracts/observation';
import { FlinkError } from '../flink/errors';
import { slotsNeeded } from '../planning/capacity';
import type { Cluster } from './cluster';
import { hasEnded, stateOf } from './job';
import { answered, pause, within } from './wait';
import type { Pulse } from './wait';

/** How a job is known to be over. */
export type EndedAs = 'FINISHED' | 'CANCELED' | 'FAILED' | 'FORGOTTEN';

/** Two looks at a JobManager that does not know the job are this far apart (P12). */
const forgottenMs = 10_000;

/**
 * The proof that a job is over, or `undefined` and its state if it lives. A JobManager that does not answer is waited
 * for: it is not a stopped job. One that answers and does not know the id has forgotten it only if it says so twice,
 * ten seconds apart, and its TaskManagers are free of a dead JobManager's tasks (P11, P12).
 */
export async function ended(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<{ readonly ended: EndedAs | undefined; readonly state: JobState }> {
  const state = await stateOf(cluster, jobId, pulse);
  if (hasEnded(state)) return { ended: state, state };
  if (state !== 'FORGOTTEN') return { ended: undefined, state };
  return { ended: (await isForgotten(cluster, jobId, pulse)) ? 'FORGOTTEN' : undefined, state };
}

/** What is not known so soon is left to who waits for it. */
const glanceMs = 3_000;

/**
 * How the job is over at this moment, if Flink says so at the first look; undefined proves nothing. For who holds
 * something that is not to be lost over another look: no answer is waited for, and none is a failure.
 */
export async function endedByNow(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<EndedAs | undefined> {
  try {
    const state = await within(pulse, glanceMs, ({ lost }) => cluster.flink.jobStatus(jobId, lost));
    return state !== undefined && hasEnded(state) ? state : undefined;
  } catch (error) {
    if (error instanceof FlinkError) return undefined;
    throw error;
  }
}

async function isForgotten(cluster: Cluster, jobId: string, pulse: Pulse<unknown>): Promise<boolean> {
  if (!(await isAbsentAndQuiet(cluster, jobId, pulse))) return false;
  await pause(pulse, forgottenMs);
  return isAbsentAndQuiet(cluster, jobId, pulse);
}

/** Not in the list; every slot is free or another job's; nothing is INITIALIZING, which under HA may be this job. */
async function isAbsentAndQuiet(cluster: Cluster, jobId: string, pulse: Pulse<unknown>): Promise<boolean> {
  const jobs = await answered(pulse, (signal) => cluster.flink.jobs(signal));
  if (jobs.some((job) => job.jid === jobId || job.state === 'INITIALIZING')) return false;
  const slots = await answered(pulse, (signal) => cluster.flink.overview(signal));
  if (slots.taskmanagers === 0) return false;
  const used = slots['slots-total'] - slots['slots-available'];
  const live = jobs.filter((job) => !hasEnded(job.state));
  let accounted = 0;
  for (const job of live) {
    const shape = await answered(pulse, (signal) => cluster.flink.job(job.jid, signal));
    accounted += slotsNeeded(shape.vertices);
  }
  return used <= accounted;
}

/** Longer than a TaskManager keeps the tasks of a JobManager that was lost: `heartbeat.timeout` is 50 s by default. */
const tasksOutliveMs = 60_000;

/**
 * Waits until no task of the job can be left, where a JobManager that does not know it may have been lost with it: the
 * same job must not be started beside them (P12). THERE: the job is known after all. One that was SENT, and may not have
 * been taken, needs no second look where every slot is accounted for: a worker that died has cost time enough.
 */
export async function untilTasksAreGone(
  cluster: Cluster,
  jobId: string,
  open: 'SENT' | 'ACCEPTED',
  pulse: Pulse<unknown>,
): Promise<'GONE' | 'THERE'> {
  if (open === 'SENT' && (await isAbsentAndQuiet(cluster, jobId, pulse))) return 'GONE';
  const deadline = Date.now() + tasksOutliveMs;
  while (Date.now() < deadline) {
    const seen = await ended(cluster, jobId, pulse);
    if (seen.state !== 'FORGOTTEN') return 'THERE';
    if (seen.ended !== undefined) break;
    await pause(pulse, 250);
  }
  return 'GONE';
}

/** Cancels the job until it is over, and proven so. */
export async function endByCancel(cluster: Cluster, jobId: string, pulse: Pulse<unknown>): Promise<EndedAs> {
  for (;;) {
    const seen = await ended(cluster, jobId, pulse);
    if (seen.ended !== undefined) return seen.ended;
    await answered(pulse, () => cluster.flink.cancel(jobId));
    await pause(pulse, 200);
  }
}
