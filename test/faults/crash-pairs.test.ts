import type { Fate } from '../campaign/case';
import { Machine } from '../campaign/machine';
import { carriedOut, changes, courseNames, matrixCourses, recorded, tally } from '../kit/matrix';
import type { CourseName, Met, Point } from '../kit/matrix';

/**
 * Two crashes in one run, at every two calls that change something: the attempt is abandoned at the first, and the one
 * that takes its work up at any later one. The calls are those of a recorded run of each course; what is sent again
 * after a crash counts anew, so that there is one more for each crash.
 */

const fates: readonly Fate[] = ['NEVER_SENT', 'UNREAD', 'LATE'];

let machine: Machine;
const met: Met[] = [];
beforeAll(async () => {
  machine = await Machine.start('crash-pairs');
}, 120_000);
afterAll(async () => {
  tally('pairs of crashes', met);
  await machine.stop();
}, 60_000);

test.each(courseNames)(
  'P1, P2: %s: two crashes at any two of its calls change nothing',
  async (course) => {
    const calls = (await recorded(machine, course)).filter(changes).length;
    const points = pairs(course, calls);
    const ran = await carriedOut(machine, points);
    met.push(...ran);
    expect(ran).toHaveLength(points.length);
    expect(tally(course, ran)).toEqual([]);
    // each first crash has happened, and second ones up to the last call
    const crashes = ran.map(({ record }) => record.sent.filter(({ crash }) => crash !== undefined).length);
    expect(Math.min(...crashes)).toBeGreaterThan(0);
    expect(crashes.filter((count) => count === 2).length).toBeGreaterThanOrEqual(
      (fates.length ** 2 * (calls * (calls - 1))) / 2,
    );
  },
  600_000,
);

function pairs(course: CourseName, calls: number): Point[] {
  const nths = Array.from({ length: calls + 1 }, (_, i) => i + 1);
  return nths
    .slice(0, calls)
    .flatMap((first) =>
      nths
        .slice(first)
        .flatMap((second) =>
          fates.flatMap((one) => fates.map((other) => pair(course, [first, one], [second, other]))),
        ),
    );
}

type At = readonly [nth: number, fate: Fate];

function pair(course: CourseName, first: At, second: At): Point {
  const { case: sound } = matrixCourses[course];
  const crashes = [first, second].map(([nth, what]) => ({ call: 'MUTATING' as const, nth, what }));
  return {
    ...{ course, case: { ...sound, crashes } },
    name: [first, second].map(([nth, fate]) => `call ${nth} ${fate}`).join(', '),
  };
}
