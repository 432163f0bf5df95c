import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureTypes } from '../../src/contracts/failures';
import { outcomes } from '../../src/contracts/rescale';
import { freePort } from '../../src/dev/ports';
import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { FlinkSimulator } from '../flink-simulator';
import { TestCa } from '../kit/certificates';
import { Gateway } from '../kit/gateway';
import type { Refusal } from '../kit/gateway';
import { goldenPlace, rescaleCases } from '../kit/golden/cases';
import { endOf, startRescale } from '../kit/rescale';
import { startSimulated } from '../kit/simulated';
import type { Simulated } from '../kit/simulated';
import { allTexts } from '../kit/texts';
import { nextOf, says, statusOf, succeeded } from '../kit/watch';

/**
 * Flink behind a gateway with TLS and a credential that repeats what it is sent. Rescales come to every kind of ending;
 * then the secrets are looked for in whatever Weir has written.
 */
const password = 'p1anted-passw0rd';
const token = 'p1anted-t0ken';
const oldToken = 'p1anted-0ld-token';
const basic = Buffer.from(`weir:${password}`).toString('base64');
/** Stands in what a rescale is started with: what finds this in its payloads would find a secret. */
const marker = 'p1anted-reason';

const folder = mkdtempSync(join(tmpdir(), 'weir-secrets-'));
const ca = new TestCa(folder);
const server = ca.issue('gateway');
const client = ca.issue('weir');
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, `${token}\n`);
afterAll(() => rmSync(folder, { recursive: true }));

const gateways = new Map<string, Gateway>();
afterAll(async () => {
  await Promise.all([...gateways.values()].map((gateway) => gateway.stop()));
});

/** `local` wants a password and a client certificate, `tokens` a token. */
async function inFront(cluster: string, flink: FlinkSimulator): Promise<Record<string, unknown>> {
  const isLocal = cluster === 'local';
  const gateway = await Gateway.start({
    target: flink.restUrl,
    tls: server,
    authorization: isLocal ? `Basic ${basic}` : `Bearer ${token}`,
    ...(isLocal ? { clientCa: ca.cert } : {}),
  });
  gateways.set(cluster, gateway);
  const access = isLocal
    ? { clientCertificate: client, basic: { user: 'weir', password: { env: 'WEIR_TEST_PASSWORD' } } }
    : { bearer: { file: tokenFile } };
  return { rest: gateway.url, access: { ca: ca.cert, ...access } };
}

const tokenJobs = ['locked-out', 'stopped', 'too-long'];
let simulated: Simulated | undefined;
let metricsPort = 0;
beforeAll(async () => {
  metricsPort = await freePort();
  simulated = await startSimulated('secrets', {
    ...goldenPlace,
    clusters: [...(goldenPlace.clusters ?? []), 'tokens'],
    jobs: [...(goldenPlace.jobs ?? []), ...tokenJobs],
    inFront,
    worker: { metrics: { port: metricsPort } },
    env: { WEIR_TEST_PASSWORD: password },
  });
}, 10 * 60_000);
afterAll(() => simulated?.stop(), 60_000);
const place = (): Simulated => {
  if (simulated === undefined) throw new Error('it was not started');
  return simulated;
};

const page = (text: string) => `<html><head><title>${text}</title></head></html>`;

const gatewayOf = (cluster: string): Gateway => {
  const gateway = gateways.get(cluster);
  if (gateway === undefined) throw new Error(`nothing stands before ${cluster}`);
  return gateway;
};

/** One way to each ending. */
const ways = [...outcomes, ...failureTypes].map((ending) => {
  const way = rescaleCases.find(({ path, alone }) => path.split(' ').at(-1) === ending && alone !== true);
  if (way === undefined) throw new Error(`no way to ${ending} is known`);
  return { ending, way };
});

test.each(ways)(
  'behind the gateway a rescale comes to its end: $ending',
  async ({ ending, way }) => {
    await way.run(place(), way.name);
    const id = rescaleWorkflowId(way.cluster ?? 'local', way.name);
    const { status } = await endOf(place(), id);
    const isOutcome = outcomes.some((outcome) => outcome === ending);
    expect(status).toBe(isOutcome ? 'COMPLETED' : 'FAILED');
  },
  60_000,
);

test('a token that is not let in, while PLANNING: heartbeat and log say so, and a new one in its file is taken up', async () => {
  const { id } = place().flinkOf('tokens').startJob({ name: 'locked-out', parallelism: 2 });
  writeFileSync(tokenFile, oldToken);
  const input = { cluster: 'tokens', job: 'locked-out', parallelism: 4, reason: marker };
  const workflowId = await startRescale(place(), input);
  const why =
    /waiting for Flink since .*: a gateway before Flink answers 401: not let in with "Bearer \*\*\*"/;

  const heartbeat = async () => {
    const { stdout } = await place().cli(['workflow', 'describe', '--workflow-id', workflowId, '-o', 'json']);
    const texts = allTexts(JSON.parse(stdout));
    expect(texts).not.toContain(oldToken);
    return why.test(texts);
  };
  await until(heartbeat, { what: 'the heartbeat to say why', deadlineMs: 30_000 });
  const told = () => why.test(place().worker.current.output().replaceAll('\\"', '"'));
  await until(told, { what: 'the log to say why', deadlineMs: 30_000 });
  expect(place().flinkOf('tokens').job(id).state).toBe('RUNNING');

  writeFileSync(tokenFile, token);
  expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('RESCALED');
  expect(gatewayOf('tokens').seen).toEqual(new Set([`Bearer ${oldToken}`, `Bearer ${token}`]));
}, 90_000);

