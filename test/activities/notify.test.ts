import { ApplicationFailure } from '@temporalio/common';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { AccessError } from '../../src/access';
import { notify } from '../../src/activities/notify';
import type { Notice } from '../../src/contracts/notice';
import { freePort } from '../../src/dev/ports';
import { Webhook } from '../kit/webhook';

const notice: Notice = {
  ...{ type: 'JobDown', cluster: 'local', job: 'orders', workflowId: 'rescale/local/orders', runId: 'r1' },
  message: 'no job named orders runs',
};
const credential = () =>
  Promise.resolve({ authorization: 'Bearer bearer-secret', secrets: ['bearer-secret'] });

async function failureOf(url: string): Promise<ApplicationFailure> {
  const error: unknown = await notify({ url, credential }, notice).catch((why: unknown) => why);
  if (!(error instanceof ApplicationFailure)) throw new Error(`no failure: ${inspect(error)}`);
  return error;
}

test('a notice is POSTed as JSON, with the credential', async () => {
  const webhook = await Webhook.start();
  try {
    await notify({ url: webhook.url, credential }, notice);
    expect(webhook.told).toMatchObject([{ notice, headers: { authorization: 'Bearer bearer-secret' } }]);
  } finally {
    webhook.stop();
  }
});

test('one that wants no credential is told without', async () => {
  const webhook = await Webhook.start();
  try {
    await notify({ url: webhook.url }, notice);
    const [told] = webhook.told;
    expect(told).toMatchObject({ notice });
    expect(told?.headers).not.toHaveProperty('authorization');
  } finally {
    webhook.stop();
  }
});

test('where this worker has no webhook nothing is done', async () => {
  await expect(notify(undefined, notice)).resolves.toBeUndefined();
});

test.each([
  ['refuses', 'answered 500'],
  ['hangs', 'no answer within 2.5 s'],
  ['redirects to another host', 'answered 302'],
] as const)('a webhook that %s was not told: tried again, and no secret is shown', async (manner, why) => {
  const server = createServer((request, response) => {
    request.resume();
    if (manner === 'refuses') response.writeHead(500).end();
    if (manner === 'redirects to another host')
      response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const failure = await failureOf(`http://127.0.0.1:${port}/path-secret`);
    expect(failure).toMatchObject({ type: 'NotTold', nonRetryable: false });
    expect(failure.message).toBe(
      `the webhook at 127.0.0.1:${port} ${manner === 'hangs' ? `cannot be reached (${why})` : why}`,
    );
    expect(inspect(failure, { depth: 9 })).not.toMatch(/(?:bearer|path)-secret/);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('one that is not there was not told either', async () => {
  const failure = await failureOf(`http://127.0.0.1:${await freePort()}/path-secret`);
  expect(failure.message).toContain('cannot be reached (ECONNREFUSED)');
  expect(inspect(failure, { depth: 9 })).not.toContain('path-secret');
});

test('a credential that cannot be had: said, and it is not sent without', async () => {
  const webhook = await Webhook.start();
  const missing = () => Promise.reject(new AccessError('bearer', '/run/secrets/token is empty'));
  try {
    const told = notify({ url: webhook.url, credential: missing }, notice);
    await expect(told).rejects.toThrow('was not called: /run/secrets/token is empty');
    expect(webhook.told).toEqual([]);
  } finally {
    webhook.stop();
  }
});
