import { until } from '../../src/dev/until';
import { FlinkClient } from '../../src/flink/client';
import { FlinkAmbiguous, FlinkUnavailable } from '../../src/flink/errors';
import { FakeServer, json, useFakeServer } from '../kit/fake-server';

const jobId = 'a'.repeat(32);
const triggerId = 'b'.repeat(32);
const stop = { triggerId, targetDirectory: 'file:/sp/try', formatType: 'CANONICAL' };

const server = useFakeServer();
let flink: FlinkClient;
beforeEach(() => {
  flink = new FlinkClient({ rest: server.url });
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
test('an answer of more than 16 MiB is not read to its end', async () => {
  server.answer = (response) => void response.end(`{"jobs":[],"x":"${'A'.repeat(17 * 1024 * 1024)}"}`);
  const error: unknown = await flink.jobs().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlinkAmbiguous);
  expect(error).toMatchObject({ message: expect.stringContaining('too long to be Flink') });
});
