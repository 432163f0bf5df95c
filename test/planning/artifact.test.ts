import fc from 'fast-check';
import type { JobRecord } from '../../src/contracts/record';
import type { Artifact } from '../../src/contracts/rescale';
import { checkBytes, chooseArtifacts, differences } from '../../src/planning/artifact';
import type { Chosen, Refused, Sources } from '../../src/planning/artifact';

const orders: Artifact = { jar: 'orders.jar', args: ['--name', 'orders'] };
const other: Artifact = { jar: 'orders-2.jar', entryClass: 'weir.Orders' };

function recordOf(artifact: Artifact, sha256 = 'a'.repeat(64)): JobRecord {
  return { jobId: '0'.repeat(32), artifact, sha256 };
}

function choose(sources: Omit<Sources, 'job'>): ReturnType<typeof chooseArtifacts> {
  return chooseArtifacts({ job: 'orders', ...sources });
}

function chosen(sources: Omit<Sources, 'job'>): Chosen {
  const choice = choose(sources);
  if (choice.kind !== 'CHOSEN') throw new Error(choice.reason);
  return choice;
}

function refused(choice: { readonly kind: string }): Refused {
  if (!isRefused(choice)) throw new Error(`not refused: ${JSON.stringify(choice)}`);
  return choice;
}

function isRefused(choice: { readonly kind: string }): choice is Refused {
  return choice.kind === 'REFUSED';
}

const words = fc.array(fc.constantFrom('--rate', '5', '--name', 'x'), { maxLength: 4 });
const artifact = fc.record<Artifact>(
  {
    jar: fc.constantFrom('a.jar', 'b.jar'),
    entryClass: fc.constantFrom('A', 'B'),
    args: words,
    flinkConfiguration: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')),
  },
  { requiredKeys: ['jar'] },
);
const maybe = fc.option(artifact, { nil: undefined });

/** As Flink would see it, whatever order it is written in. */
function submitted({ jar, entryClass, args = [], flinkConfiguration = {} }: Artifact): string {
  return JSON.stringify([jar, entryClass, args, Object.entries(flinkConfiguration).sort()]);
}

describe('what is started', () => {
  test('is the input’s, whatever else there is', () => {
    fc.assert(
      fc.property(artifact, maybe, maybe, maybe, (given, givenPrevious, recorded, configured) => {
        const record = recorded && recordOf(recorded);
        expect(chosen({ given, givenPrevious, recorded: record, configured }).artifact).toBe(given);
      }),
    );
  });

  test('without one in the input is what was recorded, or weir.yaml’s: either alone', () => {
    expect(chosen({ recorded: recordOf(orders) }).artifact).toBe(orders);
    expect(chosen({ configured: other }).artifact).toBe(other);
  });

  test('without one in the input is what both agree on, and nothing if they do not', () => {
    fc.assert(
      fc.property(artifact, artifact, maybe, (recorded, configured, givenPrevious) => {
        const choice = choose({ recorded: recordOf(recorded), configured, givenPrevious });
        expect(choice.kind).toBe(submitted(recorded) === submitted(configured) ? 'CHOSEN' : 'REFUSED');
      }),
    );
  });

  test('is refused where the record and weir.yaml differ, with both shown and the fields named', () => {
    const recorded = recordOf({
      ...orders,
      args: ['--name', 'orders', '--rate', '500', '--faults', '/f'],
      flinkConfiguration: { 'a.b': '1', same: 'x' },
    });
    const configured: Artifact = {
      ...other,
      args: ['--name', 'orders', '--rate', '900', '--faults', '/f'],
      flinkConfiguration: { same: 'x' },
    };
    expect(refused(choose({ recorded, configured }))).toEqual({
      kind: 'REFUSED',
      reason:
        'job "orders" was started with another artifact than weir.yaml has (jar: recorded orders.jar, in weir.yaml ' +
        'orders-2.jar; entryClass: recorded none, in weir.yaml weir.Orders; args: recorded ["500"], in weir.yaml ' +
        '["900"]; flinkConfiguration: recorded {"a.b":"1"}, in weir.yaml {})',
      valid: '"artifact" in the input, or weir.yaml as recorded',
    });
  });

  test('is not refused where the record and weir.yaml say the same', () => {
    expect(choose({ recorded: recordOf(orders), configured: { ...orders } })).toEqual({
      ...{ kind: 'CHOSEN', artifact: orders, previous: orders, previousKnown: true, warnings: [] },
    });
  });

  test('is refused where nobody says it, with what would', () => {
    expect(refused(choose({ givenPrevious: orders }))).toEqual({
      kind: 'REFUSED',
      reason:
        'it is not known which jar job "orders" is made of: the input has no "artifact", no rescale that started it has ' +
        'recorded one, and weir.yaml has no entry for it under "jobs"',
      valid: '"artifact": {"jar": "<a name in the artifact folder>"} in the input, or an entry in weir.yaml',
    });
  });
});

