import { until } from '../../src/dev/until';
import { FlinkSimulator } from '.';

/** Requests that a test holds. */
let flink: FlinkSimulator;
beforeEach(async () => {
  flink = await FlinkSimulator.start();
});
afterEach(() => flink.stop());

const cancel = 'PATCH /jobs/:id';
function send(signal?: AbortSignal) {
  const { id } = flink.startJob({ name: 'orders', parallelism: 1 });
  const init = { method: 'PATCH', ...(signal === undefined ? {} : { signal }) };
  return fetch(`${flink.restUrl}/jobs/${id}?mode=cancel`, init);
}

test('held BEFORE, it is received and not executed; released, it is executed and answered', async () => {
  const hold = flink.hold(cancel, 'BEFORE');
  const answer = send();
  await hold.arrived;
  expect(hold.waiting).toBe(1);
  expect(flink.calls).toEqual([]);
  hold.release();
  expect((await answer).status).toBe(202);
  expect(flink.calls).toMatchObject([{ verb: 'CANCEL', outcome: 'EXECUTED' }]);
});

test('dropped, it is never executed, and its connection is reset', async () => {
  const hold = flink.hold(cancel, 'BEFORE');
  const answer = send();
  await hold.arrived;
  hold.drop();
  await expect(answer).rejects.toThrow('fetch failed');
  expect(flink.calls).toMatchObject([{ verb: 'CANCEL', outcome: 'NOT_EXECUTED' }]);
});

test('held AFTER, it is executed and not answered; a client that is gone no longer waits', async () => {
  const hold = flink.hold(cancel, 'AFTER');
  const client = new AbortController();
  const answer = send(client.signal);
  await hold.arrived;
  expect(flink.calls).toMatchObject([{ verb: 'CANCEL', outcome: 'EXECUTED' }]);
  expect(hold.waiting).toBe(1);
  client.abort();
  await expect(answer).rejects.toThrow('aborted');
  await until(() => hold.waiting === 0, { what: 'the connection to close', deadlineMs: 5_000 });
  hold.release();
});

test('ANY holds every request; `times` and `after` say which', async () => {
  const get = (path: string) => fetch(`${flink.restUrl}${path}`).then((answer) => answer.status);
  const hold = flink.hold('ANY', 'BEFORE', { after: 1, times: 1 });
  expect(flink.faultsToCome).toBe(1);
  expect(await get('/config')).toBe(200);
  const held = get('/overview');
  await hold.arrived;
  expect(flink.faultsToCome).toBe(0);
  expect(await get('/jobs')).toBe(200);
  hold.release();
  expect(await held).toBe(200);
});
