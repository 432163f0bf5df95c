import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp, request as ask } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Pair } from './certificates';

/** What a gateway answers by itself. */
export interface Refusal {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

export interface GatewayOptions {
  /** Where what is let through goes: an http:// address. */
  readonly target: string;
  /** The Authorization header that is let through; whatever comes without it is answered 401. */
  readonly authorization?: string;
  readonly tls?: Pair;
  /** Path of the certificates that sign a client's; with it, a client needs one. */
  readonly clientCa?: string;
}

export interface GatewayCall {
  readonly authorization: string;
  readonly method: string;
  readonly path: string;
}

/** A reverse proxy as it stands before Flink in many a company: TLS, a credential, and a tongue too loose. */
export class Gateway {
  /** What this call is answered, if it is not let through. */
  refusal: ((call: GatewayCall) => Refusal | undefined) | undefined;
  /** The Authorization headers that came. */
  readonly seen = new Set<string>();
  private readonly server: Server;

  private constructor(readonly options: GatewayOptions) {
    const serve = (request: IncomingMessage, response: ServerResponse) => this.serve(request, response);
    const { tls, clientCa } = options;
    if (tls === undefined) {
      this.server = createHttp(serve);
      return;
    }
    const files = { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
    const client = clientCa === undefined ? {} : { ca: readFileSync(clientCa), requestCert: true };
    this.server = createHttps({ ...files, ...client }, serve);
  }

  static async start(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    // An idle connection that is closed under a client's next request would be a fault that no test asked for.
    gateway.server.keepAliveTimeout = 0;
    gateway.server.listen(0, '127.0.0.1');
    await once(gateway.server, 'listening');
    return gateway;
  }

  get url(): string {
    const scheme = this.options.tls === undefined ? 'http' : 'https';
    return `${scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = request;
    const { authorization = '' } = headers;
    this.seen.add(authorization);
    const wanted = this.options.authorization;
    const refusal =
      this.refusal?.({ authorization, method, path }) ??
      (wanted === undefined || authorization === wanted ? undefined : wrongCredential(authorization));
    if (refusal !== undefined) {
      // What is on its way is taken in first: a reset would say something else.
      request.resume().once('end', () => {
        response.writeHead(refusal.status, refusal.headers).end(refusal.body);
      });
      return;
    }
    const passed = ask(new URL(path, this.options.target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end('<html><head><title>502 Bad Gateway</title></head></html>');
    });
    request.pipe(passed);
  }
}

/** A gateway that means well: it says which credential was wrong. */
function wrongCredential(authorization: string): Refusal {
  return {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="flink"' },
    body: `not let in with "${authorization}"`,
  };
}
