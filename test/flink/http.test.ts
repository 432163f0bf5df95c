import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlinkClient } from '../../src/flink/client';
import { FlinkAmbiguous, FlinkUnavailable } from '../../src/flink/errors';
import type { FlinkOptions } from '../../src/flink/http';
import { useSimulator } from '../flink-simulator/fixture';
import { TestCa } from '../kit/certificates';
import type { Pair } from '../kit/certificates';
import { Gateway } from '../kit/gateway';
import type { GatewayOptions } from '../kit/gateway';

const simulator = useSimulator();
const secret = 'p1anted-secret';
const bearer = { authorization: `Bearer ${secret}`, secrets: [secret] };

let folder: string;
let ca: TestCa;
let server: Pair;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-http-'));
  ca = new TestCa(folder);
  server = ca.issue('server');
});
afterAll(() => rm(folder, { recursive: true }));

const gateways: Gateway[] = [];
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

/** A gateway before a simulated Flink. */
async function before(options: Omit<GatewayOptions, 'target'>): Promise<Gateway> {
  const { sim } = await simulator();
  const gateway = await Gateway.start({ ...options, target: sim.restUrl });
  gateways.push(gateway);
  return gateway;
}

const client = ({ url }: Pick<Gateway, 'url'>, options: Omit<FlinkOptions, 'rest'>) =>
  new FlinkClient({ rest: url, ...options });
const pem = ({ cert, key }: Pair) => ({ cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') });
const trusting = () => ({ ca: readFileSync(ca.cert, 'utf8') });

/** The error of a call that must fail: one that says nothing of the secret, nor carries it. */
async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(
    () => 'it was answered',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error(String(error));
  expect(`${error.message} ${error.stack} ${JSON.stringify({ ...error })}`).not.toContain(secret);
  expect(error.cause).toBeUndefined();
  return error;
}

describe('TLS', () => {
  test('a server that the given CA signed is trusted', async () => {
    const gateway = await before({ tls: server });
    expect(await client(gateway, { tls: trusting() }).jobs()).toEqual([]);
  });

  test('no other is: it is sent nothing, and the error says why', async () => {
    const gateway = await before({ tls: server });
    const other = new TestCa(await mkdtemp(join(folder, 'other-')));
    const wrong = { ca: readFileSync(other.cert, 'utf8') };
    for (const tls of [undefined, wrong]) {
      const error = await errorOf(client(gateway, { tls, credential: () => Promise.resolve(bearer) }).jobs());
      expect(error).toBeInstanceOf(FlinkUnavailable);
      expect(error.message).toContain('its certificate is not trusted');
    }
    expect(gateway.seen.size).toBe(0);
  });

  test('a gateway that wants a client certificate gets it; without one it is waited for', async () => {
    const gateway = await before({ tls: server, clientCa: ca.cert });
    const pair = pem(ca.issue('client'));
    expect(await client(gateway, { tls: { ...trusting(), ...pair } }).jobs()).toEqual([]);
    const error = await errorOf(client(gateway, { tls: trusting() }).jobs());
    expect([FlinkAmbiguous, FlinkUnavailable]).toContain(error.constructor);
  });
});

describe('a credential', () => {
  test('is asked for before each call, so one that is changed is taken up', async () => {
    const gateway = await before({ authorization: `Bearer ${secret}` });
    let now = 'old';
    const flink = client(gateway, {
      credential: () => Promise.resolve({ authorization: `Bearer ${now}`, secrets: [now] }),
    });
    expect(await errorOf(flink.jobs())).toMatchObject({ message: expect.stringContaining('401') });
    now = secret;
    expect(await flink.jobs()).toEqual([]);
  });

  test('that cannot be had: nothing is sent, and it is said why', async () => {
    const gateway = await before({});
    const credential = () => Promise.reject(new Error('/run/token cannot be read'));
    const error = await errorOf(client(gateway, { credential }).jobs());
    expect(error).toBeInstanceOf(FlinkUnavailable);
    expect(error.message).toBe('Flink is not asked: /run/token cannot be read');
    expect(gateway.seen.size).toBe(0);
  });

  test.each([
    [
      'refuses',
      { status: 401, body: `not let in with "Bearer ${secret}"` },
      /401: not let in with "Bearer \*\*\*"/,
    ],
    ['fails', { status: 502, body: `upstream of ${secret}` }, /502: upstream of \*\*\*/],
    ['answers with a page', { status: 200, body: `<p>${secret} ${secret}` }, /is not JSON: <p>\*\*\* \*\*\*/],
    [
      'redirects',
      { status: 302, headers: { location: `/login/${secret}` }, body: '' },
      /302: it redirects to \/login\/\*\*\*,/,
    ],
  ])('is not in the error of a gateway that %s and repeats it', async (_, refusal, says) => {
    const gateway = await before({});
    gateway.refusal = () => refusal;
    const flink = client(gateway, { credential: () => Promise.resolve(bearer) });
    expect((await errorOf(flink.jobs())).message).toMatch(says);
    expect([...gateway.seen]).toEqual([bearer.authorization]);
  });

  test('is not in the error of a call that is not answered', async () => {
    const gateway = await before({});
    const flink = client(gateway, { credential: () => Promise.resolve(bearer) });
    await flink.jobs();
    await gateways.pop()?.stop();
    await errorOf(flink.jobs());
    await errorOf(flink.jobs());
  });
});

test('a jar goes through a gateway that refuses first, whole', async () => {
  const gateway = await before({ authorization: bearer.authorization });
  const file = join(folder, 'orders.jar');
  await writeFile(file, 'x'.repeat(300_000));
  const flink = client(gateway, { credential: () => Promise.resolve(bearer) });
  expect(await flink.uploadJar(file)).toMatch(/_orders\.jar$/);
  expect((await flink.jars()).map(({ name }) => name)).toEqual(['orders.jar']);
  expect(await errorOf(client(gateway, {}).uploadJar(file))).toBeInstanceOf(FlinkUnavailable);
});
