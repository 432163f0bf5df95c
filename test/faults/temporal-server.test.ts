import { setTimeout as sleep } from 'node:timers/promises';
import { mutatingCalls, slug } from '../kit/calls';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { failedAttempts } from '../kit/attempts';
import { heldAt } from '../kit/moments';
import { phases } from '../kit/phases';
import type { PhaseOf } from '../kit/phases';
import { pendingActivity } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import type { FlinkSimulator } from '../flink-simulator';

/**
 * The Temporal server is killed and started again, in each phase and in the middle of each call that changes something:
 * the same workers go on, and no try is used up.
 */

/** Longer than the heartbeat time-out, ms. */
const outageMs = 5_000;

const answers = [
  { answer: 'GONE', title: 'Flink answers while the server is gone' },
  { answer: 'BACK', title: 'Flink answers when the server is back' },
] as const;
type Answer = (typeof answers)[number]['answer'];
type Point = Pick<PhaseOf, 'activity' | 'course' | 'held'> & { readonly name: string };

const points: readonly Point[] = [
  ...phases.map((phase) => ({ ...phase, name: `${phase.phase} (${phase.activity})` })),
  ...mutatingCalls.map((call) => ({
    ...call,
    name: `the middle of ${call.name}`,
    held: (flink: FlinkSimulator) => heldAt(flink, call, 'DURING'),
  })),
];
const cases = points.flatMap((point) => answers.map((one) => ({ ...point, ...one })));
const clusterOf = (answer: Answer, { name }: Point) => `${answer.toLowerCase()}-${slug(name)}`;
const place = useSimulated('temporal-server', {
  clusters: cases.map((one) => clusterOf(one.answer, one)),
  workers: 2,
});

const runs = new Map<string, CourseRun>();
const pids = () => place().workers.map(({ running, current }) => (running ? current.pid : undefined));
let pidsBefore: (number | undefined)[] = [];

beforeAll(async () => {
  const reached = await Promise.all(
    cases.map(async (one) => {
      const cluster = clusterOf(one.answer, one);
      const run = await begin(place(), cluster, one.course, one.held);
      runs.set(cluster, run);
      const hold = await run.first;
      const pending = await pendingActivity(place(), run.workflowId);
      expect(pending).toMatchObject({ type: one.activity, attempt: 1 });
      return { answer: one.answer, hold };
    }),
  );
  const letGo = (wanted: Answer) =>
    reached.filter(({ answer }) => answer === wanted).forEach(({ hold }) => hold.release());
  pidsBefore = pids();
  await place().temporal.service.kill();
  letGo('GONE');
  await sleep(outageMs);
  await place().temporal.service.start();
  letGo('BACK');
}, 180_000);

test.each(cases)(
  'the server is killed in $name, $title',
  async (one) => {
    const run = runs.get(clusterOf(one.answer, one));
    if (run === undefined) throw new Error('it was not begun');
    const history = await expectEnd(place(), run);
    const answered = ['TryFailed', 'NoMoreTries'];
    for (const { activity, why } of failedAttempts(history).filter(
      (failed) => !answered.includes(failed.why),
    )) {
      expect(why).toMatch(/^(TIMEOUT_TYPE_HEARTBEAT|AttemptLost)$/);
      expect(activity).toBe(one.activity);
    }
  },
  60_000,
);

test('the workers are the same afterwards', () => {
  expect(pidsBefore).not.toContain(undefined);
  expect(pids()).toEqual(pidsBefore);
});
