import { stringify } from 'yaml';
import { parseConfig } from '../../src/config';
import { targets } from '../../src/worker/targets';

const temporal = { address: 'temporal.example:7233', namespace: 'orders', tls: true };
const local = { rest: 'http://127.0.0.1:8081', savepointRoot: 'file:///data/sp', artifacts: './jars' };
const said = (config: object) =>
  targets(temporal, parseConfig(stringify(config), '/etc/weir/weir.yaml')).join('\n');

test('the first lines of the log say what the worker works on, resolved', () => {
  const access = { ca: '/etc/ca.pem', basic: { user: 'weir', password: { env: 'PASSWORD' } } };
  const text = said({
    taskQueue: 'flink',
    clusters: {
      local: {
        ...{ ...local, snapshotStore: { kind: 'file' } },
        taskManagers: { kind: 'processes', command: ['run', '--password', 'p0'], folder: 'tm' },
      },
      far: { ...local, rest: 'https://far/x', historyServer: 'https://far/history', access },
    },
    jobs: [{ cluster: 'local', job: 'orders', artifact: { jar: 'orders.jar', args: ['--password', 'p1'] } }],
    health: { port: 8088 },
    metrics: { port: 9464, host: '::' },
    webhook: { url: 'https://hooks.example.com/services/p2' },
  });
  expect(text).toBe(
    [
      'Temporal temporal.example:7233, namespace orders, TLS yes, task queue flink',
      'cluster local: http://127.0.0.1:8081, savepoints below file:///data/sp, jars in /etc/weir/jars, snapshot store /data/sp, TaskManagers by processes, recorded in /etc/weir/tm',
      'cluster far: https://far/x (ca, basic), savepoints below file:///data/sp, jars in /etc/weir/jars, snapshot store none, history server https://far/history',
      'job orders on local: orders.jar',
      'health http://127.0.0.1:8088/healthz and /readyz',
      'metrics http://[::]:9464/metrics',
      'webhook hooks.example.com',
    ].join('\n'),
  );
});

test('what is off is said to be off', () => {
  expect(said({ clusters: { local } })).toMatch(/health off\nmetrics off\nwebhook off$/);
});

test('no secret is among them: no argument or option of a job, and of URIs neither user and password nor query', () => {
  const secret = 's3cret';
  const text = said({
    clusters: {
      a: { ...local, savepointRoot: `s3://key:${secret}@bucket/sp?token=${secret}` },
    },
    jobs: [
      {
        ...{ cluster: 'a', job: 'j' },
        artifact: { jar: 'j.jar', args: ['--password', secret], flinkConfiguration: { 's3.key': secret } },
      },
    ],
    webhook: { url: `https://hooks.example.com/${secret}?x=${secret}` },
  });
  expect(text).not.toContain(secret);
  expect(text).toContain('savepoints below s3://bucket/sp,');
});
