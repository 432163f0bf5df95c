import { notServedFields } from '../../../src/planning/deployment/not-served';
import { having, read, refused } from './written';

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

  test.each(notServedFields)('%s is read, counts for nothing, and it is said why', (field) => {
    const { deployment, notServed } = read(having({ [field]: 'x' }));
    expect(deployment).toEqual(read(having({})).deployment);
    expect(notServed).toEqual([expect.stringMatching(/^\S+ is not served: \S.+$/)]);
    expect(notServed[0]).toContain(`${field} is`);
  });

  test.each([[null], [''], [[]], [{}]])('of one that is %j nothing is said', (nothing) => {
    const { deployment, notServed } = read(having({ 'spec.template.spec.logging': nothing }));
    expect(deployment).toEqual(read(having({})).deployment);
    expect(notServed).toEqual([]);
  });

  test.each(['id', 'displayName', 'namespace', 'createdAt', 'modifiedAt'])(
    'with %s it is an export, whose version is not one of ours',
    (field) => {
      const { deployment, notServed } = read(
        having({ [`metadata.${field}`]: null, 'metadata.resourceVersion': 57 }),
      );
      expect(deployment.metadata.resourceVersion).toBeUndefined();
      expect(notServed).toEqual([
        'metadata.resourceVersion is not served: the version of an export is not one of Weir’s',
      ]);
    },
  );

  test('of other annotations it says what is kept in their place', () => {
    expect(read(having({ 'metadata.annotations': { team: 'a' } })).notServed).toEqual([
      'metadata.annotations is not served: labels are kept',
    ]);
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

  test('a PYTHON with more that is wrong is told that too', () => {
    const artifact = { kind: 'PYTHON', pythonArtifactUri: 'x.py' };
    const problems = refused(having({ 'spec.template.spec.artifact': artifact, 'spec.state': 'OFF' }));
    expect(problems).toEqual([
      expect.stringContaining('"spec.state" is "OFF"'),
      expect.stringContaining('"spec.template.spec.artifact.kind" is "PYTHON"'),
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
    ['my jars/a:b?.jar', 'b?.jar'],
    ['https://example.com/orders.jar?path=a/b', 'orders.jar'],
  ])('%s means a jar of the artifact folder, and that is said', (jarUri, jar) => {
    const { deployment, notServed } = read(having({ 'spec.template.spec.artifact.jarUri': jarUri }));
    expect(deployment.spec.template.spec.artifact.jarUri).toBe(jar);
    expect(notServed).toEqual([
      `of spec.template.spec.artifact.jarUri only the last part is served, "${jar}": that jar is taken from the ` +
        'cluster’s artifact folder',
    ]);
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
