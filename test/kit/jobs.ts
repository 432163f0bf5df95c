import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { FlinkSimulator, SimulatedJob } from '../flink-simulator';
import type { Call } from '../flink-simulator';
import { checkpointed, nextOf } from './watch';

/** Jobs of a simulated Flink, and what was asked for of them. */

/** A job at 2 that runs and has completed a checkpoint. */
export async function runningJob(flink: FlinkSimulator, name: string, jar?: string): Promise<SimulatedJob> {
  const runs = nextOf(flink, 'RUNNING', name);
  const job = flink.startJob({ name, parallelism: 2, ...(jar === undefined ? {} : { jar }) });
  await runs;
  const { intervalMs = Infinity } = job.options.checkpointing ?? {};
  if (intervalMs !== Infinity) await checkpointed(job);
  return job;
}

/** The calls that were to change something of these jobs, each with what became of it. */
export function callsOf(flink: FlinkSimulator, verb: Call['verb'], ...jobIds: readonly string[]): Call[] {
  return flink.calls.filter((call) => call.verb === verb && jobIds.includes(call.jobId ?? ''));
}

/** The starts of jobs of that name, in order. */
export function startsOf(flink: FlinkSimulator, name: string) {
  return flink.effects.flatMap((effect) =>
    effect.kind === 'STARTED' && effect.name === name ? [effect] : [],
  );
}

/** Flink is asked for the job's end, and answers once that was let go. */
export async function heldAtCancel(flink: FlinkSimulator, jobId: string) {
  const held = flink.hold(`PATCH /jobs/${jobId}`, 'BEFORE', { times: 1 });
  await held.arrived;
  return held;
}

/** The lock of a job on the cluster `local`. */
export const workflowOf = (job: string) => rescaleWorkflowId('local', job);

export async function untilCalled(flink: FlinkSimulator, verb: Call['verb'], jobId: string): Promise<void> {
  await until(() => callsOf(flink, verb, jobId).length > 0, {
    ...{ what: `${verb} of ${jobId}`, deadlineMs: 60_000, pollMs: 10 },
  });
}
