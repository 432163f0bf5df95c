import type { Cluster } from '../../src/activities/cluster';
import type { TaskManagers } from '../../src/platform';
import type { Retirement } from '../../src/platform/task-managers';
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
  /** Whether single ones can be ended: the last ones only, by the ids that the simulated Flink has for them. */
  retires = false;

  constructor(
    private readonly rig: Rig,
    count = 1,
  ) {
    this.count = this.running = count;
  }

  get cluster(): Cluster {
    return { ...this.rig.cluster, taskManagers: this };
  }

  get retirement(): Retirement | undefined {
    if (!this.retires) return undefined;
    return {
      choose: (idle, { wanted, most }) => {
        const isBusy = (n: number) => !idle.includes(`tm${n}`);
        const last = Array.from({ length: most }, (_, i) => wanted - i);
        const busy = last.findIndex(isBusy);
        return last.slice(0, busy < 0 ? most : busy).map((n) => `tm${n}`);
      },
      end: (ids, wanted) => this.scale(wanted - ids.length),
    };
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
