import { savepointFailed } from '../../src/planning/savepoint-failed';
import { ask, jobId } from '../kit/plans';
import { newId, planned, savingOf, snapshot, startedAgain, tell } from '../kit/reports';

/** What is said of a savepoint that failed, and of how the job came through it. */

test('"left alone" is said only of a job that did not restart', () => {
  const said = (restartsAfter: number | undefined) =>
    savepointFailed(tell(), planned(), ['no space'], { kind: 'RUNS_ON', restartsBefore: 2, restartsAfter })
      .now;
  expect(said(2)).toContain('left alone');
  expect(said(3)).toContain('restarts before 2, now 3');
  expect(said(undefined)).toContain('restarts before 2, now unknown');
});

test('a savepoint of which no try failed is not counted as one that did', () => {
  expect(savepointFailed(tell(), planned(), [], startedAgain).what).toBe(
    'The savepoint of orders did not come, so the rescale was given up.',
  );
});

test.each([
  ['RESCALE', ', so the rescale was given up'],
  ['SUSPEND', ', so the suspend was given up'],
  ['SAVEPOINT', ''],
] as const)('a savepoint that fails in a %s, of a job that runs on%s', (transition, given) => {
  const after = { kind: 'RUNS_ON', restartsBefore: 0, restartsAfter: 0 } as const;
  const failed = (causes: string[]) => savepointFailed(tell(), savingOf(transition), causes, after);
  expect(failed([]).what).toBe(`The savepoint of orders did not come${given}.`);
  expect(failed(['a']).what).toBe(`The savepoint of orders failed once${given}.`);
  expect(failed(['a', 'b'])).toMatchObject({
    type: 'SavepointFailed',
    what: `The savepoint of orders failed 2 times${given}.`,
    now: `job orders (${jobId}) is RUNNING at parallelism 2, left alone.`,
    kept: 'the job and its state, as they were.',
  });
});

test('a job that was started again has its new id in the command only if the request named one', () => {
  const next = (request = ask()) =>
    savepointFailed({ ...tell(), request }, savingOf('RESCALE'), ['a'], startedAgain).next;
  expect(next()).not.toContain('jobId');
  expect(next(ask({ jobId }))).toContain(`"jobId":"${newId}"`);
  expect(savepointFailed(tell(), savingOf('RESCALE'), ['a'], startedAgain)).toMatchObject({
    now: `job ${jobId} was FAILED; it was started again as job ${newId} and is RUNNING at parallelism 2.`,
    kept: `the state of savepoint ${snapshot.path}, which the job was started again from.`,
  });
});
