import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** What is awaited, as it reads after "waited 30 s for": `Flink's REST API to answer`. */
  what: string;
  /** Milliseconds after which {@link until} gives up. */
  deadlineMs: number;
  /** Milliseconds between two looks; 50 when left out. */
  pollMs?: number;
}

/** Thrown by {@link until} when its deadline has passed; `cause` is the last error of the condition, if it threw. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Polls `condition` until it gives something other than `undefined` or `false`, and returns that. An error that the
 * condition throws counts as "not yet". Throws {@link DeadlineError} at the deadline.
 */
export async function until<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { what, deadlineMs, pollMs = 50 }: UntilOptions,
): Promise<T> {
  const started = Date.now();
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      cause = error;
    }
    if (Date.now() - started >= deadlineMs) {
      throw new DeadlineError(`waited ${Math.round(deadlineMs / 1000)} s for ${what}`, { cause });
    }
    await sleep(pollMs);
  }
}
