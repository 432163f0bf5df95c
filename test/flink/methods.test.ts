import { FlinkClient } from '../../src/flink/client';
import { FlinkAmbiguous, FlinkUnavailable } from '../../src/flink/errors';
import { FakeServer, json, useFakeServer } from '../kit/fake-server';

const jobId = 'a'.repeat(32);
const triggerId = 'b'.repeat(32);
const stop = { triggerId, targetDirectory: 'file:/sp/try', formatType: 'CANONICAL' };
const submission = { jarId: 'x_orders.jar', parallelism: 4 };
const restore = { savepointPath: 'file:/sp/savepoint-1', allowNonRestoredState: false };

const server = useFakeServer();
let flink: FlinkClient;
beforeEach(() => {
  flink = new FlinkClient({ rest: server.url });
});

/** Every method, as it is called, with an answer that Flink could give. */
const methods: {
  name: string;
  call: () => Promise<unknown>;
  is: [string, string, object?];
  answers: object;
}[] = [
  {
    name: 'config',
    call: () => flink.config(),
    is: ['GET', '/config'],
    answers: { 'flink-version': '2.3.0', 'refresh-interval': 3000 },
  },
  {
    name: 'overview',
    call: () => flink.overview(),
    is: ['GET', '/overview'],
    answers: { taskmanagers: 2, 'slots-total': 8, 'slots-available': 4 },
  },
  { name: 'jobs', call: () => flink.jobs(), is: ['GET', '/jobs/overview'], answers: { jobs: [] } },
  {
    name: 'job',
    call: () => flink.job(jobId),
    is: ['GET', `/jobs/${jobId}`],
    answers: { jid: jobId, name: 'orders', state: 'RUNNING', vertices: [] },
  },
  {
    name: 'jobStatus',
    call: () => flink.jobStatus(jobId),
    is: ['GET', `/jobs/${jobId}/status`],
    answers: { status: 'RUNNING' },
  },
  {
    name: 'jobConfig',
    call: () => flink.jobConfig(jobId),
    is: ['GET', `/jobs/${jobId}/config`],
    answers: {},
  },
  {
    name: 'vertex',
    call: () => flink.vertex(jobId, 'v'),
    is: ['GET', `/jobs/${jobId}/vertices/v`],
    answers: { subtasks: [{ attempt: 0 }] },
  },
  {
    name: 'checkpoints',
    call: () => flink.checkpoints(jobId),
    is: ['GET', `/jobs/${jobId}/checkpoints`],
    answers: { counts: { completed: 1, in_progress: 0 }, latest: {}, history: [] },
  },
  {
    name: 'checkpointConfig',
    call: () => flink.checkpointConfig(jobId),
    is: ['GET', `/jobs/${jobId}/checkpoints/config`],
    answers: { interval: 1, timeout: 1, externalization: { enabled: true, delete_on_cancellation: true } },
  },
  {
    name: 'exceptions',
    call: () => flink.exceptions(jobId),
    is: ['GET', `/jobs/${jobId}/exceptions`],
    answers: {},
  },
  {
    name: 'savepointOperation',
    call: () => flink.savepointOperation(jobId, triggerId),
    is: ['GET', `/jobs/${jobId}/savepoints/${triggerId}`],
    answers: { status: { id: 'IN_PROGRESS' }, operation: null },
  },
  { name: 'jars', call: () => flink.jars(), is: ['GET', '/jars'], answers: { files: [] } },
  {
    name: 'stop',
    call: () => flink.stop(jobId, stop),
    is: ['POST', `/jobs/${jobId}/stop`, { ...stop, drain: false }],
    answers: { 'request-id': triggerId },
  },
  {
    name: 'savepoint',
    call: () => flink.savepoint(jobId, stop),
    is: [
      'POST',
      `/jobs/${jobId}/savepoints`,
      { triggerId, formatType: 'CANONICAL', 'target-directory': stop.targetDirectory, 'cancel-job': false },
    ],
    answers: { 'request-id': triggerId },
  },
  {
    name: 'disposeSavepoint',
    call: () => flink.disposeSavepoint('file:/sp/savepoint-1'),
    is: ['POST', '/savepoint-disposal', { 'savepoint-path': 'file:/sp/savepoint-1' }],
    answers: { 'request-id': triggerId },
  },
  {
    name: 'triggerCheckpoint',
    call: () => flink.triggerCheckpoint(jobId, triggerId),
    is: ['POST', `/jobs/${jobId}/checkpoints`, { checkpointType: 'CONFIGURED', triggerId }],
    answers: { 'request-id': triggerId },
  },
  {
    name: 'cancel',
    call: () => flink.cancel(jobId),
    is: ['PATCH', `/jobs/${jobId}?mode=cancel`],
    answers: {},
  },
  {
    name: 'planJar',
    call: () => flink.planJar(submission),
    is: ['POST', '/jars/x_orders.jar/plan', { parallelism: 4 }],
    answers: { plan: { nodes: [] } },
  },
  {
    name: 'runJar',
    call: () => flink.runJar(submission, jobId, restore),
    is: ['POST', '/jars/x_orders.jar/run', { parallelism: 4, jobId, restoreMode: 'NO_CLAIM', ...restore }],
    answers: { jobid: jobId },
  },
];

