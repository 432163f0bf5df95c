import type {
  Checkpointing,
  KnownSavepoint,
  Observation,
  ObservedJob,
} from '../../src/contracts/observation';
import type { RescaleInput } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { savepointWarnings, warnings } from '../../src/planning/warnings';
import { ask, jobId, running, seen } from '../kit/plans';

/** What a plan warns of, each with its figures. */

interface About {
  readonly job?: Partial<ObservedJob>;
  readonly checkpointing?: Partial<Checkpointing>;
  readonly input?: Partial<RescaleInput>;
  readonly seen?: Partial<Observation>;
}

function warned(about: About): string[] {
  const { checkpointing, ...rest } = running(2);
  if (checkpointing === undefined) throw new Error('it has checkpoints');
  const job: ObservedJob = {
    ...rest,
    checkpointing: { ...checkpointing, ...about.checkpointing },
    ...about.job,
  };
  const request = ask(about.input);
  return warnings(job, { ...seen(request, job), ...about.seen }, request);
}

const stateless = { upgradeStrategy: 'STATELESS' } as const;
const saveThenCancel = { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } as const;
const newestSnapshot: Snapshot = {
  ...{ kind: 'CHECKPOINT', path: 'file:/data/cp/chk-7', jobId },
  completedAt: 1_000_000 - 2_400,
};
const newestSavepoint: KnownSavepoint = {
  snapshot: { kind: 'SAVEPOINT', path: 'file:/data/sp/savepoint-1', jobId, completedAt: 1_000_000 - 60_000 },
  takenByJob: true,
};

test('a job as it should be: none', () => {
  expect(warned({})).toEqual([]);
});

test.each<{ of: string; about: About; says: string }>([
  {
    of: 'P17: checkpoints that a failure deletes',
    about: { checkpointing: { retainedOnFailure: false } },
    says:
      'checkpoints are not kept when the job fails (execution.checkpointing.externalized-checkpoint-retention): ' +
      'should it fail while it is stopped, only an older savepoint is left',
  },
  {
    of: 'P16: a store that cannot be looked into',
    about: { seen: { snapshotStore: 'none' } },
    says:
      'snapshotStore of cluster "local" is none: if the JobManager is lost between the stop and its answer, ' +
      'a person must find the savepoint',
  },
  {
    of: 'P16: a store that cannot be looked into, beside a HistoryServer',
    about: { seen: { snapshotStore: 'none', hasHistoryServer: true } },
    says:
      'snapshotStore of cluster "local" is none: if the JobManager is lost between the stop and its answer, ' +
      'the HistoryServer or a person must find the savepoint',
  },
  {
    of: 'backpressure',
    about: { job: { backpressure: { vertex: 'source', ratio: 0.1 } } },
    says:
      '"source" is held up 10 % of the time by what comes after it: the savepoint waits behind the records that are ' +
      'on their way',
  },
  {
    of: 'unaligned checkpoints',
    about: { checkpointing: { unaligned: true } },
    says: 'checkpoints are unaligned, savepoints never are: ours may take longer',
  },
  {
    of: 'unaligned checkpoints, with what the last one took',
    about: { checkpointing: { unaligned: true, lastCheckpointMs: 40 } },
    says: 'checkpoints are unaligned, savepoints never are: ours may take longer than the 40 ms of the last checkpoint',
  },
  {
    of: 'a last savepoint near the time-out',
    about: { checkpointing: { timeoutMs: 1_000, lastSavepointMs: 500, lastCheckpointMs: 1 } },
    says: 'the last savepoint took 500 ms, and Flink gives up at 1000 ms (execution.checkpointing.timeout)',
  },
  {
    of: 'a last checkpoint near it, where there was no savepoint',
    about: { checkpointing: { timeoutMs: 1_000, lastCheckpointMs: 700 } },
    says: 'the last checkpoint took 700 ms, and Flink gives up at 1000 ms (execution.checkpointing.timeout)',
  },
  {
    of: 'P9: a savepoint of somebody else',
    about: { checkpointing: { underWay: { kind: 'SAVEPOINT', checkpointId: 9, since: 0 } } },
    says:
      'a savepoint that Weir did not ask for is in progress (checkpoint 9): ours waits for its end, no longer than ' +
      'the time-out "recovery"',
  },
  {
    of: 'P19: SAVEPOINT_THEN_CANCEL',
    about: { input: saveThenCancel },
    says:
      'SAVEPOINT_THEN_CANCEL: the job goes on until its cancel, so records after the savepoint are processed twice ' +
      '(at least once)',
  },
  {
    of: 'tasks at the end of their input',
    about: { job: { finishedTasks: 3 } },
    says: '3 of its tasks are FINISHED: should the job come to its end before its stop, it is not restarted',
  },
  {
    of: 'STATELESS, with the age of the checkpoint',
    about: { input: stateless, job: { newestSnapshot } },
    says:
      'STATELESS: records since the newest checkpoint are processed twice (at least once); it was complete 2 s ' +
      'before this plan',
  },
  {
    of: 'P18: STATELESS from the LATEST_SAVEPOINT, with its path and age',
    about: {
      input: { ...stateless, restoreStrategy: 'LATEST_SAVEPOINT' },
      job: { newestSnapshot, newestSavepoint },
    },
    says:
      'LATEST_SAVEPOINT: records since file:/data/sp/savepoint-1 are processed twice (at least once); it was ' +
      'complete 60 s before this plan',
  },
])('$of', ({ about, says }) => {
  expect(warned(about)).toEqual([says]);
});

