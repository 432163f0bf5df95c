import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectClusters } from '../../src/activities/cluster';
import { takeSavepoint } from '../../src/activities/stopping';
import type { StopEnd } from '../../src/activities/stopping';
import { parseConfig } from '../../src/config';

/** What Flink does with the stops that come, one after the other; the last one's fate is that of all that follow. */
type Fate = 'RESET' | 'REFUSED' | 'TAKEN';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

interface Sent {
  readonly end: StopEnd;
  readonly ids: readonly string[];
  /** Whether each asks for a drain. */
  readonly drains: readonly boolean[];
}

async function stop(
  fates: readonly Fate[],
  { onItsWay = false, drain }: { readonly onItsWay?: boolean | undefined; readonly drain?: true } = {},
): Promise<Sent> {
  const ids: string[] = [];
  const drains: boolean[] = [];
  server = createServer((request, response) => {
    if (request.method === 'GET') {
      const operation = { location: 'file:/savepoints/one' };
      response.end(JSON.stringify({ status: { id: 'COMPLETED' }, operation }));
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      const { triggerId, drain } = JSON.parse(body) as { triggerId: string; drain: boolean };
      ids.push(triggerId);
      drains.push(drain);
      switch (fates[Math.min(ids.length, fates.length) - 1]) {
        case 'RESET':
          return request.socket.destroy();
        case 'REFUSED':
          response.writeHead(400);
          return response.end(JSON.stringify({ errors: ['not like this'] }));
        default:
          response.writeHead(202);
          return response.end(JSON.stringify({ 'request-id': triggerId }));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const local = {
    rest: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ savepointRoot: 'file:///savepoints', artifacts: '.' },
  };
  const [cluster] = connectClusters(
    parseConfig(JSON.stringify({ clusters: { local } }), 'weir.yaml'),
  ).values();
  if (cluster === undefined) throw new Error('no cluster');
  const end = await takeSavepoint(
    cluster,
    {
      ...{ kind: 'STOP', jobId: 'a'.repeat(32), triggerId: 'b'.repeat(32), stopMs: 1_000, onItsWay },
      savepoint: {
        ...{ directory: 'file:///savepoints/orders', format: 'CANONICAL', mode: 'STOP_WITH_SAVEPOINT' },
        ...{ keep: true, tryMs: 60_000 },
        ...(drain === undefined ? {} : { drain }),
      },
    },
    { details: undefined, lost: new AbortController().signal, aborted: () => false, unheard: false },
  );
  return { end, ids, drains };
}

const completed = { kind: 'COMPLETED', path: 'file:/savepoints/one' };
const refused = { kind: 'FAILED', cause: expect.stringContaining('not like this') as string };

interface Case {
  readonly what: string;
  readonly fates: readonly Fate[];
  readonly onItsWay?: boolean;
  readonly sent: number;
  readonly end: object;
}

const cases: readonly Case[] = [
  { what: 'a refusal is an answer', fates: ['REFUSED'], sent: 1, end: refused },
  {
    what: 'a stop without an answer, then refused: a copy of it may yet be carried out, so the same is sent again',
    fates: ['RESET', 'REFUSED', 'REFUSED', 'TAKEN'],
    ...{ sent: 4, end: completed },
  },
  {
    what: 'the same where an attempt that died had sent it',
    fates: ['REFUSED', 'TAKEN'],
    ...{ onItsWay: true, sent: 2, end: completed },
  },
  {
    what: 'refused three times in a row: a copy of it will be, too',
    fates: ['RESET', 'REFUSED'],
    ...{ sent: 4, end: refused },
  },
];

test.each(cases)('P5: $what', async ({ fates, onItsWay, sent, end }) => {
  const seen = await stop(fates, { onItsWay });
  expect(seen.end).toEqual(end);
  expect(seen.ids).toEqual(Array.from({ length: sent }, () => 'b'.repeat(32)));
});

test('P19: a drain is sent only where it was asked for', async () => {
  expect((await stop(['TAKEN'])).drains).toEqual([false]);
  server?.close();
  expect((await stop(['RESET', 'TAKEN'], { drain: true })).drains).toEqual([true, true]);
});
