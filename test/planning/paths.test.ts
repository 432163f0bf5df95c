import fc from 'fast-check';
import { posix } from 'node:path';
import { isBelow, normalisePath, samePath, tryDirectory } from '../../src/planning/paths';

/** What Flink's `Path` makes of each was read off Flink 1.20.5 and 2.3.0. */
const spellings: { what: string; written: string; normal: string }[] = [
  { what: 'three slashes', written: 'file:///data/sp', normal: 'file:///data/sp' },
  { what: 'one slash, as Flink answers', written: 'file:/data/sp', normal: 'file:///data/sp' },
  { what: 'no scheme', written: '/data/sp', normal: 'file:///data/sp' },
  { what: 'a scheme in capitals', written: 'FILE:/data/sp', normal: 'file:///data/sp' },
  { what: 'a slash at the end', written: 'file:///data/sp/', normal: 'file:///data/sp' },
  { what: 'doubled slashes', written: 'file:////data//sp', normal: 'file:///data/sp' },
  { what: '"."', written: 'file:///data/./sp/.', normal: 'file:///data/sp' },
  { what: '".."', written: 'file:///data/x/../sp', normal: 'file:///data/sp' },
  { what: '".." above the root', written: 'file:///../../data/sp', normal: 'file:///data/sp' },
  {
    what: 'backslashes, which are slashes to Flink',
    written: 'file:///data\\x\\..\\sp',
    normal: 'file:///data/sp',
  },
  { what: 'a percent sign, which stays one', written: 'file:///a%20b/c%2Fd', normal: 'file:///a%20b/c%2Fd' },
  {
    what: 'an encoded "..", which is only a name',
    written: 'file:///data/%2e%2e/x',
    normal: 'file:///data/%2e%2e/x',
  },
  { what: 'a space', written: 'file:/a b/c', normal: 'file:///a b/c' },
  { what: 'a question mark and a hash', written: 'file:///a?b#c', normal: 'file:///a?b#c' },
  { what: 'a bucket', written: 's3://bucket/sp/', normal: 's3://bucket/sp' },
  { what: 'a bucket alone', written: 's3://bucket', normal: 's3://bucket/' },
  { what: 'a relative path, which stays one', written: 'data/../sp', normal: 'file:data/../sp' },
  { what: 'nothing', written: '', normal: 'file:' },
  { what: 'a namenode', written: 'hdfs://nn:8020/flink/../sp', normal: 'hdfs://nn:8020/sp' },
];

test.each(spellings)('the normal form of $written: $what', ({ written, normal }) => {
  expect(normalisePath(written)).toBe(normal);
});

test('the normal form of a normal form is itself', () => {
  for (const { normal } of spellings) expect(normalisePath(normal)).toBe(normal);
});

describe('two paths are the same place', () => {
  test.each([
    ['file:/a/b', 'file:///a/b'],
    ['/a/b/', 'file:/a/b'],
    ['s3://bucket/a', 's3://bucket/x/../a'],
  ])('%s and %s', (a, b) => {
    expect(samePath(a, b)).toBe(true);
  });
});

describe('two paths are not the same place', () => {
  test.each([
    ['file:/a/b', 'file:/a/B'],
    ['s3://bucket/a', 's3://other/a'],
    ['s3://bucket/a', 's3a://bucket/a'],
    ['hdfs://nn:8020/a', 'hdfs://nn:9000/a'],
    ['file:/a%20b', 'file:/a b'],
    ['/a/b', 'a/b'],
    ['a/b', 'a/c'],
    ['', '/'],
  ])('"%s" and "%s"', (a, b) => {
    expect(samePath(a, b)).toBe(false);
  });
});

