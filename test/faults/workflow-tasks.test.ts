import { killCourseNames, wrongWith } from '../kit/kill-courses';
import { batches, heldAtTasks, placeFor, recordTasks } from '../kit/held-tasks';
import type { HeldRun, RecordedTasks, TaskPoint } from '../kit/held-tasks';
import type { Simulated } from '../kit/simulated';

/**
 * A worker process that is killed (SIGKILL) at every workflow task and at the end of every activity of every course: the
 * task is done, and Temporal never hears of it. The tasks are those of a recorded run's history.
 */
let place: Simulated | undefined;
let recorded: RecordedTasks | undefined;
const killed: HeldRun[] = [];
let wrong: string[] = [];

beforeAll(async () => {
  recorded = await recordTasks('workflow-tasks');
  place = await placeFor('workflow-tasks', recorded.points);
  for (const batch of batches(recorded.points)) {
    const { worker, runs } = await heldAtTasks(place, batch);
    await worker.kill();
    killed.push(...runs);
  }
  await place.addWorker();
}, 600_000);

afterAll(async () => {
  const { length } = recorded?.points ?? [];
  const held = killed.filter(({ isHeld }) => isHeld).length;
  process.stdout.write(
    `workflow tasks: ${length} points, ${held} killed at them, ${killed.length} runs, ${wrong.length} violations\n`,
  );
  await place?.stop();
}, 60_000);

test.each(killCourseNames)(
  'P1, P2: %s: a worker killed at any task of it changes nothing',
  async (course) => {
    const simulated = place;
    if (simulated === undefined) throw new Error('it was not started');
    const mine = killed.filter(({ point }) => point.course === course);
    // a task that plans and one that ends it, at the least
    expect(mine.length).toBeGreaterThan(2);
    const executed = recorded?.executed.get(course);
    const found = (await Promise.all(mine.map(({ run }) => wrongWith(simulated, run, executed)))).flat();
    wrong = [...wrong, ...found];
    expect(found).toEqual([]);
  },
  180_000,
);

test('the points are all tasks of the recorded histories', () => {
  expect(killed.map(({ point }) => point.cluster).sort()).toEqual(
    recorded?.points.map(({ cluster }) => cluster).sort(),
  );
  // a history may have a task more than another one of its course, which is the last then
  const missed = killed.filter(({ isHeld }) => !isHeld).map(({ point }) => point);
  const isLast = ({ course, kind, nth }: TaskPoint) =>
    !recorded?.points.some((one) => one.course === course && one.kind === kind && one.nth > nth);
  expect(missed.filter((point) => !isLast(point))).toEqual([]);
});
