import fc from 'fast-check';
import { AxiosError } from 'axios';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FlinkAmbiguous,
  FlinkRefused,
  FlinkUnavailable,
  fromAnswer,
  fromTransport,
  isRefusal,
  readableCause,
} from '../../src/flink/errors';

/** What Flink 1.20.5 and 2.3.0 answered, with most of the stack frames and the serialized throwables left out. */
interface Recorded {
  readonly what: string;
  readonly flink: string;
  readonly status: number;
  readonly body: unknown;
}
const recorded = JSON.parse(readFileSync(join(__dirname, 'answers.json'), 'utf8')) as Recorded[];

function answers(what: string): Recorded[] {
  const found = recorded.filter((answer) => answer.what === what);
  expect(found.map((answer) => answer.flink)).toEqual(['1.20.5', '2.3.0']);
  return found;
}

const unknownJob = 'FlinkJobNotFoundException: Could not find Flink job (ffffffffffffffffffffffffffffffff)';

describe('what Flink 1.20 and 2.3 answer is refused', () => {
  test.each([
    ['an unknown job', 'JOB_NOT_FOUND', unknownJob],
    ['the status of an unknown job', 'JOB_NOT_FOUND', unknownJob],
    ['the checkpoints of an unknown job', 'JOB_NOT_FOUND', unknownJob],
    ['the checkpoint settings of an unknown job', 'JOB_NOT_FOUND', unknownJob],
    ['a cancel of an unknown job', 'JOB_NOT_FOUND', unknownJob],
    ['an unknown trigger', 'TRIGGER_NOT_FOUND', 'There is no savepoint operation with triggerId='],
    ['a submit under an id that was used', 'DUPLICATE_JOB', 'has already been submitted'],
    ['a submit of a jar that was lost', 'JAR_NOT_FOUND', 'nope.jar does not exist'],
    ['a plan of a jar that was lost', 'JAR_NOT_FOUND', 'nope.jar does not exist'],
    [
      'a plan of a class that the jar does not have',
      'PROGRAM_FAILED',
      'ClassNotFoundException: no.such.Main',
    ],
    [
      'a submit of a class that the jar does not have',
      'PROGRAM_FAILED',
      'ClassNotFoundException: no.such.Main',
    ],
    ['a plan whose main() throws', 'PROGRAM_FAILED', 'unknown option or missing value: --nonsense'],
    [
      'a plan with a setting that cannot be read',
      'PROGRAM_FAILED',
      "for key 'execution.checkpointing.interval'",
    ],
    [
      'a cancel of a job that has finished',
      'ALREADY_TERMINAL',
      'already reached another terminal state (FINISHED)',
    ],
    ['a route that is not there', 'ROUTE_NOT_FOUND', 'Unable to load requested file /nope.'],
    [
      'a submit above the maxParallelism',
      'OTHER',
      'parallelism (200) is higher than the max parallelism (128)',
    ],
    [
      'a submit from a savepoint that is not there',
      'OTHER',
      'FileNotFoundException: Cannot find checkpoint or savepoint',
    ],
    ['a stop whose body is cut off', 'OTHER', 'did not match expected format StopWithSavepointRequestBody'],
    ['an id that is none', 'OTHER', 'Cannot resolve path parameter (jobid) from value "xyz"'],
  ] as const)('%s: %s', (what, refusal, says) => {
    for (const { status, body } of answers(what)) {
      const error = fromAnswer(status, JSON.stringify(body));
      expect(error).toBeInstanceOf(FlinkRefused);
      expect(error).toMatchObject({ status, refusal });
      expect(error.message).toContain(says);
      expect(error.message.startsWith(`${status}: `)).toBe(true);
      expect(isRefusal(error, refusal)).toBe(true);
    }
  });
});

