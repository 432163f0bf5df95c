import type { Method } from '../campaign/case';
import { mutating } from '../campaign/case';
import type { Sent } from '../campaign/calls';
import { Machine } from '../campaign/machine';
import type { Site } from '../campaign/machine';
import type { RequestFault } from '../flink-simulator';
import { callRoutes } from '../kit/call-routes';
import { carriedOut, courseNames, matrixCourses, recorded, tally } from '../kit/matrix';
import type { CourseName, Met, Point } from '../kit/matrix';

/**
 * Every answer of Flink that can go wrong, in every way that it can: each REST call, reads too, of each activity of a
 * recorded run of each course, twice in a row. An activity that asks the same in two courses is met in one.
 */

type Wrong = Exclude<RequestFault, { kind: 'HELD_BEFORE' | 'HELD_AFTER' }>;

/** Longer than the heartbeat time-out, ms. */
const slowMs = 3_500;

const faults: Readonly<Record<string, Wrong>> = {
  'reset before': { kind: 'RESET_BEFORE' },
  'reset after': { kind: 'RESET_AFTER' },
  'half an answer': { kind: 'TRUNCATED' },
  '500, not executed': { kind: 'STATUS', status: 500 },
  '500, executed': { kind: 'STATUS', status: 500, executed: true },
  '503, not executed': { kind: 'STATUS', status: 503 },
  '503, executed': { kind: 'STATUS', status: 503, executed: true },
  'executed late': { kind: 'SLOW_BEFORE', ms: slowMs },
  'answered late': { kind: 'SLOW_AFTER', ms: slowMs },
};

/** Those whose answer is given up after 10 s, or 30 s: an answer that never comes. The others' take minutes. */
const soonGivenUp = (method: Method) => !['uploadJar', 'planJar', 'runJar'].includes(method);

/** A call in an activity: in the how-manieth of the run, counted from 0. */
interface At {
  readonly activity: string | undefined;
  readonly n: number;
  readonly method: Method;
}

let machine: Machine;
const met: Met[] = [];
const seen = new Set<string>();
beforeAll(async () => {
  machine = await Machine.start('response-matrix');
}, 120_000);
afterAll(async () => {
  tally('response matrix', met);
  await machine.stop();
}, 60_000);

test.each(courseNames)(
  '%s: whatever becomes of an answer, each call has its effect once',
  async (course) => {
    const points = unseen(await recorded(machine, course)).flatMap((at) => pointsAt(course, at));
    const ran = await carriedOut(machine, points);
    met.push(...ran);
    expect(ran).toHaveLength(points.length);
    expect(tally(course, ran)).toEqual([]);
  },
  600_000,
);

test('among the points is every call that changes something', () => {
  const named = new Set(met.map(({ point }) => point.name.split(' ')[1]));
  expect([...named]).toEqual(expect.arrayContaining([...mutating]));
});

/** The calls of a run that were in no run before, each activity's once. */
function unseen(sent: readonly Sent[]): At[] {
  const place = counted();
  const activities = new Map<number, { activity: string | undefined; methods: Set<Method> }>();
  for (const { activity, method } of sent) {
    const n = place(activity);
    const entry = activities.get(n) ?? { activity, methods: new Set() };
    activities.set(n, entry);
    entry.methods.add(method);
  }
  return [...activities].flatMap(([n, { activity, methods }]) => {
    const key = [activity, ...[...methods].sort()].join();
    if (seen.has(key)) return [];
    seen.add(key);
    return [...methods].map((method) => ({ activity, n, method }));
  });
}

function pointsAt(course: CourseName, at: At): Point[] {
  const { activity, method } = at;
  const { case: one } = matrixCourses[course];
  const point = (fault: string, prepared: Point['prepared']): Point => ({
    ...{ course, case: one, name: `${activity} ${method} ${fault}` },
    ...(prepared === undefined ? {} : { prepared }),
  });
  const on = callRoutes[method];
  const wrong = Object.entries(faults).map(([name, fault]) =>
    point(name, (site) => once(site, at, () => site.flink.fault({ ...fault, on, times: 2 }))),
  );
  const never = (['BEFORE', 'AFTER'] as const).map((when) =>
    point(`never answered, ${when}`, (site) => once(site, at, () => site.flink.hold(on, when, { times: 1 }))),
  );
  return [...wrong, ...(soonGivenUp(method) ? never : [])];
}

/** Right before the first such call is sent. */
function once({ calls }: Site, { activity, n, method }: At, then: () => unknown): void {
  const place = counted();
  let isDone = false;
  calls.watch((sent) => {
    const isThere = place(sent.activity) === n && sent.activity === activity && sent.method === method;
    if (!isThere || isDone) return;
    isDone = true;
    then();
  });
}

/** Says in the how-manieth activity a call is, told of each call in turn. */
function counted(): (activity: string | undefined) => number {
  let n = -1;
  let last: string | undefined;
  return (activity) => {
    if (n < 0 || activity !== last) n += 1;
    last = activity;
    return n;
  };
}
