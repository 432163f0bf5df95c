import { ApplicationFailure } from '@temporalio/common';
import { triesSchema } from '../contracts/failures';
import type { ActivityFailureType, Tries } from '../contracts/failures';
import type { Snapshot } from '../contracts/snapshot';
import { FlinkAmbiguous, FlinkRefused, FlinkUnavailable } from '../flink/errors';
import { submitId } from '../planning/ids';
import type { RunKey, SubmitVerb } from '../planning/ids';
import type { Launch, Plan } from '../planning/plan';
import { ensureUploaded } from './artifacts';
import type { Cluster } from './cluster';
import { endByCancel, ended } from './ended';
import { guard } from './guard';
import { overviewOf } from './job';
import { readiness } from './readiness';
import { answered, carrying, pause, pollDelay } from './wait';
import type { Pulse } from './wait';

export interface RestartInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly verb: SubmitVerb;
  readonly jobName: string;
  /** Live jobs of the same name that PLANNING saw beside ours. */
  readonly namesakes: readonly string[];
  readonly launch: Launch;
  readonly snapshot: Snapshot;
  readonly timeouts: Plan['timeouts'];
  readonly maxTries: number;
  readonly tries: Tries;
}

export interface RestartOutput {
  readonly jobId: string;
  readonly tries: Tries;
  /** Until Flink accepted the job, and from there until every task ran, ms. */
  readonly submitMs: number;
  readonly restoreMs: number;
  readonly warnings: readonly string[];
}

/**
 * Submits the job from its snapshot under a derived job id, and waits until every vertex is ready at the planned
 * parallelism, restored from that snapshot. One Temporal attempt is one try that Flink answers (P2).
 *
 * There is one unresolved submit at a time (P20): a submit without an answer is only ever followed by the same submit,
 * of which Flink admits one. The next id comes only after the former was seen to fail.
 *
 * @throws `TryFailed` Flink refused the job, or it FAILED; details: `Tries`
 * @throws `NoMoreTries` not ready within the `restart` (or `restore`) time-out; details: `Tries`
 * @throws `CanceledByOther` somebody cancelled the new job
 * @throws `AnotherJobRuns` a live job that is not accounted for stands in the way (P21)
 */
export async function restart(cluster: Cluster, input: RestartInput): Promise<RestartOutput> {
  return carrying(triesSchema, input.tries, async (pulse) => {
    const clock = new Clock(input, pulse);
    const startedAt = Date.now();
    for (;;) {
      const { failures, next: n } = pulse.details;
      if (failures.length >= input.maxTries)
        throw failure('TryFailed', failures.at(-1)?.cause ?? 'no try is left', pulse);
      const jobId = submitId(input.key, input.verb, n);
      const { jobName, namesakes } = input;
      const seen = await guard(cluster, { lock: input.key.lock, jobName, jobId, namesakes }, pulse);
      const refused = seen === 'PRESENT' ? undefined : await submit(cluster, input, jobId, clock, pulse);
      const acceptedAt = Date.now();
      const end = refused ?? (await watch(cluster, input, jobId, clock, pulse));

      switch (end.kind) {
        case 'READY':
          return {
            jobId,
            tries: pulse.details,
            submitMs: acceptedAt - startedAt,
            restoreMs: Date.now() - acceptedAt,
            warnings: end.warnings,
          };
        case 'LOST':
          break;
        case 'FAILED':
          pulse.details = { ...pulse.details, failures: [...failures, { n, cause: end.cause }], next: n + 1 };
          // what an earlier attempt submitted does not end this one
          if (seen === 'ABSENT') throw failure('TryFailed', `try ${n}: ${end.cause}`, pulse);
          break;
        case 'TOO_LATE':
          throw failure('NoMoreTries', end.why, pulse);
        case 'CANCELED':
          throw failure('CanceledByOther', `somebody cancelled the new job ${jobId}`, pulse);
      }
    }
  });
}

type End =
  | { readonly kind: 'READY'; readonly warnings: readonly string[] }
  | { readonly kind: 'FAILED'; readonly cause: string }
  | { readonly kind: 'CANCELED' }
  | { readonly kind: 'TOO_LATE'; readonly why: string }
  /** A JobManager that was lost forgot the job: the same submit again. */
  | { readonly kind: 'LOST' };

