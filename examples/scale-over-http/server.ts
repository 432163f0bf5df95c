/**
 * A service that scales deployments on an HTTP call, with Weir's client:
 *
 *   curl -X POST http://127.0.0.1:8090/deployments/local/orders/scale -d '{"parallelism":8}'
 *   curl http://127.0.0.1:8090/deployments/local/orders
 *
 * The call is answered as soon as the deployment has taken it; the rescale goes on in its own workflow, whatever
 * becomes of this service. A caller that repeats a call gives both the same `X-Request-Id`, and it counts once.
 */
import { Client, Connection } from '@temporalio/client';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { NoSuchDeployment, Refused, WeirClient } from 'weir';

interface Reply {
  readonly code: number;
  readonly body: object;
}

export function scaleService(weir: WeirClient): Server {
  return createServer((request, response) => {
    void reply(weir, request)
      .catch(failed)
      .then(({ code, body }) => {
        response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
      });
  });
}

async function reply(weir: WeirClient, request: IncomingMessage): Promise<Reply> {
  const [, root, cluster, name, verb, ...rest] = (request.url ?? '').split('/').map(decodeURIComponent);
  if (root !== 'deployments' || !cluster || !name || rest.length > 0) return notFound;
  const deployment = weir.deployment(cluster, name);

  if (request.method === 'GET' && verb === undefined) return { code: 200, body: await deployment.status() };
  if (request.method === 'POST' && verb === 'scale') {
    const requestId = request.headers['x-request-id'];
    const answer = await deployment.scale(parallelismIn(await text(request)), {
      by: 'scale-over-http',
      ...(typeof requestId === 'string' && { requestId }),
    });
    return { code: 202, body: answer };
  }
  return notFound;
}

const notFound: Reply = {
  code: 404,
  body: { error: 'valid: GET /deployments/CLUSTER/NAME, POST /deployments/CLUSTER/NAME/scale' },
};

/** Whether that is a valid parallelism is the deployment's to say. */
function parallelismIn(body: string): number {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed === 'object' && parsed !== null && 'parallelism' in parsed)
    return Number(parsed.parallelism);
  throw new SyntaxError('no parallelism');
}

function failed(error: unknown): Reply {
  if (error instanceof NoSuchDeployment) return { code: 404, body: { error: error.message } };
  if (error instanceof Refused) return { code: 409, body: { error: error.message } };
  if (error instanceof SyntaxError)
    return { code: 400, body: { error: 'the body must be JSON such as {"parallelism":8}' } };
  return { code: 502, body: { error: error instanceof Error ? error.message : String(error) } };
}

async function main(): Promise<void> {
  const { TEMPORAL_ADDRESS: address = 'localhost:7233', TEMPORAL_NAMESPACE: namespace = 'default' } =
    process.env;
  const connection = await Connection.connect({ address });
  const server = scaleService(new WeirClient({ client: new Client({ connection, namespace }) }));
  // This machine only: whoever reaches the service may scale, so put what authenticates before it.
  server.listen(Number(process.env['PORT'] ?? 8090), '127.0.0.1', () => console.log(server.address()));
}

if (require.main === module) void main();