describe('what a roll-back starts', () => {
  test('is the input’s; else what was recorded; else weir.yaml’s; else the same', () => {
    const given: Artifact = { jar: 'new.jar' };
    const recorded = recordOf(other);
    const givenPrevious: Artifact = { jar: 'old.jar' };
    expect(chosen({ given, givenPrevious, recorded, configured: orders }).previous).toBe(givenPrevious);
    expect(chosen({ given, recorded, configured: orders }).previous).toBe(other);
    expect(chosen({ given, configured: orders }).previous).toBe(orders);
    expect(chosen({ given }).previous).toBe(given);
  });

  test('is known by the input’s word or by the record, and by nothing else', () => {
    fc.assert(
      fc.property(artifact, maybe, maybe, maybe, (given, givenPrevious, recorded, configured) => {
        const record = recorded && recordOf(recorded);
        const { previousKnown } = chosen({ given, givenPrevious, recorded: record, configured });
        expect(previousKnown).toBe(givenPrevious !== undefined || recorded !== undefined);
      }),
    );
  });

  test('is told in a warning where it is only the same once more', () => {
    const { warnings } = chosen({ given: orders });
    expect(warnings).toEqual([
      'what job "orders" runs today is not known; the roll-back would use orders.jar with the same settings as the ' +
        'start, unless "previousArtifact" says otherwise',
    ]);
    expect(chosen({ given: orders, configured: orders }).warnings).toEqual([]);
    expect(chosen({ given: orders, recorded: recordOf(orders) }).warnings).toEqual([]);
  });
});

describe('the bytes in the artifact folder', () => {
  const old = 'a'.repeat(64);
  const fresh = 'b'.repeat(64);
  const recorded = recordOf(orders, old);
  const check = (sources: Omit<Sources, 'job'>, next: string, previous: string) =>
    checkBytes(
      { job: 'orders', recorded, ...sources },
      { artifact: sources.given ?? orders, sha256: next },
      { artifact: sources.givenPrevious ?? orders, sha256: previous },
    );

  test('that are those of the record are accepted', () => {
    expect(check({}, old, old)).toEqual({ kind: 'ACCEPTED', warnings: [] });
  });

  test('that were never recorded are accepted', () => {
    expect(check({ recorded: undefined }, old, fresh)).toEqual({ kind: 'ACCEPTED', warnings: [] });
  });

  test.each([
    ['for a rescale', {}],
    ['for an upgrade under the same name', { given: orders }],
    ['for an upgrade under another one', { given: other }],
  ])('that replaced the running job’s are refused %s: both hashes shown, and what is valid', (_, sources) => {
    expect(refused(check(sources, fresh, fresh))).toEqual({
      kind: 'REFUSED',
      reason:
        `the job was started with orders.jar of sha256 ${'a'.repeat(16)}..., and orders.jar in the artifact folder has ` +
        `${'b'.repeat(16)}... by now: a roll-back could not start the old job again`,
      valid: 'the old jar put back under another name, and "previousArtifact" naming it',
    });
  });

  test('that replaced them are accepted if the input names the old jar, put back under another name', () => {
    const givenPrevious = { ...orders, jar: 'orders-old.jar' };
    expect(check({ given: orders, givenPrevious }, fresh, old)).toEqual({ kind: 'ACCEPTED', warnings: [] });
    const unasked = check({ givenPrevious }, fresh, old);
    expect(unasked).toMatchObject({
      warnings: ['orders.jar has other bytes than the job was started with, so this is an upgrade as well'],
    });
  });

  test('and settings that are not what was recorded are told of, if the input has them for the roll-back', () => {
    const givenPrevious = { ...orders, args: ['--name', 'else'] };
    expect(check({ givenPrevious }, old, fresh)).toMatchObject({
      kind: 'ACCEPTED',
      warnings: [
        '"previousArtifact" is not what the job was started with: its bytes and args differ from the record of that; ' +
          'a roll-back uses it all the same',
      ],
    });
  });
});

describe('two artifacts', () => {
  test('differ exactly where Flink would get something else, whichever comes first', () => {
    fc.assert(
      fc.property(artifact, artifact, (a, b) => {
        const found = differences(a, b);
        expect(found.length === 0).toBe(submitted(a) === submitted(b));
        const mirrored = found.map((one) => ({ field: one.field, a: one.b, b: one.a }));
        expect(differences(b, a)).toEqual(mirrored);
      }),
    );
  });

  test.each<[string[], string[], string, string]>([
    [['x'], ['x', 'x'], '[]', '["x"]'],
    [['a', 'x', 'b'], ['a', 'b'], '["x"]', '[]'],
    [['a', 'x', 'b'], ['a', 'y', 'z', 'b'], '["x"]', '["y","z"]'],
    [['a', 'b'], ['b', 'a'], '["a","b"]', '["b","a"]'],
    [[], ['a'], '[]', '["a"]'],
  ])('with args %j and %j differ by %s and %s', (argsOfA, argsOfB, a, b) => {
    const found = differences({ jar: 'a.jar', args: argsOfA }, { jar: 'a.jar', args: argsOfB });
    expect(found).toEqual([{ field: 'args', a, b }]);
  });

  test('show the settings in which they differ, and no other, in the order of their names', () => {
    const a = { jar: 'a.jar', flinkConfiguration: { z: '1', same: 's', y: '2', x: '3' } };
    const b = { jar: 'a.jar', flinkConfiguration: { x: '4', y: '5', z: '6', same: 's' } };
    const [found] = differences(a, b);
    expect(found).toEqual({
      field: 'flinkConfiguration',
      a: '{"x":"3","y":"2","z":"1"}',
      b: '{"x":"4","y":"5","z":"6"}',
    });
  });

  test('are the same whatever the order of their configuration keys, and empty is as good as absent', () => {
    const a = { jar: 'a.jar', args: [], flinkConfiguration: { x: '1', y: '2' } };
    const b = { jar: 'a.jar', flinkConfiguration: { y: '2', x: '1' } };
    expect(differences(a, b)).toEqual([]);
  });
});
