import type { Reader } from './data';
import type { Snapshot } from './snapshots';

/** What a job has processed: how long it did so, and what of the data of its name. */
export class Processing {
  private done = 0;
  private since: number | undefined;

  constructor(
    readonly data: Reader,
    private readonly now: () => number,
  ) {}

  /** ms; goes back with each failover. */
  get progress(): number {
    return this.done + (this.since === undefined ? 0 : this.now() - this.since);
  }

  run(): void {
    this.since = this.now();
    this.data.run();
  }

  /** It processes nothing more: what it has processed stands. */
  freeze(): void {
    this.done = this.progress;
    this.since = undefined;
    this.data.rest();
  }

  /** From the snapshot, or without any. */
  restore(snapshot: Snapshot | undefined): void {
    this.done = snapshot?.progress ?? 0;
    this.data.restore(snapshot?.data);
  }
}
