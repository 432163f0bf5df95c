import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { Snapshot } from '../contracts/snapshot';
import { archived } from './archive';
import { checkpointsOf, lastStateOf, newestSavepointOf } from './checkpoints';
import type { Cluster } from './cluster';
import { ended } from './ended';
import type { EndedAs } from './ended';
import { newestInStore } from './store';
import { answered, lettingGo, pause, pollDelay } from './wait';
import type { Pulse } from './wait';

export interface StopInput {
  readonly cluster: string;
  readonly jobId: string;
  /** Whether the job is to be cancelled; else it was stopped with a savepoint, and only its end is awaited. */
  readonly cancel: boolean;
  /** When an activity before this one sent the cancel, or may have, ms: the end of the job is ours then. */
  readonly sentAt?: number | undefined;
  /** The newest state that is known of it. */
  readonly newest?: Snapshot | undefined;
}

export type StopOutput =
  /** It is over: what it left, as far as its statistics show more than was known. */
  | {
      readonly kind: 'ENDED';
      readonly ended: EndedAs;
      readonly newest?: Snapshot;
      readonly savepoint?: Snapshot;
      /** From the cancel to there, ms. */
      readonly tookMs: number;
    }
  /** It came to its end, and not by a cancel of ours: nothing of it is started again (P13). */
  | { readonly kind: 'ENDED_BY_OTHERS'; readonly state: 'FINISHED' | 'CANCELED' }
  /** An operator would not wait for the proof. */
  | { readonly kind: 'INTERRUPTED'; readonly sentAt?: number };

const sentSchema = z.object({ sentAt: z.exactOptional(z.number()) });
type Sent = z.infer<typeof sentSchema>;

/**
 * The old job is over, and proven so: only then may another one start. Waits for as long as it takes; a JobManager
 * that does not answer is not a stopped job (P11). With `cancel` it cancels the job first, and says what it left.
 */
export async function stop(cluster: Cluster, input: StopInput): Promise<StopOutput> {
  const before = input.sentAt === undefined ? {} : { sentAt: input.sentAt };
  return lettingGo(sentSchema, before, async (pulse) => {
    // An attempt that died may have sent more than it told.
    if (pulse.unheard) pulse.details = { sentAt: pulse.details.sentAt ?? Date.now() };
    try {
      return await until(cluster, input, pulse);
    } catch (error) {
      if (Context.current().cancellationDetails?.cancelRequested !== true) throw error;
      return { kind: 'INTERRUPTED', ...pulse.details };
    }
  });
}

async function until(cluster: Cluster, input: StopInput, pulse: Pulse<Sent>): Promise<StopOutput> {
  const startedAt = Date.now();
  for (;;) {
    const seen = await ended(cluster, input.jobId, pulse);
    if (seen.ended !== undefined) {
      if (!input.cancel) return { kind: 'ENDED', ended: seen.ended, tookMs: Date.now() - startedAt };
      const mayBeOurs = pulse.details.sentAt !== undefined;
      if (seen.ended === 'FINISHED' || (seen.ended === 'CANCELED' && !mayBeOurs))
        return { kind: 'ENDED_BY_OTHERS', state: seen.ended };
      const left = await whatItLeft(cluster, input, pulse);
      const tookMs = Date.now() - (pulse.details.sentAt ?? startedAt);
      return { kind: 'ENDED', ended: seen.ended, ...left, tookMs };
    }
    if (input.cancel && seen.state !== 'CANCELLING') {
      pulse.details = { sentAt: pulse.details.sentAt ?? Date.now() };
      await answered(pulse, () => cluster.flink.cancel(input.jobId));
    }
    await pause(pulse, pollDelay(Date.now() - startedAt));
  }
}

/** What the job left: read when Flink's statistics cannot be older than its end any more (P17). */
async function whatItLeft(
  cluster: Cluster,
  input: StopInput,
  pulse: Pulse<unknown>,
): Promise<{ newest?: Snapshot; savepoint?: Snapshot }> {
  const { 'refresh-interval': cacheMs } = await answered(pulse, (signal) => cluster.flink.config(signal));
  await pause(pulse, cacheMs);
  const checkpoints =
    (await checkpointsOf(cluster, input.jobId, pulse)) ??
    (await archived(cluster, input.jobId, pulse))?.checkpoints;
  const remembered = input.newest;
  // A checkpoint that was seen before may be deleted since; a savepoint is not Flink's to delete.
  const kept = remembered?.kind === 'SAVEPOINT' ? remembered : undefined;
  const inStore =
    checkpoints === undefined && remembered !== undefined ? await newestInStore(cluster, remembered) : kept;
  const newest = lastStateOf(input.jobId, checkpoints) ?? inStore;
  const savepoint = newestSavepointOf(input.jobId, checkpoints)?.snapshot ?? kept;
  return {
    ...(newest === undefined ? {} : { newest }),
    ...(savepoint === undefined ? {} : { savepoint }),
  };
}
