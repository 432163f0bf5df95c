import { ApplicationFailure } from '@temporalio/common';
import { openAccess } from '../access';
import type { ClusterConfig, Config, JobConfig } from '../config';
import type { FailureType } from '../contracts/failures';
import { FlinkClient } from '../flink/client';
import { nearest } from '../planning/nearest';
import { openTaskManagers } from '../platform';
import type { TaskManagers } from '../platform';

/** One Flink cluster of weir.yaml, with its client: what every activity works on. */
export interface Cluster {
  readonly name: string;
  readonly config: ClusterConfig;
  readonly jobs: readonly JobConfig[];
  readonly flink: FlinkClient;
  /** Of its HistoryServer, which serves what it has archived under the same paths. */
  readonly history?: FlinkClient;
  /** Who runs its TaskManagers, where weir.yaml says so. */
  readonly taskManagers?: TaskManagers;
}

export type Clusters = ReadonlyMap<string, Cluster>;

export function connectClusters(config: Config): Clusters {
  return new Map(
    Object.entries(config.clusters).map(([name, cluster]) => {
      const access = openAccess(cluster.access);
      const { rest, historyServer, taskManagers: owner } = cluster;
      const jobs = config.jobs.filter((job) => job.cluster === name);
      const flink = new FlinkClient({ rest, ...access });
      const history = historyServer && { history: new FlinkClient({ rest: historyServer, ...access }) };
      const taskManagers = owner && { taskManagers: openTaskManagers(owner) };
      return [name, { name, config: cluster, jobs, flink, ...history, ...taskManagers }];
    }),
  );
}

/** The cluster of that name. Throws `InvalidRequest`, not to be retried, naming those that weir.yaml has; details: the likeliest. */
export function clusterNamed(clusters: Clusters, name: string): Cluster {
  const cluster = clusters.get(name);
  if (cluster !== undefined) return cluster;
  const names = [...clusters.keys()];
  const close = nearest(name, names);
  throw ApplicationFailure.create({
    type: 'InvalidRequest' satisfies FailureType,
    nonRetryable: true,
    message:
      `weir.yaml has no cluster "${name}"${close === undefined ? '' : `; did you mean "${close}"?`} ` +
      `Clusters: ${names.join(', ')}`,
    details: [{ cluster: close ?? names[0] }],
  });
}
