import fc from 'fast-check';
import type { JobState } from '../../src/contracts/observation';
import type { Snapshot } from '../../src/contracts/snapshot';
import { settlement } from '../../src/planning/settlement';
import type { Look, Settlement, TryState } from '../../src/planning/settlement';

/** Design, table 3.1: what is true of the job after the last try of a savepoint, and what follows from it. */

const jobId = 'a'.repeat(32);

const savepoint: Snapshot = { kind: 'SAVEPOINT', path: 'file:/sp/try1/savepoint-1', jobId, checkpointId: 7 };
const checkpoint: Snapshot = { kind: 'CHECKPOINT', path: 'file:/cp/chk-5', jobId, checkpointId: 5 };
const laterCheckpoint: Snapshot = { ...checkpoint, path: 'file:/cp/chk-9', checkpointId: 9 };

const failed = (n: number): TryState => ({ kind: 'FAILED', n, cause: 'no space left' });
const failedWithPath: TryState = {
  kind: 'FAILED',
  n: 1,
  cause: 'failed during stopping',
  savepointPath: savepoint.path,
};
const succeeded: TryState = { kind: 'SUCCEEDED', n: 1, savepointPath: savepoint.path };

/** A job that runs as it did, with two tries that Flink answered with a failure; no snapshot of it is known. */
const runsUnknown: Look = {
  stops: true,
  jobId,
  state: 'RUNNING',
  allTasksRun: true,
  savepointInProgress: false,
  tries: [failed(1), failed(2), { kind: 'UNKNOWN', n: 3 }],
};
const runs: Look = { ...runsUnknown, newest: checkpoint };

const untoldDirectory = 'file:/data/sp/orders/run';

