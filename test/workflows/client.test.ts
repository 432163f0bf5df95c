import type { AddressInfo } from 'node:net';
import { scaleService } from '../../examples/scale-over-http/server';
import { NoSuchDeployment, Refused, WaitTimedOut, WeirClient } from '../../src/client';
import { until } from '../../src/dev/until';
import { Deployed } from '../kit/deployed';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs } from '../kit/watch';

/** The client that the package exports, and the example service that uses it. */
const place = useSimulated('client', { flink: { slots: 50 } });

const weir = () => new WeirClient({ client: place().client, taskQueue: place().taskQueue });
const input = (name: string, parallelism = 2) => ({
  metadata: { name },
  spec: {
    template: { spec: { parallelism, artifact: { jarUri: 'orders.jar', mainArgs: `--name ${name}` } } },
  },
});
const runsAt = (name: string, parallelism: number) =>
  expect(liveJobs(place().flink, name)).toMatchObject([{ parallelism, state: 'RUNNING' }]);

together(
  {
    'the first apply creates the deployment; every command and every query is there': async () => {
      const life = weir().deployment('local', 'life');
      expect(await life.exists()).toBe(false);
      const created = await life.apply(input('life'), { by: 'ann', reason: 'launch' });
      expect(created).toMatchObject({ resourceVersion: 1, notServed: [] });
      expect(await life.carriedOut(created)).toMatchObject({ outcome: 'DONE', by: 'ann', reason: 'launch' });
      expect(await life.exists()).toBe(true);
      runsAt('life', 2);

      await life.carriedOut(await life.patch({ spec: { template: { spec: { parallelism: 3 } } } }));
      runsAt('life', 3);
      await life.savepoint();
      await until(async () => (await life.savepoints()).some(({ origin }) => origin === 'USER_REQUEST'), {
        what: 'the savepoint that was asked for',
        deadlineMs: 60_000,
        pollMs: 100,
      });

      await life.carriedOut(await life.suspend());
      expect(liveJobs(place().flink, 'life')).toEqual([]);
      await life.carriedOut(await life.resume());
      await life.carriedOut(await life.rollback(1));
      runsAt('life', 2);
      await life.carriedOut(await life.cancel());
      expect(await life.spec()).toMatchObject({ metadata: { name: 'life' }, spec: { state: 'CANCELLED' } });
      const events = (await life.events()).map(({ name }) => name);
      expect(events).toContain('TRANSITIONED_TO_SUSPENDED_STATE');
      // what a transition has just changed is not seen as it was before
      expect(events).not.toContain('LOOKING_FOR_THE_JOB');
      await life.delete();
      await place().client.workflow.getHandle(life.workflowId).result();
      expect(await life.exists()).toBe(false);
    },

    'a command that is sent as a signal has no answer: it is carried out, or its refusal is an event':
      async () => {
        const sent = weir().deployment('local', 'sent');
        await sent.carriedOut(await sent.apply(input('sent')));
        await sent.send('scale', { parallelism: 3, by: 'planner', requestId: 'tonight' });
        await sent.send('scale', { parallelism: 3, by: 'planner', requestId: 'tonight' });
        await sent.carriedOut({ resourceVersion: 2 });
        runsAt('sent', 3);
        expect((await sent.history()).map(({ by }) => by)).toEqual([undefined, 'planner']);

        await sent.send('scale', { parallelism: 0 });
        const refused = async () => (await sent.events()).find(({ name }) => name === 'COMMAND_REFUSED');
        const event = await until(refused, { what: 'the refusal', deadlineMs: 30_000, pollMs: 100 });
        expect(event.message).toMatch(/^scale: "parallelism" is 0; it must be a whole number/);
        const none = weir().deployment('local', 'never');
        await expect(none.send('suspend', {})).rejects.toBeInstanceOf(NoSuchDeployment);
      },

    'what is not valid is thrown as Refused, with the reason, and changes nothing': async () => {
      const refused = weir().deployment('local', 'refused');
      await refused.carriedOut(await refused.apply(input('refused')));
      const error: unknown = await refused.scale(0).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Refused);
      expect(error).toMatchObject({ message: expect.stringContaining('from 1 to 32768') });
      await expect(refused.delete()).rejects.toBeInstanceOf(Refused);
      expect(await refused.status()).toMatchObject({ resourceVersion: 1 });
      expect(await refused.dryRun(input('refused', 5))).toMatchObject({
        kind: 'ACCEPTED',
        changes: [{ field: 'spec.template.spec.parallelism', from: '2', to: '5' }],
      });
    },

    'one that is not there is NoSuchDeployment': async () => {
      const none = weir().deployment('local', 'none');
      await expect(none.scale(4)).rejects.toBeInstanceOf(NoSuchDeployment);
      await expect(none.status()).rejects.toBeInstanceOf(NoSuchDeployment);
      await expect(none.waitUntil(() => true)).rejects.toBeInstanceOf(NoSuchDeployment);
    },

    'a request that is sent twice counts once': async () => {
      const twice = weir().deployment('local', 'twice');
      await twice.carriedOut(await twice.apply(input('twice')));
      const first = await twice.scale(3, { requestId: 'black-friday' });
      await twice.carriedOut(first);
      await twice.carriedOut(await twice.scale(4));
      expect(await twice.scale(3, { requestId: 'black-friday' })).toEqual(first);
      runsAt('twice', 4);
    },

    'whoever waits may stop waiting: by a time-out, or by a signal': async () => {
      const slow = weir().deployment('local', 'slow');
      await slow.carriedOut(await slow.apply(input('slow')));
      const never = () => false;
      await expect(slow.waitUntil(never, { timeoutMs: 1, everyMs: 1 })).rejects.toBeInstanceOf(WaitTimedOut);
      const signal = AbortSignal.abort(new Error('gone home'));
      await expect(slow.waitUntil(never, { signal })).rejects.toThrow('gone home');
    },

    'a job that no deployment owns is rescaled; a second rescale of it is refused': async () => {
      const { flink } = place();
      flink.startJob({ name: 'orders', parallelism: 2 });
      const rescale = await weir().rescale('local', 'orders', 4, { reason: 'peak' });
      await expect(weir().rescale('local', 'orders', 5)).rejects.toThrow(/already started/i);
      expect(await rescale.result()).toMatchObject({ outcome: 'RESCALED', to: { parallelism: 4 } });
    },

    'the example service scales a deployment on an HTTP call': async () => {
      const served = await new Deployed(place(), 'served').create();
      await served.untilRuns(2);
      const server = scaleService(weir()).listen(0, '127.0.0.1');
      try {
        await new Promise((resolve) => server.once('listening', resolve));
        const { port } = server.address() as AddressInfo;
        const url = `http://127.0.0.1:${port}/deployments/local/served`;
        const post = (body: string, headers = {}) => fetch(`${url}/scale`, { method: 'POST', body, headers });

        const taken = await post('{"parallelism":4}', { 'X-Request-Id': 'one' });
        expect(taken.status).toBe(202);
        const answer: unknown = await taken.json();
        expect(answer).toMatchObject({ resourceVersion: 2, effect: 'ACCEPTED' });
        await served.untilRuns(4);
        expect(await (await fetch(url)).json()).toMatchObject({ actual: 'RUNNING', job: { parallelism: 4 } });

        const again = await post('{"parallelism":4}', { 'X-Request-Id': 'one' });
        expect(await again.json()).toEqual(answer);
        expect((await post('{"parallelism":0}')).status).toBe(409);
        expect((await post('eight')).status).toBe(400);
        expect((await fetch(url.replace('served', 'nobody'))).status).toBe(404);
        expect((await fetch(`${url}/explode`)).status).toBe(404);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
  },
  120_000,
);
