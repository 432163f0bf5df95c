import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { ErrorAnswer, type Answer, type Handled } from './answer';
import type { RestContext } from './context';
import { Faults, type RequestFault } from './faults';
import { inElection, withoutLeader } from './leader';
import { bodyOf, type Request } from './request';
import { routeOf, type Route } from './routes';

/** Flink's REST server on a loopback port of its own, which it keeps when it goes away and comes back. */
export class RestServer {
  readonly faults = new Faults();
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly context: RestContext) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer((message, response) => {
      this.serve(message, response).catch((error: unknown) => response.destroy(error as Error));
    });
    // An idle connection that is closed under a client's next request would be a fault that no test asked for.
    server.keepAliveTimeout = 0;
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', () => resolve());
    });
    this.port = (server.address() as AddressInfo).port;
  }

  /** Nobody listens any more; connections are reset. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    // A client in this process sees it with the next turn of the loop; until then it would send by a dead connection.
    await turn();
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = message;
    const { pathname, searchParams } = new URL(url, this.url);
    const path = pathname.replace(/^\/v1(?=\/)/, '');
    const body = await bodyOf(message);
    const { options } = this.context.cluster;
    const { version } = options;
    const found = routeOf(options, method, path);
    const request: Request = {
      method,
      path,
      query: searchParams,
      params: found?.params ?? {},
      body,
      version,
    };

    const fault = this.faults.next(method, path);
    const { generation } = this.context.cluster;
    if (fault?.kind === 'SLOW_BEFORE') await sleep(fault.ms);
    const held = fault?.kind === 'HELD_BEFORE' ? await fault.hold.hold(response) : undefined;
    // a JobManager that was lost meanwhile took the request along
    if (this.context.cluster.generation !== generation) return;
    if (held === 'DROPPED' || (fault !== undefined && !isExecuted(fault))) {
      if (found !== undefined) this.note(found.route, request, 'NOT_EXECUTED');
      if (held === 'DROPPED') return reset(response);
      return give(response, fault, statusAnswer(500));
    }
    const answer = await (found === undefined
      ? unknownRoute(method, url, headers['content-type'])
      : this.execute(found.route, request));
    if (fault?.kind === 'SLOW_AFTER') await sleep(fault.ms);
    if (fault?.kind === 'HELD_AFTER' && (await fault.hold.hold(response)) === 'DROPPED')
      return reset(response);
    give(response, fault, answer);
  }

  private async execute(route: Route, request: Request): Promise<Answer> {
    const { leadership, options } = this.context.cluster;
    const unled = withoutLeader(options.version, leadership);
    if (unled !== undefined) {
      this.note(route, request, 'NOT_EXECUTED');
      return unled;
    }
    let handled: Handled;
    try {
      handled = route.handle(this.context, request);
    } catch (error) {
      if (!(error instanceof ErrorAnswer)) throw error;
      handled = { answer: error.answer, outcome: 'REFUSED' };
    }
    this.note(route, request, handled.outcome ?? 'EXECUTED');
    return handled.answer;
  }

  private note(route: Route, request: Request, outcome: NonNullable<Handled['outcome']>): void {
    if (!route.change) return;
    const { verb, describe } = route.change;
    this.context.cluster.journal.called({ verb, outcome, ...described(describe, request) });
  }
}

function described<T>(describe: (request: Request) => T, request: Request): T | object {
  try {
    return describe(request);
  } catch (error) {
    // a body that Flink refuses says nothing
    if (error instanceof ErrorAnswer) return {};
    throw error;
  }
}

function isExecuted(fault: RequestFault): boolean {
  return fault.kind === 'STATUS' ? fault.executed === true : fault.kind !== 'RESET_BEFORE';
}

/** The answer, or what the fault makes of it. */
function give(response: ServerResponse, fault: RequestFault | undefined, answer: Answer): void {
  switch (fault?.kind) {
    case 'RESET_BEFORE':
    case 'RESET_AFTER':
      return reset(response);
    case 'STATUS':
      return send(response, statusAnswer(fault.status));
    case 'TRUNCATED':
      return sendText(response, answer.status, halfOf(JSON.stringify(answer.body)));
    case 'SLOW_BEFORE':
    case 'SLOW_AFTER':
    case 'HELD_BEFORE':
    case 'HELD_AFTER':
    case undefined:
      send(response, answer);
  }
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Flink's own text for a path that no handler has; what receives files refuses one before that. */
function unknownRoute(method: string, url: string, contentType = ''): Answer {
  if (method === 'POST' && contentType.startsWith('multipart/'))
    return { status: 400, body: { errors: ['POST request not allowed'] } };
  const text = method === 'GET' ? `Unable to load requested file ${url}.` : `Not found: ${url}`;
  return { status: 404, body: { errors: [text] } };
}

function statusAnswer(status: 413 | 500 | 503): Answer {
  switch (status) {
    case 413:
      return { status, body: '413 Request Entity Too Large' };
    case 500:
      return { status, body: { errors: ['Internal server error.'] } };
    case 503:
      return inElection;
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  sendText(response, status, JSON.stringify(body));
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function halfOf(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}