const rows: { is: string; look: Partial<Look>; so: Settlement }[] = [
  {
    is: 'nobody tells of its savepoints, and it is FINISHED: a stop may have done that, so it is waited for',
    look: { state: 'FINISHED', untoldDirectory },
    so: {
      kind: 'WAIT',
      why:
        'the job is FINISHED, and nobody tells whether a stop did that: Flink has lost its history, and neither a ' +
        `HistoryServer nor the snapshot store can be asked; a stop's savepoint would be below ${untoldDirectory}`,
    },
  },
  {
    is: 'nobody tells of its savepoints, but the try itself has said where it is',
    look: { state: 'FINISHED', untoldDirectory, tries: [succeeded] },
    so: { kind: 'STOPPED', snapshot: { kind: 'SAVEPOINT', path: savepoint.path, jobId } },
  },
  {
    is: 'nobody tells of its savepoints, and it is CANCELED: no stop does that',
    look: { state: 'CANCELED', untoldDirectory },
    so: { kind: 'ENDED_BY_OTHERS', state: 'CANCELED', snapshot: checkpoint },
  },
  {
    is: 'nobody tells of its savepoints, and none was to stop it: it came to its end',
    look: { stops: false, state: 'FINISHED', untoldDirectory },
    so: { kind: 'ENDED_BY_OTHERS', state: 'FINISHED', snapshot: checkpoint },
  },
  {
    is: 'the job runs, every stop was answered with a failure: it is left as it is',
    look: {},
    so: { kind: 'RUNNING' },
  },
  {
    is: 'the job runs, and no stop was ever sent',
    look: { tries: [{ kind: 'UNKNOWN', n: 1 }] },
    so: { kind: 'RUNNING' },
  },
  {
    is: 'the job runs, a stop is under way: RUNNING proves nothing (P5)',
    look: { tries: [failed(1), { kind: 'UNDER_WAY', n: 2 }] },
    so: { kind: 'WAIT', why: 'stop 2 is still under way' },
  },
  {
    is: 'the job runs, a stop that is forgotten may be the savepoint in progress (P5)',
    look: { tries: [{ kind: 'UNKNOWN', n: 1 }], savepointInProgress: true },
    so: { kind: 'WAIT', why: 'a savepoint is still in progress' },
  },
  {
    is: 'the job runs, and the savepoint after which it is to be cancelled is there after all (P19)',
    look: { stops: false, tries: [failed(1), { ...succeeded, n: 2 }] },
    so: { kind: 'SAVED', snapshot: { kind: 'SAVEPOINT', path: savepoint.path, jobId } },
  },
  {
    is: 'the job runs, and no savepoint after which it is to be cancelled was taken (P19)',
    look: { stops: false },
    so: { kind: 'RUNNING' },
  },
  {
    is: 'the job FINISHED by itself after a savepoint that was none of a stop (P13, P19)',
    look: { stops: false, state: 'FINISHED', tries: [succeeded] },
    so: { kind: 'ENDED_BY_OTHERS', state: 'FINISHED', snapshot: checkpoint },
  },
  {
    is: 'the job was CANCELED by somebody else after a savepoint that was none of a stop (P13, P19)',
    look: { stops: false, state: 'CANCELED', tries: [succeeded] },
    so: { kind: 'ENDED_BY_OTHERS', state: 'CANCELED', snapshot: checkpoint },
  },
  {
    is: 'the job FAILED after a savepoint that was none of a stop: go on from it (P19)',
    look: { stops: false, state: 'FAILED', tries: [succeeded] },
    so: {
      kind: 'STOPPED',
      snapshot: { kind: 'SAVEPOINT', path: savepoint.path, jobId },
      warning: 'the job FAILED after its savepoint was complete',
    },
  },
  {
    is: 'a stop has succeeded and the job still says RUNNING: its end is a moment away (P5)',
    look: { tries: [succeeded] },
    so: { kind: 'WAIT', why: 'a stop has succeeded, and the job is still RUNNING' },
  },
  {
    is: 'the job restarts after a half-way stop: RUNNING comes before its tasks',
    look: { allTasksRun: false },
    so: { kind: 'WAIT', why: 'the job is RUNNING, not yet all of its tasks' },
  },
  {
    is: 'the job restarts after a half-way stop',
    look: { state: 'RESTARTING', allTasksRun: false },
    so: { kind: 'WAIT', why: 'the job is RESTARTING' },
  },
  {
    is: 'the job goes on after a half-way stop whose savepoint was complete: that one is history (P15)',
    look: { foundSavepoint: savepoint, newest: laterCheckpoint },
    so: { kind: 'RUNNING' },
  },
  {
    is: 'the stop went through after all, Flink still has its answer',
    look: { state: 'FINISHED', tries: [succeeded] },
    so: { kind: 'STOPPED', snapshot: { kind: 'SAVEPOINT', path: savepoint.path, jobId } },
  },
  {
    is: 'the stop went through after all, its answer is forgotten and the savepoint was found (P16)',
    look: {
      state: 'FINISHED',
      tries: [{ kind: 'UNKNOWN', n: 1 }],
      foundSavepoint: savepoint,
      newest: savepoint,
    },
    so: { kind: 'STOPPED', snapshot: savepoint },
  },
  {
    is: 'the stop went through, and the savepoint that the history shows is it: with its checkpoint id',
    look: { state: 'FINISHED', tries: [succeeded], foundSavepoint: savepoint },
    so: { kind: 'STOPPED', snapshot: savepoint },
  },
  {
    is: 'the stop went through, and the cached history shows only an earlier try’s: the answer is newer',
    look: {
      state: 'FINISHED',
      tries: [failed(1), { kind: 'SUCCEEDED', n: 2, savepointPath: 'file:/sp/try2/savepoint-2' }],
      foundSavepoint: savepoint,
    },
    so: { kind: 'STOPPED', snapshot: { kind: 'SAVEPOINT', path: 'file:/sp/try2/savepoint-2', jobId } },
  },
  {
    is: 'we cancelled a stop that hung after its savepoint was complete (P10)',
    look: { state: 'CANCELED', tries: [failed(1)], foundSavepoint: savepoint, newest: savepoint },
    so: { kind: 'STOPPED', snapshot: savepoint },
  },
  {
    is: 'the savepoint is complete and the job FAILED while stopping: its path is in the failure',
    look: { state: 'FAILED', tries: [failedWithPath] },
    so: {
      kind: 'STOPPED',
      snapshot: { kind: 'SAVEPOINT', path: savepoint.path, jobId },
      warning: 'the job FAILED while stopping, after its savepoint was complete',
    },
  },
  {
    is: 'the job FAILED after two tries, and only the failure of the first one has a path',
    look: { state: 'FAILED', tries: [failedWithPath, failed(2)] },
    so: {
      kind: 'STOPPED',
      snapshot: { kind: 'SAVEPOINT', path: savepoint.path, jobId },
      warning: 'the job FAILED while stopping, after its savepoint was complete',
    },
  },
  {
    is: 'the JobManager forgot the job after the stop, its savepoint is in the store (P16)',
    look: {
      state: 'FORGOTTEN',
      allTasksRun: false,
      tries: [{ kind: 'UNKNOWN', n: 1 }],
      foundSavepoint: savepoint,
    },
    so: {
      kind: 'STOPPED',
      snapshot: savepoint,
      warning: 'the JobManager forgot the job after its savepoint was complete',
    },
  },
  {
    is: 'a JobManager without HA was lost before any savepoint (P12): started again from the newest snapshot',
    look: { state: 'FORGOTTEN', tries: [{ kind: 'UNKNOWN', n: 1 }] },
    so: { kind: 'DOWN', state: 'FORGOTTEN', snapshot: checkpoint },
  },
  {
    is: 'the job FAILED, its newest snapshot is known',
    look: { state: 'FAILED' },
    so: { kind: 'DOWN', state: 'FAILED', snapshot: checkpoint },
  },
  {
    is: 'the job FAILED after it had gone on from a half-way stop: its later checkpoint wins (P15)',
    look: { state: 'FAILED', foundSavepoint: savepoint, newest: laterCheckpoint },
    so: { kind: 'DOWN', state: 'FAILED', snapshot: laterCheckpoint },
  },
  {
    is: 'the stop went through, and the newest snapshot known is of the job before: ids of two jobs are not compared (P14)',
    look: {
      state: 'FINISHED',
      foundSavepoint: savepoint,
      newest: { ...laterCheckpoint, jobId: 'b'.repeat(32) },
    },
    so: { kind: 'STOPPED', snapshot: savepoint },
  },
  {
    is: 'the stop went through, and of the newest snapshot known only the path is: it is no later one',
    look: {
      state: 'FINISHED',
      foundSavepoint: savepoint,
      newest: { kind: 'CHECKPOINT', path: checkpoint.path, jobId },
    },
    so: { kind: 'STOPPED', snapshot: savepoint },
  },
  {
    is: 'it FINISHED by itself: nothing is restarted, its newest snapshot is named (P13)',
    look: { state: 'FINISHED' },
    so: { kind: 'ENDED_BY_OTHERS', state: 'FINISHED', snapshot: checkpoint },
  },
  {
    is: 'somebody cancelled it (P13)',
    look: { state: 'CANCELED' },
    so: { kind: 'ENDED_BY_OTHERS', state: 'CANCELED', snapshot: checkpoint },
  },
  {
    is: 'it FINISHED by itself long after a half-way stop whose savepoint was complete (P13, P15)',
    look: { state: 'FINISHED', foundSavepoint: savepoint, newest: laterCheckpoint },
    so: { kind: 'ENDED_BY_OTHERS', state: 'FINISHED', snapshot: laterCheckpoint },
  },
  {
    is: 'somebody cancelled it long after a half-way stop whose savepoint was complete (P13, P15)',
    look: { state: 'CANCELED', foundSavepoint: savepoint, newest: laterCheckpoint },
    so: { kind: 'ENDED_BY_OTHERS', state: 'CANCELED', snapshot: laterCheckpoint },
  },
];

