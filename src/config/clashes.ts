import { normalize } from 'node:path';
import type { ConfigFile } from '../config-file';
import { nearest } from '../planning/nearest';
import type { TaskManagersConfig, Written } from './schema';

/** What is wrong between fields of `weir.yaml`, each of which is valid by itself. @throws ConfigError */
export function refuseClashes(written: Written, source: ConfigFile): void {
  refuseSharedAddresses(written, source);
  refuseSharedTaskManagers(written, source);
  refuseUnknowableTaskManagers(written, source);
  refuseUnknownClusters(written, source);
  refuseSecondEntries(written, source);
  refuseOnePort(written, source);
}

/** Two names for one cluster would be two locks for one job (P26). */
function refuseSharedAddresses(config: Written, source: ConfigFile): void {
  const seen = new Map<string, string>();
  for (const [name, cluster] of Object.entries(config.clusters)) {
    const address = addressOf(cluster.rest);
    const other = seen.get(address);
    if (other !== undefined) {
      const what = `clusters "${other}" and "${name}" have one address, ${address}; keep one of them`;
      throw source.error([{ path: ['clusters', name, 'rest'], what }]);
    }
    seen.set(address, name);
  }
}

/** Host, port and path: behind one gateway each cluster has a path of its own. */
function addressOf(rest: string): string {
  const { hostname, port, protocol, pathname } = new URL(rest);
  const host = ['localhost', '[::1]'].includes(hostname) ? '127.0.0.1' : hostname;
  return `${host}:${port || (protocol === 'https:' ? '443' : '80')}${pathname.replace(/\/+$/, '')}`;
}

/** Two clusters would take them from each other. */
function refuseSharedTaskManagers(config: Written, source: ConfigFile): void {
  const seen = new Map<string, string>();
  for (const [name, { taskManagers }] of Object.entries(config.clusters)) {
    if (taskManagers === undefined) continue;
    const owner = ownerOf(taskManagers);
    const other = seen.get(owner);
    if (other !== undefined) {
      const what = `clusters "${other}" and "${name}" have the same TaskManagers, ${owner}; give each its own`;
      throw source.error([{ path: ['clusters', name, 'taskManagers'], what }]);
    }
    seen.set(owner, name);
  }
}

/** A Deployment ends any pod it likes, and its pods have names that nobody can foretell. */
function refuseUnknowableTaskManagers(config: Written, source: ConfigFile): void {
  for (const [name, { taskManagers }] of Object.entries(config.clusters)) {
    if (taskManagers?.kind !== 'kubernetes' || taskManagers.resourceId === undefined) continue;
    if (taskManagers.workload.startsWith('statefulset/')) continue;
    const what = `${taskManagers.workload} does not tell which pod it ends; valid: leave it out, or run them as a StatefulSet (statefulset/<name>)`;
    throw source.error([{ path: ['clusters', name, 'taskManagers', 'resourceId'], what }]);
  }
}

function ownerOf(taskManagers: TaskManagersConfig): string {
  switch (taskManagers.kind) {
    case 'kubernetes': {
      const { context, namespace, workload } = taskManagers;
      return `${workload} in namespace ${namespace}${context === undefined ? '' : ` of context ${context}`}`;
    }
    case 'processes':
      return `those of folder ${normalize(taskManagers.folder)}`;
  }
}

function refuseUnknownClusters(config: Written, source: ConfigFile): void {
  const names = Object.keys(config.clusters);
  for (const [i, job] of config.jobs.entries()) {
    if (names.includes(job.cluster)) continue;
    const close = nearest(job.cluster, names);
    const hint = close === undefined ? '; valid: ' : `; did you mean "${close}"? Valid: `;
    const what = `job "${job.job}" names cluster "${job.cluster}", which is not there${hint}${names.join(', ')}`;
    throw source.error([{ path: ['jobs', i, 'cluster'], what }]);
  }
}

/** Of two entries for one job, which counts? */
function refuseSecondEntries(config: Written, source: ConfigFile): void {
  const seen = new Set<string>();
  for (const [i, { cluster, job }] of config.jobs.entries()) {
    const key = JSON.stringify([cluster, job]);
    if (seen.has(key)) {
      const what = `job "${job}" of cluster "${cluster}" has two entries under jobs; keep one of them`;
      throw source.error([{ path: ['jobs', i], what }]);
    }
    seen.add(key);
  }
}

function refuseOnePort({ health, metrics }: Written, source: ConfigFile): void {
  if (health === undefined || health.port !== metrics?.port) return;
  const what = `health and metrics have one port, ${health.port}; give each its own`;
  throw source.error([{ path: ['metrics', 'port'], what }]);
}
