/** The slots of the TaskManagers. They outlive a JobManager: a lost one's tasks keep theirs until they notice. */
export class Slots {
  private readonly holders = new Map<string, Holder>();

  /** Whether the TaskManagers have found the JobManager. */
  private registered = true;

  constructor(
    private running: number,
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

  addTaskManager(): void {
    this.running += 1;
    this.handOut();
  }

  /** One ends, and says so: who holds its slots has lost them. */
  removeTaskManager(): void {
    this.running -= 1;
    let over = [...this.holders.values()].reduce((sum, { held }) => sum + held, 0) - this.total;
    for (const holder of [...this.holders.values()].reverse()) {
      const lost = Math.min(Math.max(0, over), holder.held);
      over -= lost;
      holder.held -= lost;
      if (lost > 0) holder.told?.(holder.held);
    }
  }

  scaleTo(taskManagers: number): void {
    while (this.running < taskManagers) this.addTaskManager();
    while (this.running > taskManagers) this.removeTaskManager();
  }

  /**
   * Takes what is free, even if that is not enough, and waits for the rest: others starve meanwhile, as in Flink. What
   * the holder has it keeps, as far as it needs it. `told` gets how many it holds, at once and whenever they become more.
   */
  request(holder: string, needed: number, told: (held: number) => void): void {
    const held = Math.min(this.holders.get(holder)?.held ?? 0, needed);
    const wanting: Holder = { held, needed, told: undefined };
    this.holders.set(holder, wanting);
    this.handOut();
    wanting.told = told;
    told(wanting.held);
  }

  /** It keeps what it has, and gets no more until it asks again. */
  pause(holder: string): void {
    const { held = 0 } = this.holders.get(holder) ?? {};
    if (held > 0) this.holders.set(holder, { held, needed: held, told: undefined });
    else this.holders.delete(holder);
  }

  release(holder: string): void {
    if (this.holders.delete(holder)) this.handOut();
  }

  /** What a lost JobManager's job holds, its tasks hold on their own. */
  leaveTo(holder: string, tasks: string): void {
    const left = this.holders.get(holder);
    this.holders.delete(holder);
    if (left !== undefined && left.held > 0)
      this.holders.set(tasks, { held: left.held, needed: 0, told: undefined });
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
      const more = Math.min(this.free, holder.needed - holder.held);
      if (more <= 0) continue;
      holder.held += more;
      holder.told?.(holder.held);
    }
  }
}

interface Holder {
  held: number;
  readonly needed: number;
  told: ((held: number) => void) | undefined;
}
