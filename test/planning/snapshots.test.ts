import fc from 'fast-check';
import type { Snapshot } from '../../src/contracts/snapshot';
import { newestSnapshot } from '../../src/planning/snapshots';

/** P14: every submit, roll-back included, restores the newest snapshot. Candidates stand in the order of their jobs. */

const at = (jobId: string, checkpointId?: number, kind: Snapshot['kind'] = 'CHECKPOINT'): Snapshot => ({
  kind,
  path: `file:/${jobId}/${checkpointId ?? 'unknown'}`,
  jobId,
  ...(checkpointId === undefined ? {} : { checkpointId }),
});

const rows: { is: string; of: (Snapshot | undefined)[]; newest: Snapshot | undefined }[] = [
  { is: 'nothing of nothing', of: [], newest: undefined },
  { is: 'nothing of nothing known', of: [undefined, undefined], newest: undefined },
  { is: 'the only one', of: [undefined, at('a', 1), undefined], newest: at('a', 1) },
  {
    is: 'the highest id of one job, in any order',
    of: [at('a', 3), at('a', 7), at('a', 5)],
    newest: at('a', 7),
  },
  {
    is: 'a savepoint or a checkpoint, whichever is later',
    of: [at('a', 7, 'SAVEPOINT'), at('a', 8)],
    newest: at('a', 8),
  },
  {
    is: 'a job’s own, and not what it was restored from, however high the id of that',
    of: [at('a', 90, 'SAVEPOINT'), at('b', 2)],
    newest: at('b', 2),
  },
  {
    is: 'what it was restored from, until it has one of its own',
    of: [at('a', 90, 'SAVEPOINT'), undefined],
    newest: at('a', 90, 'SAVEPOINT'),
  },
  {
    is: 'the savepoint that just stopped the job, of which only the path is known',
    of: [at('a', 90), at('a', undefined, 'SAVEPOINT')],
    newest: at('a', undefined, 'SAVEPOINT'),
  },
  {
    is: 'what the job completed after a savepoint of which only the path is known',
    of: [at('a', undefined, 'SAVEPOINT'), at('a', 3)],
    newest: at('a', 3),
  },
  {
    is: 'of one snapshot that is told twice what is told last',
    of: [at('a', 7), { ...at('a', 7), completedAt: 1_000 }],
    newest: { ...at('a', 7), completedAt: 1_000 },
  },
  {
    is: 'a checkpoint of the new job before the savepoint without an id that it was started from',
    of: [at('a', undefined, 'SAVEPOINT'), at('b', 1)],
    newest: at('b', 1),
  },
];

test.each(rows)('the newest is $is', ({ of, newest }) => {
  expect(newestSnapshot(of)).toEqual(newest);
});

const ids = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });

test('of one job it has the highest checkpoint id', () => {
  fc.assert(
    fc.property(ids, (ids) => {
      expect(newestSnapshot(ids.map((id) => at('a', id)))?.checkpointId).toBe(Math.max(...ids));
    }),
  );
});

test('of several jobs it is the newest of the last that has any', () => {
  fc.assert(
    fc.property(fc.array(ids, { minLength: 1, maxLength: 4 }), (jobs) => {
      const all = jobs.flatMap((ids, job) => ids.map((id) => at(`job${job}`, id)));
      const last = jobs.length - 1;
      expect(newestSnapshot(all)).toEqual(at(`job${last}`, Math.max(...(jobs[last] ?? []))));
    }),
  );
});

test('one more candidate never makes it older', () => {
  const snapshot = fc.record({ job: fc.constant('a'), id: fc.nat() }).map(({ job, id }) => at(job, id));
  fc.assert(
    fc.property(fc.array(snapshot, { minLength: 1 }), snapshot, (all, more) => {
      const before = newestSnapshot(all)?.checkpointId ?? 0;
      expect(newestSnapshot([...all, more])?.checkpointId).toBeGreaterThanOrEqual(before);
    }),
  );
});
