import fc from 'fast-check';
import type { DeploymentInput } from '../../../src/contracts/deployment';
import { deploymentOf, deploymentWorkflowId } from '../../../src/planning/deployment/ids';
import { parseResource, patched } from '../../../src/planning/deployment/resource';
import type { ParsedResource } from '../../../src/planning/deployment/resource';
import { resources } from './arbitrary';

const identity = { cluster: 'local', name: 'orders' };
const smallest: DeploymentInput = {
  metadata: { name: 'orders' },
  spec: { template: { spec: { parallelism: 4, artifact: { jarUri: 'orders.jar' } } } },
};

function read(raw: unknown, of = identity): Extract<ParsedResource, { kind: 'RESOURCE' }> {
  const parsed = parseResource(raw, of);
  if (parsed.kind !== 'RESOURCE') throw new Error(parsed.problems.join('\n'));
  return parsed;
}

function refused(raw: unknown, of = identity): readonly string[] {
  const parsed = parseResource(raw, of);
  if (parsed.kind !== 'INVALID') throw new Error(`${JSON.stringify(raw)} was accepted`);
  return parsed.problems;
}

/** The smallest one with these fields in place of its own, by their paths. */
function having(fields: Readonly<Record<string, unknown>>): object {
  const raw = JSON.parse(JSON.stringify(smallest)) as object;
  for (const [field, value] of Object.entries(fields)) {
    const path = field.split('.');
    let at = raw;
    for (const key of path.slice(0, -1)) {
      if (!Object.hasOwn(at, key)) Reflect.set(at, key, {});
      at = Reflect.get(at, key) as object;
    }
    Reflect.set(at, path.at(-1) ?? '', value);
  }
  return raw;
}

describe('a resource', () => {
  test('needs a name, a jar and a parallelism; everything else has a default', () => {
    expect(parseResource(smallest, identity)).toEqual({
      kind: 'RESOURCE',
      deployment: {
        kind: 'Deployment',
        apiVersion: 'v1',
        metadata: { name: 'orders', labels: {} },
        spec: {
          state: 'RUNNING',
          upgradeStrategy: { kind: 'STATEFUL' },
          restoreStrategy: { kind: 'LATEST_STATE', allowNonRestoredState: false },
          acknowledgeStateLoss: false,
          maxSavepointCreationAttempts: 4,
          maxJobCreationAttempts: 4,
          sessionClusterName: 'local',
          jobName: 'orders',
          template: {
            spec: {
              parallelism: 4,
              artifact: { kind: 'JAR', jarUri: 'orders.jar' },
              flinkConfiguration: {},
            },
          },
        },
      },
      notServed: [],
    });
  });

  test('that is full is read as it is, and so nothing is lost by a second reading', () => {
    fc.assert(
      fc.property(resources, ({ raw, identity }) => {
        const { deployment } = read(raw, identity);
        expect(parseResource(deployment, identity)).toEqual({ kind: 'RESOURCE', deployment, notServed: [] });
      }),
    );
  });

  test('keeps each value that it has', () => {
    fc.assert(
      fc.property(resources, ({ raw, identity }) => {
        expect(read(raw, identity).deployment).toMatchObject(raw);
      }),
    );
  });

  test('with a null has left that field out', () => {
    const raw = having({
      'spec.state': null,
      'spec.jobName': null,
      'spec.template.spec.artifact.mainArgs': null,
    });
    expect(read(raw)).toEqual(read(smallest));
  });

  test('with a null where a value is needed lacks it', () => {
    expect(refused(having({ 'spec.template.spec.parallelism': null }))).toEqual([
      '"spec.template.spec.parallelism" is missing; it must be a whole number from 1 to 32768',
    ]);
  });

  test.each([
    [{}, /^"metadata" is missing; it must be an object$/],
    ['orders', /^the input is "orders"; it must be an object$/],
    [[smallest], /^the input is \[.*; it must be an object$/],
  ])('that is %j is refused', (raw, problem) => {
    expect(refused(raw)).toContainEqual(expect.stringMatching(problem));
  });
});

describe('an unknown field', () => {
  test.each([
    ['spec.template.spec.paralelism', 'parallelism'],
    ['spec.upgradeStrategy.kin', 'kind'],
    ['spec.maxJobCreationAttempt', 'maxJobCreationAttempts'],
    ['metadata.label', 'labels'],
    ['spec.template.spec.artifact.jarUrl', 'jarUri'],
  ])('%s: the nearest is named, and all that are valid', (field, close) => {
    expect(refused(having({ [field]: 8 }))).toContainEqual(
      expect.stringContaining(`unknown field "${field}"; did you mean "${close}"? Valid fields: `),
    );
  });

  test('is refused even with a null', () => {
    expect(refused(having({ 'spec.color': null, 'spec.state': null }))).toEqual([
      expect.stringMatching(/^unknown field "spec.color"; valid fields: state, upgradeStrategy, /),
    ]);
  });

  test('that would choose the state to begin from is refused: to drop it would begin from other state', () => {
    expect(refused(having({ 'spec.startFromSavepoint': { kind: 'NONE' } }))).toHaveLength(1);
    expect(refused(having({ 'spec.restoreStrategy.savepointId': 'x' }))).toHaveLength(1);
  });
});

describe('the deployment is the one of the workflow id', () => {
  test('another name is refused', () => {
    expect(refused(having({ 'metadata.name': 'payments' }))).toEqual([
      '"metadata.name" is "payments", and this is the deployment deployment/local/orders; it must be "orders"',
    ]);
  });

  test('another cluster is refused', () => {
    expect(refused(having({ 'spec.sessionClusterName': 'eu' }))).toEqual([
      '"spec.sessionClusterName" is "eu", and this is the deployment deployment/local/orders; it must be "local"',
    ]);
  });

  test('a name and a cluster come back from the id that they make', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(name, name, (cluster, name) => {
        expect(deploymentOf(deploymentWorkflowId({ cluster, name }))).toEqual({ cluster, name });
      }),
    );
    expect(deploymentWorkflowId({ cluster: 'eu west', name: 'a/b' })).toBe('deployment/eu%20west/a%2Fb');
  });

  test.each([
    'rescale/local/orders',
    'deployment/local',
    'deployment/local/a/b',
    'deployment/%/x',
    'deployment//x',
  ])('%s is no id of a deployment', (id) => expect(deploymentOf(id)).toBeUndefined());

  test('a job name of which no workflow id can be made is refused', () => {
    expect(refused(having({ 'spec.jobName': '\ud800' }))).toEqual([
      expect.stringMatching(/"spec.jobName" is .*; it must be well-formed Unicode$/),
    ]);
  });
});