const refusals: readonly ((authorization: string) => Refusal)[] = [
  (authorization) => ({ status: 401, body: page(`401 for ${authorization}`) }),
  (authorization) => ({ status: 403, body: authorization }),
  () => ({ status: 302, headers: { location: `https://login.example.com/${token}?${token}` }, body: '' }),
  () => ({ status: 404, body: page('404 Not Found') }),
  (authorization) => ({ status: 502, body: page(`502 for ${authorization}`) }),
  (authorization) => ({ status: 504, body: authorization }),
  (authorization) => ({ status: 200, body: page(authorization) }),
];

test('a jar that is too long for the gateway is refused while the job runs', async () => {
  const job = place().flinkOf('tokens').startJob({ name: 'too-long', parallelism: 2 });
  gatewayOf('tokens').refusal = ({ method, path }) =>
    method === 'POST' && path === '/jars/upload' ? { status: 413, body: page('413 Too Large') } : undefined;
  const workflowId = await startRescale(place(), { cluster: 'tokens', job: 'too-long', parallelism: 4 });
  const ended = await endOf(place(), workflowId);
  gatewayOf('tokens').refusal = undefined;
  expect(ended).toMatchObject({ type: 'PlanRejected' });
  says(ended, 'too-long.jar cannot be uploaded: 413: 413 Too Large', 'client_max_body_size');
  expect(job.state).toBe('RUNNING');
}, 60_000);

test('P2, P22: whatever a gateway answers, to stop, to submit or to a read between, is no try of Flink’s and no end', async () => {
  const flink = place().flinkOf('tokens');
  flink.startJob({ name: 'stopped', parallelism: 2 });
  let isStopped = false;
  void nextOf(flink, 'ENDED', 'stopped').then(() => (isStopped = true));
  const left = { stop: [...refusals], submit: [...refusals], read: [...refusals] };
  gatewayOf('tokens').refusal = ({ authorization, method, path }) => {
    if (method === 'POST' && /^\/jobs\/.*\/stop$/.test(path)) return left.stop.shift()?.(authorization);
    if (method === 'POST' && /^\/jars\/.*\/run$/.test(path)) return left.submit.shift()?.(authorization);
    return method === 'GET' && isStopped ? left.read.shift()?.(authorization) : undefined;
  };
  const workflowId = await startRescale(place(), { cluster: 'tokens', job: 'stopped', parallelism: 4 });
  const result = succeeded(await endOf(place(), workflowId));
  expect(left).toEqual({ stop: [], submit: [], read: [] });
  expect(result).toMatchObject({ outcome: 'RESCALED', to: { parallelism: 4 } });
  expect(await statusOf(place(), workflowId)).toMatchObject({ failedTries: [] });
  flink.neverTwoCopies();
  expect(flink.stateLost()).toEqual([]);
}, 90_000);

describe('no secret is in', () => {
  const [, , keyLine = ''] = readFileSync(client.key, 'utf8').split('\n');
  const secrets = [password, basic, token, oldToken, keyLine];
  const found = (text: string) => secrets.filter((secret) => text.includes(secret));

  test('a history, a description or metadata, in their payloads neither', async () => {
    expect(keyLine).toMatch(/^[A-Za-z0-9+/=]{20,}$/);
    const executions = await until(
      async () => {
        const listed = await place().cli(['workflow', 'list', '--limit', '1000', '-o', 'json']);
        const all = JSON.parse(listed.stdout) as { execution: { workflowId: string; runId: string } }[];
        return all.length >= ways.length + tokenJobs.length && all;
      },
      { what: 'all of them to be listed', deadlineMs: 30_000 },
    );
    expect(found(allTexts(executions))).toEqual([]);
    let seen = '';
    for (const { workflowId, runId } of executions.map(({ execution }) => execution)) {
      for (const verb of ['show', 'describe', 'metadata']) {
        const args = ['workflow', verb, '--workflow-id', workflowId, '--run-id', runId, '-o', 'json'];
        const shown = await place().cli(args);
        expect({ workflowId, verb, code: shown.code }).toEqual({ workflowId, verb, code: 0 });
        seen += allTexts(JSON.parse(shown.stdout));
      }
    }
    expect(found(seen)).toEqual([]);
    expect(seen).toContain(marker);
  }, 120_000);

  test('the metrics', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toContain('temporal_activity_execution_latency');
    expect(found(text)).toEqual([]);
  });

  test('anything that worker and Temporal have written: logs, the whole database, weir.yaml', () => {
    const { runDir } = place();
    const files = readdirSync(runDir, { recursive: true, withFileTypes: true, encoding: 'utf8' });
    const texts = files
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => ({ name, text: readFileSync(join(parentPath, name), 'latin1') }));
    expect(texts.filter(({ text }) => found(text).length > 0).map(({ name }) => name)).toEqual([]);
    // where these are found, a secret would be
    const holding = (text: string) => texts.filter((one) => one.text.includes(text)).map(({ name }) => name);
    expect(holding(marker)).toContainEqual(expect.stringMatching(/^temporal\.db/));
    expect(holding('not let in with \\"Bearer ***\\"')).toContain('worker-1.log');
  });
});
