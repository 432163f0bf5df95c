import { setTimeout as sleep } from 'node:timers/promises';
import { batches, heldAtTasks, placeFor, recordTasks } from '../kit/held-tasks';
import type { HeldRun, RecordedTasks } from '../kit/held-tasks';
import { killCourseNames, wrongWith } from '../kit/kill-courses';
import type { Simulated } from '../kit/simulated';

/**
 * The Temporal server is killed (SIGKILL) at every workflow task and at the end of every activity of every course: the
 * worker has done it, and cannot say so until the server is back. With a workflow task held, its start is the newest event
 * of the history; with an activity, its being scheduled.
 */

/** Longer than the heartbeat time-out, ms. */
const outageMs = 4_000;

let place: Simulated | undefined;
let recorded: RecordedTasks | undefined;
const hit: HeldRun[] = [];
let wrong: string[] = [];

beforeAll(async () => {
  recorded = await recordTasks('server-tasks');
  place = await placeFor('server-tasks', recorded.points);
  for (const batch of batches(recorded.points)) {
    const { worker, runs, release } = await heldAtTasks(place, batch);
    await place.temporal.service.kill();
    release();
    await sleep(outageMs);
    await place.temporal.service.start();
    hit.push(...runs);
    // the next batch is held by a worker of its own
    if (hit.length < recorded.points.length) await worker.stop();
  }
}, 600_000);

afterAll(async () => {
  const { length } = recorded?.points ?? [];
  const held = hit.filter(({ isHeld }) => isHeld).length;
  process.stdout.write(
    `server at tasks: ${length} points, ${held} killed at them, ${hit.length} runs, ${wrong.length} violations\n`,
  );
  await place?.stop();
}, 60_000);

test.each(killCourseNames)(
  '%s: the server killed at any task of it changes nothing',
  async (course) => {
    const simulated = place;
    if (simulated === undefined) throw new Error('it was not started');
    const mine = hit.filter(({ point }) => point.course === course);
    // a task that plans and one that ends it, at the least
    expect(mine.filter(({ isHeld }) => isHeld).length).toBeGreaterThan(2);
    const executed = recorded?.executed.get(course);
    const found = (await Promise.all(mine.map(({ run }) => wrongWith(simulated, run, executed)))).flat();
    wrong = [...wrong, ...found];
    expect(found).toEqual([]);
  },
  180_000,
);
