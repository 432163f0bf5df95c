import { until } from '../../src/dev/until';
import { failedAttempts, lostAttempts } from '../kit/attempts';
import { begin, expectEnd } from '../kit/course-run';
import { phases } from '../kit/phases';
import type { PhaseOf } from '../kit/phases';
import { pendingActivity } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

/**
 * A worker that ends (SIGTERM) or dies (SIGKILL) in each phase, while it waits for Flink: another takes over, and no try
 * is used up by that. Each rescale has one try of everything.
 */
const clusterOf = (verb: 'end' | 'kill', { phase, activity }: PhaseOf) =>
  `${verb}-${phase.toLowerCase()}-${activity}`;
const place = useSimulated('hand-over', {
  clusters: [
    ...phases.map((phase) => clusterOf('end', phase)),
    ...phases.map((phase) => clusterOf('kill', phase)),
  ],
});

/** Begins a rescale for each of the phases, and waits until all are held there. */
async function reach(verb: 'end' | 'kill') {
  return Promise.all(
    phases.map(async (phase) => {
      const run = await begin(place(), clusterOf(verb, phase), phase.course, phase.held);
      const hold = await run.first;
      const pending = await pendingActivity(place(), run.workflowId);
      expect(pending).toMatchObject({ type: phase.activity, attempt: 1 });
      return { phase, run, hold };
    }),
  );
}

test('SIGTERM in each phase, with a second worker alive: it hands over, and no failed attempt is counted', async () => {
  const reached = await reach('end');
  const { worker } = place();
  await place().addWorker();
  expect(reached.map(({ hold }) => hold.waiting)).toEqual(phases.map(() => 1));

  await worker.stop(20_000);
  expect(await worker.current.exited).toEqual({ code: 0, signal: null });
  for (const { hold } of reached) hold.release();

  for (const { phase, run } of reached) {
    const history = await expectEnd(place(), run);
    const given = { activity: phase.activity, attempt: 1, why: 'AttemptLost' };
    expect(failedAttempts(history).filter(({ why }) => why !== 'TryFailed')).toEqual([given]);
  }
}, 120_000);

test('P2: SIGKILL twice in each phase, more often than there are tries: attempts that are lost exhaust nothing', async () => {
  const reached = await reach('kill');
  const worker = place().workers.findLast(({ running }) => running);
  for (let kill = 1; kill <= 2; kill++) {
    await until(() => reached.every(({ hold }) => hold.waiting === 1), {
      ...{ what: 'each attempt to be at its read', deadlineMs: 60_000 },
    });
    await worker?.kill();
    await until(() => reached.every(({ hold }) => hold.waiting === 0), {
      ...{ what: 'the connections of the killed worker to break', deadlineMs: 10_000 },
    });
    await worker?.start();
  }
  for (const { hold } of reached) hold.release();

  for (const { phase, run } of reached) {
    const lost = (attempt: number) => ({ activity: phase.activity, attempt, why: 'TIMEOUT_TYPE_HEARTBEAT' });
    const isTry = phase.activity === 'savepoint' || phase.activity === 'restart';
    // an activity whose only try is lost is scheduled anew; of another's retries the history shows the last
    expect(lostAttempts(await expectEnd(place(), run))).toEqual(isTry ? [lost(1), lost(1)] : [lost(2)]);
  }
}, 120_000);
