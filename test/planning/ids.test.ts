import fc from 'fast-check';
import { createHash } from 'node:crypto';
import {
  clusterOf,
  jobIdPrefix,
  lockKey,
  rescaleWorkflowId,
  submitId,
  triggerId,
} from '../../src/planning/ids';
import type { RunKey, SubmitVerb, TriggerVerb } from '../../src/planning/ids';

const key: RunKey = { lock: 'local/orders', run: '0b5c3a1e-7d4f-4f0e-9a57-3f1f5c1f2d10' };

/** SHA-256 of the parts with a byte between them that UTF-8 does not have, by another implementation than Weir's. */
function digest(...parts: string[]): string {
  const bytes = parts.flatMap((part, i) => [
    ...(i === 0 ? [] : [Buffer.of(0xff)]),
    Buffer.from(part, 'utf8'),
  ]);
  return createHash('sha256').update(Buffer.concat(bytes)).digest('hex');
}

const triggerVerbs: TriggerVerb[] = ['stop', 'withdraw', 'checkpoint'];
const submitVerbs: SubmitVerb[] = ['restart', 'rollback'];
const word = fc.string({ unit: 'grapheme', maxLength: 8 });
const n = fc.integer({ min: 1, max: 1_000 });
const runKey = fc.record<RunKey>({ lock: word, run: word });

describe('P1, P4: ids are SHA-256 of the lock, the run, the verb and the number of the try', () => {
  test('of triggers: its first 32 hex digits', () => {
    fc.assert(
      fc.property(runKey, fc.constantFrom(...triggerVerbs), n, (key, verb, n) => {
        expect(triggerId(key, verb, n)).toBe(digest(key.lock, key.run, verb, String(n)).slice(0, 32));
      }),
    );
  });

  test('P3: of jobs: 16 hex digits of the lock, by which they can be told in /jobs, and 16 of the try', () => {
    fc.assert(
      fc.property(runKey, fc.constantFrom(...submitVerbs), n, (key, verb, n) => {
        const expected =
          digest(key.lock).slice(0, 16) + digest(key.lock, key.run, verb, String(n)).slice(0, 16);
        expect(submitId(key, verb, n)).toBe(expected);
        expect(submitId(key, verb, n).startsWith(jobIdPrefix(key.lock))).toBe(true);
      }),
    );
  });

  test('the ids of a run that is under way stay as they are, whatever version of Weir goes on with it', () => {
    expect(triggerId(key, 'stop', 1)).toBe('d6a638008fac261a4877b6b3cbaec521');
    expect(submitId(key, 'restart', 1)).toBe('0b23bccbcf5ff1f886894a5e900b6455');
    expect(submitId(key, 'rollback', 2)).toBe('0b23bccbcf5ff1f8dd69a96b0879b0d2');
  });

  test('all are 32 hex digits, as Flink wants them', () => {
    fc.assert(
      fc.property(runKey, n, (key, n) => {
        const ids = [
          ...triggerVerbs.map((verb) => triggerId(key, verb, n)),
          ...submitVerbs.map((verb) => submitId(key, verb, n)),
        ];
        for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });
});

describe('two ids are the same only if all that they are made of is', () => {
  interface Made extends RunKey {
    readonly verb: string;
    readonly n: number;
  }
  const made = <V extends string>(verbs: readonly V[]) =>
    fc.record<Made & { verb: V }>({ lock: word, run: word, verb: fc.constantFrom(...verbs), n });

  test('of triggers', () => {
    fc.assert(
      fc.property(made(triggerVerbs), made(triggerVerbs), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(triggerId(a, a.verb, a.n)).not.toBe(triggerId(b, b.verb, b.n));
      }),
    );
  });

  test('of jobs', () => {
    fc.assert(
      fc.property(made(submitVerbs), made(submitVerbs), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(submitId(a, a.verb, a.n)).not.toBe(submitId(b, b.verb, b.n));
      }),
    );
  });

  test('the parts do not run into each other: ("ab", "c") is not ("a", "bc")', () => {
    expect(triggerId({ lock: 'ab', run: 'c' }, 'stop', 1)).not.toBe(
      triggerId({ lock: 'a', run: 'bc' }, 'stop', 1),
    );
    expect(triggerId({ lock: 'a', run: '' }, 'stop', 11)).not.toBe(
      triggerId({ lock: 'a', run: '' }, 'stop', 1),
    );
  });

  test('two tries, two verbs, two runs, two jobs never share one', () => {
    const other: RunKey = { ...key, run: 'another' };
    const ids = [key, other, { ...key, lock: 'local/payments' }].flatMap((key) =>
      [1, 2, 3, 11].flatMap((n) => [
        ...triggerVerbs.map((verb) => triggerId(key, verb, n)),
        ...submitVerbs.map((verb) => submitId(key, verb, n)),
      ]),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('P26: the lock', () => {
  test.each([
    ['local', 'orders', 'local/orders'],
    ['local', 'daily report', 'local/daily%20report'],
    ['local', 'a/b', 'local/a%2Fb'],
    ['local', '50%', 'local/50%25'],
    ['eu/west', 'Zählung', 'eu%2Fwest/Z%C3%A4hlung'],
    ['local', '注文', 'local/%E6%B3%A8%E6%96%87'],
  ])('of cluster "%s" and job "%s" is %s', (cluster, job, lock) => {
    expect(lockKey(cluster, job)).toBe(lock);
    expect(rescaleWorkflowId(cluster, job)).toBe(`rescale/${lock}`);
    expect(clusterOf(`rescale/${lock}`)).toBe(cluster);
  });

  test('of two jobs is never one, whatever they and their clusters are called', () => {
    fc.assert(
      fc.property(word, word, word, word, (cluster, job, otherCluster, otherJob) => {
        fc.pre(cluster !== otherCluster || job !== otherJob);
        expect(lockKey(cluster, job)).not.toBe(lockKey(otherCluster, otherJob));
      }),
    );
    expect(lockKey('a', 'b/c')).not.toBe(lockKey('a/b', 'c'));
  });

  test('a workflow id gives its cluster back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), word, (cluster, job) => {
        fc.pre(job !== '');
        expect(clusterOf(rescaleWorkflowId(cluster, job))).toBe(cluster);
      }),
    );
  });

  test.each([
    '',
    'orders',
    'rescale',
    'rescale/local',
    'rescale/local/',
    'rescale//orders',
    'deployment/local/orders',
    'my-rescale/local/orders',
    'rescale/local/a/b',
    'rescale/%E4/orders',
  ])('"%s" is no rescale’s id and names no cluster', (id) => expect(clusterOf(id)).toBeUndefined());
});
