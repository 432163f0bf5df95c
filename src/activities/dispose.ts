import { FlinkRefused } from '../flink/errors';
import type { Cluster } from './cluster';
import { answered, heartbeating, pause, pollDelay } from './wait';
import type { Pulse } from './wait';

export interface DisposeInput {
  readonly cluster: string;
  /** Of a savepoint that no job needs any more. */
  readonly path: string;
}

export interface DisposeOutput {
  /** Why it could not be; absent once it is gone. */
  readonly failed?: string;
}

/** Flink's words for a savepoint that an earlier attempt has disposed of. */
const gone = /FileNotFoundException|Cannot find checkpoint or savepoint/;

/** Has Flink delete the files of a savepoint. One that is gone already is a success, so it can be asked for again. */
export async function dispose(cluster: Cluster, input: DisposeInput): Promise<DisposeOutput> {
  return heartbeating(async (pulse) => {
    try {
      const triggerId = await answered(pulse, () => cluster.flink.disposeSavepoint(input.path));
      const failed = await follow(cluster, triggerId, pulse);
      return failed === undefined || gone.test(failed) ? {} : { failed };
    } catch (error) {
      // The job runs: files that are left behind are no reason to try for ever.
      if (error instanceof FlinkRefused) return { failed: error.message };
      throw error;
    }
  });
}

/** Why it failed; undefined once the files are gone. */
async function follow(
  cluster: Cluster,
  triggerId: string,
  pulse: Pulse<unknown>,
): Promise<string | undefined> {
  const startedAt = Date.now();
  for (;;) {
    const seen = await answered(pulse, (signal) => cluster.flink.savepointDisposal(triggerId, signal));
    if (seen.kind === 'COMPLETED') return undefined;
    if (seen.kind === 'FAILED') return seen.cause;
    await pause(pulse, pollDelay(Date.now() - startedAt));
  }
}