describe('below the savepoint root file:///data/sp', () => {
  const root = 'file:///data/sp';

  test.each(['file:///data/sp', 'file:/data/sp/orders', '/data/sp/a/b', 'file:///data/x/../sp/orders'])(
    'is %s',
    (path) => expect(isBelow(root, path)).toBe(true),
  );

  test.each([
    ['its neighbour of a longer name', 'file:///data/sp2/x'],
    ['its parent', 'file:///data'],
    ['a way out', 'file:///data/sp/../x'],
    ['a way out by backslashes', 'file:///data/sp/x\\..\\..\\y'],
    ['a way out behind an encoded slash', 'file:///data/sp/x%2Fy/../../z'],
    ['another file system', 's3://data/sp/x'],
    ['the two-slash mistake, which names a host', 'file://data/sp/x'],
    ['a relative path, which the JobManager resolves', 'data/sp/x'],
    ['a relative path with a scheme', 'file:data/sp/x'],
    ['nothing', ''],
  ])('is not %s: %s', (_, path) => {
    expect(isBelow(root, path)).toBe(false);
  });

  test('whatever the root’s spelling, a slash at its end or not', () => {
    for (const spelled of ['/data/sp', 'file:/data/sp/', 'file:///data//sp//']) {
      expect(isBelow(spelled, 'file:///data/sp/x')).toBe(true);
      expect(isBelow(spelled, 'file:///data/spx')).toBe(false);
    }
  });
});

test('below the root of a file system is everything in it, and nothing of another', () => {
  expect(isBelow('s3://bucket', 's3://bucket/a')).toBe(true);
  expect(isBelow('s3://bucket/', 's3://bucket2/a')).toBe(false);
  expect(isBelow('file:///', '/etc')).toBe(true);
  expect(isBelow('file:///', 'file://etc')).toBe(false);
});

test('each try has a directory of its own, whether or not the path ends in slashes', () => {
  for (const directory of ['file:///data/sp', 'file:///data/sp/', 'file:///data/sp//'])
    expect(tryDirectory(directory, 'id')).toBe('file:///data/sp/id');
});

describe('of any path at all', () => {
  const segment = fc.oneof(
    fc.constantFrom('..', '.', '', 'sp', 'data', 'x%2F..', '%2e%2e', 'x\\..', '..\\..', ' '),
    fc.string({ maxLength: 3 }),
  );
  const prefix = fc.constantFrom(
    'file:///data/sp/',
    'file:/',
    '/data/sp/',
    '/',
    'file:///data/',
    'file:////',
  );
  const path = fc
    .tuple(prefix, fc.array(segment, { maxLength: 8 }))
    .map(([start, segments]) => start + segments.join('/'));

  test('it is below the root exactly if the operating system says that it leads there', () => {
    fc.assert(
      fc.property(path, (written) => {
        fc.pre(!/^(file:)?\/\/[^/]/.test(written)); // two slashes, and no third: a host's name follows
        const leadsTo = posix.resolve('/', written.replace(/^file:/, '').replaceAll('\\', '/'));
        expect(isBelow('file:///data/sp', written)).toBe(`${leadsTo}/`.startsWith('/data/sp/'));
      }),
      { numRuns: 2_000 },
    );
  });

  test('if it is below a root, so is the directory of each try in it, and the try’s savepoint', () => {
    fc.assert(
      fc.property(path, (written) => {
        const savepoint = `${tryDirectory(written, 'a'.repeat(32))}/savepoint-123456-0123456789ab`;
        expect(isBelow('file:///data/sp', savepoint)).toBe(isBelow('file:///data/sp', written));
        expect(isBelow(tryDirectory(written, 'a'.repeat(32)), savepoint)).toBe(true);
        expect(isBelow(tryDirectory(written, 'b'.repeat(32)), savepoint)).toBe(false);
      }),
    );
  });

  test('normalising is idempotent', () => {
    fc.assert(
      fc.property(fc.oneof(path, fc.string()), (written) => {
        expect(normalisePath(normalisePath(written))).toBe(normalisePath(written));
      }),
    );
  });
});
