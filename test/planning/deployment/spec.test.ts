import fc from 'fast-check';
import type { DeploymentSpec } from '../../../src/contracts/deployment';
import { artifactSchema } from '../../../src/contracts/rescale';
import { parseResource } from '../../../src/planning/deployment/resource';
import {
  argsOf,
  artifactOf,
  differences,
  isParallelismOnly,
  restartFields,
} from '../../../src/planning/deployment/spec';
import { resources } from './arbitrary';

function specOf(spec: object): DeploymentSpec {
  const identity = { cluster: 'local', name: 'orders' };
  const parsed = parseResource({ metadata: { name: 'orders' }, spec }, identity);
  if (parsed.kind !== 'RESOURCE') throw new Error(parsed.problems.join('\n'));
  return parsed.deployment.spec;
}

function withTemplate(template: object, artifact: object = {}, spec: object = {}): DeploymentSpec {
  const jar = { jarUri: 'orders.jar', ...artifact };
  return specOf({ ...spec, template: { spec: { parallelism: 4, artifact: jar, ...template } } });
}

const specs = resources.map(({ raw, identity }) => {
  const parsed = parseResource(raw, identity);
  if (parsed.kind !== 'RESOURCE') throw new Error(parsed.problems.join('\n'));
  return parsed.deployment.spec;
});

describe('the artifact of a spec', () => {
  test('is the jar, its class, its words and its configuration', () => {
    const spec = withTemplate(
      { flinkConfiguration: { 'state.backend.type': 'rocksdb' } },
      { jarUri: 's3://flink/orders-2.jar', entryClass: 'x.Main', mainArgs: `--name 'a b'` },
    );
    expect(artifactOf(spec)).toEqual({
      jar: 'orders-2.jar',
      entryClass: 'x.Main',
      args: ['--name', 'a b'],
      flinkConfiguration: { 'state.backend.type': 'rocksdb' },
    });
  });

  test('has nothing that the spec leaves out', () => {
    expect(artifactOf(withTemplate({}, { mainArgs: ' ' }))).toEqual({ jar: 'orders.jar' });
  });

  test('has mainArgs that cannot be split as one word', () => {
    expect(argsOf(`--name 'a`)).toEqual([`--name 'a`]);
    expect(argsOf()).toEqual([]);
  });

  test('is always one that a rescale takes', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const artifact = artifactOf(spec);
        expect(artifactSchema.parse(artifact)).toEqual(artifact);
      }),
    );
  });
});

describe('the differences of two specs', () => {
  test('are the names of the fields that differ, in order', () => {
    const a = withTemplate(
      { parallelism: 4, flinkConfiguration: { 'a.b': '1', c: '2' } },
      { entryClass: 'x.A' },
    );
    const b = withTemplate(
      { parallelism: 8, flinkConfiguration: { 'a.b': '2', d: '2' } },
      {},
      { state: 'SUSPENDED' },
    );
    expect(differences(a, b)).toEqual([
      'state',
      'template.spec.artifact.entryClass',
      'template.spec.flinkConfiguration.a.b',
      'template.spec.flinkConfiguration.c',
      'template.spec.flinkConfiguration.d',
      'template.spec.parallelism',
    ]);
    expect(restartFields(a, b)).toEqual(differences(a, b).slice(1));
  });

  test('are none for a spec and itself', () => {
    fc.assert(fc.property(specs, (spec) => expect(differences(spec, { ...spec })).toEqual([])));
  });

  test('are the same from either side', () => {
    fc.assert(fc.property(specs, specs, (a, b) => expect(differences(a, b)).toEqual(differences(b, a))));
  });

  test('do not count blanks and quotes of mainArgs that mean the same words', () => {
    const a = withTemplate({}, { mainArgs: `--name  "a"` });
    expect(differences(a, withTemplate({}, { mainArgs: '--name a' }))).toEqual([]);
    expect(differences(a, withTemplate({}, { mainArgs: '--name b' }))).toEqual([
      'template.spec.artifact.mainArgs',
    ]);
    expect(differences(withTemplate({}, { mainArgs: ' ' }), withTemplate({}))).toEqual([]);
    expect(differences(withTemplate({}, { mainArgs: `''` }), withTemplate({}))).not.toEqual([]);
  });

  test('in parallelism alone are told from others', () => {
    const four = withTemplate({});
    expect(isParallelismOnly(differences(four, withTemplate({ parallelism: 8 })))).toBe(true);
    expect(isParallelismOnly(differences(four, four))).toBe(false);
    const stateless = withTemplate({ parallelism: 8 }, {}, { upgradeStrategy: { kind: 'STATELESS' } });
    expect(isParallelismOnly(differences(four, stateless))).toBe(false);
    expect(isParallelismOnly(differences(four, withTemplate({ parallelism: 8 }, { entryClass: 'x' })))).toBe(
      false,
    );
  });

  test('in the job’s name need one, since it is the lock', () => {
    expect(restartFields(withTemplate({}), withTemplate({}, {}, { jobName: 'other' }))).toEqual(['jobName']);
  });

  test('in how a job is looked after need no restart', () => {
    const other = withTemplate({}, {}, { upgradeStrategy: { kind: 'NONE' }, maxJobCreationAttempts: 1 });
    expect(restartFields(withTemplate({}), other)).toEqual([]);
  });
});
