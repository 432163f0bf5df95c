import type { Logger } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError, said } from './start-error';

export interface ConnectOptions<C> {
  readonly connect: () => Promise<C>;
  /** For people: host and port. */
  readonly address: string;
  readonly log: Pick<Logger, 'warn'>;
  /** How long Temporal may take to answer, ms. */
  readonly patienceMs: number;
  /** The first pause between two tries, ms; doubled after each, up to twenty times as much. */
  readonly pauseMs: number;
  /** Ends the waiting: somebody wants the worker to end. */
  readonly signal: AbortSignal;
}

/**
 * Connects, again and again until Temporal answers: the SDK tries once, and a Temporal that starts beside the worker
 * needs a while. Each try that fails is logged.
 *
 * @throws StartError Temporal has not answered in time
 * @throws the signal's reason, once that fires
 */
export async function connectWithBackOff<C>(options: ConnectOptions<C>): Promise<C> {
  const { connect, address, log, patienceMs, pauseMs, signal } = options;
  const until = Date.now() + patienceMs;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
  aborted.catch(() => undefined);
  for (let n = 1, pause = pauseMs; ; n++, pause = Math.min(pause * 2, pauseMs * 20)) {
    signal.throwIfAborted();
    try {
      return await Promise.race([connect(), aborted]);
    } catch (error) {
      signal.throwIfAborted();
      const why = causeOf(error);
      if (Date.now() + pause > until) throw unanswered(address, n, patienceMs, why);
      log.warn(`Temporal at ${address} does not answer; next try in ${pause / 1_000} s`, { try: n, why });
    }
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** The SDK's native part says errors as Rust prints them: of those, what the system said. */
function causeOf(error: unknown): string {
  const text = said(error);
  return /message: "([^"]+)"/.exec(text)?.[1] ?? text;
}

function unanswered(address: string, tries: number, patienceMs: number, why: string): StartError {
  return new StartError(
    `Temporal at ${address} did not answer in ${patienceMs / 1_000} s (${tries} tries): ${why}\n` +
      'Check that it runs, that the address is right (TEMPORAL_ADDRESS, or the profile in temporal.toml), and that TLS ' +
      'and the API key are what it expects (TEMPORAL_TLS, TEMPORAL_API_KEY).\n' +
      `Next: temporal operator cluster health --address ${address}`,
  );
}
