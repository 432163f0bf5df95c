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
