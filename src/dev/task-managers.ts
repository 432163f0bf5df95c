import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Processes } from '../platform/processes';
import { taskManagerId } from './flink';
import type { FlinkCluster } from './flink';

/**
 * The TaskManagers of a local cluster that its worker runs, as weir.yaml says (`taskManagers`): more or fewer of them, as a
 * rescale asks. They end with the process that has started the stack, however that ends.
 */
export class OwnedTaskManagers {
  /** For weir.yaml. */
  readonly config: {
    readonly kind: 'processes';
    readonly command: readonly string[];
    readonly folder: string;
    readonly resourceId: string;
  };
  readonly platform: Processes;
  private readonly release: () => void;

  constructor(flink: FlinkCluster, runDir: string) {
    const folder = join(runDir, 'task-managers');
    mkdirSync(folder);
    this.config = { kind: 'processes', command: flink.taskManagerCommand, folder, resourceId: taskManagerId };
    this.platform = new Processes(this.config);
    this.release = guard(folder);
  }

  async stop(): Promise<void> {
    await this.platform.scale(0);
    this.release();
  }
}

/** As `ManagedProcess` does for one process: a shell waits on a pipe that the system closes for us. */
function guard(folder: string): () => void {
  const killAll = `for f in "$1"/taskmanager-*.json; do kill -s KILL -- "-$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' "$f")"; done`;
  const shell = spawn('/bin/sh', ['-c', `read -r released || { ${killAll}; }`, 'weir-guard', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  shell.stdin.on('error', () => undefined); // ended by hand: nothing to release
  return () => shell.stdin.end('released\n');
}
