import { Machine } from '../campaign/machine';
import { callRoutes } from '../kit/call-routes';
import { lostIn } from '../kit/lost';
import { carriedOut, changes, courseNames, matrixCourses, recorded, tally } from '../kit/matrix';
import type { CourseName, Met, Point } from '../kit/matrix';

/**
 * Two attempts of one activity at work at once: at each call that changes something the heartbeats stop, Temporal takes
 * the attempt for lost and starts another, and the first goes on when its slow call is answered, with what it believed.
 */

/** A call takes longer than the heartbeat time-out and Temporal's pause between two attempts, ms. */
const slowMs = 6_000;

let machine: Machine;
const met: Met[] = [];
beforeAll(async () => {
  machine = await Machine.start('two-runners');
}, 120_000);
afterAll(async () => {
  tally('two runners', met);
  await machine.stop();
}, 60_000);

test.each(courseNames)(
  'P1: %s: an attempt that goes on beside its successor changes nothing',
  async (course) => {
    const calls = (await recorded(machine, course)).filter(changes).length;
    const points = Array.from({ length: calls }, (_, i) => i + 1).flatMap((nth) =>
      (['SLOW_BEFORE', 'SLOW_AFTER'] as const).map((slow) => point(course, nth, slow)),
    );
    const ran = await carriedOut(machine, points);
    met.push(...ran);
    expect(ran).toHaveLength(points.length);
    expect(tally(course, ran)).toEqual([]);
    // each time there was a second one
    const alone = ran.filter(({ history }) => lostIn(history) === 0);
    expect(alone.map(({ point: { name } }) => name)).toEqual([]);
  },
  300_000,
);

function point(course: CourseName, nth: number, slow: 'SLOW_BEFORE' | 'SLOW_AFTER'): Point {
  const { case: sound } = matrixCourses[course];
  return {
    ...{ course, name: `call ${nth} ${slow}` },
    case: { ...sound, crashes: [{ call: 'MUTATING', nth, what: 'TWO_RUNNERS' }] },
    prepared: ({ flink, calls }) =>
      calls.watch(({ crash, method }) => {
        if (crash !== undefined) flink.fault({ on: callRoutes[method], kind: slow, ms: slowMs });
      }),
  };
}
