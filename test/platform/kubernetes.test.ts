import { KubernetesTaskManagers } from '../../src/platform/kubernetes';
import { PlatformRefused, PlatformUnavailable } from '../../src/platform/task-managers';
import { status } from './api-server';
import { useFakeCluster } from './cluster';

const cluster = useFakeCluster();
const name = 'flink-taskmanager';

const kinds = [
  { kind: 'Deployment', path: 'deployments/flink-taskmanager', resource: 'deployments', first: 2 },
  { kind: 'StatefulSet', path: 'statefulsets/flink-taskmanager', resource: 'statefulsets', first: 3 },
] as const;

function taskManagers(
  workload: { kind: 'Deployment' | 'StatefulSet'; name: string } = { kind: 'Deployment', name },
  timeout?: number,
) {
  const kubeconfig = { file: cluster().kubeconfig };
  return new KubernetesTaskManagers({ namespace: 'flink', workload, kubeconfig }, timeout);
}

const replicas = (path = 'deployments/flink-taskmanager') => cluster().server.workloads.get(path)?.replicas;

/** The error of a call that has to fail. */
async function errorOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => (error instanceof Error ? error : Promise.reject(new Error(String(error)))),
  );
}

describe.each(kinds)('TaskManagers that are a $kind', ({ kind, path, resource, first }) => {
  test('as many are wanted as its scale says', async () => {
    expect(await taskManagers({ kind, name }).wanted()).toBe(first);
    expect(cluster().server.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /apis/apps/v1/namespaces/flink/${path}/scale`,
    ]);
  });

  test('are scaled up and down, and to none', async () => {
    const those = taskManagers({ kind, name });
    for (const count of [8, 1, 0]) {
      await those.scale(count);
      expect(await those.wanted()).toBe(count);
      expect(replicas(path)).toBe(count);
    }
  });

  test('the same count twice is written once', async () => {
    await taskManagers({ kind, name }).scale(5);
    await taskManagers({ kind, name }).scale(5);
    expect(cluster().server.methods).toEqual(['GET', 'PUT', 'GET']);
  });

  test('one that Weir may not read or write: the message names the verb and the resource', async () => {
    const { server } = cluster();
    server.before = ({ method }) => (method === 'PUT' ? status(403, 'cannot update resource') : undefined);
    const write = await errorOf(taskManagers({ kind, name }).scale(5));
    expect(write).toBeInstanceOf(PlatformRefused);
    expect(write.message).toContain(`update on ${resource}/scale (apiGroup apps) in flink`);
    server.before = () => status(403, 'cannot get resource');
    const read = await errorOf(taskManagers({ kind, name }).wanted());
    expect(read).toBeInstanceOf(PlatformRefused);
    expect(read.message).toContain(`get on ${resource}/scale (apiGroup apps) in flink`);
    expect(read.message).toContain(`auth can-i get ${resource}.apps/${name} --subresource=scale`);
  });

  test('one that is not there: the message names it, and how to see what is', async () => {
    const error = await errorOf(taskManagers({ kind, name: 'jobmanager' }).wanted());
    expect(error).toBeInstanceOf(PlatformRefused);
    expect(error.message).toContain(`the ${kind} jobmanager in the namespace flink`);
    expect(error.message).toContain('-n flink get deployment,statefulset');
  });
});

describe('pods that are idle', () => {
  const path = 'statefulsets/flink-taskmanager';
  const of = (kind: 'Deployment' | 'StatefulSet') => {
    const kubeconfig = { file: cluster().kubeconfig };
    const workload = { kind, name };
    const resourceId = 'flink-taskmanager-{n}';
    return new KubernetesTaskManagers({ namespace: 'flink', workload, kubeconfig, resourceId }).retirement;
  };
  const [zero = '', one = '', two = ''] = [0, 1, 2].map((n) => `flink-taskmanager-${n}`);

  test('of a StatefulSet only its last ones go, since it ends the highest ordinals', () => {
    const choose = (idle: readonly string[], most = 3) =>
      of('StatefulSet')?.choose(idle, { wanted: 3, most });
    expect(choose([zero, one, two])).toEqual([two, one, zero]);
    expect(choose([zero, one, two], 1)).toEqual([two]);
    expect(choose([zero, two])).toEqual([two]);
    expect(choose([zero, one])).toEqual([]);
  });

  test('so many fewer are to run', async () => {
    await of('StatefulSet')?.end([two, one], 3);
    expect(replicas(path)).toBe(1);
  });

  test('not where it has another number by now, or gets one meanwhile: other pods would end', async () => {
    const wrong = await errorOf(of('StatefulSet')?.end([two], 4) ?? Promise.resolve());
    expect(wrong).toBeInstanceOf(PlatformUnavailable);
    expect(wrong.message).toContain('was changed by others since Weir saw that it has 4 replicas');
    cluster().server.before = ({ method }) => {
      const workload = cluster().server.workloads.get(path);
      if (method === 'PUT' && workload !== undefined) workload.version += 1;
      return undefined;
    };
    const raced = await errorOf(of('StatefulSet')?.end([two], 3) ?? Promise.resolve());
    expect(raced).toBeInstanceOf(PlatformUnavailable);
    expect(replicas(path)).toBe(3);
  });

  test('of a Deployment none is ended because it is idle', () => {
    expect(of('Deployment')).toBeUndefined();
  });
});

describe('a workload that others change too', () => {
  /** Somebody else's change between the read and the write. */
  const changedBeforeWrites = (times: number) => {
    let left = times;
    cluster().server.before = ({ method }) => {
      const workload = cluster().server.workloads.get('deployments/flink-taskmanager');
      if (method === 'PUT' && workload !== undefined && left > 0) {
        left -= 1;
        workload.version += 1;
      }
      return undefined;
    };
  };

  test('is read again after a conflict, and scaled', async () => {
    changedBeforeWrites(2);
    await taskManagers().scale(7);
    expect(replicas()).toBe(7);
    expect(cluster().server.methods).toEqual(['GET', 'PUT', 'GET', 'PUT', 'GET', 'PUT']);
  });

  test('again and again: is left as it is, for another call', async () => {
    changedBeforeWrites(Infinity);
    const error = await errorOf(taskManagers().scale(7));
    expect(error).toBeInstanceOf(PlatformUnavailable);
    expect(error.message).toContain('changed by others each of the 5 times');
    expect(replicas()).toBe(2);
  });

  test('a write that comes late does not undo what was asked for since', async () => {
    const { server } = cluster();
    await taskManagers().scale(7);
    const late = server.sent.find(({ method }) => method === 'PUT');
    if (late === undefined) throw new Error('nothing was written');
    await taskManagers().scale(3);
    expect(await server.plain(late)).toBe(409);
    expect(replicas()).toBe(3);
  });
});

describe('an API server that does not do it', () => {
  test.each([408, 429, 500, 502, 503, 504])('%d: it is unavailable', async (code) => {
    cluster().server.before = () => status(code, 'etcd has no leader');
    const error = await errorOf(taskManagers().scale(5));
    expect(error).toBeInstanceOf(PlatformUnavailable);
    expect(error.message).toContain(`answers ${code} (etcd has no leader)`);
  });

  test.each([400, 405, 422])('%d: it has refused, in these words', async (code) => {
    cluster().server.before = ({ method }) =>
      method === 'PUT' ? status(code, 'a webhook says no') : undefined;
    const error = await errorOf(taskManagers().scale(5));
    expect(error).toBeInstanceOf(PlatformRefused);
    expect(error.message).toContain(`answers ${code} (a webhook says no)`);
    expect(error.message).toContain('-n flink describe Deployment flink-taskmanager');
  });

  test('is not there: it is unavailable', async () => {
    const those = taskManagers();
    await cluster().server.stop();
    const error = await errorOf(those.wanted());
    expect(error).toBeInstanceOf(PlatformUnavailable);
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('never answers: it is unavailable when the time is up', async () => {
    cluster().server.before = () => 'NOTHING';
    const error = await errorOf(taskManagers(undefined, 200).scale(5));
    expect(error).toBeInstanceOf(PlatformUnavailable);
    expect(error.message).toContain('has not answered within 0.2 s');
  });

  test.each([
    { what: 'a page', type: 'text/html', body: '<html>Log in</html>' },
    { what: 'no JSON', type: 'application/json', body: 'ok' },
    { what: 'nothing', type: 'application/json', body: 'null' },
    { what: 'an empty object', type: 'application/json', body: '{}' },
  ])('is a gateway that answers 200 and $what: that is never taken for a number', async ({ type, body }) => {
    cluster().server.before = () => ({ status: 200, type, body });
    expect(await errorOf(taskManagers().wanted())).toBeInstanceOf(PlatformUnavailable);
    expect(await errorOf(taskManagers().scale(0))).toBeInstanceOf(PlatformUnavailable);
    expect(cluster().server.methods).toEqual(['GET', 'GET']);
  });

  test('a question that is not wanted any more ends at once, with the reason of the signal', async () => {
    const { server } = cluster();
    const caller = new AbortController();
    const reason = new Error('the worker shuts down');
    server.before = () => {
      caller.abort(reason);
      return 'NOTHING';
    };
    expect(await errorOf(taskManagers().wanted(caller.signal))).toBe(reason);
    expect(await errorOf(taskManagers().wanted(caller.signal))).toBe(reason);
    expect(server.methods).toEqual(['GET']);
  });

  test('repeats what it was shown: the token is in no message', async () => {
    const { server } = cluster();
    for (const code of [400, 401, 403, 404, 422, 429, 503]) {
      server.before = () => status(code, `Bearer ${server.token} is not welcome`);
      for (const call of [taskManagers().wanted(), taskManagers().scale(4)]) {
        const { message, stack, cause } = await errorOf(call);
        expect(`${message} ${stack} ${String(cause)}`).not.toContain(server.token.slice(0, 20));
      }
    }
  });
});

describe('Kubernetes’ OpenAPI document', () => {
  const scale = '/apis/apps/v1/namespaces/flink/deployments/flink-taskmanager/scale';
  const put = {
    method: 'PUT',
    path: scale,
    contentType: 'application/json',
    body: '{"spec":{"replicas":4}}',
  };

  test.each([
    { what: 'another path', change: { path: '/apis/apps/v1/deployments/flink-taskmanager/scale' } },
    { what: 'another method', change: { method: 'POST' } },
    { what: 'a query parameter that there is not', change: { path: `${scale}?replicas=4` } },
    { what: 'another type of content', change: { contentType: 'text/plain' } },
    { what: 'a patch that is said to be JSON', change: { method: 'PATCH' } },
    { what: 'a number as text', change: { body: '{"spec":{"replicas":"4"}}' } },
    { what: 'a number that is too large', change: { body: '{"spec":{"replicas":4294967296}}' } },
    { what: 'a misspelt field', change: { body: '{"spec":{"replica":4}}' } },
  ])('does not allow $what', async ({ change }) => {
    const { server } = cluster();
    expect(await server.plain({ ...put, ...change })).toBe(400);
    expect(replicas()).toBe(2);
    // taken out, since what is left there fails the test
    expect(server.violations.splice(0)).toHaveLength(1);
  });

  test('allows what is right', async () => {
    expect(await cluster().server.plain(put)).toBe(200);
  });
});
