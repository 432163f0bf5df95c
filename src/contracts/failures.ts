import { z } from 'zod';
import { snapshotSchema } from './snapshot';

/**
 * Why a rescale ended as a failure. The type is stable: people alert on it. Each says what the operator is left with.
 *
 * - `InvalidRequest`  the request cannot be carried out as written; nothing was touched
 * - `PlanRejected`    the request is well-formed, the job or cluster does not allow it, or TaskManagers that it takes did
 *                     not come; the job was not touched
 * - `SavepointFailed` the savepoint did not come; the job runs as it did (or again, with the restart named)
 * - `NotReached`      Flink did not take the job to its new parallelism in place; the job runs, the message says how
 * - `RolledBack`      the new job did not come; the old one runs again from the newest snapshot
 * - `JobDown`         no job runs, and Weir has stopped trying; the message says where the state is
 * - `JobFinished`     the job ended by itself meanwhile; nothing was restarted
 * - `CanceledByOther` somebody cancelled the job meanwhile; nothing was restarted
 * - `AnotherJobRuns`  a live job of this name that Weir did not start stands where the new one should go
 */
export const failureTypes = [
  'InvalidRequest',
  'PlanRejected',
  'SavepointFailed',
  'NotReached',
  'RolledBack',
  'JobDown',
  'JobFinished',
  'CanceledByOther',
  'AnotherJobRuns',
] as const;
export type FailureType = (typeof failureTypes)[number];

/** What every failed rescale says, in this order: people read the top of a small box in the Web UI. */
export interface FailureReport {
  readonly type: FailureType;
  /** What happened, one or two sentences. */
  readonly what: string;
  /** The state of the job now. */
  readonly now: string;
  /** What was kept: a snapshot's path, "nothing was touched". */
  readonly kept: string;
  /** One command to run next. */
  readonly next: string;
  /** Each cause, oldest first. */
  readonly causes: readonly string[];
}

/**
 * How an activity ends that did not reach its goal. The workflow branches on these, never on message text.
 *
 * - `TryFailed`       Flink answered no; another try may succeed. Details: `Tries`.
 * - `NoMoreTries`     the job is not in a state in which another try would help: settle it. Details: `Tries`.
 * - `CanceledByOther` somebody cancelled the new job while it was watched.
 * - `AttemptLost`     the worker shut down, or the attempt was paused or reset: a crash, to be taken up again.
 * - `AnotherJobRuns`  the guard before a submit found a live job that is not accounted for (P21).
 */
export type ActivityFailureType =
  'TryFailed' | 'NoMoreTries' | 'CanceledByOther' | 'AttemptLost' | 'AnotherJobRuns';

/** One try that Flink answered with a failure. */
const tryFailureSchema = z.object({ n: z.number(), cause: z.string() });
export type TryFailure = z.infer<typeof tryFailureSchema>;

/** Where a series of tries stands: what the next attempt, or the workflow, must know of it. */
export const triesSchema = z.object({
  failures: z.array(tryFailureSchema).readonly(),
  /** The number of the next try, from which its id is derived; counts also those that do not use a try up (P6). */
  next: z.number(),
  /** The next try: not sent, SENT without an answer (Flink may yet carry it out), or ACCEPTED by Flink. */
  open: z.enum(['NO', 'SENT', 'ACCEPTED']),
  /** ms spent on them so far, without `restoringMs`: counts against the `restart` time-out (P25). */
  spentMs: z.number(),
  /** ms in which tasks were INITIALIZING: big state is not a failure. Counts against `restore`. */
  restoringMs: z.number(),
  /** The newest snapshot that a look before a try has seen: what is left if the JobManager forgets the job (P16). */
  newest: z.exactOptional(snapshotSchema),
});
export type Tries = z.infer<typeof triesSchema>;

export const noTries: Tries = { failures: [], next: 1, open: 'NO', spentMs: 0, restoringMs: 0 };

/** The next try failed, for that cause. */
export function afterFailure(tries: Tries, cause: string): Tries {
  const { failures, next } = tries;
  return { ...tries, failures: [...failures, { n: next, cause }], next: next + 1, open: 'NO' };
}

/**
 * The next try failed, for that cause, and a copy of it that has no answer may yet be carried out: the same one follows,
 * which only one of them can be (P20).
 */
export function afterUnresolvedFailure(tries: Tries, cause: string): Tries {
  const { failures, next } = tries;
  return { ...tries, failures: [...failures, { n: next, cause }], open: 'SENT' };
}

/** A try of which an attempt that died without a word may have sent more than is known. */
export function maybeSent(tries: Tries): Tries {
  return tries.open === 'NO' ? { ...tries, open: 'SENT' } : tries;
}

/** Whether `tries` stands at least as far as `other`: what a lost attempt tells may come late. */
export function isFurther(tries: Tries, other: Tries): boolean {
  return (
    tries.next > other.next || (tries.next === other.next && (tries.open !== 'NO' || other.open === 'NO'))
  );
}

/** How they stand, of what an attempt said at its end and what was told before: one that was lost may have gone on. */
export function furthest(said: Tries, told: Tries): Tries {
  return isFurther(said, told) ? said : told;
}

/** What an activity's heartbeat says. */
export const beatSchema = z.object({
  attempt: z.number(),
  /** The attempt is over, and its last word is in `details`: it does nothing after that. */
  over: z.boolean(),
  /** Absent in an activity that has nothing to tell: JSON leaves undefined out. */
  details: z.unknown().optional(),
  /** Why Flink is waited for, while it is: for people to read. */
  waiting: z.string().optional(),
});
export type Beat = z.infer<typeof beatSchema>;
