import { afterFailure, afterUnresolvedFailure } from '../contracts/failures';
import type { Tries } from '../contracts/failures';
import type { Origin } from '../contracts/snapshot';
import type { Restore } from '../flink/client';
import { FlinkAmbiguous, FlinkRefused, FlinkUnavailable } from '../flink/errors';
import { submitId } from '../planning/ids';
import type { RunKey, SubmitVerb } from '../planning/ids';
import type { Launch, Plan } from '../planning/plan';
import { snapshotOf } from '../planning/restore';
import { newestSnapshot } from '../planning/snapshots';
import { uploadedAgain } from './artifacts';
import { checkpointsOf, lastStateOf, progressOf } from './checkpoints';
import type { Cluster } from './cluster';
import { endByCancel, ended, untilTasksAreGone } from './ended';
import { guard, guardOnce } from './guard';
import { hasEnded, overviewOf } from './job';
import { readiness } from './readiness';
import { answered, pause, pollDelay, unanswered } from './wait';
import type { Pulse } from './wait';

/** What is started, from what, and who may be told apart from it. */
export interface Submit {
  readonly cluster: string;
  readonly key: RunKey;
  readonly verb: SubmitVerb;
  readonly jobName: string;
  /** Live jobs of the same name that PLANNING saw beside ours. */
  readonly namesakes: readonly string[];
  readonly launch: Launch;
  readonly origin: Origin;
  readonly timeouts: Plan['timeouts'];
  /** Tries before this one were restored from another snapshot, and do not say what is newest. */
  readonly firstTry: number;
}

/** How one try of a submit ended. `fresh`: this attempt sent it, so its end uses the attempt up. */
export type SubmitEnd =
  | {
      readonly kind: 'READY';
      readonly jobId: string;
      readonly acceptedAt: number;
      readonly warnings: readonly string[];
    }
  /** `unresolved`: a copy of the submit has no answer, and only the same job id may follow it (P20). */
  | {
      readonly kind: 'FAILED';
      readonly cause: string;
      readonly fresh: boolean;
      readonly unresolved?: boolean;
    }
  | { readonly kind: 'CANCELED'; readonly jobId: string }
  /** A time-out is used up, and the job may be live. */
  | { readonly kind: 'TOO_LATE'; readonly why: string };

/**
 * One try: submits the job under the derived id of try `pulse.details.next`, unless an earlier attempt has, and follows
 * it until it is ready or has failed. A submit without an answer is only ever followed by the same submit, of which
 * Flink admits one (P20). Time is charged to `pulse.details`.
 *
 * @throws `AnotherJobRuns` a live job that is not accounted for stands in the way (P21)
 */
export async function submitOnce(cluster: Cluster, input: Submit, pulse: Pulse<Tries>): Promise<SubmitEnd> {
  const clock = new Clock(input.timeouts, pulse);
  const jobId = submitId(input.key, input.verb, pulse.details.next);
  let fresh = false;
  let origin: Origin | undefined;
  let tasksAreGone = false;
  for (;;) {
    const seen = await guard(cluster, { ...input, lock: input.key.lock, jobId }, pulse);
    if (seen === 'ABSENT') {
      // What takes a while is followed by another look: the guard's is the last one before a submit.
      if (origin === undefined) {
        origin = await newestFor(cluster, input, pulse);
        if (pulse.details.next > input.firstTry) continue;
      }
      const before = pulse.details.open;
      // An attempt that died had sent it: the JobManager may have been lost with the job, and its tasks go on (P12).
      if (before !== 'NO' && !tasksAreGone) {
        tasksAreGone = (await untilTasksAreGone(cluster, jobId, before, pulse)) === 'GONE';
        continue;
      }
      // what is sent after the last word would be unheard of
      pulse.lost.throwIfAborted();
      fresh = true;
      pulse.details = { ...pulse.details, open: 'SENT' };
      const refused = await send(
        cluster,
        { ...input, origin, jobId, unresolved: before === 'SENT' },
        clock,
        pulse,
      );
      if (refused !== undefined) return refused;
    }
    pulse.details = { ...pulse.details, open: 'ACCEPTED' };
    const acceptedAt = Date.now();
    const end = await watch(cluster, input, { jobId, fresh }, clock, pulse);
    switch (end.kind) {
      case 'READY':
        return { ...end, jobId, acceptedAt };
      case 'FAILED':
        return { ...end, fresh };
      case 'CANCELED':
        return { ...end, jobId };
      case 'TOO_LATE':
        return end;
      case 'LOST':
        // A JobManager that was lost forgot the job, and that is proven: the same submit again.
        pulse.details = { ...pulse.details, open: 'NO' };
    }
  }
}

/** How the tries stand after one that failed. */
export function failed(tries: Tries, { cause, unresolved }: Extract<SubmitEnd, { kind: 'FAILED' }>): Tries {
  return unresolved === true ? afterUnresolvedFailure(tries, cause) : afterFailure(tries, cause);
}

