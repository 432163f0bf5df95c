import { canceledByUs, recordOf, type Runs } from '../../src/activities/record';
import type { Pulse } from '../../src/activities/wait';
import { canceledJobMemo, jobRecordMemo, type JobRecord } from '../../src/contracts/record';
import { jobIdPrefix, lockKey } from '../../src/planning/ids';

const pulse: Pulse<unknown> = {
  ...{ details: undefined, lost: new AbortController().signal, aborted: () => false, unheard: false },
};
const prefix = jobIdPrefix(lockKey('local', 'orders'));
const job = { id: prefix + '1'.repeat(16), name: 'orders' };
const patienceMs = 10_000;

function recordOfJob(jobId: string): JobRecord {
  return { jobId, artifact: { jar: `${jobId}.jar` }, sha256: 'ab' };
}

/** What Temporal lists, one time after the other: the memos of the runs, the newest first, or an error. */
function listed(...times: readonly (readonly unknown[] | Error)[]): { runs: Runs; asked: string[] } {
  const asked: string[] = [];
  const runs: Runs = async function* (workflowId) {
    asked.push(workflowId);
    const now = times[Math.min(asked.length, times.length) - 1] ?? [];
    if (now instanceof Error) throw now;
    for (const memo of now) {
      await Promise.resolve();
      yield memo === undefined ? {} : { memo: { [jobRecordMemo]: memo } };
    }
  };
  return { runs, asked };
}

function find(runs: Runs, { id = job.id, patience = patienceMs } = {}) {
  return recordOf({ name: 'local' }, { ...job, id }, patience, pulse, runs);
}

test('the record of this very job counts, past runs that left none, another one or something else', async () => {
  const wanted = recordOfJob(job.id);
  const others = [undefined, recordOfJob(prefix + '2'.repeat(16)), 'something else', { jobId: job.id }];
  const { runs, asked } = listed([...others, wanted]);
  expect(await find(runs)).toEqual({ kind: 'RECORDED', record: wanted });
  expect(asked).toEqual(['rescale/local/orders']);
});

test('of two the newest counts', async () => {
  const newest = { ...recordOfJob(job.id), sha256: 'newest' };
  const { runs } = listed([newest, recordOfJob(job.id)]);
  expect(await find(runs)).toEqual({ kind: 'RECORDED', record: newest });
});

test('Temporal’s list lags behind: one that is not there yet is looked for again', async () => {
  const record = recordOfJob(job.id);
  const { runs, asked } = listed([], [undefined], [record]);
  expect(await find(runs)).toEqual({ kind: 'RECORDED', record });
  expect(asked).toHaveLength(3);
});

test('a list that Temporal does not give is asked for again', async () => {
  const record = recordOfJob(job.id);
  const { runs, asked } = listed(new Error('unavailable'), [record]);
  expect(await find(runs)).toEqual({ kind: 'RECORDED', record });
  expect(asked).toHaveLength(2);
});

test('one that is not there once the patience is over is lost, and why is told', async () => {
  const { runs } = listed([undefined]);
  const why = 'Temporal keeps no run that recorded it';
  expect(await find(runs, { patience: 150 })).toEqual({ kind: 'LOST', why });
  const { runs: unlisted } = listed(new Error('not permitted'));
  const unread = 'Temporal does not list its runs: not permitted';
  expect(await find(unlisted, { patience: 0 })).toEqual({ kind: 'LOST', why: unread });
});

test('a job that Weir has not started is asked about nowhere', async () => {
  const { runs, asked } = listed([recordOfJob('0'.repeat(32))]);
  expect(await find(runs, { id: '0'.repeat(32) })).toEqual({ kind: 'NOT_OURS' });
  expect(asked).toEqual([]);
});

describe('P30: a job that was CANCELED', () => {
  const runsThatLeft = (...memos: Record<string, unknown>[]): Runs =>
    async function* () {
      for (const memo of memos) {
        await Promise.resolve();
        yield { memo };
      }
    };
  const canceled = (runs: Runs) => canceledByUs({ name: 'local' }, job, runs);

  test('was so by us if a run had set out to cancel it', async () => {
    expect(await canceled(runsThatLeft({}, { [canceledJobMemo]: job.id }))).toBe(true);
  });

  test('was not if no run of ours had, or another job', async () => {
    expect(await canceled(runsThatLeft({}, { [canceledJobMemo]: prefix + '2'.repeat(16) }))).toBe(false);
  });

  test('is not taken for ours while Temporal does not list its runs', async () => {
    expect(await canceled(listed(new Error('unavailable')).runs)).toBe(false);
  });
});
