import { until } from '../../src/dev/until';
import type { FlinkClient, SavepointOperation } from '../../src/flink/client';

/** What tests wait for, by the product's client; on the simulator and on a real cluster alike. */

const deadlineMs = 30_000;
const pollMs = 10;

/** Waits until every task of the job runs, all of them restored and started. */
export async function allTasksRun(flink: FlinkClient, jobId: string): Promise<void> {
  const runs = async () => {
    const { tasks, state } = await entryOf(flink, jobId);
    return state === 'RUNNING' && tasks.total > 0 && tasks.running === tasks.total;
  };
  await until(runs, { what: `every task of job ${jobId} to run`, deadlineMs, pollMs });
}

/** Waits until the job's state is one of these, and returns it. */
export async function stateBecomes(
  flink: FlinkClient,
  jobId: string,
  ...states: readonly string[]
): Promise<string> {
  return until(
    async () => {
      const state = await flink.jobStatus(jobId);
      return states.includes(state) ? state : undefined;
    },
    { what: `job ${jobId} to be ${states.join(' or ')}`, deadlineMs, pollMs },
  );
}

/** Waits for the end of a savepoint or stop. */
export async function endOfOperation(
  flink: FlinkClient,
  jobId: string,
  triggerId: string,
): Promise<Exclude<SavepointOperation, { kind: 'IN_PROGRESS' }>> {
  return until(
    async () => {
      const seen = await flink.savepointOperation(jobId, triggerId);
      return seen.kind === 'IN_PROGRESS' ? undefined : seen;
    },
    { what: `the end of operation ${triggerId}`, deadlineMs, pollMs },
  );
}

/** The job's entry in /jobs/overview, which is never cached. Throws if it is not there. */
export async function entryOf(flink: FlinkClient, jobId: string) {
  const entry = (await flink.jobs()).find(({ jid }) => jid === jobId);
  if (entry === undefined) throw new Error(`job ${jobId} is not known`);
  return entry;
}
