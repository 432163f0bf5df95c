import type { Cluster } from '../cluster';
import type { SimulatedJob } from '../job';
import { texts } from '../traces';
import { notFound, refused } from './answer';
import { JobCache } from './cache';
import type { Request } from './request';

/** What the routes work on. */
export class RestContext {
  readonly cache: JobCache;

  constructor(
    readonly cluster: Cluster,
    readonly restUrl: () => string,
  ) {
    this.cache = new JobCache(cluster);
  }

  /** The job of the path. Most routes answer 404 for one that is unknown. */
  job(request: Request): SimulatedJob {
    const id = this.jobId(request);
    const job = this.cluster.jobs.get(id);
    if (job === undefined) throw notFound(`Job ${id} not found`, texts.jobNotFound(id));
    return job;
  }

  jobId({ params }: Request): string {
    const { id = '' } = params;
    if (/^[0-9a-f]{32}$/.test(id)) return id;
    throw refused(
      400,
      `Bad request, could not parse parameters: Cannot resolve path parameter (jobid) from value "${id}".`,
    );
  }
}
