import { mkdirSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { Processes } from '../../src/platform/processes';
import type { FlinkSimulator } from '../flink-simulator';

/**
 * TaskManagers of a simulated Flink that a worker starts and ends as processes of this machine. They only sleep, for longer
 * than any test takes: Flink has as many as their records say.
 */
export class SimulatedTaskManagers {
  private constructor(
    /** For weir.yaml. */
    readonly config: {
      readonly kind: 'processes';
      readonly command: string[];
      readonly folder: string;
      readonly resourceId: string;
    },
    private readonly platform: Processes,
    private readonly watcher: FSWatcher,
  ) {}

  static async start(flink: FlinkSimulator, folder: string, count: number): Promise<SimulatedTaskManagers> {
    mkdirSync(folder, { recursive: true });
    const config = { kind: 'processes' as const, command: ['sleep', '1800'], folder, resourceId: 'tm{n}' };
    const platform = new Processes(config);
    await platform.scale(count);
    const follow = async () => flink.scaleTo(await platform.wanted());
    await follow();
    const watcher = watch(folder, { persistent: false }, () => void follow());
    return new SimulatedTaskManagers(config, platform, watcher);
  }

  async stop(): Promise<void> {
    this.watcher.close();
    await this.platform.scale(0);
  }
}
