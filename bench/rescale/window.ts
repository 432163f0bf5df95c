import { z } from 'zod';

/** The stopped window of a RESTART, taken apart by the times that Flink, Temporal and whoever asked them have of it. */

const ms = z.number();

/** All but `before` add up to the downtime. */
export const windowSchema = z.strictObject({
  /** From the stop sent to the job's last record: it still works. */
  before: ms,
  /** From there until the last task has acknowledged the savepoint. */
  savepoint: ms,
  /** From there until the job is FINISHED. */
  end: ms,
  /** From there until whoever asked for the stop has read of it. */
  read: ms,
  /** Between there and the submit sent: Temporal's steps from one activity to the next. */
  steps: ms,
  /** Between there and the submit sent: what activities do. */
  activities: ms,
  /** From the submit sent until Flink has CREATED the job. */
  submit: ms,
  /** From there until the last task is deployed, and begins to restore its state. */
  deploy: ms,
  /** From there until all tasks run. */
  restore: ms,
  /** From there to the new job's first record. */
  output: ms,
});
export type Window = z.infer<typeof windowSchema>;

/** ms since the epoch. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When each step was, ms since the epoch: Flink, Temporal and the job go by the one clock of their machine. */
export interface Moments {
  readonly stopSent: number;
  readonly acknowledged: number;
  readonly finished: number;
  readonly read: number;
  readonly submitSent: number;
  readonly created: number;
  readonly deployed: number;
  readonly running: number;
  /** When activities ran. */
  readonly activities: readonly Span[];
}

/** `silence`: from the last record to the first one. */
export function takenApart(moments: Moments, silence: Span): Window {
  let at = silence.fromMs;
  // A step may come before the one that it follows, such as the first record before the last task runs: it takes no time then.
  const until = (moment: number) => {
    const since = at;
    at = Math.min(Math.max(at, moment), silence.toMs);
    return at - since;
  };
  const before = silence.fromMs - moments.stopSent;
  const [savepoint, end, read] = [until(moments.acknowledged), until(moments.finished), until(moments.read)];
  const handover = until(moments.submitSent);
  const between = { fromMs: at - handover, toMs: at };
  const activities = moments.activities.reduce((sum, span) => sum + shared(span, between), 0);
  return {
    ...{ before, savepoint, end, read, steps: handover - activities, activities },
    ...{ submit: until(moments.created), deploy: until(moments.deployed) },
    ...{ restore: until(moments.running), output: until(silence.toMs) },
  };
}

/** What Weir, or a script in its place, adds to what Flink takes: from the job FINISHED to the submit sent. */
export function ours({ read, steps, activities }: Window): number {
  return read + steps + activities;
}

function shared(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));
}