/** Sends the submit until Flink has the job; undefined then. Never aborted: it would be executed all the same (P7). */
async function send(
  cluster: Cluster,
  input: Submit & { readonly jobId: string; readonly unresolved: boolean },
  clock: Clock,
  pulse: Pulse<Tries>,
): Promise<SubmitEnd | undefined> {
  const { jobId } = input;
  let { unresolved } = input;
  const { entryClass, args, flinkConfiguration } = input.launch.jar.artifact;
  const program = { parallelism: input.launch.parallelism, entryClass, args, flinkConfiguration };
  let { jarId } = input.launch.jar;
  let why = '';
  for (let delay = 0; ; delay = Math.min(Math.max(100, delay * 2), 2_000)) {
    if (delay > 0) {
      await unanswered(pulse, why, delay);
      const late = clock.late(false);
      if (late !== undefined) return { kind: 'TOO_LATE', why: `${late}; the submit has no answer: ${why}` };
      const seen = await guardOnce(cluster, { ...input, lock: input.key.lock }, pulse);
      if (seen === 'PRESENT') return undefined;
      if (seen !== 'ABSENT') {
        why = seen.message;
        continue;
      }
    }
    try {
      await cluster.flink.runJar({ ...program, jarId }, jobId, restoreFrom(input.origin, input.launch));
      return undefined;
    } catch (error) {
      if (error instanceof FlinkRefused) {
        if (error.refusal === 'DUPLICATE_JOB') return undefined;
        // The JobManager lost its uploads; the bytes are in the artifact folder (P22).
        const lost = error.refusal === 'JAR_NOT_FOUND';
        const again = lost ? await uploadedAgain(cluster, input.launch.jar, pulse) : undefined;
        if (again === undefined) {
          // Every failure of a submit is a 400, passing ones included: what is live all the same is followed.
          const job = await overviewOf(cluster, jobId, pulse);
          if (job !== undefined && !hasEnded(job.state)) return undefined;
          const gone = `; no jar in the artifact folder has the bytes of ${input.launch.jar.artifact.jar} that were planned`;
          // An id that Flink knows is taken: no copy can be carried out any more.
          const cause = error.message + (lost ? gone : '');
          return { kind: 'FAILED', cause, fresh: true, unresolved: unresolved && job === undefined };
        }
        jarId = again;
      } else if (error instanceof FlinkAmbiguous) {
        unresolved = true;
        // The JobManager may have been lost with the job that it had just taken (P12).
        if ((await untilTasksAreGone(cluster, jobId, 'ACCEPTED', pulse)) === 'THERE') return undefined;
      } else if (!(error instanceof FlinkUnavailable)) throw error;
      why = error.message;
    }
  }
}

function restoreFrom(origin: Origin, { allowNonRestoredState }: Launch): Restore | 'EMPTY' {
  return origin.kind === 'EMPTY' ? 'EMPTY' : { savepointPath: origin.snapshot.path, allowNonRestoredState };
}

/**
 * The newest of what this start begins from and what its earlier tries have left (P14). One that was to begin without
 * state may have come to some all the same.
 */
async function newestFor(cluster: Cluster, input: Submit, pulse: Pulse<Tries>): Promise<Origin> {
  const { key, verb, firstTry, origin } = input;
  const tries = Array.from({ length: pulse.details.next - firstTry }, (_, i) => firstTry + i);
  const jobIds = tries.map((n) => submitId(key, verb, n));
  const jobs = jobIds.length === 0 ? [] : await answered(pulse, (signal) => cluster.flink.jobs(signal));
  const known = jobIds.filter((jobId) => jobs.some(({ jid }) => jid === jobId));
  if (known.length === 0) return origin;

  // The last of them has just failed: its last checkpoint may be newer than what Flink has cached (P17).
  await pause(pulse, (await answered(pulse, (signal) => cluster.flink.config(signal)))['refresh-interval']);
  const leftBy = origin.kind === 'EMPTY' ? lastStateOf : progressOf;
  let newest = snapshotOf(origin);
  for (const jobId of known)
    newest = newestSnapshot([newest, leftBy(jobId, await checkpointsOf(cluster, jobId, pulse))]);
  return newest === undefined ? origin : { kind: 'SNAPSHOT', snapshot: newest };
}

type Watched =
  | { readonly kind: 'READY'; readonly warnings: readonly string[] }
  | { readonly kind: 'FAILED'; readonly cause: string }
  | { readonly kind: 'CANCELED' }
  | { readonly kind: 'TOO_LATE'; readonly why: string }
  | { readonly kind: 'LOST' };

const startedEmpty = {
  kind: 'FAILED',
  cause: 'the job started without its state and was cancelled',
} as const;

async function watch(
  cluster: Cluster,
  input: Submit,
  { jobId, fresh }: { readonly jobId: string; readonly fresh: boolean },
  clock: Clock,
  pulse: Pulse<Tries>,
): Promise<Watched> {
  const startedAt = Date.now();
  let empty = false;
  for (;;) {
    const seen = await readiness(cluster, { ...input, lock: input.key.lock, jobId }, pulse);
    switch (seen.kind) {
      case 'READY':
      case 'FAILED':
        return seen;
      case 'CANCELED':
        // By the attempt that sent it, which had no time to say so.
        return seen.empty && !fresh ? startedEmpty : { kind: 'CANCELED' };
      case 'OTHER_NAME':
        return {
          kind: 'TOO_LATE',
          why: `the new program calls its job "${seen.name}", not "${input.jobName}"`,
        };
      case 'ABSENT':
        if ((await ended(cluster, jobId, pulse)).ended === 'FORGOTTEN') return { kind: 'LOST' };
        break;
      case 'EMPTY':
        // Ended at once, and proven so, before the next try restores the same snapshot (P24).
        if (empty) {
          await endByCancel(cluster, jobId, pulse);
          return startedEmpty;
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
    // Nobody waits for this answer: looking more often only takes the JobManager's time from deploying the tasks.
    await pause(pulse, Math.max(100, pollDelay(Date.now() - startedAt)));
  }
}

/** Charges elapsed time to `restart` or to `restore`, in the heartbeat details so that a crash does not reset it. */
class Clock {
  private lastAt = Date.now();

  constructor(
    private readonly timeouts: Plan['timeouts'],
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
    const { restart, restore } = this.timeouts;
    if (this.pulse.details.spentMs > restart) return `not ready within ${restart} ms`;
    if (this.pulse.details.restoringMs > restore) return `not restored within ${restore} ms`;
    return undefined;
  }
}
