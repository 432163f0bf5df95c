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
}

/**
 * The JobManager process is killed. Jobs, their history and the results of triggers go with it; what was under way
 * goes nowhere. Snapshots stay, and its tasks hold their slots until they notice. Returns how its successor begins.
 */
export function loseJobManager(cluster: Cluster, { ha, jars, registerMs, slotsMs }: Loss): () => void {
  const { slots, journal } = cluster;
  const live = [...cluster.jobs.values()].filter((job) => !job.ended);
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
  const holders = live.map((job) => ({
    job,
    tasks: `tasks of ${job.id} under JobManager ${cluster.generation - 1}`,
  }));
  for (const holder of holders) slots.leaveTo(holder.job.id, holder.tasks);
  return () => {
    cluster.since = cluster.options.clock.now();
    if (ha) for (const job of live) recover(cluster, job);
    cluster.process.after(registerMs, () => slots.register());
    cluster.timers.after(registerMs + (ha ? 0 : slotsMs), () => {
      for (const { job, tasks } of holders) {
        slots.release(tasks);
        if (!ha) journal.happened({ kind: 'TASKS_GONE', jobId: job.id, name: job.name });
      }
    });
  };
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
