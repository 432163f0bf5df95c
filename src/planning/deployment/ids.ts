import { lockKey } from '../ids';

/** Whose deployment: the cluster's name in weir.yaml, and the deployment's own. */
export interface Identity {
  readonly cluster: string;
  readonly name: string;
}

/** The only workflow id under which this deployment lives: Temporal's uniqueness of ids makes it one. */
export function deploymentWorkflowId({ cluster, name }: Identity): string {
  return `deployment/${lockKey(cluster, name)}`;
}

/** What a workflow id names, or undefined if it is not a deployment's id at all. */
export function deploymentOf(workflowId: string): Identity | undefined {
  const [, cluster, name] = /^deployment\/([^/]+)\/([^/]+)$/.exec(workflowId) ?? [];
  if (cluster === undefined || name === undefined) return undefined;
  try {
    return { cluster: decodeURIComponent(cluster), name: decodeURIComponent(name) };
  } catch {
    return undefined;
  }
}