/** Submits until Flink has the job; undefined then. Never aborted: it would be executed all the same (P7). */
async function submit(
  cluster: Cluster,
  input: RestartInput,
  jobId: string,
  clock: Clock,
  pulse: Pulse<Tries>,
): Promise<End | undefined> {
  const { entryClass, args, flinkConfiguration } = input.launch.jar.artifact;
  const program = { parallelism: input.launch.parallelism, entryClass, args, flinkConfiguration };
  const restore = { savepointPath: input.snapshot.path, allowNonRestoredState: false };
  let { jarId } = input.launch.jar;
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    let why: string;
    try {
      await cluster.flink.runJar({ ...program, jarId }, jobId, restore);
      return undefined;
    } catch (error) {
      if (error instanceof FlinkRefused) {
        if (error.refusal === 'DUPLICATE_JOB') return undefined;
        if (error.refusal !== 'JAR_NOT_FOUND') return { kind: 'FAILED', cause: error.message };
        // The JobManager lost its uploads; the bytes are in the artifact folder (P22).
        ({ jarId } = await ensureUploaded(cluster, input.launch.jar.artifact, pulse));
      } else if (error instanceof FlinkAmbiguous) {
        if ((await overviewOf(cluster, jobId, pulse)) !== undefined) return undefined;
      } else if (!(error instanceof FlinkUnavailable)) throw error;
      why = error.message;
    }
    await pause(pulse, delay);
    const late = clock.late(false);
    if (late !== undefined) return { kind: 'TOO_LATE', why: `${late}; the submit has no answer: ${why}` };
  }
}

async function watch(
  cluster: Cluster,
  input: RestartInput,
  jobId: string,
  clock: Clock,
  pulse: Pulse<Tries>,
): Promise<End> {
  const startedAt = Date.now();
  let empty = false;
  for (;;) {
    const seen = await readiness(cluster, { ...input, jobId }, pulse);
    switch (seen.kind) {
      case 'READY':
      case 'FAILED':
      case 'CANCELED':
        return seen;
      case 'ABSENT':
        if ((await ended(cluster, jobId, pulse)).ended === 'FORGOTTEN') return { kind: 'LOST' };
        break;
      case 'EMPTY':
        // Ended at once, and proven so, before the next try restores the same snapshot (P24).
        if (empty) {
          await endByCancel(cluster, jobId, pulse);
          return { kind: 'FAILED', cause: 'the job started without its state and was cancelled' };
        }
        empty = true;
        await pause(
          pulse,
          (await answered(pulse, (signal) => cluster.flink.config(signal)))['refresh-interval'],
        );
        break;
      case 'WAIT': {
        const late = clock.late(seen.restoring);
        if (late !== undefined) return { kind: 'TOO_LATE', why: `${late}: ${seen.why}` };
      }
    }
    await pause(pulse, pollDelay(Date.now() - startedAt));
  }
}

/** Charges elapsed time to `restart` or to `restore`, in the heartbeat details so that a crash does not reset it. */
class Clock {
  private lastAt = Date.now();

  constructor(
    private readonly input: RestartInput,
    private readonly pulse: Pulse<Tries>,
  ) {}

  /** Charges the time since the last call. Says which time-out is used up, if one is. */
  late(restoring: boolean): string | undefined {
    const elapsed = Date.now() - this.lastAt;
    this.lastAt += elapsed;
    const { spentMs, restoringMs } = this.pulse.details;
    this.pulse.details = restoring
      ? { ...this.pulse.details, restoringMs: restoringMs + elapsed }
      : { ...this.pulse.details, spentMs: spentMs + elapsed };
    const { timeouts } = this.input;
    if (this.pulse.details.spentMs > timeouts.restart) return `not ready within ${timeouts.restart} ms`;
    if (this.pulse.details.restoringMs > timeouts.restore)
      return `not restored within ${timeouts.restore} ms`;
    return undefined;
  }
}

function failure(type: ActivityFailureType, message: string, pulse: Pulse<Tries>): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: type !== 'TryFailed',
    details: [pulse.details],
  });
}
