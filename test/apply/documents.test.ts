import { UsageError } from '../../src/apply/arguments';
import { readDocuments, readSources } from '../../src/apply/documents';
import type { Clusters, Document } from '../../src/apply/documents';

const local: Clusters = { names: ['local'], given: undefined };
const two: Clusters = { names: ['local', 'eu'], given: undefined };

function resource(name: string, spec = ''): string {
  return `metadata: { name: ${name} }
spec:
  template:
    spec: { parallelism: 4, artifact: { jarUri: ${name}.jar } }
${spec}`;
}

function read(text: string, clusters = local): Document[] {
  return readDocuments([{ name: 'orders.yaml', text }], clusters);
}

function refusal(text: string, clusters = local): string {
  try {
    read(text, clusters);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('a file', () => {
  test('may hold several documents; an empty one is none', () => {
    const documents = read(`---\n${resource('orders')}---\n---\n# later\n---\n${resource('payments')}`);
    expect(documents.map(({ identity, place }) => ({ ...identity, place }))).toEqual([
      { cluster: 'local', name: 'orders', place: 'orders.yaml:2: document 1' },
      { cluster: 'local', name: 'payments', place: expect.stringMatching(/^orders.yaml:\d+: document 4$/) },
    ]);
  });

  test('may be JSON', () => {
    const json = JSON.stringify(
      {
        metadata: { name: 'orders' },
        spec: { template: { spec: { parallelism: 1, artifact: { jarUri: 'a.jar' } } } },
      },
      null,
      '\t',
    );
    expect(read(json)[0]?.resource.spec.template.spec.parallelism).toBe(1);
  });

  test('without a document is refused', () => {
    expect(refusal('# nothing\n')).toContain('orders.yaml: there is no document in it\nNext: ');
  });

  test('that cannot be read is refused', () => {
    expect(() => readSources(['not/there.yaml'], '.')).toThrow(/^not\/there.yaml cannot be read: /);
  });

  test('that is no YAML is refused with its line, and nothing of it is shown', () => {
    const message = refusal(`${resource('orders')}---\na: [secret\n`);
    expect(message).toMatch(/^orders.yaml:\d+: document 2: is not YAML: /);
    expect(message).not.toContain('secret');
  });
});

describe('a fault', () => {
  test('is told with file, line, document, field, what is valid and one command', () => {
    const wrong = resource('payments').replace('parallelism', 'paralelism');
    expect(refusal(`${resource('orders')}---\n${wrong}`).split('\n')).toEqual([
      expect.stringMatching(
        /^orders.yaml:6: document 2: "spec.template.spec.parallelism" is missing; it must be a whole number from 1 to 32768$/,
      ),
      expect.stringMatching(
        /^orders.yaml:6: document 2: unknown field "spec.template.spec.paralelism"; did you mean "parallelism"\? Valid fields: /,
      ),
      'Next: correct it, then: npm run apply -- -f orders.yaml --dry-run',
    ]);
  });

  test('of each document is told at once, so that nothing of the file is applied before all of it is right', () => {
    const faults = refusal(`metadata: {}\n---\nkind: Job\n`).split('\n');
    expect(faults.filter((line) => line.includes('document 1'))).not.toEqual([]);
    expect(faults.filter((line) => line.includes('document 2'))).not.toEqual([]);
  });

  test('is that one deployment is there twice', () => {
    expect(refusal(`${resource('orders')}---\n${resource('orders')}`)).toContain(
      'orders.yaml:6: document 2: deployment/local/orders is in orders.yaml:1: document 1 too; keep one of them',
    );
  });
});

describe('the cluster', () => {
  const inEu = resource('orders', '  sessionClusterName: eu');

  test('is the one that the resource names', () => {
    expect(read(inEu, { ...two, given: 'local' })[0]?.identity.cluster).toBe('eu');
  });

  test('is else the one of --cluster', () => {
    expect(read(resource('orders'), { ...two, given: 'eu' })[0]?.identity.cluster).toBe('eu');
  });

  test('is any that is named, where there is no weir.yaml', () => {
    expect(read(inEu, { names: [], given: undefined })[0]?.identity.cluster).toBe('eu');
  });

  test('must be named where weir.yaml has several', () => {
    expect(refusal(resource('orders'), two)).toContain(
      '"spec.sessionClusterName" is missing; it must be the cluster’s name: local, eu',
    );
  });

  test('must be one of weir.yaml', () => {
    expect(refusal(resource('orders', '  sessionClusterName: locl'), two).split('\n')).toEqual([
      'orders.yaml:1: document 1: "spec.sessionClusterName" is "locl"; it must be a cluster of weir.yaml: local, eu; ' +
        'did you mean "local"?',
      expect.stringMatching(/^Next: /),
    ]);
    expect(refusal(resource('orders'), { ...two, given: 'us' })).toContain('--cluster is "us"; it must be');
  });

  test('must be a name', () => {
    expect(refusal(resource('orders', '  sessionClusterName: 7'))).toContain(
      '"spec.sessionClusterName" is 7; it must be a string',
    );
  });
});
