import type { Snapshot } from '../contracts/snapshot';
import { isRefusal } from '../flink/errors';
import type { Checkpoints } from '../flink/schemas';
import { jobIdPrefix, triggerId } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import { isBelow, samePath } from '../planning/paths';
import { checkpointsOf, lastStateOf } from './checkpoints';
import type { Cluster } from './cluster';
import { endByCancel } from './ended';
import { hasEnded, restartsOf, stateOf } from './job';
import { answered, heartbeating, pause, pollDelay } from './wait';
import type { Pulse } from './wait';

export interface VerifyInput {
  readonly cluster: string;
  readonly key: RunKey;
  readonly jobId: string;
  readonly vertexIds: readonly string[];
  /** The job that it has taken the place of, and the path of the savepoint that this run took of that one. */
  readonly old?: { readonly jobId: string; readonly ours?: string | undefined } | undefined;
  /** How long the first checkpoint is waited for, ms; after that it is a warning. */
  readonly waitMs: number;
}

export type VerifyOutput =
  | {
      readonly kind: 'VERIFIED';
      /** Its newest checkpoint, once there is one: where its state is from here on. */
      readonly checkpoint?: Snapshot;
      readonly warnings: readonly string[];
      /** None as long as there is no checkpoint of the new job. */
      readonly superseded: readonly Superseded[];
    }
  /** The job does not hold. */
  | { readonly kind: 'BROKEN'; readonly cause: string }
  /** Somebody cancelled it. */
  | { readonly kind: 'CANCELED' };

/** A savepoint that no job needs any more. */
export interface Superseded {
  readonly path: string;
  readonly sizeBytes?: number;
  /** Taken by this run. */
  readonly ours: boolean;
}

/** Restarts before the first checkpoint that are put up with: a failing TaskManager explains one, not three. */
const mostRestarts = 2;

/**
 * The new job's first completed checkpoint is the commit point: until then the snapshot is the newest state there is.
 * It is asked for, so that it comes soon (Flink >= 1.17; before, the job's own interval brings it).
 */
export async function verify(cluster: Cluster, input: VerifyInput): Promise<VerifyOutput> {
  return heartbeating<VerifyOutput>(async (pulse) => {
    const { jobId } = input;
    const startedAt = Date.now();
    const warnings = await endExtras(cluster, input, pulse);
    await ask(cluster, input, pulse);
    for (;;) {
      // In this order: a job that has completed a checkpoint and then failed does not hold.
      const checkpoints = await checkpointsOf(cluster, jobId, pulse);
      const state = await stateOf(cluster, jobId, pulse);
      if (state === 'CANCELED') return { kind: 'CANCELED' };
      if (state === 'FAILED' || state === 'FORGOTTEN')
        return { kind: 'BROKEN', cause: `the new job is ${state}` };
      if (checkpoints === undefined && (await takesNone(cluster, jobId, pulse))) {
        const warning = 'Flink takes no snapshots of the new job: there is no checkpoint to wait for';
        return { kind: 'VERIFIED', warnings: [...warnings, warning], superseded: [] };
      }
      // One that is on its way out is waited for, whatever it has completed (P13).
      const leaving = state === 'CANCELLING' || state === 'FAILING';
      if (!leaving && checkpoints !== undefined && checkpoints.counts.completed > 0)
        return {
          ...{ kind: 'VERIFIED', warnings, superseded: await supersededBy(cluster, input, pulse) },
          ...checkpointOf(jobId, checkpoints),
        };
      if (state === 'FINISHED') return { kind: 'VERIFIED', warnings, superseded: [] };
      const restarts = await restartsOf(cluster, jobId, input.vertexIds, pulse);
      if (restarts > mostRestarts) {
        return {
          kind: 'BROKEN',
          cause: `the new job restarted ${restarts} times before its first checkpoint`,
        };
      }
      const elapsed = Date.now() - startedAt;
      if (elapsed > input.waitMs || pulse.aborted()) {
        const warning = `no checkpoint of the new job within ${elapsed} ms; keep the savepoint until there is one`;
        return { kind: 'VERIFIED', warnings: [...warnings, warning], superseded: [] };
      }
      await pause(pulse, pollDelay(elapsed));
    }
  });
}

function checkpointOf(jobId: string, checkpoints: Checkpoints): { readonly checkpoint?: Snapshot } {
  const checkpoint = lastStateOf(jobId, checkpoints);
  return checkpoint === undefined ? {} : { checkpoint };
}

async function ask(cluster: Cluster, input: VerifyInput, pulse: Pulse<unknown>): Promise<void> {
  await answered(pulse, async () => {
    try {
      await cluster.flink.triggerCheckpoint(input.jobId, triggerId(input.key, 'checkpoint', 1));
    } catch (error) {
      if (!isRefusal(error, 'ROUTE_NOT_FOUND') && !isRefusal(error, 'JOB_NOT_FOUND')) throw error;
    }
  });
}

/** Whether Flink takes no snapshots of the job at all: it is one of bounded input, started without state. */
async function takesNone(cluster: Cluster, jobId: string, pulse: Pulse<unknown>): Promise<boolean> {
  return answered(pulse, async (signal) => {
    try {
      await cluster.flink.checkpoints(jobId, signal);
      return false;
    } catch (error) {
      if (isRefusal(error, 'JOB_NOT_FOUND')) return false;
      if (isRefusal(error, 'CHECKPOINTING_DISABLED')) return true;
      throw error;
    }
  });
}

/** Below the cluster's root: the savepoint of this run, and the one that the old job began with. */
async function supersededBy(
  cluster: Cluster,
  { old }: VerifyInput,
  pulse: Pulse<unknown>,
): Promise<Superseded[]> {
  if (old === undefined) return [];
  const checkpoints = await checkpointsOf(cluster, old.jobId, pulse);
  const restored = checkpoints?.latest.restored;
  const before = restored?.is_savepoint === true ? restored.external_path : undefined;
  const paths = [before, old.ours].flatMap((path) => (path == null ? [] : [path]));
  return paths
    .filter((path) => isBelow(cluster.config.savepointRoot, path))
    .map((path) => {
      const entry = checkpoints?.history.find((one) => samePath(one.external_path ?? '', path));
      const sizeBytes = entry?.checkpointed_size;
      return { path, ...(sizeBytes === undefined ? {} : { sizeBytes }), ours: path === old.ours };
    });
}

/** Never do two copies run (P21): a live job with our ids' prefix that is not the one we verify is ended and reported. */
async function endExtras(cluster: Cluster, input: VerifyInput, pulse: Pulse<unknown>): Promise<string[]> {
  const jobs = await answered(pulse, (signal) => cluster.flink.jobs(signal));
  const prefix = jobIdPrefix(input.key.lock);
  const extras = jobs.filter(
    (job) => job.jid.startsWith(prefix) && job.jid !== input.jobId && !hasEnded(job.state),
  );
  for (const extra of extras) await endByCancel(cluster, extra.jid, pulse);
  return extras.map(
    (extra) => `a second copy of the job, ${extra.jid}, was ${extra.state} and has been cancelled`,
  );
}
