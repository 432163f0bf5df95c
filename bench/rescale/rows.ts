import { z } from 'zod';
import { windowSchema } from './window';

/** One rescale, as the job's own output tells it. */
export const rowSchema = z.strictObject({
  round: z.int(),
  /** Padding of the keyed state, millions of bytes; 0: the counts alone. */
  stateMb: z.int(),
  /** Flink's own size of the job's last checkpoint before it; not in the oldest rows. */
  stateBytes: z.exactOptional(z.int()),
  way: z.string(),
  from: z.int(),
  to: z.int(),
  /** The longest silence of the output, ms. */
  gapMs: z.number(),
  lost: z.int(),
  countedTwice: z.int(),
  /** Lines that a plain sink wrote again. */
  replayed: z.int(),
  /** Of the ways whose steps are known, taken apart. */
  window: z.exactOptional(windowSchema),
});
export type Row = z.infer<typeof rowSchema>;
