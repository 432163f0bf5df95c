import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { RescaleInput, RescaleStatus } from '../../../src/contracts/rescale';
import { until } from '../../../src/dev/until';
import { FlinkClient } from '../../../src/flink/client';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import type { Effect, FlinkSimulator, SimulatedJob } from '../../flink-simulator';
import { endOf, startRescale } from '../rescale';
import type { Place } from '../rescale';
import type { Simulated } from '../simulated';

/** What a golden history needs to have happen around its rescale: the deeds of operators, and of Flink. */

const deadlineMs = 60_000;

/** A job of parallelism 2, which has completed a checkpoint. */
export async function running(place: Simulated, name: string): Promise<SimulatedJob> {
  const job = place.flink.startJob({ name, parallelism: 2 });
  await until(() => job.checkpoints.count('COMPLETED') > 0, { what: 'a first checkpoint', deadlineMs });
  return job;
}

/** A job of parallelism 2 that has never completed a checkpoint: nothing of it could be restored. */
export async function runningWithoutCheckpoint(place: Simulated, name: string): Promise<SimulatedJob> {
  const { flink } = place;
  flink.script({ job: name, starts: [{ kind: 'NO_CHECKPOINT' }] });
  const client = new FlinkClient({ rest: flink.restUrl });
  const jarId = await client.uploadJar(join(place.runDir, 'artifacts', `${name}.jar`), `${name}.jar`);
  const id = randomUUID().replaceAll('-', '');
  // by hand: Weir's own client starts nothing without a snapshot
  const submitted = await fetch(`${flink.restUrl}/jars/${jarId}/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jobId: id, parallelism: 2, programArgsList: ['--name', name] }),
  });
  if (!submitted.ok) throw new Error(`not submitted: ${submitted.status}`);
  await until(() => flink.job(id).tasks === 'RUNNING', { what: 'the job to run', deadlineMs });
  return flink.job(id);
}

/** Starts the rescale of a job to parallelism 4, and does whatever is to be done `meanwhile`, until it has ended. */
export async function rescaled(
  place: Simulated,
  job: string,
  input: Partial<RescaleInput> = {},
  meanwhile?: () => Promise<unknown>,
): Promise<void> {
  const workflowId = await startRescale(place, { job, parallelism: 4, ...input });
  await meanwhile?.();
  await endOf(place, workflowId);
}

/** The next effect of that kind on a job of that name; the `nth` from now. */
export function effect<K extends Exclude<Effect['kind'], 'JOB_MANAGER_LOST'>>(
  flink: FlinkSimulator,
  kind: K,
  name: string,
  nth = 1,
): Promise<Extract<Effect, { kind: K }>> {
  let left = nth;
  return new Promise((resolve) => {
    const stop = flink.onEffect((seen) => {
      if (!isKind(seen, kind) || !('name' in seen) || seen.name !== name) return;
      left -= 1;
      if (left > 0) return;
      stop();
      resolve(seen);
    });
  });
}

function isKind<K extends Effect['kind']>(seen: Effect, kind: K): seen is Extract<Effect, { kind: K }> {
  return seen.kind === kind;
}

/** Flink has initialised this job, so others can do something to it. */
export async function accepted(flink: FlinkSimulator, jobId: string): Promise<SimulatedJob> {
  const job = flink.job(jobId);
  await until(() => job.state === 'RUNNING', { what: `job ${jobId} to be RUNNING`, deadlineMs });
  return job;
}

/** Whoever is quicker than Weir: a job of this name starts at the moment at which the next one of it ends. */
export function takePlaceOf(flink: FlinkSimulator, name: string): void {
  const stop = flink.onEffect((seen) => {
    if (seen.kind !== 'ENDED' || seen.name !== name) return;
    stop();
    flink.startJob({ name, parallelism: 1 });
  });
}

/** Flink has been asked to stop this job. */
export async function asked(
  flink: FlinkSimulator,
  verb: 'STOP' | 'SAVEPOINT' | 'CHECKPOINT',
  jobId: string,
): Promise<void> {
  const called = () => flink.calls.some((call) => call.verb === verb && call.jobId === jobId);
  await until(called, { what: `${verb} of ${jobId}`, deadlineMs });
}

/** Once it is planned, Flink does not say the state of this job: 503 as often as that, 6 times take about 5 s. */
export function hushed(flink: FlinkSimulator, jobId: string, times = 6): void {
  flink.fault({ on: `GET /jobs/${jobId}/status`, kind: 'STATUS', status: 503, after: 1, times });
}

/** What an operator says to the run of a job, through the CLI: a signal, an update that answers, Temporal's own cancel. */
export function signal(place: Simulated, job: string, name: string, input?: object): Promise<void> {
  return say(place, job, ['signal', '--name', name, ...inputOf(input)]);
}

export function update(place: Simulated, job: string, name: string, input?: object): Promise<void> {
  return say(place, job, ['update', 'execute', '--name', name, ...inputOf(input)]);
}

export function cancel(place: Simulated, job: string): Promise<void> {
  return say(place, job, ['cancel']);
}

function inputOf(input: object | undefined): string[] {
  return input === undefined ? [] : ['--input', JSON.stringify(input)];
}

async function say(place: Simulated, job: string, words: readonly string[]): Promise<void> {
  const workflowId = rescaleWorkflowId('local', job);
  const said = await place.cli(['workflow', ...words, '--workflow-id', workflowId]);
  if (said.code !== 0) throw new Error(`not said: ${words.join(' ')}: ${said.stderr}`);
}

/** What the run says of itself: the query `status`, which answers also when it is over. */
export async function statusOf(place: Place, workflowId: string): Promise<RescaleStatus> {
  const shown = await place.cli([
    ...['workflow', 'query', '--workflow-id', workflowId, '--type', 'status', '-o', 'json'],
  ]);
  if (shown.code !== 0) throw new Error(`no status: ${shown.stderr}`);
  const { queryResult } = JSON.parse(shown.stdout) as { queryResult: RescaleStatus[] };
  const [status] = queryResult;
  if (status === undefined) throw new Error(`no status: ${shown.stdout}`);
  return status;
}

export async function attention(place: Simulated, job: string): Promise<void> {
  const workflowId = rescaleWorkflowId('local', job);
  const shouts = async () => (await statusOf(place, workflowId)).phase === 'ATTENTION';
  await until(shouts, { what: `${job} to call for attention`, deadlineMs, pollMs: 250 });
}
