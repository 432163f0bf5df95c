import { ConfigError } from '../../src/config';
import { createLogger, logFormat } from '../../src/worker/log';
import type { LogFormat } from '../../src/worker/log';

const ids = {
  ...{ namespace: 'default', taskQueue: 'weir', workflowType: 'rescale' },
  workflowId: 'rescale/local/a%20job',
};
/** What the SDK adds to a line of an activity. */
const ofActivity = {
  ...{ ...ids, sdkComponent: 'activity', workflowRunId: 'r1', activityType: 'stop', attempt: 2 },
  ...{ taskToken: 'token', isLocal: false, activityId: '3' },
};

function written(format: LogFormat, log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  log(createLogger(format, (line) => (text += line)));
  return text;
}
const asJson = (log: Parameters<typeof written>[1]) =>
  JSON.parse(written('json', log)) as Record<string, unknown>;

test('a line of an activity has one name for each thing, the cluster and the job; the task token is dropped', () => {
  const line = asJson((logger) => logger.warn('asked again', { ...ofActivity, snapshot: 'file:/a' }));
  expect(line).toEqual({
    ...{ ...ids, time: expect.any(String), level: 'WARN', message: 'asked again', sdkComponent: 'activity' },
    ...{ runId: 'r1', cluster: 'local', job: 'a job', activity: 'stop', activityId: '3', attempt: 2 },
    snapshot: 'file:/a',
  });
});

test('what a line says of its cluster counts, where it is of no workflow', () => {
  expect(asJson((logger) => logger.info('x', { cluster: 'far' }))).toMatchObject({ cluster: 'far' });
});

test('an error is its name, message, type and causes: an HTTP client’s carries the request, with its secrets', () => {
  const cause = Object.assign(new Error('socket'), { config: { headers: { authorization: 'secret' } } });
  const error = Object.assign(new Error('no answer', { cause }), { type: 'TryFailed', config: 'secret' });
  const line = asJson((logger) => logger.error('x', { error }));
  expect(line['error']).toMatchObject({
    ...{ name: 'Error', message: 'no answer', type: 'TryFailed' },
    cause: { message: 'socket' },
  });
  expect(JSON.stringify(line)).not.toContain('secret');
});

test('what has no JSON is no reason to fail', () => {
  const ring: Record<string, unknown> = {};
  ring['ring'] = ring;
  expect(written('json', (logger) => logger.info('x', { ring }))).toContain('unreadable');
  expect(asJson((logger) => logger.info('x', { big: 1n }))).toMatchObject({ big: '1' });
});

test('for a person it is a line as well, with what a person reads', () => {
  const text = written('text', (logger) => logger.warn('two\nlines', { ...ofActivity, phase: 'STOPPING' }));
  expect(text).toMatch(/^\S+Z WARN {2}two \| lines .*\n$/);
  expect(text).toContain('workflowId=rescale/local/a%20job activity=stop cluster=local job=a job');
  expect(text).toContain('phase=STOPPING');
  expect(text).not.toMatch(/namespace|r1|token/);
});

test.each([
  [undefined, undefined, true, 'text'],
  [undefined, undefined, false, 'json'],
  [undefined, 'json', true, 'json'],
  ['text', 'json', false, 'text'],
  ['', 'text', false, 'text'],
] as const)('WEIR_LOG %s, weir.yaml %s, at a terminal %s: %s', (env, configured, terminal, format) => {
  expect(logFormat(env, configured, terminal)).toBe(format);
});

test('another WEIR_LOG is refused, with what is valid', () => {
  expect(() => logFormat('xml', undefined, false)).toThrow(ConfigError);
  expect(() => logFormat('xml', undefined, false)).toThrow('WEIR_LOG is "xml"; valid: text, json');
});
