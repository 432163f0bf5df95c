import type { KubernetesOptions } from '../kubernetes';
import { PlatformRefused, PlatformUnavailable } from '../task-managers';

/** In RBAC's words. */
export type Verb = 'get' | 'update';

/** An answer that is not what was asked for. */
export interface Refusal {
  /** Who answers, for messages. */
  readonly host: string;
  readonly code: number;
  /** What it says to that. It is shown. */
  readonly words: string;
}

/**
 * What an answer means that is no Scale. Kubernetes answers 403 for RBAC and for a webhook that says no, and only its words tell
 * which.
 *
 * What may pass is unavailable, and what a person has to mend is refused.
 */
export function fromRefusal(
  options: KubernetesOptions,
  verb: Verb,
  { host, code, words }: Refusal,
): PlatformRefused | PlatformUnavailable {
  const { namespace, workload } = options;
  const place = placeOf(options);
  const said = `the API server ${host} answers ${code}${words === '' ? '' : ` (${words})`}`;
  switch (code) {
    case 401:
      return new PlatformRefused(
        `${place}: ${said}: it does not know Weir's credentials, which are missing, expired or another cluster's. ` +
          `To see whom it takes them for: ${kubectl(options, 'auth whoami')}`,
      );
    case 403: {
      const resource = resourceOf(options);
      return new PlatformRefused(
        `${place}: ${said}: Weir's account needs the verb ${verb} on ${resource}/scale (apiGroup apps) in ${namespace}, by the Role ` +
          `in docs/platform.md, unless those are the words of an admission webhook. To check: ${kubectl(options, `auth can-i ${verb} ${resource}.apps/${workload.name} --subresource=scale`)}`,
      );
    }
    case 404:
      return new PlatformRefused(
        `${place}: ${said}: there is none of that name. To see what there is: ${kubectl(options, 'get deployment,statefulset')}`,
      );
    case 408:
    case 429:
      return new PlatformUnavailable(`${place}: ${said}`);
    default:
      if (code < 400 || code >= 500) return new PlatformUnavailable(`${place}: ${said}`);
      return new PlatformRefused(
        `${place}: ${said}. To see the workload: ${kubectl(options, `describe ${workload.kind} ${workload.name}`)}`,
      );
  }
}

export function placeOf({ namespace, workload: { kind, name } }: KubernetesOptions): string {
  return `the ${kind} ${name} in the namespace ${namespace}`;
}

/** A command for who reads the message, against the cluster that Weir has asked. */
export function kubectl(
  { namespace, kubeconfig: { file, context } = {} }: KubernetesOptions,
  command: string,
): string {
  const where = [
    ...(file === undefined ? [] : ['--kubeconfig', file]),
    ...(context === undefined ? [] : ['--context', context]),
  ];
  return ['kubectl', ...where, '-n', namespace, command].join(' ');
}

function resourceOf({ workload: { kind } }: KubernetesOptions): string {
  switch (kind) {
    case 'Deployment':
      return 'deployments';
    case 'StatefulSet':
      return 'statefulsets';
  }
}

/** ` (ECONNREFUSED)`, or nothing: what Node calls an error. */
export function codeOf(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? ` (${error.code})` : '';
}

/** Of an answer's body: the `message` of Kubernetes' Status, or all of it. */
export function wordsOf(body: unknown): string {
  if (typeof body !== 'string') return '';
  return (messageIn(body) ?? body).trim();
}

function messageIn(text: string): string | undefined {
  try {
    const status: unknown = JSON.parse(text);
    const isSaid = typeof status === 'object' && status !== null && 'message' in status;
    return isSaid && typeof status.message === 'string' ? status.message : undefined;
  } catch {
    return undefined;
  }
}
