import type { AppsV1Api, ConfigurationOptions, RequestContext, V1Scale } from '@kubernetes/client-node';
import type { KubernetesOptions } from '../kubernetes';
import { PlatformRefused, PlatformUnavailable } from '../task-managers';
import { apiServerOf } from './api-server';
import { codeOf, kubectl, placeOf, wordsOf } from './refusals';
import type { Refusal } from './refusals';

/** An admission webhook may have much to say. */
const longestWords = 300;

export type Answer =
  { readonly kind: 'SCALE'; readonly scale: V1Scale } | ({ readonly kind: 'REFUSAL' } & Refusal);

/** A method of the generated client; it has to be given what is particular to this call. */
export type Send = (api: AppsV1Api, call: ConfigurationOptions) => Promise<V1Scale>;

export interface Limits {
  /** In milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * One call to the API server. What Weir authenticates with is neither in a message nor in an answer's words.
 *
 * @throws PlatformUnavailable
 * @throws PlatformRefused
 * @throws the reason of the signal
 */
export async function ask(
  options: KubernetesOptions,
  send: Send,
  { timeout, signal }: Limits,
): Promise<Answer> {
  const { api, host } = await apiServerOf(options.kubeconfig);
  const { ApiException, Observable } = await import('@kubernetes/client-node');
  signal?.throwIfAborted();
  const place = placeOf(options);
  const deadline = AbortSignal.timeout(timeout);
  const outgoing = new Outgoing(signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
  const asIs = <T>(context: T) => new Observable(Promise.resolve(context));
  try {
    const scale = await send(api, {
      middleware: [{ pre: (context) => asIs(outgoing.noted(context)), post: asIs }],
    });
    // An empty object, of a gateway, would be taken for no TaskManagers.
    if (scale.kind === 'Scale') return { kind: 'SCALE', scale };
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.aborted) {
      throw new PlatformUnavailable(
        `${place}: the API server ${host} has not answered within ${timeout / 1000} s`,
      );
    }
    if (error instanceof ApiException) {
      // cut when nothing is left to be hidden: half a token is none that would be found
      const words = outgoing.hidden(wordsOf(error.body)).slice(0, longestWords);
      return { kind: 'REFUSAL', host, code: error.code, words };
    }
    // Other messages stay here: one of a plug-in may quote the token that it could not make out.
    if (outgoing.isSent) {
      throw new PlatformUnavailable(`${place}: no Kubernetes API server answers at ${host}${codeOf(error)}`);
    }
    throw new PlatformRefused(
      `${place}: Weir has nothing to show to the API server ${host}${codeOf(error)}: a file that the kubeconfig names cannot be ` +
        `read, or its plug-in has failed. To see which: ${kubectl(options, 'get --raw /readyz -v 6')}`,
    );
  }
  throw new PlatformUnavailable(
    `${place}: what answers at ${host} is no Kubernetes API server: it gives no Scale`,
  );
}

/** What of a request has to be known when it has failed. */
class Outgoing {
  private secrets: readonly string[] | undefined;

  constructor(private readonly signal: AbortSignal) {}

  /** The client has authenticated the request, and sends it next. */
  noted(request: RequestContext): RequestContext {
    request.setSignal(this.signal);
    this.secrets = secretsOf(request.getHeaders()['Authorization'] ?? '');
    return request;
  }

  get isSent(): boolean {
    return this.secrets !== undefined;
  }

  /** A gateway may repeat in its answer what it was shown. */
  hidden(text: string): string {
    return (this.secrets ?? []).reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  }
}

function secretsOf(authorization: string): string[] {
  const [scheme = '', secret = ''] = authorization.split(' ');
  const pair = scheme === 'Basic' ? Buffer.from(secret, 'base64').toString() : '';
  const password = pair.slice(pair.indexOf(':') + 1);
  return [secret, password].filter((one) => one !== '');
}
