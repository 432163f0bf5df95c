import type { Cluster } from '../cluster';
import type { SimulatedJob } from '../job';
import * as bodies from './bodies';
import { isSince } from './versions';

/**
 * What Flink answers from caches that are up to `web.refresh-interval` old: a job's graph (details, config, vertices,
 * exceptions: one cache) and its checkpoint statistics, which have their own cache since 1.18 and were part of the
 * graph's before. A job that is not known is never cached.
 */
export class JobCache {
  private readonly graphs = new Map<string, { at: number; view: ReturnType<typeof graphOf> }>();
  private readonly statistics = new Map<
    string,
    { at: number; view: ReturnType<typeof bodies.checkpoints> }
  >();

  constructor(private readonly cluster: Cluster) {}

  graph(job: SimulatedJob) {
    return this.cached(this.graphs, job.id, () => graphOf(this.cluster.options.version, job, this.now));
  }

  checkpoints(job: SimulatedJob) {
    const { version } = this.cluster.options;
    if (!isSince(version, '1.18')) return this.graph(job).checkpoints;
    return this.cached(this.statistics, job.id, () => bodies.checkpoints(version, job));
  }

  /** A JobManager takes its caches along. */
  clear(): void {
    this.graphs.clear();
    this.statistics.clear();
  }

  private get now(): number {
    return this.cluster.options.clock.now();
  }

  private cached<T>(cache: Map<string, { at: number; view: T }>, jobId: string, look: () => T): T {
    const known = cache.get(jobId);
    if (known !== undefined && this.now - known.at < this.cluster.options.refreshIntervalMs)
      return known.view;
    const view = look();
    cache.set(jobId, { at: this.now, view });
    return view;
  }
}

function graphOf(version: string, job: SimulatedJob, now: number) {
  return {
    details: bodies.jobDetails(version, job, now),
    config: bodies.jobConfig(version, job),
    vertices: bodies.vertexDetails(job, now),
    exceptions: bodies.exceptions(version, job),
    checkpoints: bodies.checkpoints(version, job),
  };
}
