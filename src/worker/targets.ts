import type { Access } from '../access';
import type { Config, TaskManagersConfig } from '../config';
import { authority } from './endpoint';

/** Where Temporal is, as the environment and temporal.toml say. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  readonly tls: boolean;
}

/**
 * What the worker works on, resolved, one line each, for the first thing that it logs. Nothing that may be a secret is in
 * it: no credential, no query of a URI, no argument of a job, and of the webhook only the host.
 */
export function targets(temporal: TemporalTarget, config: Config): readonly string[] {
  const { taskQueue, health, metrics, webhook } = config;
  const { address, namespace, tls } = temporal;
  return [
    `Temporal ${address}, namespace ${namespace}, TLS ${tls ? 'yes' : 'no'}, task queue ${taskQueue}`,
    ...Object.entries(config.clusters).map(
      ([
        name,
        { rest, access, historyServer, savepointRoot, artifacts, snapshotStore: store, taskManagers },
      ]) =>
        `cluster ${name}: ${rest}${by(access)}, savepoints below ${withoutSecrets(savepointRoot)}, jars in ${artifacts}, ` +
        `snapshot store ${store.kind === 'file' ? store.folder : 'none'}` +
        (historyServer === undefined ? '' : `, history server ${historyServer}`) +
        (taskManagers === undefined ? '' : `, TaskManagers ${ownerOf(taskManagers)}`),
    ),
    ...config.jobs.map(({ cluster, job, artifact }) => `job ${job} on ${cluster}: ${artifact.jar}`),
    `health ${health === undefined ? 'off' : `http://${authority(health)}/healthz and /readyz`}`,
    `metrics ${metrics === undefined ? 'off' : `http://${authority(metrics)}/metrics`}`,
    `webhook ${webhook === undefined ? 'off' : `${new URL(webhook.url).host}${by(webhook.access)}`}`,
  ];
}

function ownerOf(taskManagers: TaskManagersConfig): string {
  switch (taskManagers.kind) {
    case 'kubernetes':
      return `${taskManagers.workload} in Kubernetes namespace ${taskManagers.namespace}`;
    case 'processes':
      return `by processes, recorded in ${taskManagers.folder}`;
  }
}

/** By what Weir is let through: the kinds of it only. */
function by(access: Access | undefined): string {
  const kinds = Object.keys(access ?? {});
  return kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
}

/** A URI without user, password, query and fragment. */
function withoutSecrets(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/, '');
}
