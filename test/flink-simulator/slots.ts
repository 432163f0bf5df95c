/** The slots of the TaskManagers. They outlive a JobManager: a lost one's tasks keep theirs until they notice. */
export class Slots {
  private readonly holders = new Map<string, Holder>();

  /** Whether the TaskManagers have found the JobManager. */
  private registered = true;

  constructor(
    private readonly running: number,
    readonly perTaskManager: number,
  ) {}

  /** Those that are registered. */
  get taskManagers(): number {
    return this.registered ? this.running : 0;
  }

  get total(): number {
    return this.taskManagers * this.perTaskManager;
  }

  get free(): number {
    let held = 0;
    for (const holder of this.holders.values()) held += holder.held;
    return Math.max(0, this.total - held);
  }

  /** Takes what is free, even if that is not enough, and waits for the rest: others starve meanwhile, as in Flink. */
  request(holder: string, needed: number, onGranted: () => void): void {
    this.holders.set(holder, { held: 0, needed, onGranted });
    this.handOut();
  }

  release(holder: string): void {
    if (this.holders.delete(holder)) this.handOut();
  }

  /** What a lost JobManager's job holds, its tasks hold on their own. */
  leaveTo(holder: string, tasks: string): void {
    const left = this.holders.get(holder);
    this.holders.delete(holder);
    if (left !== undefined && left.held > 0)
      this.holders.set(tasks, { held: left.held, needed: 0, onGranted: undefined });
  }

  unregister(): void {
    this.registered = false;
  }

  register(): void {
    this.registered = true;
    this.handOut();
  }

  /** Free slots of each TaskManager; the first ones are filled first. */
  freeByTaskManager(): number[] {
    let used = this.total - this.free;
    return Array.from({ length: this.taskManagers }, () => {
      const here = Math.min(used, this.perTaskManager);
      used -= here;
      return this.perTaskManager - here;
    });
  }

  /** Free slots to those who wait, the first first. */
  private handOut(): void {
    for (const holder of this.holders.values()) {
      holder.held += Math.max(0, Math.min(this.free, holder.needed - holder.held));
      if (holder.held < holder.needed) continue;
      const granted = holder.onGranted;
      holder.onGranted = undefined;
      granted?.();
    }
  }
}

interface Holder {
  held: number;
  readonly needed: number;
  onGranted: (() => void) | undefined;
}