describe('of older versions and other modes', () => {
  test.each([
    ['a trigger, Flink 1.13 and 1.14', 404, 'Operation not found under key: abc', 'TRIGGER_NOT_FOUND'],
    ['a route, where no Web UI is', 404, 'Not found: /jobs/x/rescales', 'ROUTE_NOT_FOUND'],
    ['/jars in application mode', 404, 'Unable to load requested file /jars.', 'ROUTE_NOT_FOUND'],
    ['a job without checkpointing', 404, 'Checkpointing has not been enabled.', 'CHECKPOINTING_DISABLED'],
  ] as const)('%s is refused by its name', (_, status, text, refusal) => {
    expect(fromAnswer(status, JSON.stringify({ errors: [text] }))).toMatchObject({ refusal });
  });
});

describe('an answer that is not Flink’s last word', () => {
  const leader = 'Service temporarily unavailable due to an ongoing leader election. Please refresh.';

  test('503 while a leader is elected: not executed', () => {
    const error = fromAnswer(503, JSON.stringify({ errors: [leader] }));
    expect(error).toBeInstanceOf(FlinkUnavailable);
    expect(error.message).toBe(`503: ${leader}`);
  });

  test.each([
    [
      'an internal error that is not known',
      500,
      '{"errors":["Internal server error.","<Exception on server side:\\njava.util.concurrent.TimeoutException: Invocation timed out.\\nEnd of exception on server side>"]}',
    ],
    ['a proxy’s time-out', 504, '<html><body>504 Gateway Time-out</body></html>'],
    ['a proxy that lost Flink on the way', 502, 'Bad Gateway'],
    ['a cancel that took too long', 408, '{"errors":["Job cancellation timed out."]}'],
    ['nothing', 500, ''],
  ])('%s (%d) may have been executed', (_, status, text) => {
    const error = fromAnswer(status, text);
    expect(error).toBeInstanceOf(FlinkAmbiguous);
    expect(error.message).not.toContain('Internal server error');
  });
});

describe('what a gateway before Flink answers is not a refusal of Flink’s: it is waited for, and said whose it is', () => {
  const page = (title: string) =>
    `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body></html>`;

  test.each([
    [401, page('401 Authorization Required'), '401: 401 Authorization Required (see "access" in weir.yaml)'],
    [401, '{"errors":["no token"]}', '401: no token (see "access" in weir.yaml)'],
    [403, '', '403: (no text) (see "access" in weir.yaml)'],
    [407, 'log in first', '407: log in first (see "access" in weir.yaml)'],
    [400, page('400 No required SSL certificate was sent'), '400: 400 No required SSL certificate was sent'],
    [404, 'default backend - 404', '404: default backend - 404'],
    [404, '{"message":"no Route matched with those values"}', '404: {"message":"no Route matched'],
    [429, '{"errors":["slow down"]}', '429: slow down'],
  ])('%d %s: not executed', (status, text, says) => {
    const error = fromAnswer(status, text);
    expect(error).toBeInstanceOf(FlinkUnavailable);
    expect(error.message).toContain(`a gateway before Flink answers ${says}`);
  });

  test.each([502, 503, 504])('%d: what was passed on may have been executed', (status) => {
    const error = fromAnswer(status, page('Bad Gateway'));
    expect(error).toBeInstanceOf(FlinkAmbiguous);
    expect(error.message).toBe(`${status}: Bad Gateway`);
  });

  test.each([
    ['https://login.example.com/oauth?state=s3cret#x', 'https://login.example.com/oauth'],
    ['https://weir:s3cret@login.example.com/', 'https://login.example.com/'],
    ['//weir:s3cret@login.example.com', '//login.example.com'],
    ['/log-in', '/log-in'],
    ['', 'nowhere'],
  ])('a redirect to "%s" is not followed; of where to, only %s is said', (location, says) => {
    const error = fromAnswer(302, '', location);
    expect(error).toBeInstanceOf(FlinkUnavailable);
    expect(error.message).toContain(`302: it redirects to ${says}, which is not followed`);
    expect(error.message).not.toContain('s3cret');
  });

  test('413, a jar that is too long for it, is refused: waiting does not make it shorter', () => {
    expect(fromAnswer(413, page('413 Request Entity Too Large'))).toMatchObject({
      name: 'FlinkRefused',
      message: '413: 413 Request Entity Too Large',
    });
  });
});

