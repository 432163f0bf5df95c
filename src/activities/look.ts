import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type { Sighting } from '../contracts/deployment';
import type { JobLookup } from '../contracts/observation';
import type { Outcome, SearchAttribute } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import { rescaleWorkflowId } from '../planning/ids';
import { checkpointsOf, savepointBelow } from './checkpoints';
import type { Cluster } from './cluster';
import { ended } from './ended';
import { findJob, findLast } from './find';
import { hasEnded } from './job';
import { leftBy } from './left';
import { looking, pause } from './wait';
import type { Pulse } from './wait';

export interface LookInput {
  readonly cluster: string;
  /** The job's name. */
  readonly job: string;
  /** The one that ran last, as far as is known. */
  readonly jobId?: string | undefined;
  /** The newest state of it that was seen. */
  readonly newest?: Snapshot | undefined;
}

/**
 * What became of a deployment's job. One that no JobManager knows has VANISHED only once it is proven that nothing of it
 * runs (P12): it is looked for until then.
 */
export async function look(cluster: Cluster, { job, jobId, newest }: LookInput): Promise<Sighting> {
  return looking(async (pulse) => {
    for (;;) {
      const found = await sightingOf(cluster, job, await findJob(cluster, { job }, pulse), pulse);
      if (found !== undefined) return found;
      if (jobId === undefined) return neverSeen(cluster, job, pulse);
      const gone = await endOf(cluster, jobId, newest, pulse);
      if (gone !== undefined) return gone;
      await pause(pulse, 250);
    }
  });
}

/**
 * Of a name that was never looked after: the last job that left state, whoever ended it, is what a start begins from. One
 * that began without it would be refused, since nobody has said that it may be lost.
 */
async function neverSeen(cluster: Cluster, job: string, pulse: Pulse<unknown>): Promise<Sighting> {
  const last = await findLast(cluster, { job }, pulse);
  if (last.kind !== 'STOPPED' || !hasEnded(last.job.state)) return { kind: 'NOTHING' };
  const { id: jobId, state: how, snapshot: newest } = last.job;
  return { kind: 'ENDED', jobId, how, newest };
}

async function sightingOf(
  cluster: Cluster,
  name: string,
  found: JobLookup,
  pulse: Pulse<unknown>,
): Promise<Sighting | undefined> {
  switch (found.kind) {
    case 'FOUND': {
      const { id: jobId, state, parallelism, newestSnapshot } = found.job;
      const newest = newestSnapshot === undefined ? {} : { newest: newestSnapshot };
      if (hasEnded(state)) return { kind: 'ENDED', jobId, how: state, ...newest };
      return { kind: 'LIVE', jobId, parallelism, ...newest };
    }
    case 'STOPPED': {
      const { id: jobId, state, snapshot: newest } = found.job;
      // A job of ours may have come to its end like any other.
      if (hasEnded(state) && !(await isOfStop(cluster, newest, pulse)))
        return { kind: 'ENDED', jobId, how: state, newest };
      return { kind: 'STOPPED', jobId, newest, meant: await wasMeant(cluster.name, name) };
    }
    case 'AMBIGUOUS':
      return { kind: 'SEVERAL', jobIds: found.candidates.map(({ id }) => id) };
    case 'UNKNOWN':
      return undefined;
  }
}

/** Whether a stop of the job took it: one that the job began with, or that it went on from, says nothing (P13). */
async function isOfStop(
  cluster: Cluster,
  { jobId, path }: Snapshot,
  pulse: Pulse<unknown>,
): Promise<boolean> {
  const checkpoints = await checkpointsOf(cluster, jobId, pulse);
  return savepointBelow(jobId, cluster.config.savepointRoot, checkpoints, 'STOP')?.path === path;
}

const outcomeKey = defineSearchAttributeKey(
  'WeirOutcome' satisfies SearchAttribute,
  SearchAttributeType.KEYWORD,
);
/** Those of a run that was to leave the job stopped. */
const stops: readonly string[] = ['SUSPENDED', 'CANCELLED'] satisfies Outcome[];

/** Whether the last run of the lock's workflow was to leave the job stopped. */
async function wasMeant(cluster: string, name: string): Promise<boolean> {
  const { workflow } = Context.current().client;
  try {
    const handle = workflow.getHandle(rescaleWorkflowId(cluster, name));
    const { status, typedSearchAttributes } = await handle.describe();
    const outcome = typedSearchAttributes.get(outcomeKey);
    return status.name === 'COMPLETED' && outcome !== undefined && stops.includes(outcome);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/**
 * How the job ended, that is not to be found by its name; undefined: it may live. Of one that is forgotten, what was seen
 * last may be gone, and a newer one in the store (P14).
 */
async function endOf(
  cluster: Cluster,
  jobId: string,
  seen: Snapshot | undefined,
  pulse: Pulse<unknown>,
): Promise<Sighting | undefined> {
  const over = await ended(cluster, jobId, pulse);
  if (over.ended === undefined) return undefined;
  const { state, newest } = await leftBy(cluster, jobId, over.ended, seen, pulse);
  return {
    ...{ kind: 'ENDED', jobId, how: state === 'FORGOTTEN' ? 'VANISHED' : state },
    ...(newest === undefined ? {} : { newest }),
  };
}
