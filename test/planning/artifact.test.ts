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
    const { reason, valid } = refused(choose({ recorded, configured }));
    for (const part of [
      'jar: recorded orders.jar, in weir.yaml orders-2.jar',
      'entryClass: recorded none, in weir.yaml weir.Orders',
      'args: recorded ["500"], in weir.yaml ["900"]',
      'flinkConfiguration: recorded {"a.b":"1"}, in weir.yaml {}',
    ])
      expect(reason).toContain(part);
    expect(valid).toContain('"artifact" in the input');
  });

  test('is refused where nobody says it, with what would', () => {
    const { reason, valid } = refused(choose({ givenPrevious: orders }));
    expect(reason).toContain('not known which jar job "orders" is made of');
    expect(valid).toContain('"artifact": {"jar":');
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
    expect(warnings).toEqual([expect.stringContaining('would use orders.jar with the same settings')]);
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
    const { reason, valid } = refused(check(sources, fresh, fresh));
    expect(reason).toContain(`orders.jar of sha256 ${'a'.repeat(16)}...`);
    expect(reason).toContain(`has ${'b'.repeat(16)}... by now`);
    expect(valid).toContain('"previousArtifact"');
  });

  test('that replaced them are accepted if the input names the old jar, put back under another name', () => {
    const givenPrevious = { ...orders, jar: 'orders-old.jar' };
    expect(check({ given: orders, givenPrevious }, fresh, old)).toEqual({ kind: 'ACCEPTED', warnings: [] });
    const unasked = check({ givenPrevious }, fresh, old);
    expect(unasked).toMatchObject({ warnings: [expect.stringContaining('an upgrade as well')] });
  });

  test('and settings that are not what was recorded are told of, if the input has them for the roll-back', () => {
    const givenPrevious = { ...orders, args: ['--name', 'else'] };
    expect(check({ givenPrevious }, old, fresh)).toMatchObject({
      kind: 'ACCEPTED',
      warnings: [expect.stringContaining('its bytes and args differ')],
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

  test('are the same whatever the order of their configuration keys, and empty is as good as absent', () => {
    const a = { jar: 'a.jar', args: [], flinkConfiguration: { x: '1', y: '2' } };
    const b = { jar: 'a.jar', flinkConfiguration: { y: '2', x: '1' } };
    expect(differences(a, b)).toEqual([]);
  });
});
