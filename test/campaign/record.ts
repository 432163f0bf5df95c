import type { RescaleResult, RescaleStatus } from '../../src/contracts/rescale';
import type { Call, Effect } from '../flink-simulator';
import type { Sent } from './calls';
import type { Act, Case } from './case';

/** How a run ended, or that it had not when its time was over. */
export type End =
  | { readonly kind: 'COMPLETED'; readonly result: RescaleResult }
  | { readonly kind: 'FAILED'; readonly type: string; readonly message: string }
  /** Canceled, terminated, timed out: what a rescale never is. */
  | { readonly kind: 'OTHERWISE'; readonly how: string }
  | { readonly kind: 'OPEN'; readonly status: RescaleStatus | undefined };

/** A job that lives when the run has ended. */
export interface LiveJob {
  readonly id: string;
  readonly parallelism: number;
  readonly state: string;
  /** Whether it was started without a snapshot. */
  readonly empty: boolean;
}

/** An act that was carried out, and after how many of the run's calls. */
export interface Done {
  readonly act: Act;
  readonly afterCalls: number;
}

/** All that is known of one run: what the invariants judge. */
export interface RunRecord {
  readonly case: Case;
  readonly workflowId: string;
  readonly firstExecutionRunId: string;
  readonly oldJobId: string;
  /** Until the run ended. */
  readonly effects: readonly Effect[];
  readonly calls: readonly Call[];
  readonly sent: readonly Sent[];
  readonly done: readonly Done[];
  readonly end: End;
  readonly live: readonly LiveJob[];
  /** Every text of the history, payloads included. */
  readonly told: string;
  /** Of a hopeless run: how it stood before an operator gave up. */
  readonly before?: RescaleStatus | undefined;
  /** What happened when everything was over and each call was sent once more. */
  readonly repeated: readonly Effect[];
  /** Savepoints that were to be deleted, and whether a job would still have needed them. */
  readonly disposals: readonly { readonly path: string; readonly needed: boolean }[];
  /** Runs that worked on this job at the same time as this one, by workflow id. */
  readonly beside: readonly string[];
  /** Attempts that went on after the end. */
  readonly left: readonly string[];
  readonly tookMs: number;
}

/** The outcome of a run, or the type of its failure; OPEN if it has not ended. */
export function endingOf({ end }: RunRecord): string {
  switch (end.kind) {
    case 'COMPLETED':
      return end.result.outcome;
    case 'FAILED':
      return end.type;
    case 'OTHERWISE':
      return end.how;
    case 'OPEN':
      return 'OPEN';
  }
}
