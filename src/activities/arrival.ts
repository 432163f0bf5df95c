import type { Downtime } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import type { OverviewJob } from '../flink/client';
import type { Checkpoints } from '../flink/schemas';
import { slotsNeeded } from '../planning/capacity';
import type { Aim } from '../planning/in-place';
import { checkpointsOf } from './checkpoints';
import type { Cluster } from './cluster';
import { answered, pause } from './wait';
import type { Pulse } from './wait';

/** Whether a job has come to where it was to be, and by what way. */
export type Arrival =
  /** `downtime`, `restored`: of the restart by which it got there. */
  | {
      readonly kind: 'THERE';
      readonly warnings: readonly string[];
      readonly downtime?: Downtime;
      readonly restored?: Snapshot;
    }
  | { readonly kind: 'ELSEWHERE' }
  /** Flink's cache does not tell yet. */
  | { readonly kind: 'UNKNOWN' };

interface Wanted {
  readonly jobId: string;
  readonly aim: Aim;
}

/** Looks at a job of which every task runs. */
export async function arrivalOf(
  cluster: Cluster,
  { jobId, aim }: Wanted,
  { tasks }: OverviewJob,
  pulse: Pulse<unknown>,
): Promise<Arrival> {
  const wanted = Object.values(aim.targets).reduce((sum, parallelism) => sum + parallelism, 0);
  if (tasks.total !== wanted) return { kind: 'ELSEWHERE' };
  const { vertices } = await answered(pulse, (signal) => cluster.flink.job(jobId, signal));
  const isCached = vertices.reduce((sum, { parallelism }) => sum + parallelism, 0) !== tasks.total;
  if (isCached) return { kind: 'UNKNOWN' };
  if (vertices.some(({ id, parallelism }) => parallelism !== aim.targets[id])) return { kind: 'ELSEWHERE' };
  if (aim.newerThan === undefined) return { kind: 'THERE', warnings: [] };
  return restoredSince(cluster, { jobId, newerThan: aim.newerThan }, pulse);
}

async function restoredSince(
  cluster: Cluster,
  { jobId, newerThan }: { readonly jobId: string; readonly newerThan: number },
  pulse: Pulse<unknown>,
): Promise<Arrival> {
  let checkpoints = await checkpointsOf(cluster, jobId, pulse);
  if ((checkpoints?.latest.restored?.id ?? 0) <= newerThan) {
    // the statistics may be as old as Flink's cache
    const { 'refresh-interval': cacheMs } = await answered(pulse, (signal) => cluster.flink.config(signal));
    await pause(pulse, cacheMs);
    checkpoints = await checkpointsOf(cluster, jobId, pulse);
  }
  const restored = checkpoints?.latest.restored;
  const ofOld =
    restored != null && restored.id > newerThan && !restored.is_savepoint
      ? []
      : [
          `Flink restored ${restored?.external_path ?? 'no checkpoint'}, which is not of this rescale: records since are processed again`,
        ];
  const downtime = await downtimeOf(cluster, jobId, checkpoints, pulse);
  return {
    ...{ kind: 'THERE', warnings: ofOld },
    ...(downtime === undefined ? {} : { downtime }),
    ...(restored?.external_path == null
      ? {}
      : {
          restored: {
            kind: restored.is_savepoint ? 'SAVEPOINT' : 'CHECKPOINT',
            ...{ path: restored.external_path, jobId, checkpointId: restored.id },
          },
        }),
  };
}

/**
 * As far as Flink tells, by the JobManager's clock: from the checkpoint complete that was restored, until the last task
 * ran. It ran on after that checkpoint, so this is rather too long.
 */
async function downtimeOf(
  cluster: Cluster,
  jobId: string,
  checkpoints: Checkpoints | undefined,
  pulse: Pulse<unknown>,
): Promise<Downtime | undefined> {
  const restored = checkpoints?.latest.restored;
  const from = checkpoints?.history.find(({ id }) => id === restored?.id)?.latest_ack_timestamp;
  const restoredAt = restored?.restore_timestamp;
  const { vertices } = await answered(pulse, (signal) => cluster.flink.job(jobId, signal));
  const shown = await Promise.all(
    vertices.map(({ id }) => answered(pulse, (signal) => cluster.flink.vertex(jobId, id, signal))),
  );
  const ready = shown.flatMap(({ subtasks }) => subtasks).map(readyAt);
  if (from === undefined || restoredAt === undefined || ready.length === 0) return undefined;
  const to = Math.max(...ready);
  if (!Number.isFinite(to) || restoredAt < from || to < restoredAt) return undefined;
  return { total: to - from, stop: restoredAt - from, submit: 0, restore: to - restoredAt };
}

/** NaN where it does not tell. */
function readyAt(subtask: {
  readonly 'start-time'?: number | undefined;
  readonly 'status-duration'?: Readonly<Record<string, number>> | undefined;
}): number {
  const { 'start-time': start = NaN, 'status-duration': spent = {} } = subtask;
  return start + Math.max(0, spent['DEPLOYING'] ?? NaN) + Math.max(0, spent['INITIALIZING'] ?? NaN);
}

/** The slots that it lacks, as a sentence; undefined: none. */
export async function shortage(
  cluster: Cluster,
  { aim }: Wanted,
  { tasks }: OverviewJob,
  pulse: Pulse<unknown>,
): Promise<string | undefined> {
  const needed = slotsNeeded(Object.values(aim.targets).map((parallelism) => ({ parallelism })));
  const overview = await answered(pulse, (signal) => cluster.flink.overview(signal));
  const total = overview['slots-total'];
  const free = overview['slots-available'];
  const vertices = Math.max(1, Object.keys(aim.targets).length);
  const held = Math.ceil(tasks.total / vertices);
  if (held + free >= needed) return undefined;
  return `it needs ${needed} slots, holds ${held}, and ${free} of ${total} are free`;
}