describe('as Ververica Platform exports it', () => {
  const exported = {
    kind: 'Deployment',
    apiVersion: 'v1',
    metadata: {
      id: '7a9d2a5e-5f0a-4f4b-9a53-6a1d3f0d7c11',
      name: 'orders',
      displayName: 'orders',
      namespace: 'default',
      createdAt: '2026-01-01T00:00:00Z',
      modifiedAt: '2026-02-01T00:00:00Z',
      labels: { team: 'payments' },
      annotations: { 'com.dataartisans.appmanager.controller.deployment.spec.version': '12' },
      resourceVersion: 57,
    },
    spec: {
      state: 'RUNNING',
      upgradeStrategy: { kind: 'STATEFUL' },
      restoreStrategy: { kind: 'LATEST_STATE', allowNonRestoredState: false },
      maxSavepointCreationAttempts: 4,
      maxJobCreationAttempts: 4,
      jobFailureExpirationTime: null,
      deploymentTargetName: 'default',
      template: {
        metadata: { annotations: { 'flink.queryable-state.enabled': 'false' } },
        spec: {
          artifact: {
            kind: 'JAR',
            jarUri: 's3://key:secret@flink/artifacts/namespaces/default/orders.jar?versionId=3',
            mainArgs: '--rate 100',
            flinkVersion: '1.20',
            flinkImageTag: '1.20.1-stream1-scala_2.12-java11',
            additionalDependencies: [],
          },
          parallelism: 2,
          numberOfTaskManagers: 2,
          resources: { taskmanager: { cpu: 1, memory: '2g' } },
          flinkConfiguration: { 'execution.checkpointing.interval': '10s' },
          logging: { log4jLoggers: { '': 'INFO' } },
          kubernetes: {},
        },
      },
    },
    status: { state: 'RUNNING' },
  };

  test('it is accepted as it is, and each field that counts for nothing is named, once', () => {
    const { deployment, notServed } = read(exported);
    expect(deployment.metadata).toEqual({ name: 'orders', labels: { team: 'payments' } });
    expect(deployment.spec.template.spec).toEqual({
      parallelism: 2,
      artifact: { kind: 'JAR', jarUri: 'orders.jar', mainArgs: '--rate 100' },
      flinkConfiguration: { 'execution.checkpointing.interval': '10s' },
    });
    expect(notServed.map((sentence) => sentence.replace(/ is not served: .*/, '')).sort()).toEqual([
      'metadata.annotations',
      'metadata.createdAt',
      'metadata.displayName',
      'metadata.id',
      'metadata.modifiedAt',
      'metadata.namespace',
      'metadata.resourceVersion',
      expect.stringMatching(
        /^of spec.template.spec.artifact.jarUri only the last part is served, "orders.jar": /,
      ),
      'spec.deploymentTargetName',
      'spec.template.metadata',
      'spec.template.spec.artifact.flinkImageTag',
      'spec.template.spec.artifact.flinkVersion',
      'spec.template.spec.logging',
      'spec.template.spec.numberOfTaskManagers',
      'spec.template.spec.resources',
      'status',
    ]);
  });

  test('no sentence repeats a value: it may be a secret', () => {
    const { notServed } = read(exported);
    expect(notServed.join('\n')).not.toMatch(/secret|7a9d2a5e|versionId/);
  });

  test('the annotation that drains says what drains here', () => {
    const annotations = { 'com.dataartisans.appmanager.controller.deployment.stop-with-drain': 'true' };
    expect(read(having({ 'metadata.annotations': annotations })).notServed).toEqual([
      expect.stringContaining('use suspend with {"drain": true}'),
    ]);
  });

  test.each(['PYTHON', 'SQLSCRIPT'])('a %s is refused in one sentence', (kind) => {
    const artifact = { kind, sqlScript: 'SELECT 1', pythonArtifactUri: 'x.py' };
    expect(refused(having({ 'spec.template.spec.artifact': artifact }))).toEqual([
      `"spec.template.spec.artifact.kind" is "${kind}", and Weir starts jars only; it must be "JAR", with the program ` +
        'in a jar',
    ]);
  });

  test('the version of a resource of ours counts', () => {
    const { deployment, notServed } = read(having({ 'metadata.resourceVersion': 3 }));
    expect(deployment.metadata.resourceVersion).toBe(3);
    expect(notServed).toEqual([]);
  });
});

