import type { EndState } from './states';

/** What became of a call that was to change something. */
export type Outcome =
  | 'EXECUTED'
  /** Flink knew the trigger id or the job id: nothing happened. */
  | 'KNOWN'
  | 'REFUSED'
  /** A fault of ours kept it from being executed. */
  | 'NOT_EXECUTED';

export type Verb = 'REQUIRE' | 'STOP' | 'SAVEPOINT' | 'CHECKPOINT' | 'CANCEL' | 'RUN' | 'UPLOAD' | 'DISPOSE';

/** A call that was to change something, in the order of arrival. */
export interface Call {
  readonly at: number;
  readonly verb: Verb;
  readonly outcome: Outcome;
  /** The job that it is about; for RUN the id that was asked for. */
  readonly jobId?: string | undefined;
  readonly triggerId?: string | undefined;
  readonly targetDirectory?: string | undefined;
  /** Of RUN what it begins from, of DISPOSE what is to be deleted. */
  readonly savepointPath?: string | undefined;
  /** Of RUN; of REQUIRE the highest that is asked for. */
  readonly parallelism?: number | undefined;
  /** Of RUN: the id of the jar, and what its main() is given. */
  readonly jar?: string | undefined;
  readonly args?: readonly string[] | undefined;
}

/** What really happened, whoever caused it. */
export type Effect = { readonly at: number } & (
  | {
      readonly kind: 'SAVEPOINT';
      readonly jobId: string;
      readonly name: string;
      readonly path: string;
      readonly stop: boolean;
    }
  /** Flink has the job; its tasks do not run yet. `stateLost`: a newer snapshot of this job was there. */
  | {
      readonly kind: 'STARTED';
      readonly jobId: string;
      readonly name: string;
      readonly parallelism: number;
      readonly restoredFrom: string | undefined;
      readonly stateLost: boolean;
    }
  /** All its tasks run: for the first time, or again. */
  | { readonly kind: 'RUNNING'; readonly jobId: string; readonly name: string }
  | { readonly kind: 'FAILED_OVER'; readonly jobId: string; readonly name: string }
  | { readonly kind: 'ENDED'; readonly jobId: string; readonly name: string; readonly state: EndState }
  | { readonly kind: 'JOB_MANAGER_LOST' }
  /** The tasks of a job that a lost JobManager took along are gone as well: only now is there no copy of it. */
  | { readonly kind: 'TASKS_GONE'; readonly jobId: string; readonly name: string }
);
/** An effect before its moment is noted. */
export type Happened = Effect extends infer E ? (E extends Effect ? Omit<E, 'at'> : never) : never;

/** Both lists, and who listens. */
export class Journal {
  readonly calls: Call[] = [];
  readonly effects: Effect[] = [];
  private readonly listeners = new Set<(effect: Effect) => void>();

  constructor(private readonly now: () => number) {}

  called(call: Omit<Call, 'at'>): void {
    this.calls.push({ at: this.now(), ...call });
  }

  happened(effect: Happened): void {
    const noted: Effect = { at: this.now(), ...effect };
    this.effects.push(noted);
    for (const listener of [...this.listeners]) listener(noted);
  }

  /** Calls `listener` at the very moment of each effect. Returns how to stop that. */
  onEffect(listener: (effect: Effect) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
