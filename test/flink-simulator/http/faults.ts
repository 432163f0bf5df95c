import type { Hold } from './hold';
import { matches } from './routes';

/** What goes wrong with a request. */
export type RequestFault =
  /** The connection is reset, and nothing was executed. */
  | { readonly kind: 'RESET_BEFORE' }
  /** Executed; the connection is reset before the answer. */
  | { readonly kind: 'RESET_AFTER' }
  /** Executed; half of the answer, and that is no JSON. */
  | { readonly kind: 'TRUNCATED' }
  /** An answer of this status, executed or not (the default); 413: a gateway's, to a body that is too long for it. */
  | { readonly kind: 'STATUS'; readonly status: 413 | 500 | 503; readonly executed?: boolean }
  /** Executed `ms` later. */
  | { readonly kind: 'SLOW_BEFORE'; readonly ms: number }
  /** Executed at once, answered `ms` later. */
  | { readonly kind: 'SLOW_AFTER'; readonly ms: number }
  /** Executed once the test lets it go, or never. */
  | { readonly kind: 'HELD_BEFORE'; readonly hold: Hold }
  /** Executed at once, answered once the test lets it go. */
  | { readonly kind: 'HELD_AFTER'; readonly hold: Hold };

export type Fault = RequestFault & {
  /** `POST /jobs/:id/stop`: a method and a path, `:names` for any part of it; ANY for every request. */
  readonly on: string;
  /** How many requests meet it; 1 when left out. */
  readonly times?: number;
  /** How many matching ones are spared before. */
  readonly after?: number;
};

/** The faults that requests are still to meet. */
export class Faults {
  private faults: { readonly fault: Fault; spared: number; left: number }[] = [];

  /** Returns how to take it back. */
  add(fault: Fault): () => void {
    const entry = { fault, spared: fault.after ?? 0, left: fault.times ?? 1 };
    this.faults.push(entry);
    return () => {
      this.faults = this.faults.filter((one) => one !== entry);
    };
  }

  /** How many requests are still to meet one; infinite while one stays until it is taken back. */
  get toCome(): number {
    return this.faults.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault that this request meets. */
  next(method: string, path: string): RequestFault | undefined {
    for (const entry of this.faults) {
      const [wantedMethod, pattern = ''] = entry.fault.on.split(' ');
      const isMet = wantedMethod === method && matches(pattern, path) !== undefined;
      if (!isMet && entry.fault.on !== 'ANY') continue;
      if (entry.spared > 0) {
        entry.spared -= 1;
        continue;
      }
      entry.left -= 1;
      if (entry.left <= 0) this.faults = this.faults.filter((one) => one !== entry);
      return entry.fault;
    }
    return undefined;
  }
}
