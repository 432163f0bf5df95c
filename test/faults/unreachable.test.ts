import { setTimeout as sleep } from 'node:timers/promises';
import type { Activities } from '../../src/activities';
import { failedAttempts } from '../kit/attempts';
import { mutatingCalls, slug } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { phases } from '../kit/phases';
import { useSimulated } from '../kit/simulated';
import { statusOf, untilPhase } from '../kit/watch';
import type { FlinkSimulator, Hold } from '../flink-simulator';

/**
 * Flink's REST API is unreachable for a minute: in each phase, and at each call that changes something, once it was
 * executed and before its answer. That is waited for inside an attempt: only an answer of Flink uses one up (P2). Once
 * the job is stopped, it is called for attention (P29).
 */
const outageMs = 65_000;

/** What is done once the job is stopped. */
const urgent: readonly (keyof Activities)[] = ['stop', 'restart', 'verify', 'withdraw', 'revive'];

const points = [
  ...phases.map((one) => ({ ...one, name: `${one.phase} (${one.activity})` })),
  ...mutatingCalls.map(({ name, on, after, activity, course }) => ({
    ...{ name: `after the ${name}`, activity, course },
    held: async (flink: FlinkSimulator) => {
      const hold = flink.hold(on, 'AFTER', { after, times: 1 });
      await hold.arrived;
      return hold;
    },
  })),
];
const cases = points.map((point) => {
  const isUrgent = urgent.includes(point.activity);
  const [rule, shows] = isUrgent ? ['P2, P29', 'ATTENTION, and '] : ['P2', ''];
  const title = `${rule}: unreachable for a minute, ${point.name}: ${shows}the first attempt goes on`;
  return { ...point, isUrgent, title };
});
const place = useSimulated('unreachable', { clusters: cases.map(({ name }) => slug(name)) });

interface Reached {
  readonly run: CourseRun;
  readonly hold: Hold;
  readonly waiting: number;
  /** What was called for attention for, at the end of the outage. */
  readonly attention: string | undefined;
}
const runs = new Map<string, Reached>();

beforeAll(async () => {
  const reached = await Promise.all(
    cases.map(async ({ name, isUrgent, course, held }) => {
      const run = await begin(place(), slug(name), course, held);
      return { name, run, hold: await run.first, isUrgent };
    }),
  );
  const waiting = reached.map(({ hold }) => hold.waiting);
  await Promise.all(reached.map(({ run }) => run.flink.unreachable()));
  await sleep(outageMs);
  await Promise.all(
    reached.map(async ({ name, run, hold, isUrgent }, i) => {
      const { workflowId } = run;
      const { attention } = await (isUrgent
        ? untilPhase(place(), workflowId, 'ATTENTION')
        : statusOf(place(), workflowId));
      runs.set(name, { run, hold, waiting: waiting[i] ?? 0, attention });
    }),
  );
  for (const { hold } of reached) hold.release();
  await Promise.all(reached.map(({ run }) => run.flink.reachable()));
}, 180_000);

test.each(cases)(
  '$title',
  async ({ name, isUrgent }) => {
    const reached = runs.get(name);
    if (reached === undefined) throw new Error('it was not begun');
    expect(reached.waiting).toBe(1);
    if (isUrgent) expect(reached.attention).toMatch(/takes longer than 60 s|not be started again/);
    else expect(reached.attention).toBeUndefined();
    const history = await expectEnd(place(), reached.run);
    const attempts = history.flatMap((event) => event.activityTaskStartedEventAttributes?.attempt ?? []);
    expect(new Set(attempts)).toEqual(new Set([1]));
    // what Flink itself answered is all that failed
    const answered = ['TryFailed', 'NoMoreTries'];
    expect(failedAttempts(history).filter(({ why }) => !answered.includes(why))).toEqual([]);
  },
  60_000,
);
