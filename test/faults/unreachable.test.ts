import { setTimeout as sleep } from 'node:timers/promises';
import { failedAttempts } from '../kit/attempts';
import { mutatingCalls, slug } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { phases } from '../kit/phases';
import { useSimulated } from '../kit/simulated';
import type { FlinkSimulator, Hold } from '../flink-simulator';

/**
 * Flink's REST API is unreachable for a minute: in each phase, and at each call that changes something, once it was
 * executed and before its answer. That is waited for inside an attempt: only an answer of Flink uses one up (P2).
 */
const outageMs = 65_000;

const cases = [
  ...phases.map(({ phase, activity, course, held }) => ({ name: `${phase} (${activity})`, course, held })),
  ...mutatingCalls.map(({ name, on, after, course }) => ({
    name: `after the ${name}`,
    course,
    held: async (flink: FlinkSimulator) => {
      const hold = flink.hold(on, 'AFTER', { after, times: 1 });
      await hold.arrived;
      return hold;
    },
  })),
];
const place = useSimulated('unreachable', { clusters: cases.map(({ name }) => slug(name)) });

const runs = new Map<string, { readonly run: CourseRun; readonly hold: Hold; readonly waiting: number }>();

beforeAll(async () => {
  const reached = await Promise.all(
    cases.map(async ({ name, course, held }) => {
      const run = await begin(place(), slug(name), course, held);
      return { name, run, hold: await run.first };
    }),
  );
  for (const { name, run, hold } of reached) runs.set(name, { run, hold, waiting: hold.waiting });
  await Promise.all(reached.map(({ run }) => run.flink.unreachable()));
  await sleep(outageMs);
  for (const { hold } of reached) hold.release();
  await Promise.all(reached.map(({ run }) => run.flink.reachable()));
}, 180_000);

test.each(cases)(
  'P2: unreachable for a minute, $name: the first attempt goes on',
  async ({ name }) => {
    const reached = runs.get(name);
    if (reached === undefined) throw new Error('it was not begun');
    expect(reached.waiting).toBe(1);
    const history = await expectEnd(place(), reached.run);
    const attempts = history.flatMap((event) => event.activityTaskStartedEventAttributes?.attempt ?? []);
    expect(new Set(attempts)).toEqual(new Set([1]));
    // what Flink itself answered is all that failed
    const answered = ['TryFailed', 'NoMoreTries'];
    expect(failedAttempts(history).filter(({ why }) => !answered.includes(why))).toEqual([]);
  },
  60_000,
);
