import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endServer, listen } from './listening';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, call: Call) => void | Promise<void>;

/** A JobManager that answers as the test says. */
export class FakeServer {
  readonly calls: Call[] = [];
  answer: Answer = json(200, {});
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** Its port is another one each time. */
  async start(): Promise<void> {
    this.calls.splice(0);
    this.answer = json(200, {});
    await listen(this.server);
  }

  async stop(): Promise<void> {
    await endServer(this.server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: Buffer.concat(parts).toString('latin1') };
    this.calls.push(call);
    await this.answer(response, call);
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => void response.writeHead(status, headers).end(JSON.stringify(body));
}

/** Started before each test of this file, and stopped after it. */
export function useFakeServer(): FakeServer {
  const server = new FakeServer();
  beforeEach(() => server.start());
  afterEach(() => server.stop());
  return server;
}
