import type { TaskManagersConfig } from '../config';
import { KubernetesTaskManagers } from './kubernetes';
import { Processes } from './processes';
import type { TaskManagers } from './task-managers';

export { PlatformRefused, PlatformUnavailable } from './task-managers';
export type { TaskManagers };

/** Whoever runs a cluster's TaskManagers, as weir.yaml says. Nothing is asked yet. */
export function openTaskManagers(config: TaskManagersConfig): TaskManagers {
  switch (config.kind) {
    case 'processes':
      return new Processes(config);
    case 'kubernetes': {
      const { namespace, workload, kubeconfig: file, context, resourceId } = config;
      const [kind, name = ''] = workload.split('/');
      return new KubernetesTaskManagers({
        namespace,
        workload: { kind: kind === 'statefulset' ? 'StatefulSet' : 'Deployment', name },
        kubeconfig: { file, context },
        resourceId,
      });
    }
  }
}
