import type { Cluster } from './cluster';
import { SimulatedJob } from './job';

export interface Loss {
  /** Live jobs come back, RUNNING from their last checkpoint. Without, they are forgotten. */
  readonly ha: boolean;
  readonly jars: 'KEPT' | 'LOST';
  /** ms from REST being there again until the TaskManagers have registered. */
  readonly registerMs: number;
  /** ms from then until the lost JobManager's tasks are gone and their slots free: `heartbeat.timeout`, in Flink. */
  readonly slotsMs: number;
  /**
   * With HA, of the jobs that had ended: the successor knows none (PUT_AWAY), or of each nothing but how it ended (LEFT):
   * up to about 0.1 s after its end, its result is noted and not put away yet.
   */
  readonly results: 'PUT_AWAY' | 'LEFT';
  /** ms for which REST answers that a leader is being elected: with HA, until the lost one's session is over. */
  readonly electionMs: number;
  /** ms from then until the leader takes requests. */
  readonly startingMs: number;
}

/**
 * The JobManager process is killed. Jobs, their history and the results of triggers go with it; what was under way
 * goes nowhere. Snapshots stay, and its tasks hold their slots until they notice. Returns how its successor begins.
 */
export function loseJobManager(cluster: Cluster, loss: Loss): () => void {
  const { ha, jars, registerMs, slotsMs, results } = loss;
  const { slots, journal } = cluster;
  const live = [...cluster.jobs.values()].filter((job) => !job.ended);
  const left = ha && results === 'LEFT' ? [...cluster.jobs.values()].filter((job) => job.ended) : [];
  for (const job of cluster.jobs.values()) job.abandon();
  cluster.jobs.clear();
  cluster.savepoints.clear();
  cluster.checkpoints.clear();
  cluster.disposals.clear();
  cluster.process.clear();
  if (jars === 'LOST') cluster.jars.clear();
  cluster.generation += 1;
  journal.happened({ kind: 'JOB_MANAGER_LOST' });

  slots.unregister();
  for (const job of live) {
    const tasks = `tasks of ${job.id} under JobManager ${cluster.generation - 1}`;
    slots.leaveTo(job.id, tasks);
    cluster.orphans.push({ job, tasks });
  }
  const lead = () => {
    const orphans = cluster.orphans.splice(0);
    if (ha) for (const { job } of orphans) recover(cluster, job);
    for (const job of left) {
      job.leaveResult();
      cluster.jobs.set(job.id, job);
    }
    cluster.process.after(registerMs, () => slots.register());
    cluster.timers.after(registerMs + (ha ? 0 : slotsMs), () => {
      for (const { job, tasks } of orphans) {
        slots.release(tasks);
        if (!ha) journal.happened({ kind: 'TASKS_GONE', jobId: job.id, name: job.name });
      }
    });
  };
  return () => {
    cluster.since = cluster.options.clock.now();
    elect(cluster, loss, lead);
  };
}

/** The successor answers at once, but leads only after a while. */
function elect(cluster: Cluster, { electionMs, startingMs }: Loss, lead: () => void): void {
  const starts = () => {
    cluster.leadership = 'STARTING';
    wait(cluster, startingMs, () => {
      cluster.leadership = 'LEADS';
      lead();
    });
  };
  cluster.leadership = 'IN_ELECTION';
  wait(cluster, electionMs, starts);
}

function wait(cluster: Cluster, ms: number, act: () => void): void {
  if (ms === 0) act();
  else cluster.process.after(ms, act);
}

/** HA: the same job again, initialised from its last checkpoint; a stop that was under way never happened. */
function recover(cluster: Cluster, lost: SimulatedJob): void {
  const job = new SimulatedJob(
    { ...lost.options, start: 'NORMAL', restore: lost.checkpoints.base },
    cluster.world,
  );
  cluster.jobs.set(job.id, job);
  cluster.process.after(cluster.options.delays.submit, () => job.accept());
}