describe('a jarUri', () => {
  test.each([
    ['s3://flink/a/orders.jar', 'orders.jar'],
    ['https://example.com/orders.jar?token=x#y', 'orders.jar'],
    ['jars/orders.jar', 'orders.jar'],
    ['file:orders.jar', 'orders.jar'],
  ])('%s means a jar of the artifact folder, and that is said', (jarUri, jar) => {
    const { deployment, notServed } = read(having({ 'spec.template.spec.artifact.jarUri': jarUri }));
    expect(deployment.spec.template.spec.artifact.jarUri).toBe(jar);
    expect(notServed).toEqual([expect.stringContaining(`only the last part is served, "${jar}"`)]);
  });

  test.each(['orders.jar', 'orders 2?.jar', 'c0ffee_orders.jar'])('%s is the name itself', (jarUri) => {
    const { deployment, notServed } = read(having({ 'spec.template.spec.artifact.jarUri': jarUri }));
    expect(deployment.spec.template.spec.artifact.jarUri).toBe(jarUri);
    expect(notServed).toEqual([]);
  });

  test('that names no jar is refused', () => {
    expect(refused(having({ 'spec.template.spec.artifact.jarUri': 's3://flink/' }))).toEqual([
      '"spec.template.spec.artifact.jarUri" names no jar; it must end with the jar’s name',
    ]);
  });
});

test('mainArgs with a quote that has no end are refused', () => {
  expect(refused(having({ 'spec.template.spec.artifact.mainArgs': `--name 'a` }))).toEqual([
    `"spec.template.spec.artifact.mainArgs" has a ' without its end; it must be as on a shell’s command line`,
  ]);
});

describe('a patch', () => {
  const current = () => {
    const { deployment } = read(
      having({ 'spec.jobName': 'Orders 2', 'metadata.labels': { team: 'a', tier: '1' } }),
    );
    return { ...deployment, metadata: { ...deployment.metadata, resourceVersion: 7 } };
  };

  test('changes what it names and keeps the rest', () => {
    const parsed = patched(current(), { spec: { template: { spec: { parallelism: 8 } } } });
    const expected = current();
    expected.spec.template.spec.parallelism = 8;
    expect(parsed).toEqual({ kind: 'RESOURCE', deployment: expected, notServed: [] });
  });

  test('takes away by null: a label, or a field to its default', () => {
    const parsed = patched(current(), { metadata: { labels: { tier: null } }, spec: { jobName: null } });
    expect(parsed).toMatchObject({
      deployment: { metadata: { labels: { team: 'a' } }, spec: { jobName: 'orders' } },
    });
    expect(JSON.stringify(parsed)).not.toContain('tier');
  });

  test('that is none of a deployment’s is refused', () => {
    expect(patched(current(), { spec: { paralelism: 8 } })).toMatchObject({ kind: 'INVALID' });
    expect(patched(current(), { metadata: { name: 'other' } })).toMatchObject({ kind: 'INVALID' });
    expect(patched(current(), null)).toMatchObject({ kind: 'INVALID' });
  });

  test('of nothing is the deployment itself', () => {
    expect(patched(current(), {})).toMatchObject({ kind: 'RESOURCE', deployment: current() });
  });
});
