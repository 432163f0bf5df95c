import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Pair } from '../kit/certificates';
import { violationsOf } from './openapi';
import type { Sent } from './openapi';
import { endServer, listen } from '../kit/listening';

interface Workload {
  replicas: number;
  /** Another one with each change, and never an old one again. */
  version: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

/** Kubernetes' words for what it does not do. */
export function status(code: number, message: string): Answer {
  return {
    status: code,
    body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }),
  };
}

/**
 * An API server that has nothing but the scale of workloads, in memory. It notes what Kubernetes' published OpenAPI
 * document does not allow of a request.
 */
export class FakeApiServer {
  /** As long as those of service accounts. */
  readonly token = `eyJhbGciOiJSUzI1NiJ9.${'of-the-api-server'.repeat(40)}.c2lnbmF0dXJl`;
  /** By path: `deployments/flink-taskmanager`. */
  readonly workloads = new Map<string, Workload>();
  readonly sent: Sent[] = [];
  readonly violations: string[] = [];
  /** The names in the client certificates that it was shown. */
  readonly clients: string[] = [];
  /** Done before a request is: an answer is given in its place. 'NOTHING': it is never answered. */
  before: (sent: Sent) => Answer | 'NOTHING' | undefined = () => undefined;
  private readonly server: Server;

  constructor(
    pair: Pair,
    private readonly ca: string,
  ) {
    const [cert, key] = [readFileSync(pair.cert), readFileSync(pair.key)];
    const options = { cert, key, ca: readFileSync(ca), requestCert: true, rejectUnauthorized: false };
    this.server = createServer(options, (...call) => void this.serve(...call));
  }

  async start(): Promise<void> {
    await listen(this.server);
  }

  async stop(): Promise<void> {
    await endServer(this.server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The methods of what was sent, in order. */
  get methods(): string[] {
    return this.sent.map(({ method }) => method);
  }

  /** Sends it a request without any client of Kubernetes, and gives the code of the answer. */
  async plain({ method, path, contentType, body }: Sent): Promise<number> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(contentType && { 'content-type': contentType }),
    };
    const options = { method, headers, ca: readFileSync(this.ca) };
    const sending = request(`https://127.0.0.1:${this.port}${path}`, options);
    sending.end(body);
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode ?? 0;
  }

  private async serve(call: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of call) parts.push(part as Buffer);
    const { method = '', url: path = '', headers } = call;
    const body = Buffer.concat(parts).toString();
    const sent = { method, path, contentType: headers['content-type'], body };
    this.sent.push(sent);
    const violations = violationsOf(sent);
    this.violations.push(...violations);
    const answer = violations.length > 0 ? status(400, violations.join()) : this.answer(call, sent);
    if (answer === 'NOTHING') return;
    response.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' });
    response.end(answer.body);
  }

  private answer(call: IncomingMessage, sent: Sent): Answer | 'NOTHING' {
    return this.before(sent) ?? (this.knows(call) ? this.scale(sent) : status(401, 'Unauthorized'));
  }

  private knows({ headers, socket }: IncomingMessage): boolean {
    const isShown = socket instanceof TLSSocket && socket.authorized;
    if (isShown) this.clients.push(String(socket.getPeerCertificate().subject.CN));
    return isShown || headers.authorization === `Bearer ${this.token}`;
  }

  private scale({ method, path, body }: Sent): Answer {
    const [, namespace, name] = /\/namespaces\/([^/]+)\/(.+)\/scale/.exec(path) ?? [];
    const workload = this.workloads.get(name ?? '');
    if (namespace !== 'flink' || workload === undefined) return status(404, `${name} not found`);
    if (method === 'PUT') {
      const { metadata, spec } = JSON.parse(body) as {
        readonly metadata?: { readonly resourceVersion?: string };
        readonly spec?: { readonly replicas?: number };
      };
      const { resourceVersion = String(workload.version) } = metadata ?? {};
      if (resourceVersion !== String(workload.version)) return status(409, 'the object has been modified');
      workload.replicas = spec?.replicas ?? 0;
      workload.version += 1;
    }
    const metadata = {
      name: name?.split('/')[1],
      namespace,
      uid: '6d2c6c0a-4f7e-4b5f-9a53-3f1b0a2c9b11',
      resourceVersion: String(workload.version),
      creationTimestamp: '2026-01-01T00:00:00Z',
    };
    // Go leaves a 0 out (`omitempty`)
    const spec = workload.replicas === 0 ? {} : { replicas: workload.replicas };
    const scale = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata, spec, status: { replicas: 1 } };
    return { status: 200, body: JSON.stringify(scale) };
  }
}
