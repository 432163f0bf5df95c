import type { Checkpointing, KnownSavepoint } from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import { isRefusal } from '../flink/errors';
import type { CheckpointEntry, Checkpoints } from '../flink/schemas';
import { isBelow } from '../planning/paths';
import { newestSnapshot } from '../planning/snapshots';
import type { Cluster } from './cluster';
import { answered } from './wait';
import type { Pulse } from './wait';

/** What a job's checkpoint statistics say of its state: which snapshots there are, and which of them is the newest. */

/** The checkpoint statistics, or undefined for a job without checkpointing or one that is forgotten. */
export async function checkpointsOf(
  cluster: Cluster,
  jobId: string,
  pulse: Pulse<unknown>,
): Promise<Checkpoints | undefined> {
  return answered(pulse, async (signal) => {
    try {
      return await cluster.flink.checkpoints(jobId, signal);
    } catch (error) {
      if (isRefusal(error, 'CHECKPOINTING_DISABLED') || isRefusal(error, 'JOB_NOT_FOUND')) return undefined;
      throw error;
    }
  });
}

/** The newest snapshot that can still be restored from, as far as the job's own statistics know. */
export function newestOf(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  const entries = [
    checkpoints?.latest.completed,
    checkpoints?.latest.savepoint,
    ...(checkpoints?.history ?? []),
  ];
  return newestSnapshot(entries.map((entry) => asSnapshot(jobId, entry)));
}

/**
 * The newest snapshot that can still be restored from, what the job began with among them: a job without a checkpoint
 * of its own, or whose own ones were deleted at its end, leaves nothing else.
 */
export function lastStateOf(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  return newestOf(jobId, checkpoints) ?? restoredBy(jobId, checkpoints);
}

function restoredBy(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  const restored = checkpoints?.latest.restored;
  if (restored?.external_path == null || restored.external_path.startsWith('<')) return undefined;
  // A checkpoint that the job failed over to is deleted as soon as there is a later one; a savepoint never is.
  if (!restored.is_savepoint && checkpoints?.counts.completed !== 0) return undefined;
  const kind = restored.is_savepoint ? 'SAVEPOINT' : 'CHECKPOINT';
  return { kind, path: restored.external_path, jobId, checkpointId: restored.id };
}

/**
 * What a job of ours has added to the snapshot that it began with; one that began without it has added nothing (P24). A
 * JobManager that has recovered the job begins a new history: what it failed over to is the job's own, too (P14).
 */
export function progressOf(jobId: string, checkpoints: Checkpoints | undefined): Snapshot | undefined {
  const restored = checkpoints?.latest.restored;
  if (restored == null) return undefined;
  const isItsOwn = restored.external_path?.includes(`/${jobId}/`) === true;
  return newestOf(jobId, checkpoints) ?? (isItsOwn ? restoredBy(jobId, checkpoints) : undefined);
}

/** The newest savepoint that the statistics know: one of the job's own, or the one that it began with (P18). */
export function newestSavepointOf(
  jobId: string,
  checkpoints: Checkpoints | undefined,
): KnownSavepoint | undefined {
  const own = newestSnapshot([
    asSnapshot(jobId, checkpoints?.latest.savepoint),
    ...(checkpoints?.history ?? []).filter(isSavepoint).map((entry) => asSnapshot(jobId, entry)),
  ]);
  if (own !== undefined) return { snapshot: own, takenByJob: true };
  const snapshot = restoredBy(jobId, checkpoints);
  return snapshot?.kind === 'SAVEPOINT' ? { snapshot, takenByJob: false } : undefined;
}

/** A completed savepoint in a directory of ours (P16): of a stop only, or of a job that goes on as well. */
export function savepointBelow(
  jobId: string,
  directory: string,
  checkpoints: Checkpoints | undefined,
  of: 'STOP' | 'ANY',
): Snapshot | undefined {
  const ours = (checkpoints?.history ?? []).filter(
    (entry) =>
      (of === 'ANY' ? isSavepoint(entry) : entry.checkpoint_type === 'SYNC_SAVEPOINT') &&
      isBelow(directory, entry.external_path ?? '/'),
  );
  return newestSnapshot(ours.map((entry) => asSnapshot(jobId, entry)));
}

/** A savepoint or a stop that is under way, whoever asked for it. */
export function savepointUnderWay(checkpoints: Checkpoints | undefined): Checkpointing['underWay'] {
  const entry = checkpoints?.history.find((one) => one.status === 'IN_PROGRESS' && isSavepoint(one));
  if (entry === undefined) return undefined;
  const kind = entry.checkpoint_type === 'SYNC_SAVEPOINT' ? 'STOP' : 'SAVEPOINT';
  return { kind, checkpointId: entry.id, since: entry.trigger_timestamp ?? 0 };
}

function isSavepoint(entry: CheckpointEntry): boolean {
  return entry.is_savepoint === true || entry.checkpoint_type?.includes('SAVEPOINT') === true;
}

function asSnapshot(jobId: string, entry: CheckpointEntry | null | undefined): Snapshot | undefined {
  if (entry == null || entry.status !== 'COMPLETED' || entry.discarded === true) return undefined;
  // JobManager storage writes "<checkpoint-not-externally-addressable>": nothing that a job could start from
  if (entry.external_path == null || entry.external_path.startsWith('<')) return undefined;
  return {
    kind: isSavepoint(entry) ? 'SAVEPOINT' : 'CHECKPOINT',
    path: entry.external_path,
    jobId,
    checkpointId: entry.id,
    ...(entry.latest_ack_timestamp === undefined ? {} : { completedAt: entry.latest_ack_timestamp }),
  };
}

/** How Flink writes the interval of a job without periodic checkpoints: Long.MAX_VALUE. */
const never = Number.MAX_SAFE_INTEGER;

/** How the job's checkpointing is set, and what of it is known. */
export async function checkpointingOf(
  cluster: Cluster,
  jobId: string,
  checkpoints: Checkpoints,
  pulse: Pulse<unknown>,
): Promise<Checkpointing> {
  const config = await answered(pulse, (signal) => cluster.flink.checkpointConfig(jobId, signal));
  const { enabled, delete_on_cancellation: deletedOnCancel } = config.externalization;
  const { completed, savepoint } = checkpoints.latest;
  const underWay = savepointUnderWay(checkpoints);
  return {
    ...(config.interval >= never ? {} : { intervalMs: config.interval }),
    timeoutMs: config.timeout,
    retainedOnFailure: enabled,
    retainedOnCancel: enabled && !deletedOnCancel,
    unaligned: config.unaligned_checkpoints,
    ...(config.state_backend === undefined ? {} : { stateBackend: config.state_backend }),
    ...(underWay === undefined ? {} : { underWay }),
    ...(completed?.end_to_end_duration == null ? {} : { lastCheckpointMs: completed.end_to_end_duration }),
    ...(savepoint?.end_to_end_duration == null ? {} : { lastSavepointMs: savepoint.end_to_end_duration }),
  };
}
