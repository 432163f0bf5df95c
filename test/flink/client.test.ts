import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/dev/until';
import { FlinkClient } from '../../src/flink/client';
import { FlinkAmbiguous, FlinkRefused, FlinkUnavailable } from '../../src/flink/errors';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, call: Call) => void | Promise<void>;

/** A JobManager that answers as the test says. */
class FakeServer {
  readonly calls: Call[] = [];
  answer: Answer = json(200, {});
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: Buffer.concat(parts).toString('latin1') };
    this.calls.push(call);
    await this.answer(response, call);
  }
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => void response.writeHead(status, headers).end(JSON.stringify(body));
}

const jobId = 'a'.repeat(32);
const triggerId = 'b'.repeat(32);
const stop = { triggerId, targetDirectory: 'file:/sp/try', formatType: 'CANONICAL' };
const submission = { jarId: 'x_orders.jar', parallelism: 4 };
const restore = { savepointPath: 'file:/sp/savepoint-1', allowNonRestoredState: false };

let server: FakeServer;
let flink: FlinkClient;

beforeEach(async () => {
  server = new FakeServer();
  await server.start();
  flink = new FlinkClient({ rest: server.url });
});

afterEach(() => server.stop());

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

  describe('before 1.16, without the route of a job’s state', () => {
    const tasks = { total: 1, running: 1, finished: 0 };
    const listed = { jid: jobId, name: 'orders', state: 'FAILING', 'start-time': 1, tasks };
    const answers = (jobs: object[]): Answer => {
      return (response, call) =>
        call.path === '/jobs/overview'
          ? json(200, { jobs })(response, call)
          : json(404, { errors: [`Unable to load requested file ${call.path}.`] })(response, call);
    };

    test('jobStatus reads it in the list of jobs', async () => {
      server.answer = answers([{ ...listed, jid: 'c'.repeat(32), state: 'RUNNING' }, listed]);
      expect(await flink.jobStatus(jobId)).toBe('FAILING');
    });

    test('a job that is not in that list is not known', async () => {
      server.answer = answers([]);
      await expect(flink.jobStatus(jobId)).rejects.toMatchObject({ refusal: 'JOB_NOT_FOUND' });
    });

    test('a list that does not come says nothing about the job', async () => {
      server.answer = (response, call) =>
        call.path === '/jobs/overview'
          ? void response.socket?.resetAndDestroy()
          : answers([])(response, call);
      await expect(flink.jobStatus(jobId)).rejects.toBeInstanceOf(FlinkAmbiguous);
    });
  });
});

describe('an address', () => {
  test('may have a slash at its end, or a path before Flink’s', async () => {
    server.answer = json(200, { jobs: [] });
    await new FlinkClient({ rest: `${server.url}/` }).jobs();
    await new FlinkClient({ rest: `${server.url}/flink/eu` }).jobs();
    expect(server.calls.map(({ path }) => path)).toEqual(['/jobs/overview', '/flink/eu/jobs/overview']);
  });

  test('that is a name no listener stands behind is unavailable, and the message says so', async () => {
    const port = new URL(server.url).port;
    await server.stop();
    const error: unknown = await new FlinkClient({ rest: `http://localhost:${port}` })
      .jobs()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FlinkUnavailable);
    expect((error as Error).message).toMatch(/^Flink cannot be reached: .*ECONNREFUSED/);
  });

  test('is never replaced by a proxy from the environment', async () => {
    const proxy = new FakeServer();
    await proxy.start();
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = proxy.url;
    try {
      server.answer = json(200, { jobs: [] });
      await new FlinkClient({ rest: server.url }).jobs();
      expect(proxy.calls).toEqual([]);
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
      await proxy.stop();
    }
  });
});

describe('an abort', () => {
  /** Answers are held until `release`. */
  function holding() {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    return { release, released };
  }

  test('ends a read at once, with the reason that it was given', async () => {
    const { release, released } = holding();
    server.answer = () => released;
    const abort = new AbortController();
    const read = flink.jobs(abort.signal);
    await until(() => server.calls.length === 1, { what: 'the calls', deadlineMs: 5_000, pollMs: 5 });
    abort.abort(new Error('this attempt is lost'));
    await expect(read).rejects.toThrow('this attempt is lost');
    release();
  });

  test('P7: does not end a call that changes something, not even one on the same connection pool', async () => {
    const { release, released } = holding();
    server.answer = async (response, { path }) => {
      await released;
      response
        .writeHead(202)
        .end(JSON.stringify(path.endsWith('/stop') ? { 'request-id': triggerId } : { jobs: [] }));
    };
    const abort = new AbortController();
    const stopping = flink.stop(jobId, stop);
    const reading = flink.jobs(abort.signal).catch(() => 'aborted');
    await until(() => server.calls.length === 2, { what: 'the calls', deadlineMs: 5_000, pollMs: 5 });
    abort.abort();
    expect(await reading).toBe('aborted');
    release();
    await expect(stopping).resolves.toBeUndefined();
  });
});

