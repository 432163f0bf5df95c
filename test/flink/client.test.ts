import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlinkClient } from '../../src/flink/client';
import { FlinkAmbiguous, FlinkRefused } from '../../src/flink/errors';
import { json, useFakeServer } from '../kit/fake-server';
import type { Answer } from '../kit/fake-server';

const jobId = 'a'.repeat(32);
const triggerId = 'b'.repeat(32);
const submission = { jarId: 'x_orders.jar', parallelism: 4 };
const restore = { savepointPath: 'file:/sp/savepoint-1', allowNonRestoredState: false };

const server = useFakeServer();
let flink: FlinkClient;
beforeEach(() => {
  flink = new FlinkClient({ rest: server.url });
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

describe('Flink before 1.16, without the route of a job’s state', () => {
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
      call.path === '/jobs/overview' ? void response.socket?.resetAndDestroy() : answers([])(response, call);
    await expect(flink.jobStatus(jobId)).rejects.toBeInstanceOf(FlinkAmbiguous);
  });
});
