/** What the simulator asks of time, so that a test may put its own in its place. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Runs `action` in `ms`; returns how to call it off. */
  after(ms: number, action: () => void): () => void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Time that stands still until a test moves it on. */
export class ManualClock implements Clock {
  private readonly due = new Set<{ readonly at: number; readonly action: () => void }>();

  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.time + ms, action };
    this.due.add(timer);
    return () => this.due.delete(timer);
  }

  /** Moves on by `ms`: all that is due by then happens, each at its own moment, in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.first(end); next !== undefined; next = this.first(end)) {
      this.due.delete(next);
      this.time = next.at;
      next.action();
    }
    this.time = end;
  }

  /** The timer that is due first, the older of two; undefined: none by `end`. */
  private first(end: number) {
    let first: { readonly at: number; readonly action: () => void } | undefined;
    for (const timer of this.due) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}

/** Timers that are called off together: those of a job while it runs, those of a JobManager until it is lost. */
export class Timers {
  private readonly pending = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  after(ms: number, action: () => void): void {
    const callOff = this.clock.after(ms, () => {
      this.pending.delete(callOff);
      action();
    });
    this.pending.add(callOff);
  }

  clear(): void {
    for (const callOff of this.pending) callOff();
    this.pending.clear();
  }
}
