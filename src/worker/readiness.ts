import type { State } from '@temporalio/worker';
import type { NotReady } from './health';

/** What is known of the worker so far. */
export interface Polling {
  /** For people: Temporal's host and port. */
  readonly address: string;
  /** Of the SDK's worker; undefined until it was created. */
  readonly state: State | undefined;
  /** Asks Temporal for anything; rejects if it does not answer in time. */
  readonly ask: () => Promise<unknown> | undefined;
}

/** Whether the worker polls Temporal. The SDK's worker stays RUNNING while its polls fail, so Temporal is asked as well. */
export async function notReady({ address, state, ask }: Polling): Promise<NotReady> {
  switch (state) {
    case undefined:
    case 'INITIALIZED':
      return `starting: waiting for Temporal at ${address}`;
    case 'STOPPING':
    case 'DRAINING':
    case 'DRAINED':
    case 'STOPPED':
      return 'shutting down';
    case 'FAILED':
      return 'failed';
    case 'RUNNING':
      try {
        await ask();
        return undefined;
      } catch {
        return `Temporal at ${address} does not answer`;
      }
  }
}
