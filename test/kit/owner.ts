import type { Cluster } from '../../src/activities/cluster';
import type { TaskManagers } from '../../src/platform';
import type { Rig } from './rig';

/** Whoever runs the TaskManagers of a rig: what was asked for, and what came of it. */
export class Owner implements TaskManagers {
  count: number;
  readonly asked: number[] = [];
  /** How many there can be at most. */
  most = Infinity;
  /** What it answers instead, call by call. */
  readonly answers: { wanted?: Error; scale?: Error }[] = [];
  private running: number;

  constructor(
    private readonly rig: Rig,
    count = 1,
  ) {
    this.count = this.running = count;
  }

  get cluster(): Cluster {
    return { ...this.rig.cluster, taskManagers: this };
  }

  wanted(): Promise<number> {
    const { wanted } = this.answers[0] ?? {};
    if (wanted !== undefined) {
      this.answers.shift();
      return Promise.reject(wanted);
    }
    return Promise.resolve(this.count);
  }

  scale(count: number): Promise<void> {
    this.asked.push(count);
    const { scale } = this.answers[0] ?? {};
    if (scale !== undefined) {
      this.answers.shift();
      return Promise.reject(scale);
    }
    this.count = count;
    for (; this.running < Math.min(count, this.most); this.running++) this.rig.flink.addTaskManager();
    for (; this.running > count; this.running--) this.rig.flink.removeTaskManager();
    return Promise.resolve();
  }
}
