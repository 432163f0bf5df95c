import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCa } from '../kit/certificates';
import { FakeApiServer } from './api-server';

/** A folder with a kubeconfig for the API server that it is about. */
export interface FakeCluster {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly ca: TestCa;
  readonly server: FakeApiServer;
  /** Writes a kubeconfig, whose contexts and their cluster may be others than those that work. */
  write(name: string, changes?: KubeconfigChanges): string;
}

export interface KubeconfigChanges {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly 'current-context'?: string;
}

/** One for each test. A request that Kubernetes' OpenAPI document does not allow fails the test. */
export function useFakeCluster(): () => FakeCluster {
  let cluster: FakeCluster | undefined;

  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-kubernetes-'));
    const ca = new TestCa(folder);
    const client = ca.issue('weir');
    const server = new FakeApiServer(ca.issue('api-server'), ca.cert);
    await server.start();
    server.workloads.set('deployments/flink-taskmanager', { replicas: 2, version: 100 });
    server.workloads.set('statefulsets/flink-taskmanager', { replicas: 3, version: 200 });
    const write = (name: string, { cluster: changed, ...rest }: KubeconfigChanges = {}) => {
      const address = { server: `https://127.0.0.1:${server.port}`, 'certificate-authority': 'ca.pem' };
      const file = join(folder, name);
      const users = [
        { name: 'by-token', user: { token: server.token } },
        {
          name: 'by-certificate',
          user: { 'client-certificate': 'weir.pem', 'client-key': client.key },
        },
        { name: 'by-password', user: { username: 'weir', password: 'open-sesame' } },
        // what it says is no credential
        { name: 'by-plugin', user: { exec: { command: 'echo', args: [server.token] } } },
        { name: 'unknown', user: { token: 'eyJhbGciOiJSUzI1NiJ9.unknown.c2lnbmF0dXJl' } },
      ];
      const contexts = users.map((user) => ({
        name: user.name,
        context: { cluster: 'test', user: user.name },
      }));
      const clusters = [{ name: 'test', cluster: { ...address, ...changed } }];
      const kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters, users, contexts };
      // JSON is YAML
      writeFileSync(file, JSON.stringify({ ...kubeconfig, 'current-context': 'by-token', ...rest }));
      return file;
    };
    cluster = { folder, ca, server, write, kubeconfig: write('kubeconfig') };
  });

  afterEach(async () => {
    await cluster?.server.stop();
    if (cluster !== undefined) rmSync(cluster.folder, { recursive: true });
    expect(cluster?.server.violations).toEqual([]);
  });

  return () => {
    if (cluster === undefined) throw new Error('there is a cluster within a test only');
    return cluster;
  };
}
