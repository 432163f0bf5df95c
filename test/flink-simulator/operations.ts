import { Timers, type Clock } from './clock';

/** How an asynchronous operation ended: its result as the answer has it. */
export type OperationEnd = { readonly [field: string]: unknown };

/**
 * Flink's cache of asynchronous operations by job and trigger id. A known key executes nothing, whether the first is
 * under way, succeeded or failed; a result is forgotten `keepMs` after it came (`rest.async.store-duration`).
 */
export class Operations {
  private readonly known = new Map<string, { end?: OperationEnd }>();
  private readonly timers: Timers;

  constructor(
    clock: Clock,
    private readonly keepMs: number,
  ) {
    this.timers = new Timers(clock);
  }

  /** Executes unless the key is known. Says whether it did. */
  trigger(
    jobId: string,
    triggerId: string,
    execute: (done: (end: OperationEnd) => void) => void,
  ): 'EXECUTED' | 'KNOWN' {
    const key = `${jobId}/${triggerId}`;
    if (this.known.has(key)) return 'KNOWN';
    const operation: { end?: OperationEnd } = {};
    this.known.set(key, operation);
    execute((end) => {
      operation.end ??= end;
      this.timers.after(this.keepMs, () => this.known.delete(key));
    });
    return 'EXECUTED';
  }

  /** Undefined: never asked for, or forgotten. */
  get(jobId: string, triggerId: string): { readonly end?: OperationEnd } | undefined {
    return this.known.get(`${jobId}/${triggerId}`);
  }

  /** Forgets the results, as if their time were over; what is under way stays. */
  forgetResults(): void {
    for (const [key, { end }] of this.known) if (end !== undefined) this.known.delete(key);
  }

  clear(): void {
    this.timers.clear();
    this.known.clear();
  }
}