test.each<{ of: string; about: About }>([
  { of: 'backpressure below a tenth', about: { job: { backpressure: { vertex: 'source', ratio: 0.099 } } } },
  {
    of: 'a last savepoint that took less than half of the time-out, whatever a checkpoint took',
    about: { checkpointing: { timeoutMs: 1_000, lastSavepointMs: 499, lastCheckpointMs: 900 } },
  },
  {
    of: 'records that come twice where nothing is restored',
    about: { input: { ...saveThenCancel, restoreStrategy: 'NONE' } },
  },
  { of: 'a cancel without state', about: { input: { ...stateless, restoreStrategy: 'NONE' } } },
])('no warning of $of', ({ about }) => {
  expect(warned(about)).toEqual([]);
});

test('STATELESS from a savepoint of which nothing is known: what it costs is said all the same', () => {
  const input = { ...stateless, restoreStrategy: 'LATEST_SAVEPOINT' } as const;
  expect(warned({ input })).toEqual([
    'LATEST_SAVEPOINT: records since the savepoint are processed twice (at least once)',
  ]);
});

test('a job that Flink takes no snapshots of: nothing is said of snapshots', () => {
  const { checkpointing, ...job } = { ...running(2), finishedTasks: 1 };
  expect(checkpointing).toBeDefined();
  const request = ask();
  expect(savepointWarnings(job, seen(request))).toEqual([
    '1 of its tasks are FINISHED: should the job come to its end before its stop, it is not restarted',
  ]);
});

test('a savepoint after which the job is not started: what may go wrong with it, and nothing of a start', () => {
  const { checkpointing, ...rest } = running(2);
  if (checkpointing === undefined) throw new Error('it has checkpoints');
  const job = { ...rest, finishedTasks: 1, checkpointing: { ...checkpointing, retainedOnFailure: false } };
  expect(savepointWarnings(job, { ...seen(ask()), snapshotStore: 'none' })).toEqual([
    expect.stringMatching(/^checkpoints are not kept when the job fails/),
    expect.stringMatching(/^snapshotStore of cluster "local" is none/),
    expect.stringMatching(/^1 of its tasks are FINISHED/),
  ]);
});

test.each([saveThenCancel, { savepoint: { format: 'NATIVE' } } as const])(
  'STATELESS: what says nothing is said to (%j)',
  (input) => {
    expect(warned({ input: { ...stateless, restoreStrategy: 'NONE', ...input } })).toEqual([
      'STATELESS takes no savepoint, so "savepoint.format" and "savepoint.mode" say nothing',
    ]);
  },
);

test('all at once', () => {
  const checkpointing = { retainedOnFailure: false, unaligned: true, timeoutMs: 10, lastSavepointMs: 10 };
  const all = warned({ checkpointing, seen: { snapshotStore: 'none' }, job: { finishedTasks: 1 } });
  expect(all).toHaveLength(5);
});
