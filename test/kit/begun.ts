import type { RestartInput } from '../../src/activities/restart';
import { noTries } from '../../src/contracts/failures';
import type { Origin, Snapshot } from '../../src/contracts/snapshot';
import type { Submit } from '../../src/activities/submitting';
import { submitId, triggerId } from '../../src/planning/ids';
import type { SimulatedJob } from '../flink-simulator';
import { key, settleInput, submitInput } from './inputs';
import type { Rig } from './rig';

/** A job `orders` that was stopped with a savepoint, and what is begun from that. */

export async function stoppedJob(rig: Rig): Promise<Snapshot & { readonly kind: 'SAVEPOINT' }> {
  const job = await rig.job();
  const saved = rig.flink.next('SAVEPOINT');
  rig.flink.savepoint(job.id, { stop: true });
  const { path } = await saved;
  await rig.until(() => job.ended, 'its end');
  return { kind: 'SAVEPOINT', path, jobId: job.id };
}

/** How the start from a savepoint is asked for. */
export async function startInput(rig: Rig, change: Partial<Submit> = {}): Promise<Submit> {
  const origin: Origin = { kind: 'SNAPSHOT', snapshot: await stoppedJob(rig) };
  return submitInput(rig, origin, change);
}

/** How `restart` is asked for the start from a savepoint, and that one's path. */
export async function stopped(
  rig: Rig,
  change: Partial<RestartInput> = {},
): Promise<{ readonly rig: Rig; readonly path: string; readonly input: RestartInput }> {
  const snapshot = await stoppedJob(rig);
  const submit = await submitInput(rig, { kind: 'SNAPSHOT', snapshot });
  return { rig, path: snapshot.path, input: { ...submit, maxTries: 4, tries: noTries, ...change } };
}

/** The job of that try, submitted as a worker did that has died since. */
export async function submitted(rig: Rig, input: Submit, n = 1): Promise<SimulatedJob> {
  const { launch, origin, verb } = input;
  const { jar, parallelism, allowNonRestoredState } = launch;
  const jobId = submitId(key, verb, n);
  const restore =
    origin.kind === 'EMPTY' ? 'EMPTY' : { savepointPath: origin.snapshot.path, allowNonRestoredState };
  await rig.onItsOwn(() =>
    rig.cluster.flink.runJar({ ...jar.artifact, jarId: jar.jarId, parallelism }, jobId, restore),
  );
  return rig.flink.job(jobId);
}

/** As `submitted`, once all its tasks run. */
export async function runningTry(rig: Rig, input: Submit, n = 1): Promise<SimulatedJob> {
  const job = await submitted(rig, input, n);
  await rig.until(() => job.tasks === 'RUNNING', 'its tasks to run');
  return job;
}

/** The stop of that try, or its savepoint only, as a worker sent it that has died since. */
export async function sendStop(rig: Rig, job: SimulatedJob, n = 1, savepointOnly = false): Promise<void> {
  const id = triggerId(key, 'stop', n);
  const targetDirectory = `${settleInput(rig, job).directory}/${id}`;
  const options = { triggerId: id, targetDirectory, formatType: 'CANONICAL' } as const;
  await rig.onItsOwn(() =>
    savepointOnly ? rig.cluster.flink.savepoint(job.id, options) : rig.cluster.flink.stop(job.id, options),
  );
}
