import { until } from '../../src/dev/until';
import type { Phase, RescaleResult, RescaleStatus } from '../../src/contracts/rescale';
import { statusQuery } from '../../src/contracts/rescale';
import type { FlinkSimulator, Effect, SimulatedJob } from '../flink-simulator';
import type { Ended } from './rescale';
import type { Simulated } from './simulated';

/** What tests wait for: on the simulated Flink at the very moment, of a rescale by its query. */

const deadlineMs = 60_000;

type OfAJob = Exclude<Effect, { kind: 'JOB_MANAGER_LOST' }>;

/** The next effect of that kind on a job of that name. */
export function nextOf<K extends OfAJob['kind']>(
  flink: FlinkSimulator,
  kind: K,
  name: string,
): Promise<Extract<OfAJob, { kind: K }>> {
  return new Promise((resolve) => {
    const stop = flink.onEffect((effect) => {
      if (effect.kind === 'JOB_MANAGER_LOST' || effect.name !== name || !isOf(effect, kind)) return;
      stop();
      resolve(effect);
    });
  });
}

function isOf<K extends OfAJob['kind']>(effect: OfAJob, kind: K): effect is Extract<OfAJob, { kind: K }> {
  return effect.kind === kind;
}

/** Waits until the job has completed `more` checkpoints from now on; gives the path of the newest. */
export async function checkpointed(job: SimulatedJob, more = 1): Promise<string> {
  const wanted = job.checkpoints.count('COMPLETED') + more;
  return until(
    () =>
      job.checkpoints.count('COMPLETED') >= wanted &&
      job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path,
    { what: `${more} checkpoints of ${job.name}`, deadlineMs, pollMs: 5 },
  );
}

/** The jobs of that name that live. */
export function liveJobs(
  flink: FlinkSimulator,
  name: string,
): { id: string; parallelism: number; state: string }[] {
  return flink.live(name).map(({ id, state, options: { parallelism } }) => ({ id, parallelism, state }));
}

/** What the one live job of that name was started from. */
export function restoredFrom(flink: FlinkSimulator, name: string): string | undefined {
  const [job] = flink.live(name);
  const started = flink.effects.find((effect) => effect.kind === 'STARTED' && effect.jobId === job?.id);
  return started?.kind === 'STARTED' ? started.restoredFrom : undefined;
}

/** The message of a failed rescale says all of this. */
export function says(ended: Ended, ...texts: readonly string[]): void {
  for (const text of texts) expect(ended).toMatchObject({ message: expect.stringContaining(text) });
}

/** The result of a rescale that must have succeeded. */
export function succeeded(ended: Ended): RescaleResult {
  if (ended.status !== 'COMPLETED') throw new Error(`${ended.type}: ${ended.message}`);
  return ended.result;
}

/** How often Flink was asked to stop this job. */
export function stopsOf(flink: FlinkSimulator, jobId: string): number {
  return flink.calls.filter(
    (call) => call.verb === 'STOP' && call.jobId === jobId && call.outcome === 'EXECUTED',
  ).length;
}

export function statusOf(place: Simulated, workflowId: string): Promise<RescaleStatus> {
  return place.client.workflow.getHandle(workflowId).query<RescaleStatus>(statusQuery);
}

/** Waits until the rescale is in that phase; gives its status then. */
export async function untilPhase(place: Simulated, workflowId: string, phase: Phase): Promise<RescaleStatus> {
  return untilStatus(place, workflowId, (status) => status.phase === phase, `phase ${phase}`);
}

export async function untilStatus(
  place: Simulated,
  workflowId: string,
  fits: (status: RescaleStatus) => boolean,
  what: string,
): Promise<RescaleStatus> {
  return until(
    async () => {
      const status = await statusOf(place, workflowId);
      return fits(status) && status;
    },
    { what: `${workflowId}: ${what}`, deadlineMs, pollMs: 100 },
  );
}

/** Tells the rescale something, as an update: it answers, or is rejected with the reason. */
export function update(place: Simulated, workflowId: string, name: string, arg?: unknown): Promise<string> {
  return place.client.workflow.getHandle(workflowId).executeUpdate<string, [unknown]>(name, { args: [arg] });
}

/** The same as a signal, which never answers. */
export function signal(place: Simulated, workflowId: string, name: string, arg?: unknown): Promise<void> {
  return place.client.workflow.getHandle(workflowId).signal(name, arg);
}
