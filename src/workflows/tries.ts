import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import { beatSchema, noTries, triesSchema } from '../contracts/failures';
import type { Tries } from '../contracts/failures';

/** How an activity ended whose Temporal attempts are tries that Flink answers (P2). */
export type Tried<O> =
  | { readonly kind: 'DONE'; readonly output: O }
  | { readonly kind: 'ABORTED'; readonly tries: Tries }
  | { readonly kind: 'CANCELED_BY_OTHER'; readonly tries: Tries }
  | { readonly kind: 'ANOTHER_JOB_RUNS'; readonly tries: Tries; readonly cause: string }
  /** `cause` is the last one; Flink's answers are in `tries`. */
  | { readonly kind: 'FAILED'; readonly tries: Tries; readonly cause: string };

export interface Trying<O> {
  readonly maxTries: number;
  readonly run: (tries: Tries) => Promise<O>;
  /** How the tries stand as far as the activity has told: it counts where no attempt could say a last word. */
  readonly told: () => Tries;
  /** How they stand after an attempt that died, of which `left` was the last heartbeat. */
  readonly lost: (left: Tries) => Tries;
  readonly before?: Tries;
}

/**
 * Runs the activity until Flink has answered `maxTries` times, or one of its failures is final. Attempts that were lost
 * with their worker, or with the server, exhaust nothing: the activity is scheduled again, with what it left behind.
 */
export async function tried<O>({
  maxTries,
  run,
  told,
  lost,
  before = noTries,
}: Trying<O>): Promise<Tried<O>> {
  let tries = before;
  for (;;) {
    try {
      return { kind: 'DONE', output: await run(tries) };
    } catch (error) {
      if (isCancellation(error)) return { kind: 'ABORTED', tries: saidAtTheEnd(error) ?? told() };
      if (!(error instanceof ActivityFailure)) throw error;
      const { cause } = error;
      if (cause instanceof TimeoutFailure) {
        tries = lost(leftBehind(cause.lastHeartbeatDetails) ?? tries);
        continue;
      }
      if (!(cause instanceof ApplicationFailure)) throw error;
      tries = left(cause.details?.[0]) ?? tries;
      switch (cause.type) {
        case 'AttemptLost':
          continue;
        case 'TryFailed':
          if (tries.failures.length < maxTries) continue;
          return { kind: 'FAILED', tries, cause: cause.message };
        case 'CanceledByOther':
          return { kind: 'CANCELED_BY_OTHER', tries };
        case 'AnotherJobRuns':
          return { kind: 'ANOTHER_JOB_RUNS', tries, cause: cause.message };
        default:
          // NoMoreTries, and what nobody thought of: the same for the job, whose state is looked at next (P28)
          return { kind: 'FAILED', tries, cause: cause.message };
      }
    }
  }
}

/** What an attempt said that an abort has ended; between two attempts Temporal ends the activity, and nobody says anything. */
function saidAtTheEnd(error: unknown): Tries | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof CancelledFailure ? left(cause.details[0]) : undefined;
}

function leftBehind(heartbeat: unknown): Tries | undefined {
  const beat = beatSchema.safeParse(heartbeat);
  return beat.success ? left(beat.data.details) : undefined;
}

function left(details: unknown): Tries | undefined {
  const parsed = triesSchema.safeParse(details);
  return parsed.success ? parsed.data : undefined;
}
