import { until } from '../../../src/dev/until';
import type { FlinkClient, OverviewJob, SavepointOperation } from '../../../src/flink/client';
import type { Checkpoints } from '../../../src/flink/schemas';
import { freshId } from '../ids';
import { allTasksRun, endOfOperation, entryOf } from '../look';
import type { Target } from './target';
import { isSince } from './versions';

/** What conformance cases do on either target. */

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request as it is, with whatever it is answered. */
export async function ask(target: Target, method: string, path: string, body?: object): Promise<RawAnswer> {
  const answer = await fetch(`${target.restUrl}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** The same, parsed; throws unless it is a success. */
export async function json(target: Target, method: string, path: string, body?: object): Promise<unknown> {
  const { status, text } = await ask(target, method, path, body);
  if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

export type Ended = Exclude<SavepointOperation, { kind: 'IN_PROGRESS' }>;

/** Stops with savepoint and waits for the end of that. */
export async function stop(
  { flink, savepoints }: Target,
  jobId: string,
  wanted: { readonly triggerId?: string; readonly targetDirectory?: string } = {},
): Promise<Ended> {
  const { triggerId = freshId() } = wanted;
  const { targetDirectory = `${savepoints}/${triggerId}` } = wanted;
  await flink.stop(jobId, { triggerId, targetDirectory, formatType: 'CANONICAL' });
  return endOfOperation(flink, jobId, triggerId);
}

/** The savepoint of a stop that must succeed. */
export async function savepointOf(target: Target, jobId: string): Promise<string> {
  const end = await stop(target, jobId);
  if (end.kind === 'COMPLETED') return end.location;
  throw new Error(`the stop failed: ${end.cause}`);
}

/** A savepoint of the running job. */
export async function savepoint(
  target: Target,
  jobId: string,
  wanted: { readonly triggerId?: string; readonly directory?: string } = {},
): Promise<Ended> {
  const { triggerId = freshId() } = wanted;
  const { directory = `${target.savepoints}/${triggerId}` } = wanted;
  await json(target, 'POST', `/jobs/${jobId}/savepoints`, { triggerId, 'target-directory': directory });
  return endOfOperation(target.flink, jobId, triggerId);
}

/** Has a savepoint's files deleted, and waits for the end of that. */
export async function dispose(
  { flink }: Target,
  path: string,
): Promise<Awaited<ReturnType<FlinkClient['savepointDisposal']>>> {
  const triggerId = await flink.disposeSavepoint(path);
  return until(
    async () => {
      const seen = await flink.savepointDisposal(triggerId);
      return seen.kind !== 'IN_PROGRESS' && seen;
    },
    { what: `the disposal of ${path}`, deadlineMs: 20_000, pollMs: 20 },
  );
}

/** Submits without any state, unless the body says otherwise; returns the job id once Flink has it. */
export async function runEmpty(
  target: Target,
  body: { readonly parallelism: number; readonly [field: string]: unknown },
): Promise<string> {
  const { jarId, args } = await target.submission(body.parallelism);
  const jobId = freshId();
  await json(target, 'POST', `/jars/${jarId}/run`, { programArgsList: args, jobId, ...body });
  return jobId;
}

/** Submits from a snapshot; returns the job id once Flink has it. */
export async function submit(
  target: Target,
  savepointPath: string,
  { parallelism = 4, jobId = freshId() } = {},
): Promise<string> {
  const submission = await target.submission(parallelism);
  await target.flink.runJar(submission, jobId, { savepointPath, allowNonRestoredState: false });
  return jobId;
}

/** The same, and every task runs. */
export async function restart(target: Target, savepointPath: string, parallelism = 4): Promise<string> {
  const jobId = await submit(target, savepointPath, { parallelism });
  await allTasksRun(target.flink, jobId);
  return jobId;
}

/** The checkpoint that every job with an interval takes as soon as it runs (real Flink at times two), complete. */
export async function firstCheckpoint(flink: FlinkClient, jobId: string): Promise<void> {
  const completed = async () => {
    const { counts } = await flink.checkpoints(jobId);
    return counts.completed > 0 && counts.in_progress === 0;
  };
  await until(completed, { what: `the first checkpoint of ${jobId}`, deadlineMs: 20_000, pollMs: 20 });
}

/** Triggers a checkpoint, waits until it is complete, and returns its id. */
export async function checkpointNow(target: Target, jobId: string, triggerId = freshId()): Promise<number> {
  await target.flink.triggerCheckpoint(jobId, triggerId);
  const path = `/jobs/${jobId}/checkpoints/${triggerId}`;
  return until(
    async () => {
      const { operation } = (await json(target, 'GET', path)) as {
        operation: { checkpointId?: number } | null;
      };
      return operation?.checkpointId;
    },
    { what: `a checkpoint of ${jobId}`, deadlineMs: 20_000, pollMs: 20 },
  );
}

/** How often the job was restarted: the highest attempt of its tasks. Cached by Flink. */
export async function attempts(flink: FlinkClient, jobId: string): Promise<number> {
  return Math.max(...(await attemptsByVertex(flink, jobId)).flat());
}

/** How often each subtask was started again. Cached by Flink. */
export async function attemptsByVertex(flink: FlinkClient, jobId: string): Promise<number[][]> {
  const { vertices } = await flink.job(jobId);
  const shown = await Promise.all(vertices.map(({ id }) => flink.vertex(jobId, id)));
  return shown.map(({ subtasks }) => subtasks.map(({ attempt }) => attempt));
}

/** Cached by Flink. */
export async function parallelismsOf({ flink }: Target, jobId: string): Promise<number[]> {
  return (await flink.job(jobId)).vertices.map(({ parallelism }) => parallelism);
}

/** Bounds for each vertex of the job. */
export async function boundsAt(
  { flink }: Target,
  jobId: string,
  upper: number,
  lower = 1,
): Promise<Awaited<ReturnType<FlinkClient['requirements']>>> {
  const now = await flink.requirements(jobId);
  return Object.fromEntries(Object.keys(now).map((id) => [id, { lower, upper }]));
}

/** Has Flink act on what was asked for, or on the slots that have come; returns when all tasks run at that parallelism. */
export async function moved(target: Target, jobId: string, parallelism: number): Promise<void> {
  const { flink, version } = target;
  await eventually(`job ${jobId} to move`, async () => {
    const { tasks } = await entryOf(flink, jobId);
    if (tasks.total === 2 * parallelism) return true;
    // since 2.0 it goes with a checkpoint, and none is asked for; periodic ones are an hour apart
    if (isSince(version, '2.0')) await flink.triggerCheckpoint(jobId, freshId());
    return false;
  });
  await runsAt(target, jobId, parallelism);
}

/** All tasks run, at that parallelism. */
export async function runsAt(target: Target, jobId: string, parallelism: number): Promise<void> {
  await eventually(`job ${jobId} to run at ${parallelism}`, async () => {
    const { state, tasks } = await entryOf(target.flink, jobId);
    return state === 'RUNNING' && tasks.total === 2 * parallelism && tasks.running === tasks.total;
  });
  const wanted = `${parallelism},${parallelism}`;
  await eventually('fresh vertices', async () => (await parallelismsOf(target, jobId)).join() === wanted);
}

/** Polls until the condition holds. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  await until(condition, { what, deadlineMs: 40_000, pollMs: 20 });
}

/** All jobs, once a JobManager that goes on leading tells. */
export function jobsNow(target: Target): Promise<readonly OverviewJob[]> {
  const told = async () => {
    await target.tend();
    return target.flink.jobs();
  };
  return until(told, { what: 'a list of the jobs', deadlineMs: 40_000, pollMs: 20 });
}

/** Ends every live job, so that the next case finds all slots free. */
export async function endAll(target: Target): Promise<void> {
  const live = async () =>
    (await jobsNow(target)).filter(({ state }) => !/^(FINISHED|CANCELED|FAILED)$/.test(state));
  for (const { jid } of await live()) await target.flink.cancel(jid);
  await eventually('all jobs to end', async () => (await live()).length === 0);
}

/** Statistics that are cached, once they are as new as `isFresh` says. */
export async function checkpointsOnce(
  { flink }: Target,
  jobId: string,
  isFresh: (checkpoints: Checkpoints) => boolean,
): Promise<Checkpoints> {
  const look = async () => {
    const checkpoints = await flink.checkpoints(jobId);
    return isFresh(checkpoints) ? checkpoints : undefined;
  };
  return until(look, { what: `fresh statistics of ${jobId}`, deadlineMs: 10_000, pollMs: 20 });
}

/** What an operation on a job that has ended fails with: in the first moments, while its JobMaster goes, other words. */
export function jobIsGone(jobId: string): RegExp {
  return new RegExp(`Could not find Flink job \\(${jobId}\\)|Job ${jobId} is not a streaming job`);
}
