import type { AppsV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Kubeconfig } from '../kubernetes';
import { PlatformRefused } from '../task-managers';
import { codeOf } from './refusals';

/** An API server, and what it is shown. */
export interface ApiServer {
  readonly api: AppsV1Api;
  /** For messages: a URL may have a password in it. */
  readonly host: string;
}

/**
 * Reads the kubeconfig anew, so that one that is changed is taken up at once; only what it names itself (a token's file, a
 * plug-in) is asked when a call is made.
 *
 * @throws PlatformRefused
 */
export async function apiServerOf({ file, context }: Kubeconfig = {}): Promise<ApiServer> {
  // It is an ES module, which this package is not, and large: it is loaded where there is a Kubernetes, and at run time.
  const { AppsV1Api, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  load(config, file);
  if (context !== undefined) config.setCurrentContext(context);
  const host = checkedHost(config);
  return { api: config.makeApiClient(AppsV1Api), host };
}

function load(config: KubeConfig, file: string | undefined): void {
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    // Its message stays here: a parser of YAML quotes the lines around a mistake, and a token is on one of them.
    throw new PlatformRefused(
      `${file ?? 'the kubeconfig that KUBECONFIG names, or ~/.kube/config,'} cannot be read${codeOf(error)}; it must be a YAML ` +
        `file with clusters, users and contexts. To see what is wrong: kubectl config view${file === undefined ? '' : ` --kubeconfig ${file}`}`,
    );
  }
  if (isNowhere(config)) {
    throw new PlatformRefused(
      'there is nothing that lets Weir at a Kubernetes: KUBECONFIG is not set, there is no ~/.kube/config, and no service ' +
        'account in /var/run/secrets/kubernetes.io/serviceaccount. Name a file in `kubeconfig`, or run the worker in a pod ' +
        'whose serviceAccountName is set and whose automountServiceAccountToken is not false',
    );
  }
}

/** `loadFromDefault` that has found nothing makes this up (config.js of client-node 1.4.0), as kubectl once did. */
function isNowhere(config: KubeConfig): boolean {
  return (
    config.getCurrentContext() === 'loaded-context' &&
    config.getCurrentCluster()?.server === 'http://localhost:8080'
  );
}

function checkedHost(config: KubeConfig): string {
  const context = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const names = config.getContexts().map(({ name }) => name);
    throw new PlatformRefused(
      `the kubeconfig has no context ${context}, or no cluster for it; its contexts are: ${names.join(', ')}. ` +
        'To see them: kubectl config get-contexts',
    );
  }
  if (!URL.canParse(cluster.server)) {
    throw new PlatformRefused(
      `the server of the context ${context} is no address; it must be such as https://10.0.0.1:6443`,
    );
  }
  const { protocol, host } = new URL(cluster.server);
  // client-node refuses it too, with each call and in words that do not say which file
  if (protocol === 'http:' && !cluster.skipTLSVerify) {
    throw new PlatformRefused(
      `the server of the context ${context} is http://${host}, where credentials would go in the clear; it must be https://. ` +
        'If nobody listens there (kubectl proxy), write insecure-skip-tls-verify: true beside it',
    );
  }
  return host;
}
