import type { Begins } from './data';
import type { Vertex } from './program';
import type { StartScript } from './script';
import type { Snapshot } from './snapshots';

export type Retention = 'NO_EXTERNALIZED_CHECKPOINTS' | 'DELETE_ON_CANCELLATION' | 'RETAIN_ON_CANCELLATION';

export interface Checkpointing {
  /** Infinity: none but those that are asked for. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retention: Retention;
  readonly unaligned: boolean;
}

export interface JobOptions {
  readonly id: string;
  readonly name: string;
  /** As submitted; vertices may differ. */
  readonly parallelism: number;
  /** As the program has them; an adaptive scheduler may run them lower. */
  readonly vertices: readonly Vertex[];
  /** Undefined: checkpointing is not enabled. */
  readonly checkpointing: Checkpointing | undefined;
  readonly batch: boolean;
  /** Where it reads from without state; EARLIEST when left out. */
  readonly begins?: Begins | undefined;
  readonly start: StartScript;
  readonly restore?: Snapshot | undefined;
  /** The path that it was to begin from, if nothing is there: an adaptive scheduler takes such a job, to fail it later. */
  readonly missing?: string | undefined;
  /** In Flink's words; the cluster's default, which is endless, when left out. */
  readonly restartStrategy?: string | undefined;
  /** It came with the submission's configuration: on 1.19 and 1.20 `/jobs/:id/config` does not tell of it. */
  readonly strategyIsConfigured?: boolean;
}
