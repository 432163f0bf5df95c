import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { ConfigError, loadConfig, parseConfig } from '../src/config';
import { defaultTimeouts } from '../src/contracts/rescale';

const file = resolve('/etc/weir/weir.yaml');

const local = { rest: 'http://127.0.0.1:8081', savepointRoot: 'file:///data/sp', artifacts: './jars' };

function parsed(config: unknown) {
  return parseConfig(stringify(config), file);
}

/** A weir.yaml with one cluster, changed. */
const withCluster = (change: object) => ({ clusters: { local: { ...local, ...change } } });

function messageOf(config: unknown): string {
  try {
    parsed(config);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('a weir.yaml', () => {
  test('needs of each cluster its address, its savepoint root and its jars; the rest has defaults', () => {
    expect(parsed({ clusters: { local } })).toEqual({
      taskQueue: 'weir',
      clusters: {
        local: {
          ...local,
          artifacts: resolve('/etc/weir/jars'),
          snapshotStore: { kind: 'none' },
          timeouts: {},
        },
      },
      jobs: [],
    });
  });

  test('keeps what it says', () => {
    const jobs = [{ cluster: 'local', job: 'orders', artifact: { jar: 'orders.jar', args: ['--a'] } }];
    const written = { taskQueue: 'flink', ...withCluster({ timeouts: { stop: 5 } }), jobs };
    expect(parsed(written)).toMatchObject({
      taskQueue: 'flink',
      clusters: { local: { timeouts: { stop: 5 } } },
      jobs,
    });
  });
});

describe('what the worker answers and tells', () => {
  test('is on this machine only unless a host is given, and nothing unless it is asked for', () => {
    const { health, metrics, webhook, log } = parsed({ ...withCluster({}), health: { port: 8088 } });
    expect(health).toEqual({ port: 8088, host: '127.0.0.1' });
    expect([metrics, webhook, log]).toEqual([undefined, undefined, undefined]);
    const everywhere = parsed({ ...withCluster({}), metrics: { port: 9464, host: '0.0.0.0' } });
    expect(everywhere.metrics).toEqual({ port: 9464, host: '0.0.0.0' });
  });

  test('has a credential by where it is only, as a cluster has it', () => {
    const webhook = { url: 'https://alerts.example.com/weir', access: { bearer: { file: 'token' } } };
    const absolute = { ...webhook, access: { bearer: { file: resolve('/etc/weir/token') } } };
    expect(parsed({ ...withCluster({}), webhook }).webhook).toEqual(absolute);
    const literal = { ...webhook, access: { bearer: 'secret' } };
    const message = messageOf({ ...withCluster({}), webhook: literal });
    expect(message).toContain('a secret does not stand in weir.yaml');
    expect(message).not.toContain('"secret"');
  });

  test.each([
    [{ health: { port: 0 } }, ':7: health.port: must be a port: 1 to 65535'],
    [{ metrics: { port: 9464, host: 'localhost' } }, 'must be an IP address: 127.0.0.1'],
    [{ webhook: { url: 'ftp://x' } }, 'must be a URL such as https://alerts.example.com/weir'],
    [{ webhook: { url: 'http://a:b@x' } }, 'must have no user and password'],
    [{ webhook: { url: 'http://x', access: { ca: 'ca.pem' } } }, '"url" is not an https:// address'],
    [{ log: 'xml' }, ':6: log: must be "text" or "json"'],
    [{ health: { port: 9464 }, metrics: { port: 9464 } }, 'have one port, 9464; give each its own'],
  ])('%j is refused', (change, why) => {
    expect(messageOf({ ...withCluster({}), ...change })).toContain(why);
  });
});

describe('a path', () => {
  const storeOf = (change: object) => parsed(withCluster(change)).clusters['local']?.snapshotStore;

  test.each([
    ['./jars', '/etc/weir/jars'],
    ['jars', '/etc/weir/jars'],
    ['../jars', '/etc/jars'],
    ['/srv/jars', '/srv/jars'],
  ])('%s is relative to the file: %s', (artifacts, absolute) => {
    expect(parsed(withCluster({ artifacts })).clusters['local']?.artifacts).toBe(resolve(absolute));
  });

  test('stays the same place whatever the working directory is: the file’s own path is made absolute', () => {
    const { clusters } = parseConfig(stringify({ clusters: { local } }), 'conf/weir.yaml');
    expect(clusters['local']?.artifacts).toBe(resolve('conf/jars'));
  });

  test.each([
    ['file:///data/sp', '/data/sp'],
    ['file:/data/sp/', '/data/sp'],
    ['file:///data/a%20b', '/data/a%20b'],
    ['file:///data/a b', '/data/a b'],
  ])('the snapshot store of %s is %s, as Flink reads it', (savepointRoot, folder) => {
    expect(storeOf({ savepointRoot, snapshotStore: { kind: 'file' } })).toEqual({ kind: 'file', folder });
  });

  test('the snapshot store’s folder, where it is given, is relative to the file', () => {
    const store = { kind: 'file', folder: 'mnt' };
    for (const savepointRoot of ['file:///data/sp', 's3://bucket/sp']) {
      expect(storeOf({ savepointRoot, snapshotStore: store })).toEqual({
        kind: 'file',
        folder: resolve('/etc/weir/mnt'),
      });
    }
  });
});

describe('a savepoint root', () => {
  test.each([
    'file:///data/sp',
    'file:/data/sp',
    's3://bucket/sp',
    's3://bucket',
    'hdfs://nn:8020/sp',
    'hdfs:///sp',
  ])('may be %s', (savepointRoot) =>
    expect(parsed(withCluster({ savepointRoot })).clusters['local']).toMatchObject({ savepointRoot }),
  );

  test.each([
    '',
    '/data/sp',
    'data/sp',
    'file://data/sp',
    'file:data/sp',
    'file:',
    'C:/data',
    'FILE:///data',
  ])('must not be "%s"', (savepointRoot) => {
    expect(messageOf(withCluster({ savepointRoot }))).toContain(
      'clusters.local.savepointRoot: must be a URI such as file:///data/savepoints or s3://bucket/savepoints',
    );
  });
});

const url = 'clusters.local.rest: must be a URL such as http://jobmanager:8081';
const job = { cluster: 'local', job: 'orders', artifact: { jar: 'orders.jar' } };

const mistakes: { is: string; written: unknown; says: string }[] = [
  {
    is: 'an unknown field',
    written: { clusters: { local }, clustrs: {} },
    says: ':6: clustrs: unknown field; did you mean "clusters"? Valid fields: taskQueue, log, health, metrics, webhook, clusters, jobs',
  },
  {
    is: 'an unknown field of a cluster',
    written: withCluster({ savepoints: 'x' }),
    says: ':6: clusters.local.savepoints: unknown field; did you mean "savepointRoot"? Valid fields: rest, historyServer, access, savepointRoot, artifacts, snapshotStore, taskManagers, timeouts',
  },
  {
    is: 'an unknown field of a job’s artifact',
    written: { clusters: { local }, jobs: [{ ...job, artifact: { jar: 'x', arg: [] } }] },
    says: ':11: jobs[0].artifact.arg: unknown field; did you mean "args"? Valid fields: jar, entryClass, args, flinkConfiguration',
  },
  {
    is: 'an unknown time-out',
    written: withCluster({ timeouts: { stopp: 1 } }),
    says: `:7: clusters.local.timeouts.stopp: unknown field; did you mean "stop"? Valid fields: ${Object.keys(defaultTimeouts).join(', ')}`,
  },
  { is: 'no cluster', written: { clusters: {} }, says: ':1: clusters: must have one cluster at least' },
  { is: 'no clusters at all', written: {}, says: ':1: clusters: is missing; it must be an object' },
  {
    is: 'a cluster without an address',
    written: withCluster({ rest: undefined }),
    says: ':2: clusters.local.rest: is missing; it must be a URL such as http://jobmanager:8081',
  },
  { is: 'an address without a scheme', written: withCluster({ rest: '127.0.0.1:8081' }), says: url },
  { is: 'an address of another scheme', written: withCluster({ rest: 'ftp://127.0.0.1' }), says: url },
  {
    is: 'a HistoryServer without a scheme',
    written: withCluster({ historyServer: '127.0.0.1:8082' }),
    says: ':6: clusters.local.historyServer: must be a URL such as http://historyserver:8082',
  },
  {
    is: 'no jars',
    written: withCluster({ artifacts: '' }),
    says: ':5: clusters.local.artifacts: must not be empty',
  },
  {
    is: 'a time-out in words',
    written: withCluster({ timeouts: { stop: '3 min' } }),
    says: ':7: clusters.local.timeouts.stop: must be a whole number of milliseconds, at least 1',
  },
  {
    is: 'a snapshot store of a kind that is not built',
    written: withCluster({ snapshotStore: { kind: 's3' } }),
    says: ':7: clusters.local.snapshotStore.kind: must be { kind: file } or { kind: none }',
  },
  {
    is: 'a snapshot store that is a file, on s3, without a folder',
    written: withCluster({ savepointRoot: 's3://bucket/sp', snapshotStore: { kind: 'file' } }),
    says: ':6: clusters.local.snapshotStore: needs "folder", where the worker sees the savepoint root: that is not a file: URI',
  },
  {
    is: 'a job on a cluster that is not there',
    written: {
      clusters: { local, prod: { ...local, rest: 'http://prod:8081' } },
      jobs: [{ ...job, cluster: 'prd' }],
    },
    says: ':11: jobs[0].cluster: job "orders" names cluster "prd", which is not there; did you mean "prod"? Valid: local, prod',
  },
  {
    is: 'a job without a jar',
    written: { clusters: { local }, jobs: [{ ...job, artifact: {} }] },
    says: ':9: jobs[0].artifact.jar: is missing; it must be the name of a jar in the cluster’s artifact folder',
  },
];

test.each(mistakes)('$is is refused: the file, the place, what is valid', ({ written, says }) => {
  const message = messageOf(written);
  expect(message).toContain(says);
  expect(message.startsWith(`${file}:`)).toBe(true);
});

test('all mistakes are told at once', () => {
  const message = messageOf(withCluster({ rest: 'x', artifacts: 7, snapshotStore: { kind: 's3' } }));
  for (const field of ['rest', 'artifacts', 'snapshotStore.kind'])
    expect(message).toContain(`clusters.local.${field}`);
});

test('of two entries for one job, neither is taken', () => {
  const entry = { cluster: 'local', job: 'orders', artifact: { jar: 'orders.jar' } };
  expect(messageOf({ clusters: { local }, jobs: [entry, entry] })).toContain(
    'job "orders" of cluster "local" has two entries under jobs; keep one of them',
  );
});

describe('P26: two clusters with one address', () => {
  const two = (a: string, b: string) => ({
    clusters: { a: { ...local, rest: a }, b: { ...local, rest: b } },
  });

  test.each([
    ['http://flink:8081', 'http://flink:8081'],
    ['http://flink:8081', 'http://flink:8081/'],
    ['http://flink:8081', 'http://FLINK:8081'],
    ['http://flink', 'http://flink:80'],
    ['https://flink/eu', 'https://flink:443/eu/'],
    ['http://localhost:8081', 'http://127.0.0.1:8081'],
  ])('%s and %s: would be two locks for one job', (a, b) => {
    expect(messageOf(two(a, b))).toMatch(/clusters "a" and "b" have one address, \S+; keep one of them\n/);
  });

  test.each([
    ['http://flink:8081', 'http://flink:8082'],
    ['http://flink-a:8081', 'http://flink-b:8081'],
    ['https://gateway/eu', 'https://gateway/us'],
    ['http://flink', 'https://flink'],
  ])('%s and %s are two', (a, b) => {
    expect(Object.keys(parsed(two(a, b)).clusters)).toEqual(['a', 'b']);
  });
});

describe('who runs the TaskManagers of a cluster', () => {
  const workload = { kind: 'kubernetes', namespace: 'flink', workload: 'deployment/flink-taskmanager' };
  const processes = { kind: 'processes', command: ['taskmanager.sh'], folder: 'tm' };
  const ownerOf = (taskManagers: object) =>
    parsed(withCluster({ taskManagers })).clusters['local']?.taskManagers;

  test('is a workload of Kubernetes, by the credentials that kubectl would take or by a file’s', () => {
    expect(ownerOf(workload)).toEqual(workload);
    expect(ownerOf({ ...workload, kubeconfig: 'kube/eu', context: 'eu' })).toEqual({
      ...workload,
      ...{ kubeconfig: resolve('/etc/weir/kube/eu'), context: 'eu' },
    });
  });

  test('or this machine, by processes', () => {
    expect(ownerOf(processes)).toEqual({ ...processes, folder: resolve('/etc/weir/tm') });
  });

  test.each([
    [{ kind: 'yarn' }, 'taskManagers.kind: must be { kind: kubernetes, namespace: ..., workload: ... } or'],
    [
      { ...workload, workload: 'pod/x' },
      'taskManagers.workload: must be deployment/<name> or statefulset/<name>',
    ],
    [{ ...workload, namespace: 'Flink' }, 'taskManagers.namespace: must be the name of a namespace'],
    [
      { ...processes, command: 'taskmanager.sh' },
      'taskManagers.command: must be a list: a program and its arguments',
    ],
    [{ ...processes, command: [] }, 'taskManagers.command: must be a list: a program and its arguments'],
    [{ ...processes, slots: 2 }, 'taskManagers.slots: unknown field'],
    [
      { ...processes, resourceId: 'tm' },
      'taskManagers.resourceId: must have {n} for the number of a TaskManager',
    ],
    [
      { ...workload, resourceId: 'tm-{n}' },
      'taskManagers.resourceId: deployment/flink-taskmanager does not tell which pod it ends; valid: leave it out, or',
    ],
  ])('%j is refused', (taskManagers, what) => {
    expect(messageOf(withCluster({ taskManagers }))).toContain(what);
  });

  const two = (one: object, other: object) => ({
    clusters: {
      a: { ...local, taskManagers: one },
      b: { ...local, rest: 'http://elsewhere:8081', taskManagers: other },
    },
  });

  test.each([
    [workload, workload, 'deployment/flink-taskmanager in namespace flink'],
    [processes, { ...processes, folder: './tm' }, 'those of folder tm'],
  ])('%j and %j are refused: two clusters would take them from each other', (one, other, what) => {
    expect(messageOf(two(one, other))).toContain(
      `clusters "a" and "b" have the same TaskManagers, ${what}; give each its own`,
    );
  });

  test('the same names in two contexts are two', () => {
    expect(() => parsed(two({ ...workload, context: 'eu' }, { ...workload, context: 'us' }))).not.toThrow();
  });
});

describe('a file', () => {
  let folder: string;
  const before = process.env['WEIR_CONFIG'];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-config-'));
    await writeFile(join(folder, 'mine.yaml'), stringify({ taskQueue: 'mine', clusters: { local } }));
  });
  afterEach(async () => {
    if (before === undefined) delete process.env['WEIR_CONFIG'];
    else process.env['WEIR_CONFIG'] = before;
    await rm(folder, { recursive: true });
  });

  test('is the one that WEIR_CONFIG names', () => {
    process.env['WEIR_CONFIG'] = join(folder, 'mine.yaml');
    const { taskQueue, clusters } = loadConfig();
    expect(taskQueue).toBe('mine');
    expect(clusters['local']?.artifacts).toBe(join(folder, 'jars'));
  });

  test('that is not there is named, and how to name another', () => {
    const missing = join(folder, 'weir.yaml');
    expect(() => loadConfig(missing)).toThrow(
      new ConfigError(
        `${missing} cannot be read; valid: a weir.yaml in the working directory, or its path in WEIR_CONFIG`,
        'WEIR_CONFIG=/path/to/weir.yaml npm run worker',
      ),
    );
  });

  test.each([
    ['an open bracket', 'clusters: [', /weir.yaml:1: is not YAML: .* must be/],
    ['one key twice', 'clusters: {}\nclusters: {}', /weir.yaml:2: is not YAML: Map keys must be unique/],
    ['two documents', 'a: 1\n---\nb: 2', /weir.yaml:2: is not YAML: it holds several documents; keep one/],
    ['nothing', '', /weir.yaml:1: is empty; it must be an object/],
    ['a word', 'clusters', /weir.yaml:1: must be an object/],
  ])('of %s is refused, with its place', (_, text, says) => {
    expect(() => parseConfig(text, file)).toThrow(ConfigError);
    expect(() => parseConfig(text, file)).toThrow(says);
  });
});

test('the weir.yaml of the project is one', () => {
  expect(Object.keys(loadConfig(join(__dirname, '..', 'weir.yaml')).clusters)).not.toEqual([]);
});