describe('no answer at all', () => {
  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])(
    '%s: the call never left',
    (code) => expect(fromTransport(new AxiosError('no way', code))).toBeInstanceOf(FlinkUnavailable),
  );

  test.each([
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s: nothing is sent to a server that is not trusted', (code) => {
    const error = fromTransport(new AxiosError('no trust', code));
    expect(error).toBeInstanceOf(FlinkUnavailable);
    expect(error.message).toBe(
      'Flink cannot be reached: its certificate is not trusted: no trust (see "access" in weir.yaml)',
    );
  });

  test.each(['ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'ERR_BAD_RESPONSE', undefined])(
    '%s: it may have been executed',
    (code) => expect(fromTransport(new AxiosError('cut off', code))).toBeInstanceOf(FlinkAmbiguous),
  );

  test('an error that is not axios’s may have come after the call was executed', () => {
    expect(fromTransport(new Error('x'))).toMatchObject({
      name: 'FlinkAmbiguous',
      message: 'no answer from Flink: x',
    });
    expect(fromTransport('x')).toBeInstanceOf(FlinkAmbiguous);
  });
});

describe('the cause that a person reads', () => {
  const causeOf = (what: string) =>
    answers(what).map(({ body }) => {
      const { operation } = body as { operation: { 'failure-cause': { 'stack-trace': string } } };
      return readableCause(operation['failure-cause']['stack-trace']);
    });

  test('of a stop into a directory that cannot be made: what Flink was doing, and why it could not', () => {
    for (const cause of causeOf('a stop into a directory that cannot be made')) {
      expect(cause).toBe(
        'CheckpointException: An Exception occurred while triggering the checkpoint. IO-problem detected.: ' +
          'IOException: Failed to create savepoint directory at file:/proc/nope',
      );
    }
  });

  test('of a stop of a job that has finished: said once, although two exceptions say it', () => {
    for (const cause of causeOf('a stop of a job that has finished')) {
      expect(cause).toMatch(/^FlinkJobNotFoundException: Could not find Flink job \(\w{32}\)$/);
    }
  });

  test('of a full disk: the task, the operator’s checkpoint and the device', () => {
    const trace = [
      'java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint.CheckpointException: Asynchronous task checkpoint failed.',
      '\tat java.base/java.util.concurrent.CompletableFuture.encodeThrowable(CompletableFuture.java:332)',
      'Caused by: org.apache.flink.runtime.checkpoint.CheckpointException: Asynchronous task checkpoint failed.',
      '\t... 6 more',
      'Caused by: java.lang.Exception: Could not materialize checkpoint 37 for operator count (1/2)#0.',
      '\t... 4 more',
      'Caused by: java.io.IOException: No space left on device',
      '\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)',
    ].join('\n');
    expect(readableCause(trace)).toBe(
      'Exception: Could not materialize checkpoint 37 for operator count (1/2)#0.: IOException: No space left on device',
    );
  });

  test('is text of its own where there is no trace', () => {
    expect(readableCause('just words')).toBe('just words');
    expect(readableCause('{"errors":["Internal server error."]}')).toBe('Internal server error.');
    expect(readableCause('{"errors":[]}')).toBe('(no text)');
    expect(readableCause('')).toBe('(no text)');
    expect(readableCause('{"errors":["cut o')).toBe('{"errors":["cut o');
  });

  test('ends with the last "Caused by:", and is never over 600 characters', () => {
    const line = fc
      .string({ maxLength: 900 })
      .map((text) => text.replaceAll(/[\n\r\u2028\u2029]/g, ' ').trim());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), line, (wrappers, last) => {
        const trace = [...wrappers, `x.${last}`]
          .map((text) => `Caused by: a.b.AnException: ${text}`)
          .join('\n\tat y\n');
        const cause = readableCause(`a.b.First\n${trace}`);
        expect(cause.length).toBeLessThanOrEqual(600);
        expect(cause).toContain(`AnException: x.${last}`.slice(0, 280).trim());
      }),
    );
  });

  test('of an answer’s error is short enough for Temporal’s history, whatever the answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.string({ maxLength: 5_000 }), (status, text) => {
        expect(fromAnswer(status, text).message.length).toBeLessThanOrEqual(700);
      }),
    );
  });
});