describe('a submit', () => {
  test('with an empty savepoint path is refused before any call: Flink would start the job without its state', async () => {
    await expect(flink.runJar(submission, jobId, { ...restore, savepointPath: '' })).rejects.toThrow(
      'an empty savepoint path would start the job without its state',
    );
    expect(server.calls).toEqual([]);
  });

  test('says the whole program, and leaves out what the artifact does not say', async () => {
    server.answer = json(200, { jobid: jobId });
    const program = { entryClass: 'x.Main', args: ['--a', 'b c', ''], flinkConfiguration: { k: 'v' } };
    await flink.runJar({ ...submission, ...program }, jobId, restore);
    expect(JSON.parse(server.calls[0]?.body ?? '')).toEqual({
      parallelism: 4,
      entryClass: 'x.Main',
      programArgsList: ['--a', 'b c', ''],
      flinkConfiguration: { k: 'v' },
      jobId,
      restoreMode: 'NO_CLAIM',
      ...restore,
    });
  });

  test('that Flink has already is refused as DUPLICATE_JOB', async () => {
    server.answer = json(400, {
      errors: ['x.DuplicateApplicationSubmissionException: Application has already been submitted.'],
    });
    await expect(flink.runJar(submission, jobId, restore)).rejects.toMatchObject({
      refusal: 'DUPLICATE_JOB',
    });
  });
});

describe('an upload', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-client-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const uploaded = (id: string) =>
    json(200, { filename: `/uploads/flink-web-upload/${id}`, status: 'success' });

  test('arrives as one part with its name and its bytes; the id is the last of the path that Flink answers', async () => {
    const file = join(folder, 'orders.jar');
    await writeFile(file, 'PK\u0003\u0004 the bytes');
    server.answer = uploaded('17_weir-orders.jar');
    expect(await flink.uploadJar(file, 'weir-0123-orders.jar')).toBe('17_weir-orders.jar');

    const [call] = server.calls;
    expect(call).toMatchObject({ method: 'POST', path: '/jars/upload' });
    expect(call?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(call?.body).toContain('name="jarfile"; filename="weir-0123-orders.jar"');
    expect(call?.body).toContain('application/x-java-archive');
    expect(call?.body).toContain('PK\u0003\u0004 the bytes');
    expect(call?.body.match(/content-disposition/gi)).toHaveLength(1);
  });

  test('bears the file’s own name if it is given none', async () => {
    const file = join(folder, 'orders.jar');
    await writeFile(file, 'x');
    server.answer = uploaded('17_orders.jar');
    await flink.uploadJar(file);
    expect(server.calls[0]?.body).toContain('filename="orders.jar"');
  });
});

describe('how a stop goes', () => {
  const operation = (body: object) => {
    server.answer = json(200, body);
    return flink.savepointOperation(jobId, triggerId);
  };

  test('IN_PROGRESS', async () => {
    expect(await operation({ status: { id: 'IN_PROGRESS' }, operation: null })).toEqual({
      kind: 'IN_PROGRESS',
    });
  });

  test('COMPLETED, with the savepoint’s place', async () => {
    const completed = { status: { id: 'COMPLETED' }, operation: { location: 'file:/sp/savepoint-1' } };
    expect(await operation(completed)).toEqual({ kind: 'COMPLETED', location: 'file:/sp/savepoint-1' });
  });

  test('FAILED, although HTTP says 200 and Flink COMPLETED, with the cause to read', async () => {
    const trace =
      'java.util.concurrent.CompletionException: x\n\tat y\nCaused by: java.io.IOException: No space left on device';
    const failed = {
      class: 'java.util.concurrent.CompletionException',
      'stack-trace': trace,
      'serialized-throwable': 'A'.repeat(36_000),
    };
    expect(await operation({ status: { id: 'COMPLETED' }, operation: { 'failure-cause': failed } })).toEqual({
      kind: 'FAILED',
      cause: 'CompletionException: x: IOException: No space left on device',
    });
  });

  test('FAILED after its savepoint was complete: the failure has its path (FLINK-26783)', async () => {
    const trace =
      'java.util.concurrent.CompletionException: org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException: ' +
      `A savepoint has been created at: file:/sp/a b/savepoint-1, but the corresponding job ${jobId} failed during stopping. The savepoint is consistent, but might have uncommitted transactions.`;
    const failed = { class: 'x', 'stack-trace': trace };
    expect(
      await operation({ status: { id: 'COMPLETED' }, operation: { 'failure-cause': failed } }),
    ).toMatchObject({
      kind: 'FAILED',
      savepointPath: 'file:/sp/a b/savepoint-1',
    });
  });

  test('COMPLETED with neither place nor cause is ambiguous', async () => {
    await expect(operation({ status: { id: 'COMPLETED' }, operation: {} })).rejects.toBeInstanceOf(
      FlinkAmbiguous,
    );
  });
});

describe('a cancel', () => {
  test.each([
    [
      'has ended already',
      409,
      'Job cancellation failed because the job has already reached another terminal state (FINISHED).',
    ],
    ['is unknown', 404, `Job ${jobId} not found`],
  ])('of a job that %s is not an error', async (_, status, text) => {
    server.answer = json(status, { errors: [text] });
    await expect(flink.cancel(jobId)).resolves.toBeUndefined();
  });

  test('that Flink refuses otherwise is one', async () => {
    server.answer = json(400, { errors: ['no'] });
    await expect(flink.cancel(jobId)).rejects.toBeInstanceOf(FlinkRefused);
  });
});

test('an answer of more than 16 MiB is not read to its end', async () => {
  server.answer = (response) => void response.end(`{"jobs":[],"x":"${'A'.repeat(17 * 1024 * 1024)}"}`);
  const error: unknown = await flink.jobs().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlinkAmbiguous);
  expect(error).toMatchObject({ message: expect.stringContaining('too long to be Flink') });
});
