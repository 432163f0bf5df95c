import { Ajv2020 } from 'ajv/dist/2020';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config';
import { projectDir } from '../../src/dev/paths';
import { FLINK_DEFAULT } from '../../src/dev/versions';

/** docker-compose.yml, as far as it can be judged without a container engine. */

const read = (path: string) => readFileSync(join(projectDir, path), 'utf8');
const written: unknown = parse(read('docker-compose.yml'), { merge: true });

const serviceSchema = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  restart: z.string().optional(),
});
type Service = z.infer<typeof serviceSchema>;

const compose = z
  .looseObject({
    services: z.record(z.string(), serviceSchema),
    networks: z.record(z.string(), z.unknown()),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(written);
const services = Object.entries(compose.services);

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
}

/** `source:target[:ro]`. */
function mounts(name: string): { source: string; target: string; readOnly: boolean }[] {
  return service(name).volumes.map((mount) => {
    const [source = '', target = '', mode] = mount.split(':');
    return { source, target, readOnly: mode === 'ro' };
  });
}

const workerConfig = () => {
  const mount = mounts('worker').find(({ target }) => target.endsWith('/weir.yaml'));
  if (mount === undefined) throw new Error('the worker has no weir.yaml');
  return { ...parseConfig(read(mount.source), mount.target), file: mount.target };
};

test('is what the Compose Specification allows', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const valid = ajv.compile(JSON.parse(read('test/deploy/compose-spec.json')) as object);
  expect(valid(written) ? [] : valid.errors).toEqual([]);
  // the schema does judge
  expect(valid({ services: { worker: { image: 'weir', port: ['8088:8088'] } } })).toBe(false);
});

describe('every service', () => {
  test.each(services)('%s: its image is of one exact version', (_, { image }) => {
    expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z0-9_.-]+)?$/);
  });

  test.each(services)('%s: its ports are published on 127.0.0.1 only', (_, { ports }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test.each(services)(
    '%s: what it waits for is there, and tells when it is done or healthy',
    (_, waiting) => {
      for (const [name, { condition }] of Object.entries(waiting.depends_on)) {
        const awaited = service(name);
        switch (condition) {
          case 'service_healthy':
            // the worker's check is in its image
            expect(awaited.healthcheck ?? awaited.build).toBeDefined();
            break;
          case 'service_completed_successfully':
            expect(awaited.restart).not.toBe('unless-stopped');
            break;
          default:
            throw new Error(`${name} is waited for by ${condition}`);
        }
      }
    },
  );

  test.each(services)('%s: it goes on by itself and has a health check, or ends by itself', (name, one) => {
    const ends = services.some(
      ([, other]) => other.depends_on[name]?.condition === 'service_completed_successfully',
    );
    expect(one.restart === 'unless-stopped').toBe(!ends);
    if (!ends) expect(one.healthcheck ?? one.build).toBeDefined();
  });

  test.each(services)('%s: its networks, its volumes and the files it mounts are there', (name, one) => {
    for (const network of one.networks) expect(Object.keys(compose.networks)).toContain(network);
    for (const { source } of mounts(name)) {
      if (!source.startsWith('.')) expect(Object.keys(compose.volumes)).toContain(source);
      // the operator's own jars
      else if (source !== './artifacts') expect(existsSync(join(projectDir, source))).toBe(true);
    }
  });
});

