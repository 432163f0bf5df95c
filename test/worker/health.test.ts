import { freePort } from '../../src/dev/ports';
import { serveHealth } from '../../src/worker/health';
import { notReady } from '../../src/worker/readiness';
import { StartError } from '../../src/worker/start-error';

const address = 'temporal.example:7233';
const answers = () => Promise.resolve();

test('a worker is ready while it runs and Temporal answers', async () => {
  await expect(notReady({ address, state: 'RUNNING', ask: answers })).resolves.toBeUndefined();
});

test.each([
  [undefined, answers, `starting: waiting for Temporal at ${address}`],
  ['INITIALIZED', answers, `starting: waiting for Temporal at ${address}`],
  ['RUNNING', () => Promise.reject(new Error('unavailable')), `Temporal at ${address} does not answer`],
  ['STOPPING', answers, 'shutting down'],
  ['DRAINING', answers, 'shutting down'],
  ['DRAINED', answers, 'shutting down'],
  ['STOPPED', answers, 'shutting down'],
  ['FAILED', answers, 'failed'],
] as const)('a worker that is %s (%s) is not ready, and says why', async (state, ask, why) => {
  await expect(notReady({ address, state, ask })).resolves.toBe(why);
});

test('a worker that waits for Temporal is alive, not ready, and says so', async () => {
  const endpoint = { host: '127.0.0.1', port: await freePort() };
  const server = await serveHealth(endpoint, () => notReady({ address, state: undefined, ask: answers }));
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);
    return [answer.status, await answer.text()];
  };
  try {
    await expect(get('/healthz')).resolves.toEqual([200, 'alive\n']);
    await expect(get('/readyz')).resolves.toEqual([503, `starting: waiting for Temporal at ${address}\n`]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a port that is taken is refused by name', async () => {
  const endpoint = { host: '127.0.0.1', port: await freePort() };
  const first = await serveHealth(endpoint, () => Promise.resolve(undefined));
  try {
    const second = serveHealth(endpoint, () => Promise.resolve(undefined));
    await expect(second).rejects.toBeInstanceOf(StartError);
    await expect(second).rejects.toThrow(
      `health of weir.yaml cannot be served at 127.0.0.1:${endpoint.port}`,
    );
  } finally {
    first.close();
  }
});
