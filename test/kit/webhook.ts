import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Notice } from '../../src/contracts/notice';

/** What the receiver does with a notice that has arrived. */
export type Manner = 'ACCEPTS' | 'REFUSES_ONCE' | 'HANGS' | 'DROPS';

export interface Told {
  readonly notice: Notice;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
}

/** The receiver of notices: an HTTP server that behaves as told, for each job. */
export class Webhook {
  readonly told: Told[] = [];
  private readonly manners = new Map<string, Manner>();

  private constructor(private readonly server = createServer()) {
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.once('end', () => this.take(JSON.parse(body) as Notice, request.headers, response));
    });
  }

  static async start(): Promise<Webhook> {
    const webhook = new Webhook();
    webhook.server.listen(0, '127.0.0.1');
    await once(webhook.server, 'listening');
    return webhook;
  }

  /** Its path is a secret, as those of chat services are. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/path-secret`;
  }

  behave(job: string, manner: Manner): void {
    this.manners.set(job, manner);
  }

  of(job: string): Told[] {
    return this.told.filter(({ notice }) => notice.job === job);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private take(notice: Notice, headers: IncomingHttpHeaders, response: ServerResponse): void {
    this.told.push({ notice, headers, at: Date.now() });
    switch (this.manners.get(notice.job) ?? 'ACCEPTS') {
      case 'ACCEPTS':
        response.writeHead(204).end();
        break;
      case 'REFUSES_ONCE':
        this.behave(notice.job, 'ACCEPTS');
        response.writeHead(500).end();
        break;
      case 'HANGS':
        break;
      case 'DROPS':
        response.destroy();
    }
  }
}
