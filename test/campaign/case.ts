import type { Phase, RescaleInput } from '../../src/contracts/rescale';
import type { FlinkClient } from '../../src/flink/client';
import type { Effect, Fault, Loss, StartScript, StopScript } from '../flink-simulator';

/** One run of the campaign, as JSON: what is asked for, what Flink does, what goes wrong, and who says what when. */
export interface Case {
  /** Of job "orders", which runs at 2; its cluster and job are the run's own. */
  readonly input: Omit<RescaleInput, 'cluster' | 'job'>;
  /** The job was stopped with a savepoint before: none runs. */
  readonly suspended?: boolean;
  readonly stops?: readonly StopScript[];
  readonly starts?: readonly StartScript[];
  readonly faults?: readonly Fault[];
  readonly crashes?: readonly Crash[];
  readonly acts?: readonly Act[];
  /** Flink cannot run the job at all: the run stays open, with the path in sight, until an operator gives up. */
  readonly hopeless?: boolean;
}

/** A call of the product's client of Flink. */
export type Method = Exclude<
  {
    [K in keyof FlinkClient]: FlinkClient[K] extends (...args: never) => unknown ? K : never;
  }[keyof FlinkClient],
  undefined
>;

/** Those that change something. */
export const mutating: readonly Method[] = [
  ...(['uploadJar', 'planJar', 'stop', 'savepoint', 'cancel'] as const),
  ...(['runJar', 'triggerCheckpoint', 'disposeSavepoint'] as const),
];

/** Which calls: the `nth` of them in the run, over all attempts; counts from 1. */
export interface CallAt {
  readonly call: Method | 'MUTATING' | 'ANY';
  readonly nth: number;
}

/** An attempt is abandoned at a call: it beats no more, sends nothing more, and never ends. */
export interface Crash extends CallAt {
  readonly what: Fate;
}

/** What becomes of the call at which an attempt dies. */
export type Fate =
  | 'NEVER_SENT'
  /** Executed at once, its answer never read. */
  | 'UNREAD'
  /** Executed some seconds later, when the next attempt is at work. */
  | 'OVERTAKEN'
  /** Executed when all is over. */
  | 'LATE'
  /** The attempt does not die: its heartbeats are lost, and it goes on beside its successor. */
  | 'TWO_RUNNERS';

/** When something is done: at a call or an effect, in a phase, or so many ms after the start. */
export type When =
  | CallAt
  | { readonly effect: Effect['kind']; readonly nth: number }
  /** As the run's query tells it. */
  | { readonly phase: Phase }
  | { readonly ms: number };

/** What is done to the run, or to its cluster, from outside. */
export type Deed =
  | { readonly kind: 'ABORT' | 'CANCEL' | 'RETRY' | 'GIVE_UP' }
  | { readonly kind: 'RETARGET'; readonly parallelism: number }
  /** The newest savepoint that is there. */
  | { readonly kind: 'RESTORE_FROM' }
  /** The same rescale, once more. */
  | { readonly kind: 'START_AGAIN' }
  | ({ readonly kind: 'LOSE_JOB_MANAGER'; readonly downMs: number } & Pick<Loss, 'ha' | 'jars'> &
      Partial<Pick<Loss, 'results'>>)
  | { readonly kind: 'UNREACHABLE'; readonly downMs: number }
  /** What becomes of the old job, by somebody else or by itself. */
  | {
      readonly kind: 'OLD_JOB';
      readonly how: 'FAILS_OVER' | 'FAILS' | 'FINISHES' | 'IS_CANCELED' | 'IS_SAVED';
    };

export interface Act {
  readonly when: When;
  readonly deed: Deed;
}

export const oldParallelism = 2;