test.each(rows)('$is', ({ look, so }) => {
  expect(settlement({ ...runs, ...look })).toEqual(so);
});

test.each(['FAILED', 'FORGOTTEN'] as const)(
  '%s and nothing to restore from: DOWN without a snapshot',
  (state) => {
    expect(settlement({ ...runsUnknown, state })).toStrictEqual({ kind: 'DOWN', state });
  },
);

test.each([
  'INITIALIZING',
  'CREATED',
  'FAILING',
  'CANCELLING',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const)('a job that is %s is waited for (P13)', (state) => {
  for (const tries of [[failed(1)], [succeeded], [failedWithPath]]) {
    expect(settlement({ ...runs, state, tries })).toEqual({ kind: 'WAIT', why: `the job is ${state}` });
  }
});

describe('of any look at all', () => {
  const states: JobState[] = [
    ...(['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED'] as const),
    ...(['FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING', 'FORGOTTEN'] as const),
  ];
  const path = fc.constantFrom('file:/sp/try1/savepoint-1', 'file:/sp/try2/savepoint-2');
  const snapshot = (kind: Snapshot['kind']) =>
    fc.record<Snapshot>({
      kind: fc.constant(kind),
      path,
      jobId: fc.constant(jobId),
      checkpointId: fc.nat({ max: 9 }),
    });
  const oneTry: fc.Arbitrary<TryState> = fc.oneof(
    fc.constant<TryState>({ kind: 'UNKNOWN', n: 1 }),
    fc.constant<TryState>({ kind: 'UNDER_WAY', n: 1 }),
    fc.constant(failed(1)),
    path.map<TryState>((savepointPath) => ({ kind: 'FAILED', n: 1, cause: 'late', savepointPath })),
    path.map<TryState>((savepointPath) => ({ kind: 'SUCCEEDED', n: 1, savepointPath })),
  );
  const look: fc.Arbitrary<Look> = fc.record(
    {
      stops: fc.boolean(),
      jobId: fc.constant(jobId),
      state: fc.constantFrom(...states),
      allTasksRun: fc.boolean(),
      savepointInProgress: fc.boolean(),
      tries: fc.array(oneTry, { maxLength: 4 }).map((tries) => tries.map((one, i) => ({ ...one, n: i + 1 }))),
      foundSavepoint: snapshot('SAVEPOINT'),
      newest: fc.oneof(snapshot('CHECKPOINT'), snapshot('SAVEPOINT')),
    },
    { requiredKeys: ['stops', 'jobId', 'state', 'allTasksRun', 'savepointInProgress', 'tries'] },
  );
  const always = (claim: (look: Look, settled: Settlement) => void) =>
    fc.assert(
      fc.property(look, (seen) => claim(seen, settlement(seen))),
      { numRuns: 2_000 },
    );

  test('RUNNING is never said while a try is under way or has succeeded, or a savepoint is in progress', () => {
    always((seen, settled) => {
      if (settled.kind !== 'RUNNING') return;
      expect(seen.tries.filter(({ kind }) => kind === 'UNDER_WAY' || kind === 'SUCCEEDED')).toEqual([]);
      expect(seen).toMatchObject({ state: 'RUNNING', savepointInProgress: false, allTasksRun: true });
    });
  });

  test('nothing is settled while a try is under way', () => {
    always((seen, settled) => {
      if (seen.tries.some(({ kind }) => kind === 'UNDER_WAY')) expect(settled.kind).toBe('WAIT');
    });
  });

  test('STOPPED is said of an ended job only, and only with a savepoint of ours', () => {
    always((seen, settled) => {
      if (settled.kind !== 'STOPPED') return;
      expect(['FINISHED', 'CANCELED', 'FAILED', 'FORGOTTEN']).toContain(seen.state);
      const ours = [seen.foundSavepoint, ...seen.tries].flatMap((one) => {
        if (one === undefined) return [];
        return 'path' in one ? [one.path] : 'savepointPath' in one ? [one.savepointPath] : [];
      });
      expect(ours).toContain(settled.snapshot.path);
    });
  });

  test('a job that is down without any snapshot never becomes STOPPED, and is never started empty', () => {
    always((seen, settled) => {
      const known = seen.newest ?? seen.foundSavepoint ?? seen.tries.find((one) => 'savepointPath' in one);
      if (known !== undefined) return;
      expect(settled.kind).not.toBe('STOPPED');
      if (settled.kind === 'DOWN') expect(settled).not.toHaveProperty('snapshot');
    });
  });

  test('what is gone on from is never older than a later checkpoint of the same job (P14, P15)', () => {
    always((seen, settled) => {
      if (settled.kind === 'WAIT' || settled.kind === 'RUNNING' || settled.kind === 'SAVED') return;
      const { checkpointId } = settled.snapshot ?? {};
      if (checkpointId === undefined) return;
      expect(checkpointId).toBeGreaterThanOrEqual(seen.newest?.checkpointId ?? 0);
    });
  });
});
