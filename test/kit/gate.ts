import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that is kept at the gate. */
export interface Kept {
  /** Resolves when it is there; if it was let through, when Flink has answered it. */
  readonly arrived: Promise<void>;
  /** It never goes on: its connection is reset. */
  readonly drop: () => void;
  /** It goes on to Flink, whether its sender lives or not; resolves when Flink has answered. */
  readonly passOn: () => Promise<void>;
}

interface Wanted {
  readonly method: string;
  readonly path: RegExp;
  readonly when: 'BEFORE' | 'AFTER';
  spared: number;
  readonly meet: (message: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** A proxy before a real JobManager, at which a test keeps one request: before Flink has it, or after it has answered. */
export class Gate {
  /** Where it lets go what comes; set once Flink has an address. */
  target = '';
  private wanted: Wanted | undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((message, response) => {
      this.serve(message, response).catch(() => response.destroy());
    });
    // An idle connection that is closed under a client's next request would be a fault that no test asked for.
    this.server.keepAliveTimeout = 0;
  }

  static async start(): Promise<Gate> {
    const gate = new Gate();
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Keeps the next such request, after `after` others of the kind. */
  keep(method: string, path: RegExp, when: 'BEFORE' | 'AFTER', after = 0): Kept {
    let drop = () => undefined as void;
    let passOn = () => Promise.resolve();
    const arrived = new Promise<void>((resolve, reject) => {
      const meet = async (message: IncomingMessage, response: ServerResponse) => {
        drop = () => response.destroy();
        const body = await buffer(message);
        passOn = async () => void (await this.send(message, body));
        if (when === 'AFTER') await this.send(message, body);
        resolve();
      };
      this.wanted = {
        ...{ method, path, when, spared: after },
        meet: (message, response) => meet(message, response).catch(reject),
      };
    });
    return { arrived, drop: () => drop(), passOn: () => passOn() };
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { wanted } = this;
    if (wanted !== undefined && message.method === wanted.method && wanted.path.test(message.url ?? '')) {
      if (wanted.spared === 0) {
        this.wanted = undefined;
        return wanted.meet(message, response);
      }
      wanted.spared -= 1;
    }
    const { status, headers, body } = await this.send(message, await buffer(message));
    response.writeHead(status, headers).end(body);
  }

  private async send({ method, url = '/', headers }: IncomingMessage, body: Buffer) {
    const passed = ask(new URL(url, this.target), { method, headers });
    passed.end(body);
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
  }
}
