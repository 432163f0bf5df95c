import fc from 'fast-check';
import { deploymentOf, deploymentWorkflowId } from '../../../src/planning/deployment/ids';
import { parseResource, patched } from '../../../src/planning/deployment/resource';
import { resources } from './arbitrary';
import { having, identity, read, refused, smallest } from './written';

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
    'a/deployment/local/b',
    'deployment/%/x',
    'deployment//x',
  ])('%s is no id of a deployment', (id) => expect(deploymentOf(id)).toBeUndefined());

  test('a job name of which no workflow id can be made is refused', () => {
    expect(refused(having({ 'spec.jobName': '\ud800' }))).toEqual([
      expect.stringMatching(/"spec.jobName" is .*; it must be well-formed Unicode$/),
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
