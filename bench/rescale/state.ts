import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { jdkTool } from '../../src/dev/jvm';
import { ordersSplits } from '../../src/dev/orders';
import type { Service } from '../../src/dev/service';
import type { StackOptions } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import type { FlinkClient } from '../../src/flink/client';

/** State of a given size, millions of bytes; what it is in truth Flink says. */

const keysASplit = 100;

/** The example's arguments: padding of each key from its first record on, so all of it is there after some seconds. */
export function paddingOf(stateMb: number): string[] {
  const bytes = Math.ceil((stateMb * 1e6) / (ordersSplits * keysASplit));
  return ['--keys', String(keysASplit), '--state-bytes', String(bytes)];
}

/** What a cluster needs for it: the default backend has state on the heap. */
export function clusterFor(stateMb: number): NonNullable<StackOptions['flink']> {
  if (stateMb === 0) return {};
  return {
    // One TaskManager may have all tasks, and what the jobs before have left is there until the next collection.
    taskHeapMb: 320 + 5 * stateMb,
    // A checkpoint under way at the stop would be measured as well. Each rescale begins with one that was asked for.
    settings: { 'execution.checkpointing.interval': '10 min' },
  };
}

const run = promisify(execFile);

/**
 * Has the JVMs collect their garbage. With so much state on the heap a collection may halt the tasks for longer than the
 * ways differ by; without this, whether one falls into the stopped window is left to what came before.
 */
export async function collected(jvms: readonly Service[]): Promise<void> {
  await Promise.all(jvms.map(({ current }) => run(jdkTool('jcmd'), [String(current.pid), 'GC.run'])));
}

/** Has the job complete a checkpoint of `stateMb` or more. Returns its size in bytes, by Flink's statistics. */
export async function checkpointed(flink: FlinkClient, jobId: string, stateMb: number): Promise<number> {
  const wait = { what: `a checkpoint of ${stateMb} MB of job ${jobId}`, deadlineMs: 60_000 };
  return until(async () => {
    const triggerId = randomBytes(16).toString('hex');
    await flink.triggerCheckpoint(jobId, triggerId);
    const id = await until(async () => {
      const operation = await flink.checkpointOperation(jobId, triggerId);
      return operation.kind === 'COMPLETED' && operation.checkpointId;
    }, wait);
    // The statistics are some ms behind.
    const completed = await until(async () => {
      const { latest } = await flink.checkpoints(jobId);
      return latest.completed != null && latest.completed.id >= id && latest.completed;
    }, wait);
    const bytes = completed.state_size ?? 0;
    return bytes >= stateMb * 1e6 && bytes;
  }, wait);
}
