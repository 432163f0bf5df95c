import fs from 'node:fs';
import { join } from 'node:path';
import { KubernetesTaskManagers } from '../../src/platform/kubernetes';
import type { Kubeconfig } from '../../src/platform/kubernetes';
import { PlatformRefused, PlatformUnavailable } from '../../src/platform/task-managers';
import { status } from './api-server';
import { useFakeCluster } from './cluster';

const cluster = useFakeCluster();
const environment = { ...process.env };
const { accessSync, readFileSync } = fs;
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the machine that the tests run on has is none of theirs. */
beforeEach(() => {
  delete process.env['KUBECONFIG'];
  process.env['HOME'] = cluster().folder;
  serviceAccountIn('/nowhere');
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...environment };
});

/** Reads of the service account's folder are reads of another one. */
function serviceAccountIn(folder: string): void {
  const elsewhere = <T>(path: T) => (typeof path === 'string' ? path.replace(serviceAccount, folder) : path);
  jest.spyOn(fs, 'accessSync').mockImplementation((path, ...rest) => accessSync(elsewhere(path), ...rest));
  jest
    .spyOn(fs, 'readFileSync')
    .mockImplementation((path: fs.PathOrFileDescriptor, ...rest) => readFileSync(elsewhere(path), ...rest));
}

function wanted(kubeconfig?: Kubeconfig): Promise<number> {
  const workload = { kind: 'Deployment', name: 'flink-taskmanager' } as const;
  return new KubernetesTaskManagers({ namespace: 'flink', workload, kubeconfig }).wanted();
}

/** What is said of a kubeconfig with which nothing can be asked. */
async function refusalOf(kubeconfig?: Kubeconfig): Promise<string> {
  const error: unknown = await wanted(kubeconfig).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(PlatformRefused);
  expect(cluster().server.sent).toEqual([]);
  return error instanceof Error ? error.message : '';
}

describe('what lets Weir at the API server', () => {
  test('is the current context of the file that is named', async () => {
    process.env['KUBECONFIG'] = '/nowhere/else';
    expect(await wanted({ file: cluster().kubeconfig })).toBe(2);
    expect(cluster().server.clients).toEqual([]);
  });

  test('is the context that is named: here, one with a client certificate, by a path that is relative to the file', async () => {
    expect(await wanted({ file: cluster().kubeconfig, context: 'by-certificate' })).toBe(2);
    expect(cluster().server.clients).toEqual(['weir']);
  });

  test('is the file that KUBECONFIG names, when none is named', async () => {
    process.env['KUBECONFIG'] = cluster().kubeconfig;
    expect(await wanted()).toBe(2);
    expect(await wanted({ context: 'by-certificate' })).toBe(2);
  });

  test('is ~/.kube/config after that', async () => {
    fs.mkdirSync(join(cluster().folder, '.kube'));
    const { ca } = cluster();
    cluster().write('.kube/config', { cluster: { 'certificate-authority': ca.cert } });
    expect(await wanted()).toBe(2);
  });

  test('is the service account of the pod at last', async () => {
    const { folder, server } = cluster();
    fs.copyFileSync(cluster().ca.cert, join(folder, 'ca.crt'));
    fs.writeFileSync(join(folder, 'token'), server.token);
    serviceAccountIn(folder);
    process.env['KUBERNETES_SERVICE_HOST'] = '127.0.0.1';
    process.env['KUBERNETES_SERVICE_PORT'] = String(server.port);
    expect(await wanted()).toBe(2);
  });

  test('is read again before each call: a changed one is taken up', async () => {
    const workload = { kind: 'Deployment', name: 'flink-taskmanager' } as const;
    const file = cluster().write('changed', { 'current-context': 'unknown' });
    const those = new KubernetesTaskManagers({ namespace: 'flink', workload, kubeconfig: { file } });
    await expect(those.wanted()).rejects.toThrow(PlatformRefused);
    cluster().write('changed');
    expect(await those.wanted()).toBe(2);
  });
});

describe('it is refused, and nothing is asked, when', () => {
  test('there is nothing anywhere', async () => {
    const message = await refusalOf();
    expect(message).toContain('there is no ~/.kube/config');
    expect(message).toContain('Name a file in `kubeconfig`');
  });

  test('the file is not there', async () => {
    expect(await refusalOf({ file: '/nowhere/kubeconfig' })).toContain(
      '/nowhere/kubeconfig cannot be read (ENOENT)',
    );
  });

  test('the file is no YAML: no line of it is shown', async () => {
    const file = join(cluster().folder, 'broken');
    fs.writeFileSync(file, 'users:\n- user: { token: secret-token }}\n');
    const message = await refusalOf({ file });
    expect(message).toContain(`kubectl config view --kubeconfig ${file}`);
    expect(message).not.toContain('secret-token');
  });

  test('the file is empty', async () => {
    const file = join(cluster().folder, 'empty');
    fs.writeFileSync(file, '');
    expect(await refusalOf({ file })).toContain('it must be a YAML file');
  });

  test('there is no such context: those that there are are named', async () => {
    const message = await refusalOf({ file: cluster().kubeconfig, context: 'prod' });
    expect(message).toContain('no context prod');
    expect(message).toContain('by-token, by-certificate, by-password, by-plugin, unknown');
  });

  test('the address is none', async () => {
    expect(await refusalOf({ file: cluster().write('other', { cluster: { server: 'eu-1' } }) })).toContain(
      'such as https://10.0.0.1:6443',
    );
  });

  test('credentials would go in the clear', async () => {
    const file = cluster().write('other', { cluster: { server: 'http://weir:password@127.0.0.1:8001' } });
    const message = await refusalOf({ file });
    expect(message).toContain('http://127.0.0.1:8001');
    expect(message).not.toContain('password');
  });

  test('a certificate that the kubeconfig names is not there', async () => {
    const file = cluster().write('other', { cluster: { 'certificate-authority': 'gone.pem' } });
    expect(await refusalOf({ file })).toContain('(ENOENT): a file that the kubeconfig names cannot be read');
  });

  test('a plug-in says something else than a credential: that is not shown', async () => {
    const message = await refusalOf({ file: cluster().kubeconfig, context: 'by-plugin' });
    expect(message).toContain('--context by-plugin -n flink get --raw /readyz -v 6');
    expect(message).not.toContain(cluster().server.token);
  });
});

test('credentials that the API server does not know: refused, and the token is not shown', async () => {
  const call = wanted({ file: cluster().kubeconfig, context: 'unknown' });
  await expect(call).rejects.toThrow(PlatformRefused);
  await expect(call).rejects.toThrow(/answers 401: .*--context unknown -n flink auth whoami/);
  await expect(call).rejects.not.toThrow('eyJhbGciOiJSUzI1NiJ9');
});

test('a password that a gateway repeats is not shown', async () => {
  cluster().server.before = () => status(400, 'weir:open-sesame is not welcome');
  const call = wanted({ file: cluster().kubeconfig, context: 'by-password' });
  await expect(call).rejects.toThrow('(weir:*** is not welcome)');
});

test('a server whose certificate is not trusted is not there: nothing is sent to it', async () => {
  const file = cluster().write('other', { cluster: { 'certificate-authority': undefined } });
  const call = wanted({ file });
  await expect(call).rejects.toThrow(PlatformUnavailable);
  await expect(call).rejects.toThrow('(SELF_SIGNED_CERT_IN_CHAIN)');
  expect(cluster().server.sent).toEqual([]);
});
