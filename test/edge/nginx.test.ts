import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { provisionNginx } from '../../src/dev/provision-nginx';
import { startStack } from '../../src/dev/stack';
import type { Stack } from '../../src/dev/stack';
import { until } from '../../src/dev/until';
import { FlinkClient } from '../../src/flink/client';
import { FlinkUnavailable } from '../../src/flink/errors';
import { TestCa } from '../kit/certificates';
import { Nginx } from '../kit/nginx';
import { endOf, rescale, startRescale } from '../kit/rescale';
import { allTexts } from '../kit/texts';

/** Real Flink behind a real nginx, with TLS: one server wants a password, one a client's certificate. */
const password = 'a pässword: with a colon';
const names = ['orders', 'locked-out', 'cut-off', 'certified'];
const exact = { lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 };
const deadlineMs = 60_000;

let stack: Stack;
let nginx: Nginx;
let ca: TestCa;

beforeAll(async () => {
  const binary = await provisionNginx();
  stack = await startStack({
    name: 'nginx',
    temporal: { headless: true },
    flink: { taskManagers: 2, slots: 8 },
    worker: false,
  });
  const secrets = join(stack.runDir, 'secrets');
  mkdirSync(secrets);
  ca = new TestCa(secrets);
  const [certificate, client] = [ca.issue('nginx'), ca.issue('weir')];
  const { runDir } = stack;
  nginx = await Nginx.create({ runDir, binary, certificate, user: 'weir', password, clientCa: ca.cert });
  await nginx.start({ target: stack.flink.restUrl });
  writeFileSync(passwordFile(), `${password}\n`);
  writeFileSync(stack.config, weirYaml(client));
  await stack.addWorker();
}, 10 * 60_000);

afterAll(async () => {
  await nginx?.service.stop();
  await stack?.stop();
}, 60_000);

const passwordFile = () => join(stack.runDir, 'secrets', 'password');
const withPassword = {
  ca: 'secrets/ca.pem',
  basic: { user: 'weir', password: { file: 'secrets/password' } },
};

function weirYaml(client: { readonly cert: string; readonly key: string }): string {
  const cluster = {
    savepointRoot: stack.flink.savepointRoot,
    artifacts: stack.artifacts,
    snapshotStore: { kind: 'file' },
  };
  return stringify({
    clusters: {
      local: { rest: nginx.basicUrl, access: withPassword, ...cluster },
      certified: { rest: nginx.certifiedUrl, access: { ca: ca.cert, clientCertificate: client }, ...cluster },
    },
    jobs: names.map((name) => ({
      ...new Orders(stack, { name }).config,
      cluster: name === 'certified' ? 'certified' : 'local',
    })),
  });
}

async function expectExact(orders: Orders, parallelism: number): Promise<void> {
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs };
  expect(await checkRunning(question)).toMatchObject(exact);
}

/** Waits until the heartbeat of what the rescale does now says that. */
async function untilHeartbeat(workflowId: string, says: RegExp): Promise<void> {
  const said = async () => {
    const { stdout } = await stack.cli(['workflow', 'describe', '--workflow-id', workflowId, '-o', 'json']);
    return says.test(allTexts(JSON.parse(stdout)));
  };
  await until(said, { what: `the heartbeat of ${workflowId} to say ${says}`, deadlineMs, pollMs: 250 });
}

test('with a password a job goes from 2 to 4 and back to 2: nothing lost, nothing counted twice', async () => {
  const orders = new Orders(stack, { name: 'orders' });
  await orders.start(2);
  for (const parallelism of [4, 2]) {
    const ended = await rescale(stack, { cluster: 'local', job: 'orders', parallelism });
    expect(ended).toMatchObject({ result: { outcome: 'RESCALED', to: { parallelism } } });
  }
  await expectExact(orders, 2);
}, 180_000);

test('with a wrong password the job is let alone, and the heartbeat says why; with the right one it goes on', async () => {
  const orders = new Orders(stack, { name: 'locked-out' });
  const jobId = await orders.start(2);
  writeFileSync(passwordFile(), 'wrong');
  const workflowId = await startRescale(stack, { cluster: 'local', job: 'locked-out', parallelism: 4 });
  await untilHeartbeat(
    workflowId,
    /waiting for Flink since .*: a gateway before Flink answers 401: 401 Authorization Required/,
  );
  expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism: 2 }]);

  writeFileSync(passwordFile(), password);
  expect(await endOf(stack, workflowId)).toMatchObject({ result: { outcome: 'RESCALED' } });
  await expectExact(orders, 4);
}, 180_000);

test('P2, P22: nginx that loses the submit, then is not there, then does not find Flink: the job comes all the same, once', async () => {
  const orders = new Orders(stack, { name: 'cut-off' });
  await orders.start(2);
  const target = stack.flink.restUrl;
  await nginx.start({ target, losesSubmits: true });
  const workflowId = await startRescale(stack, { cluster: 'local', job: 'cut-off', parallelism: 4 });
  await untilHeartbeat(workflowId, /waiting for Flink since .*: 502: 502 Bad Gateway/);
  // stopped, and nothing of it lives: it is now up to Weir
  expect(await orders.live()).toEqual([]);

  await nginx.service.kill();
  await untilHeartbeat(workflowId, /Flink cannot be reached: connect ECONNREFUSED/);
  await nginx.start({ target: 'http://127.0.0.1:1' });
  await untilHeartbeat(workflowId, /waiting for Flink since .*: 502: 502 Bad Gateway/);
  expect(await orders.live()).toEqual([]);
  await nginx.start({ target });

  expect(await endOf(stack, workflowId)).toMatchObject({
    result: { outcome: 'RESCALED', to: { parallelism: 4 } },
  });
  await expectExact(orders, 4);
}, 240_000);

test('with a client certificate a job goes from 2 to 4; without one nobody gets through, and is told why', async () => {
  const orders = new Orders(stack, { name: 'certified' });
  await orders.start(2);
  const ended = await rescale(stack, { cluster: 'certified', job: 'certified', parallelism: 4 });
  expect(ended).toMatchObject({ result: { outcome: 'RESCALED', to: { parallelism: 4 } } });
  await expectExact(orders, 4);

  const trusting = { ca: readFileSync(ca.cert, 'utf8') };
  const call = new FlinkClient({ rest: nginx.certifiedUrl, tls: trusting }).jobs();
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlinkUnavailable);
  expect(error).toMatchObject({ message: expect.stringContaining('No required SSL certificate was sent') });
}, 180_000);
