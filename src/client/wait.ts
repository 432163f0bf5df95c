import { ServiceError } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentStatus } from '../contracts/deployment';

export interface WaitOptions {
  /** Default: wait for as long as it takes. */
  readonly timeoutMs?: number;
  /** Between two looks; default 500. */
  readonly everyMs?: number;
  /** Ends the waiting; what is waited for goes on. */
  readonly signal?: AbortSignal;
  /** Told why a look had no answer; the next one follows. */
  readonly onTrouble?: (why: string) => void;
  /** Told the status at each look. */
  readonly onStatus?: (status: DeploymentStatus) => void;
}

/** What was waited for has not come in time; it goes on. */
export class WaitTimedOut extends Error {
  override readonly name = 'WaitTimedOut';
}

/** Looks until there is an answer. `what`: whose, for messages. @throws WaitTimedOut, the signal's reason, what a look throws */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined>,
  options: WaitOptions,
): Promise<T> {
  const { timeoutMs = Infinity, everyMs = 500, signal, onTrouble } = options;
  const until = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      // Temporal or the worker is away for a moment: what is waited for goes on without us.
      if (!(error instanceof ServiceError)) throw error;
      onTrouble?.(error.cause instanceof Error ? error.cause.message : error.message);
    }
    if (Date.now() >= until) throw new WaitTimedOut(`${what}: not in ${timeoutMs / 1_000} s; it goes on`);
    await sleep(everyMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
