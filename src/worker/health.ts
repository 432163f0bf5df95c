import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { EndpointConfig } from '../config';
import { authority } from './endpoint';
import { StartError, said } from './start-error';

/** Undefined: the worker takes work. Else why it does not. */
export type NotReady = string | undefined;

/**
 * Answers `/healthz` with 200 for as long as this process turns, and `/readyz` with 200 while the worker polls Temporal,
 * else with 503 and the reason. Never keeps the process alive.
 *
 * @throws StartError it cannot listen there
 */
export async function serveHealth(
  { host, port }: EndpointConfig,
  readiness: () => Promise<NotReady>,
): Promise<Server> {
  const answer = async (path: string | undefined): Promise<readonly [status: number, text: string]> => {
    switch (path) {
      case '/healthz':
        return [200, 'alive'];
      case '/readyz': {
        const why = await readiness();
        return why === undefined ? [200, 'polling'] : [503, why];
      }
      default:
        return [404, 'valid: /healthz, /readyz'];
    }
  };
  const server = createServer((request, response) => {
    void answer(request.url)
      .catch((error: unknown): readonly [number, string] => [503, said(error)])
      .then(([status, text]) =>
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`),
      );
  });
  server.unref().listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new StartError(
      `health of weir.yaml cannot be served at ${authority({ host, port })}: ${said(error)}\nNext: give it a port that is free, then: npm run worker`,
    );
  }
  return server;
}
