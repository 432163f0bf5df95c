import { loadConfig, parseConfig } from '../../../src/config';
import type { WrongInput } from './case';

/** Faults of weir.yaml: the first thing that a new operator writes. */
const cluster = (change: readonly string[] = [], without = ''): string[] => [
  'clusters:',
  '  local:',
  ...['rest: http://127.0.0.1:8081', 'savepointRoot: file:///data/sp', 'artifacts: ./jars']
    .filter((line) => !line.startsWith(`${without}:`))
    .map((line) => `    ${line}`),
  ...change.map((line) => `    ${line}`),
];
const job = ['jobs:', '  - cluster: local', '    job: orders', '    artifact: { jar: orders.jar }'];

const lines =
  (...text: readonly string[]) =>
  () => {
    try {
      parseConfig(text.join('\n'), 'weir.yaml');
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    throw new Error('it was accepted');
  };

function missing(): string {
  try {
    loadConfig('conf/weir.yaml');
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it was there');
}

export const configs: readonly WrongInput[] = [
  {
    it: 'no weir.yaml',
    said: missing,
    says: [
      'conf/weir.yaml cannot be read; valid: a weir.yaml in the working directory, or its path in WEIR_CONFIG',
      'Next: WEIR_CONFIG=/path/to/weir.yaml npm run worker',
    ],
  },
  {
    it: 'a bracket that is not closed',
    said: lines(...cluster(), 'jobs: ['),
    says: [
      'weir.yaml:6: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a tab',
    said: lines('clusters:', '\tlocal: {}'),
    says: [
      'weir.yaml:2: is not YAML: Tabs are not allowed as indentation',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'one field twice',
    said: lines(...cluster(), 'clusters: {}'),
    says: [
      'weir.yaml:6: is not YAML: Map keys must be unique',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'two documents',
    said: lines(...cluster(), '---', ...cluster()),
    says: [
      'weir.yaml:6: is not YAML: it holds several documents; keep one',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'nothing in it',
    said: lines(''),
    says: [
      'weir.yaml:1: is empty; it must be an object',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a misspelt field',
    said: lines('clustrs: {}', ...cluster()),
    says: [
      'weir.yaml:1: clustrs: unknown field; did you mean "clusters"? Valid fields: taskQueue, log, health, metrics, webhook, clusters, jobs',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a misspelt field of a cluster',
    said: lines(...cluster(['savepointroot: s3://b/sp'])),
    says: [
      'weir.yaml:6: clusters.local.savepointroot: unknown field; did you mean "savepointRoot"? Valid fields: rest, historyServer, access, savepointRoot, artifacts, snapshotStore, taskManagers, timeouts',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'no cluster',
    said: lines('clusters: {}'),
    says: [
      'weir.yaml:1: clusters: must have one cluster at least',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a cluster without its address',
    said: lines(...cluster([], 'rest')),
    says: [
      'weir.yaml:2: clusters.local.rest: is missing; it must be a URL such as http://jobmanager:8081',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'an address without a scheme',
    said: lines(...cluster(['rest: flink:8081'], 'rest')),
    says: [
      'weir.yaml:5: clusters.local.rest: must be a URL such as http://jobmanager:8081',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a password in an address',
    said: lines(...cluster(['rest: http://weir:hunter2@flink:8081'], 'rest')),
    says: [
      'weir.yaml:5: clusters.local.rest: must have no user, password, query or fragment; a credential goes to access: bearer or basic, as { env: NAME } or { file: path }',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a history server without a scheme',
    said: lines(...cluster(['historyServer: history:8082'])),
    says: [
      'weir.yaml:6: clusters.local.historyServer: must be a URL such as http://historyserver:8082',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a password in the address of a history server',
    said: lines(...cluster(['historyServer: http://weir:hunter2@history:8082'])),
    says: [
      'weir.yaml:6: clusters.local.historyServer: must have no user, password, query or fragment; a credential goes to access: bearer or basic, as { env: NAME } or { file: path }',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a history server that would get the credential without TLS',
    said: lines(
      ...cluster(
        ['rest: https://flink', 'historyServer: http://history:8082', 'access: { bearer: { env: TOKEN } }'],
        'rest',
      ),
    ),
    says: [
      'weir.yaml:6: clusters.local.historyServer: has the access of "rest", so it must have its protocol as well: both http:// or both https://',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a savepoint root that is a path',
    said: lines(...cluster(['savepointRoot: /data/sp'], 'savepointRoot')),
    says: [
      'weir.yaml:5: clusters.local.savepointRoot: must be a URI such as file:///data/savepoints or s3://bucket/savepoints',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'no folder of jars',
    said: lines(...cluster(['artifacts:'], 'artifacts')),
    says: [
      'weir.yaml:5: clusters.local.artifacts: is empty; it must be a string',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a time-out in words',
    said: lines(...cluster(['timeouts: { stop: 3 min }'])),
    says: [
      'weir.yaml:6: clusters.local.timeouts.stop: must be a whole number of milliseconds, at least 1',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a misspelt time-out',
    said: lines(...cluster(['timeouts:', '  restat: 60000'])),
    says: [
      'weir.yaml:7: clusters.local.timeouts.restat: unknown field; did you mean "restart"? Valid fields: stop, restart, restore, recovery, attention',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a snapshot store that is not built',
    said: lines(...cluster(['snapshotStore: { kind: s3 }'])),
    says: [
      'weir.yaml:6: clusters.local.snapshotStore.kind: must be { kind: file } or { kind: none }',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a snapshot store on s3 without a folder',
    said: lines(...cluster(['savepointRoot: s3://b/sp', 'snapshotStore: { kind: file }'], 'savepointRoot')),
    says: [
      'weir.yaml:6: clusters.local.snapshotStore: needs "folder", where the worker sees the savepoint root: that is not a file: URI',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'two clusters with one address',
    said: lines(
      ...cluster(),
      '  again: { rest: http://localhost:8081, savepointRoot: s3://b/sp, artifacts: . }',
    ),
    says: [
      'weir.yaml:6: clusters.again.rest: clusters "local" and "again" have one address, 127.0.0.1:8081; keep one of them',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a job on a cluster that is misspelt',
    said: lines(...cluster(), ...job, '  - { cluster: locl, job: payments, artifact: { jar: p.jar } }'),
    says: [
      'weir.yaml:10: jobs[1].cluster: job "payments" names cluster "locl", which is not there; did you mean "local"? Valid: local',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a job without a jar',
    said: lines(...cluster(), 'jobs:', '  - cluster: local', '    job: orders', '    artifact: { args: [] }'),
    says: [
      'weir.yaml:9: jobs[0].artifact.jar: is missing; it must be the name of a jar in the cluster’s artifact folder',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'arguments that are no list',
    said: lines(
      ...cluster(),
      'jobs:',
      '  - cluster: local',
      '    job: orders',
      '    artifact: { jar: o.jar, args: --fast }',
    ),
    says: [
      'weir.yaml:9: jobs[0].artifact.args: must be a list of strings',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'two entries for one job',
    said: lines(...cluster(), ...job, ...job.slice(1)),
    says: [
      'weir.yaml:10: jobs[1]: job "orders" of cluster "local" has two entries under jobs; keep one of them',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a port that is none',
    said: lines(...cluster(), 'health: { port: 80880 }'),
    says: [
      'weir.yaml:6: health.port: must be a port: 1 to 65535',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'one port for two',
    said: lines(...cluster(), 'health: { port: 9464 }', 'metrics: { port: 9464 }'),
    says: [
      'weir.yaml:7: metrics.port: health and metrics have one port, 9464; give each its own',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a host name where an IP address belongs',
    said: lines(...cluster(), 'metrics: { port: 9464, host: localhost }'),
    says: [
      'weir.yaml:6: metrics.host: must be an IP address: 127.0.0.1, or 0.0.0.0 for every interface',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a form of the log that there is not',
    said: lines(...cluster(), 'log: xml'),
    says: [
      'weir.yaml:6: log: must be "text" or "json"',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a webhook that is no URL',
    said: lines(...cluster(), 'webhook: { url: alerts }'),
    says: [
      'weir.yaml:6: webhook.url: must be a URL such as https://alerts.example.com/weir',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a secret where its place belongs',
    said: lines(...cluster(['access: { bearer: hunter2 }'])),
    says: [
      'weir.yaml:6: clusters.local.access.bearer: a secret does not stand in weir.yaml: write { env: NAME } or { file: path }',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'two credentials',
    said: lines(
      ...cluster(['access:', '  bearer: { env: A }', '  basic: { user: u, password: { env: B } }']),
    ),
    says: [
      'weir.yaml:6: clusters.local.access: has two credentials, bearer and basic; keep one of them',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'a CA for an address without TLS',
    said: lines(...cluster(['access: { ca: ca.pem }'])),
    says: [
      'weir.yaml:6: clusters.local.access: has TLS settings (ca, clientCertificate), but "rest" is not an https:// address; change one of them',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
  {
    it: 'three faults at once',
    said: lines('taskQueue: ""', ...cluster(['rest: 8081', 'snapshotstore: none'], 'rest')),
    says: [
      'weir.yaml:1: taskQueue: must not be empty',
      'weir.yaml:6: clusters.local.rest: must be a URL such as http://jobmanager:8081',
      'weir.yaml:7: clusters.local.snapshotstore: unknown field; did you mean "snapshotStore"? Valid fields: rest, historyServer, access, savepointRoot, artifacts, snapshotStore, taskManagers, timeouts',
      'Next: correct it, then start the worker again: npm run worker',
    ],
  },
];