describe.each(methods)('$name', ({ call, is: [method, path, body], answers }) => {
  test(`asks ${method} ${path}, once`, async () => {
    server.answer = json(method === 'GET' ? 200 : 202, answers);
    await call();
    expect(server.calls).toMatchObject([{ method, path }]);
    if (body !== undefined) expect(JSON.parse(server.calls[0]?.body ?? '')).toEqual(body);
  });

  test('an answer that is not JSON is ambiguous', async () => {
    server.answer = (response) => void response.end('<html>login</html>');
    await expect(call()).rejects.toBeInstanceOf(FlinkAmbiguous);
  });

  test('an answer that is cut off is ambiguous', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write(JSON.stringify(answers), () => response.destroy());
    };
    await expect(call()).rejects.toBeInstanceOf(FlinkAmbiguous);
  });

  test('a connection that is reset before the answer is ambiguous', async () => {
    server.answer = (response) => void response.socket?.resetAndDestroy();
    await expect(call()).rejects.toBeInstanceOf(FlinkAmbiguous);
    expect(server.calls).toHaveLength(1);
  });

  test('a connection that is refused: Flink is unavailable, nothing was executed', async () => {
    await server.stop();
    await expect(call()).rejects.toBeInstanceOf(FlinkUnavailable);
  });

  test('503 of a JobManager without a leader: unavailable', async () => {
    server.answer = json(503, {
      errors: ['Service temporarily unavailable due to an ongoing leader election.'],
    });
    await expect(call()).rejects.toBeInstanceOf(FlinkUnavailable);
  });

  test('a redirect is not followed: it is said where to, and the other host sees nothing', async () => {
    const elsewhere = new FakeServer();
    await elsewhere.start();
    try {
      server.answer = json(307, {}, { location: `${elsewhere.url}/log-in` });
      await expect(call()).rejects.toMatchObject({
        name: 'FlinkUnavailable',
        message: expect.stringContaining(
          `307: it redirects to ${elsewhere.url}/log-in, which is not followed`,
        ),
      });
      expect(elsewhere.calls).toEqual([]);
      expect(server.calls).toHaveLength(1);
    } finally {
      await elsewhere.stop();
    }
  });
});

test.each(methods.filter(({ answers }) => Object.keys(answers).length > 0 && !('files' in answers)))(
  '$name: JSON that is not what Flink gives is ambiguous, and says where',
  async ({ call }) => {
    server.answer = json(200, { strange: true, status: 7, jobs: 7 });
    await expect(call()).rejects.toThrow(/^the answer of \S+ is not what Flink gives: /);
    await expect(call()).rejects.toBeInstanceOf(FlinkAmbiguous);
  },
);

describe('an older Flink', () => {
  /** The fields that Flink 1.15 knows; checkpoints can be asked for since 1.17. */
  const known: Record<string, readonly string[]> = {
    stop: ['targetDirectory', 'drain', 'formatType', 'triggerId'],
    savepoint: ['target-directory', 'cancel-job', 'formatType', 'triggerId'],
    disposeSavepoint: ['savepoint-path'],
    triggerCheckpoint: ['checkpointType', 'triggerId'],
    planJar: ['entryClass', 'programArgsList', 'parallelism', 'jobId'],
    runJar: [
      ...['entryClass', 'programArgsList', 'parallelism', 'jobId'],
      ...['savepointPath', 'allowNonRestoredState', 'restoreMode'],
    ],
  };

  test.each(methods.flatMap(({ name, is: [, , body] }) => (body === undefined ? [] : [{ name, body }])))(
    '$name: is sent nothing that it does not know; before 1.20 it would refuse the whole body',
    ({ name, body }) => {
      expect(known[name]).toEqual(expect.arrayContaining(Object.keys(body)));
    },
  );
});
