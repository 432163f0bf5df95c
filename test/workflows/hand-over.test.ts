import { until } from '../../src/dev/until';
import { failedAttempts, lostAttempts } from '../kit/attempts';
import { mutatingCalls, slug } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import { heldAt } from '../kit/moments';
import { phases } from '../kit/phases';
import type { PhaseOf } from '../kit/phases';
import { pendingActivity } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

/**
 * A worker that ends (SIGTERM) or dies (SIGKILL) in each phase, while it waits for Flink: another takes over, and no try
 * is used up by that. Each rescale has one try of everything.
 */
type Point = Pick<PhaseOf, 'activity' | 'course' | 'held'> & { readonly name: string };

const inPhases: readonly Point[] = phases.map((phase) => ({
  ...phase,
  name: `${phase.phase}-${phase.activity}`.toLowerCase(),
}));
/** In the middle of a call that changes something: it is executed when everything is over. */
const inCalls: readonly Point[] = mutatingCalls.map((call) => ({
  ...call,
  name: slug(call.name),
  held: (flink) => heldAt(flink, call, 'LATE'),
}));
const points = { end: [...inPhases, ...inCalls], kill: inPhases };
const clusterOf = (verb: keyof typeof points, { name }: Point) => `${verb}-${name}`;

const place = useSimulated('hand-over', {
  clusters: (['end', 'kill'] as const).flatMap((verb) => points[verb].map((point) => clusterOf(verb, point))),
});

/** Begins a rescale for each of the points, and waits until all are held there. */
async function reach(verb: keyof typeof points) {
  return Promise.all(
    points[verb].map(async (point) => {
      const run = await begin(place(), clusterOf(verb, point), point.course, point.held);
      const hold = await run.first;
      const pending = await pendingActivity(place(), run.workflowId);
      expect(pending).toMatchObject({ type: point.activity, attempt: 1 });
      return { point, run, hold };
    }),
  );
}

test('SIGTERM in each phase and in each call, with a second worker alive: it hands over, and no failed attempt is counted', async () => {
  const reached = await reach('end');
  const { worker } = place();
  await place().addWorker();
  expect(reached.map(({ hold }) => hold.waiting)).toEqual(reached.map(() => 1));

  await worker.stop(20_000);
  expect(await worker.current.exited).toEqual({ code: 0, signal: null });
  const isCall = (point: Point) => inCalls.includes(point);
  for (const { point, hold } of reached) if (!isCall(point)) hold.release();

  for (const { point, run, hold } of reached) {
    const history = await expectEnd(place(), run);
    if (isCall(point)) {
      hold.release();
      await expectEnd(place(), run);
    }
    const given = { activity: point.activity, attempt: 1, why: 'AttemptLost' };
    expect(failedAttempts(history).filter(({ why }) => why !== 'TryFailed' && why !== 'NoMoreTries')).toEqual(
      [given],
    );
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

  for (const { point, run } of reached) {
    const lost = (attempt: number) => ({ activity: point.activity, attempt, why: 'TIMEOUT_TYPE_HEARTBEAT' });
    const isTry = point.activity === 'savepoint' || point.activity === 'restart';
    // an activity whose only try is lost is scheduled anew; of another's retries the history shows the last
    expect(lostAttempts(await expectEnd(place(), run))).toEqual(isTry ? [lost(1), lost(1)] : [lost(2)]);
  }
}, 120_000);
