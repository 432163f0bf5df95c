import { z } from 'zod';
import type { Demand } from '../contracts/observation';
import type { Downtime } from '../contracts/rescale';
import { snapshotSchema } from '../contracts/snapshot';
import type { Snapshot } from '../contracts/snapshot';
import type { RunKey } from '../planning/ids';
import type { Aim } from '../planning/in-place';
import { Adjustment, note } from './adjustment';
import type { Cluster } from './cluster';
import type { Ended } from './left';
import { carrying, interruptible } from './wait';

export interface AdjustInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly jobId: string;
  readonly aim: Aim;
  /** What may stand before; anything else is somebody else's word. */
  readonly known: readonly Demand[];
  /** The adjustments of a run are numbered, and the ids of their checkpoints derived from that. */
  readonly n: number;
  /** Whether Flink waits for a checkpoint before it acts (since 2.0). */
  readonly waitsForCheckpoint: boolean;
  /** Checkpoints that may fail. */
  readonly maxTries: number;
  readonly timeouts: { readonly restart: number; readonly restore: number };
  /** Asked for whatever Flink makes of it: what was put in its place is to be taken back. */
  readonly atOnce?: boolean;
  /** The newest snapshot that PLANNING saw. */
  readonly newest?: Snapshot | undefined;
}

export type Adjusted =
  /** Every vertex runs at its target, with all its tasks. */
  | {
      readonly kind: 'REACHED';
      readonly warnings: readonly string[];
      readonly downtime?: Downtime;
      /** The checkpoint that it was restored from. */
      readonly restored?: Snapshot;
    }
  /** `sent`: what was asked for stands. */
  | {
      readonly kind: 'NOT_REACHED';
      readonly sent: boolean;
      readonly parallelism: number;
      readonly why: string;
    }
  /** Somebody else has asked for something else since. */
  | { readonly kind: 'OVERRULED'; readonly parallelism: number; readonly why: string }
  | Ended;

const progressSchema = z.object({
  /** What is asked for: not sent, SENT without an answer, or read back. */
  put: z.enum(['NO', 'SENT', 'STANDS']),
  /** The checkpoint that was asked for last, from 1. */
  asked: z.number(),
  /** Whether that one is to release the new bounds: an attempt that died may have sent it, and the same is sent again. */
  releases: z.boolean().default(false),
  failures: z.array(z.string()).readonly(),
  spentMs: z.number(),
  restoringMs: z.number(),
  newest: z.exactOptional(snapshotSchema),
  why: z.string(),
});
export type Progress = z.infer<typeof progressSchema>;

/**
 * Takes the job to other bounds, or to another number of TaskManagers, without ending it: once it has cooled down and a
 * checkpoint is complete, so that nothing old is restored, asks for them, has Flink act on it, and waits until every vertex runs at its target. A call without an answer
 * is followed by a look, and by the same call: it says where the job is to be, so any number of them come to one.
 *
 * @throws CancelledFailure an operator would not wait; it may have been asked for
 */
export async function adjust(cluster: Cluster, input: AdjustInput): Promise<Adjusted> {
  const none: Progress = {
    ...{
      put: 'NO',
      asked: 0,
      releases: false,
      failures: [],
      spentMs: 0,
      restoringMs: 0,
      why: 'the job was not looked at',
    },
    ...(input.newest === undefined ? {} : { newest: input.newest }),
  };
  return carrying(progressSchema, none, (attempt) =>
    interruptible(attempt, async (pulse) => {
      if (pulse.unheard && pulse.details.put === 'NO') note(pulse, { put: 'SENT' });
      return new Adjustment(cluster, input, pulse).carryOut();
    }),
  );
}
