import type { V1Scale } from '@kubernetes/client-node';
import { ask } from './kubernetes/ask';
import type { Answer, Send } from './kubernetes/ask';
import { fromRefusal, kubectl, placeOf } from './kubernetes/refusals';
import { PlatformUnavailable, idOf } from './task-managers';
import type { Retirement, TaskManagers } from './task-managers';

/** The workload that runs a cluster's TaskManagers, and what lets Weir at it. */
export interface KubernetesOptions {
  readonly namespace: string;
  readonly workload: { readonly kind: 'Deployment' | 'StatefulSet'; readonly name: string };
  /**
   * Without a file: what kubectl takes, which is the files in KUBECONFIG, else ~/.kube/config, else the service account of
   * the pod that Weir runs in. Without a context: the current one.
   */
  readonly kubeconfig?: Kubeconfig | undefined;
  /** Of a StatefulSet: by which id Flink knows a pod, `{n}` being its ordinal; left out: none is ended because it is idle. */
  readonly resourceId?: string | undefined;
}

export interface Kubeconfig {
  readonly file?: string | undefined;
  readonly context?: string | undefined;
}

/** As often as client-go's `retry.DefaultRetry`: a conflict is over with the next read, unless somebody writes on and on. */
const tries = 5;

/**
 * TaskManagers that are the pods of a Deployment or a StatefulSet. Its scale subresource is read and written and nothing
 * else, so nothing else has to be allowed.
 *
 * The API server takes note; a controller starts and ends pods afterwards. One that is too many gets SIGTERM, upon which a
 * TaskManager tells its JobManager that it goes.
 */
export class KubernetesTaskManagers implements TaskManagers {
  private readonly which: { readonly namespace: string; readonly name: string };

  /** @param timeout of each call to the API server, in milliseconds */
  constructor(
    private readonly options: KubernetesOptions,
    private readonly timeout = 10_000,
  ) {
    this.which = { namespace: options.namespace, name: options.workload.name };
  }

  async wanted(signal?: AbortSignal): Promise<number> {
    return replicasOf(await this.read(signal));
  }

  /**
   * A write names the version of the workload that was read before it, and is refused if that is no longer the newest. So
   * one that is late, of a call that timed out or of a worker that died, does not undo what was asked for since. A patch
   * would.
   */
  async scale(count: number): Promise<void> {
    for (let left = tries; left > 0; left -= 1) {
      const seen = await this.read();
      if (replicasOf(seen) === count) return;
      if ((await this.replace(seen, count)) === 'DONE') return;
    }
    throw this.changedByOthers(`each of the ${tries} times that Weir was about to scale it to ${count}`);
  }

  /** A StatefulSet ends the pods with the highest ordinals; which pods a Deployment ends nobody knows. */
  get retirement(): Retirement | undefined {
    const { resourceId, workload } = this.options;
    if (resourceId === undefined || workload.kind !== 'StatefulSet') return undefined;
    return {
      choose: (idle, { wanted, most }) => {
        const lastOnes: string[] = [];
        for (let ordinal = wanted - 1; ordinal >= Math.max(0, wanted - most); ordinal -= 1) {
          const id = idOf(resourceId, ordinal);
          if (!idle.includes(id)) break;
          lastOnes.push(id);
        }
        return lastOnes;
      },
      end: async (ids, wanted) => {
        const seen = await this.read();
        const replicas = replicasOf(seen);
        const isThere = replicas === wanted && (await this.replace(seen, wanted - ids.length)) === 'DONE';
        if (!isThere) throw this.changedByOthers(`since Weir saw that it has ${wanted} replicas`);
      },
    };
  }

  private changedByOthers(when: string): PlatformUnavailable {
    const { kind, name } = this.options.workload;
    return new PlatformUnavailable(
      `${placeOf(this.options)} was changed by others ${when}. ` +
        `To see by whom: ${kubectl(this.options, `get ${kind} ${name} -o yaml --show-managed-fields`)}`,
    );
  }

  private async read(signal?: AbortSignal): Promise<V1Scale> {
    const answer = await this.ask(signal, (api, call) => {
      switch (this.options.workload.kind) {
        case 'Deployment':
          return api.readNamespacedDeploymentScale(this.which, call);
        case 'StatefulSet':
          return api.readNamespacedStatefulSetScale(this.which, call);
      }
    });
    if (answer.kind === 'REFUSAL') throw fromRefusal(this.options, 'get', answer);
    return answer.scale;
  }

  /** CONFLICT: it has another version by now, and nothing was written. */
  private async replace({ metadata }: V1Scale, replicas: number): Promise<'DONE' | 'CONFLICT'> {
    const version = metadata?.resourceVersion;
    const body: V1Scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { ...this.which, ...(version !== undefined && { resourceVersion: version }) },
      spec: { replicas },
    };
    const answer = await this.ask(undefined, (api, call) => {
      switch (this.options.workload.kind) {
        case 'Deployment':
          return api.replaceNamespacedDeploymentScale({ ...this.which, body }, call);
        case 'StatefulSet':
          return api.replaceNamespacedStatefulSetScale({ ...this.which, body }, call);
      }
    });
    if (answer.kind === 'SCALE') return 'DONE';
    if (answer.code === 409) return 'CONFLICT';
    throw fromRefusal(this.options, 'update', answer);
  }

  private ask(signal: AbortSignal | undefined, send: Send): Promise<Answer> {
    return ask(this.options, send, { timeout: this.timeout, signal });
  }
}

/** It is left out where it is 0 (autoscaling/v1: `omitempty`); a workload that was made without it has 1, and says so. */
function replicasOf({ spec }: V1Scale): number {
  return spec?.replicas ?? 0;
}
