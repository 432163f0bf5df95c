import { Client, Connection } from '@temporalio/client';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { projectDir } from '../../src/dev/paths';
import { freePort } from '../../src/dev/ports';
import { until } from '../../src/dev/until';
import { ManagedProcess } from '../../src/dev/process';
import { applyByNpm } from '../kit/apply';
import { Deployed } from '../kit/deployed';
import { useStack } from '../kit/stack';

/** Deployments on real Flink from outside: files through `npm run apply`, and a service that scales on an HTTP call. */
const stack = useStack('deployment-apply', { flink: { taskManagers: 2, slots: 6 } });

let client: Client | undefined;
beforeAll(() => {
  client = new Client({ connection: Connection.lazy({ address: stack().temporal.address }) });
});
afterAll(() => client?.connection.close());

function deployed(name: string): { readonly orders: Orders; readonly deployment: Deployed } {
  if (client === undefined) throw new Error('it is there only while a test runs');
  const orders = new Orders(stack(), { name });
  const { args = [] } = orders.config.artifact;
  const place = { client, cli: (words: string[]) => stack().cli(words), taskQueue: stack().taskQueue };
  return { orders, deployment: new Deployed(place, name, 'local', args.join(' ')) };
}

const exact = { lost: 0, countedTwice: 0, forgotten: 0, missingSplits: [] };
const verdict = ({ output }: Orders) => checkRunning({ output, splits: ordersSplits, deadlineMs: 60_000 });

test('npm run apply: two deployments of a file are created, edited, and one of them fails: exact', async () => {
  const [good, bad] = [deployed('good'), deployed('bad')];
  const documents = (parallelism: number) => [
    good.deployment.resource({}, parallelism),
    bad.deployment.resource({ maxSavepointCreationAttempts: 1 }, parallelism),
  ];

  const dry = await applyByNpm(stack(), documents(2), '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toMatch(/^local\/good: would be created$/m);
  expect(dry.stdout).toMatch(/^local\/bad: would be created$/m);
  await expect(good.deployment.status()).rejects.toThrow(/not found/i);
  expect([...(await good.orders.live()), ...(await bad.orders.live())]).toEqual([]);

  const created = await applyByNpm(stack(), documents(2), '--wait');
  expect(created).toMatchObject({ code: 0, stderr: '' });
  for (const { orders, deployment } of [good, bad]) {
    expect(created.stdout).toMatch(new RegExp(`^local/${orders.name}: version 1 is DONE`, 'm'));
    expect(await deployment.status()).toMatchObject({ actual: 'RUNNING', job: { parallelism: 2 } });
  }

  const compared = await applyByNpm(stack(), documents(3), '--dry-run');
  expect(compared).toMatchObject({ code: 0, stderr: '' });
  expect(compared.stdout).toMatch(/^ {2}~ spec\.template\.spec\.parallelism: 2 -> 3$/m);
  expect(compared.stdout).toMatch(/^ {2}plan: good 2 -> 3: STATEFUL, LATEST_STATE$/m);
  const [before] = await bad.orders.live();
  expect(before).toMatchObject({ parallelism: 2 });
  expect(await bad.deployment.status()).toMatchObject({ resourceVersion: 1, drift: [] });

  await bad.orders.fault('snapshot-fail');
  const edited = await applyByNpm(stack(), documents(3), '--wait', '--reason', 'black friday');
  await bad.orders.mend('snapshot-fail');
  expect(edited.code).toBe(1);
  expect(edited.stdout).toMatch(/^local\/good: version 2 is DONE, downtime \d+ ms$/m);
  expect(edited.stderr).toMatch(/^local\/bad: version 2 is FAILED: /m);
  expect(edited.stderr).toMatch(/^Next: temporal workflow query /m);
  expect(await good.orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 3 }]);
  // a checkpoint that failed as well has it start its tasks again
  await until(async () => (await bad.orders.live()).some(({ allTasksRun }) => allTasksRun), {
    ...{ what: 'bad to run', deadlineMs: 60_000 },
  });
  expect(await bad.orders.live()).toMatchObject([{ id: before?.id, state: 'RUNNING', parallelism: 2 }]);
  for (const { orders, deployment } of [good, bad]) {
    expect((await deployment.history()).at(-1)).toMatchObject({ command: 'apply', reason: 'black friday' });
    expect(await verdict(orders)).toMatchObject(exact);
    await deployment.say('cancel');
    await deployment.untilIs('CANCELLED');
  }
}, 300_000);

test('the example service, a process of its own, scales on an HTTP call, which counts once however often it is sent: exact', async () => {
  const { orders, deployment } = deployed('served');
  await deployment.create();
  await deployment.untilRuns(2);
  const port = await freePort();
  const service = await ManagedProcess.start({
    name: 'scale-over-http',
    runDir: stack().runDir,
    // as docs/clients.md has it
    command: process.execPath,
    args: ['-r', './test/kit/ts-hook.js', 'examples/scale-over-http/server.ts'],
    env: { ...stack().temporal.env, PORT: String(port) },
    cwd: projectDir,
  });
  try {
    const url = `http://127.0.0.1:${port}/deployments/local/served`;
    const isUp = async () => (await fetch(url)).status === 200;
    await service.ready(isUp, { what: 'the service to answer', deadlineMs: 60_000 });
    const scale = async (parallelism: number) => {
      const headers = { 'X-Request-Id': `to ${parallelism}` };
      const body = JSON.stringify({ parallelism });
      const answer = await fetch(`${url}/scale`, { method: 'POST', headers, body });
      return { status: answer.status, answer: (await answer.json()) as object };
    };

    const taken = await scale(4);
    expect(taken).toMatchObject({ status: 202, answer: { resourceVersion: 2, effect: 'ACCEPTED' } });
    await deployment.untilRuns(4);
    expect(await scale(4)).toEqual(taken);
    await scale(3);
    await deployment.untilRuns(3);
    expect(await scale(0)).toMatchObject({ status: 409 });
    expect(await (await fetch(url)).json()).toMatchObject({
      ...{ actual: 'RUNNING', resourceVersion: 3, job: { parallelism: 3 } },
    });
  } finally {
    await service.stop();
  }
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 3 }]);
  expect(await verdict(orders)).toMatchObject({ ...exact, replayed: 0 });
}, 300_000);