describe('the worker', () => {
  test('is not root, changes no file of its image, and cannot gain rights', () => {
    const { user, read_only, cap_drop, security_opt, tmpfs } = service('worker');
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect([read_only, cap_drop, tmpfs]).toEqual([true, ['ALL'], ['/tmp']]);
    expect(security_opt).toEqual(['no-new-privileges:true']);
    expect(mounts('worker').filter(({ readOnly }) => !readOnly)).toEqual([]);
  });

  test('has longer to end than it takes', () => {
    const seconds = (text: unknown) => Number(/^(\d+)s$/.exec(String(text))?.[1]);
    const force = /shutdownForceTime: '(\d+s)'/.exec(read('src/worker.ts'))?.[1];
    expect(seconds(service('worker').stop_grace_period)).toBeGreaterThan(seconds(force));
  });

  test('is of the version of package.json, and reads the weir.yaml that its image looks for', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
    expect(service('worker').image).toBe(`weir:${version}`);
    expect(read('Dockerfile')).toContain(`ENV WEIR_CONFIG=${workerConfig().file}\n`);
  });

  test('finds Temporal where it listens, in the namespace that is created', () => {
    const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = service('worker').environment;
    expect(TEMPORAL_ADDRESS).toBe('temporal:7233');
    expect(service('temporal').ports).toEqual(['127.0.0.1:7233:7233']);
    expect(service('temporal-namespace').environment).toMatchObject({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE });
    expect(service('temporal-ui').environment).toMatchObject({ TEMPORAL_ADDRESS });
  });

  test('answers for its health and metrics on the ports that are published, on every interface of its container', () => {
    const { health, metrics } = workerConfig();
    expect(service('worker').ports).toEqual(
      [health, metrics].map((endpoint) => `127.0.0.1:${endpoint?.port}:${endpoint?.port}`),
    );
    expect([health?.host, metrics?.host]).toEqual(['0.0.0.0', '0.0.0.0']);
  });
});

describe('Flink', () => {
  const properties = z
    .record(z.string(), z.union([z.string(), z.number()]))
    .parse(parse(String(service('jobmanager').environment['FLINK_PROPERTIES'])));

  test('is of the version that the tests run on', () => {
    for (const name of ['jobmanager', 'taskmanager', 'flink-volume'])
      expect(service(name).image).toMatch(new RegExp(`^flink:${FLINK_DEFAULT}-`));
  });

  test('is where the weir.yaml of the worker says, and the JobManager where its TaskManagers look', () => {
    const { clusters } = workerConfig();
    const [rest, ...others] = Object.values(clusters).map((cluster) => new URL(cluster.rest));
    expect([rest?.hostname, others]).toEqual(['jobmanager', []]);
    expect(service('jobmanager').ports).toEqual([`127.0.0.1:${rest?.port}:${rest?.port}`]);
    expect(service('taskmanager').environment).toEqual(service('jobmanager').environment);
    expect(service('taskmanager').environment['JOB_MANAGER_RPC_ADDRESS']).toBe('jobmanager');
  });

  test('keeps savepoints, checkpoints and jars on one volume, which every part of it writes and the worker reads', () => {
    const paths = [
      'execution.checkpointing.dir',
      'execution.checkpointing.savepoint-dir',
      'web.upload.dir',
    ].map((key) => String(properties[key]).replace(/^file:\/\//, ''));
    for (const path of paths) expect(path).toMatch(/^\/flink\/[a-z]+$/);
    const shared = { source: 'flink', target: '/flink', readOnly: false };
    for (const name of ['jobmanager', 'taskmanager', 'flink-volume'])
      expect(mounts(name)).toContainEqual(shared);
    expect(mounts('worker')).toContainEqual({ ...shared, readOnly: true });
  });

  test('and the worker mean the same folder by a savepoint’s path: Weir finds one whose path was lost', () => {
    const { local } = workerConfig().clusters;
    expect(local?.savepointRoot).toBe(properties['execution.checkpointing.savepoint-dir']);
    expect(local?.snapshotStore).toEqual({ kind: 'file', folder: '/flink/savepoints' });
    expect(mounts('worker').map(({ target }) => target)).toContain(local?.artifacts);
  });

  test('has slots for a rescale from 2 to 4', () => {
    const { deploy } = service('taskmanager');
    const { replicas } = z.object({ replicas: z.int() }).parse(deploy);
    expect(replicas * Number(properties['taskmanager.numberOfTaskSlots'])).toBeGreaterThanOrEqual(4);
  });
});

test('Temporal’s server and tools are of one version, and its database is on a volume that nobody else reaches', () => {
  const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map(
    (name) => service(name).image.split(':')[1],
  );
  expect(new Set(versions).size).toBe(1);
  expect(mounts('database')).toEqual([
    { source: 'database', target: '/var/lib/postgresql/data', readOnly: false },
  ]);
  expect(compose.networks['database']).toEqual({ internal: true });
  const reaching = services.filter(([, { networks }]) => networks.includes('database'));
  expect(reaching.map(([name]) => name)).toEqual(['database', 'temporal-schema', 'temporal']);
});
