import { join } from 'node:path';
import { projectDir } from './paths';
import { Service } from './service';

export interface WorkerServiceOptions {
  readonly runDir: string;
  /** Tells the workers of a run apart: `worker-1`, `worker-2`. */
  readonly n: number;
  /** Path of its weir.yaml. */
  readonly config: string;
  /** Where Temporal is, and whatever else its environment says. */
  readonly env: Record<string, string | undefined>;
}

/** A Weir worker, as a process of its own: `node dist/worker.js`. */
export function workerService({ runDir, n, config, env }: WorkerServiceOptions): Service {
  return new Service({
    name: `worker-${n}`,
    runDir,
    command: () => ({
      command: process.execPath,
      args: [join(projectDir, 'dist', 'worker.js')],
      env: { ...env, WEIR_CONFIG: config },
    }),
    ready: (started) =>
      started.ready(() => started.output().includes('Weir worker is polling'), {
        what: 'the worker to poll',
        deadlineMs: 60_000,
      }),
  });
}
