import { setTimeout as sleep } from 'node:timers/promises';
import { eventsOf, killedAtEvents, placeForEvents, recordEvents } from '../kit/event-points';
import type { EventPoint, EventRun, RecordedEvents } from '../kit/event-points';
import { HeldEvents } from '../kit/held-events';
import { killCourseNames, killCourses, wrongWith } from '../kit/kill-courses';
import type { KillCourse, KillCourseName } from '../kit/kill-courses';
import type { Simulated } from '../kit/simulated';

/**
 * The Temporal server is killed (SIGKILL) at every event of every course: its database lets the history come so far and
 * no further, and then it dies. Each run is killed at one event, and has come to its end before the next are begun.
 */

/** Longer than the heartbeat time-out, ms. */
const outageMs = 4_000;
let place: Simulated | undefined;
let recorded: RecordedEvents | undefined;
const killed: EventRun[] = [];
const wrong = new Map<KillCourseName, string[]>();
/** The kinds of the events that were the newest when the server was killed. */
const newest = new Set<string>();

beforeAll(async () => {
  recorded = await recordEvents('server-events');
  const { points, courses } = recorded;
  place = await placeForEvents('server-events', points);
  const database = new HeldEvents(place.runDir);
  database.install();
  for (const mine of batchesOf(points)) {
    const batch = await killedAtEvents(place, database, mine);
    killed.push(...batch);
    await sleep(outageMs);
    await place.temporal.service.start();
    for (const { run, stood } of batch) {
      const found = await wrongWith(place, run, courses.get(run.name)?.executed);
      wrong.set(run.name, [...(wrong.get(run.name) ?? []), ...found]);
      const events = await eventsOf(place, run.workflowId);
      for (const kind of events.slice(stood.first - 1, stood.last)) newest.add(kind);
    }
  }
}, 1_800_000);

afterAll(async () => {
  const { points = [], courses } = recorded ?? {};
  const events = [...(courses?.values() ?? [])].flatMap((one) => one.events);
  const at = killed.filter((one) => !isBefore(one) && !isOver(one));
  process.stdout.write(
    `server at events: ${events.length} events, ${points.length} points, ${killed.length} runs: ${at.length} killed at them, ` +
      `${killed.filter(isBefore).length} at an event before, ` +
      `${killed.filter(isOver).length} were over, ${[...wrong.values()].flat().length} violations; ` +
      `kinds of events that no kill came after: ${missed(killCourseNames).join() || 'none'}\n`,
  );
  await place?.stop();
}, 60_000);

/**
 * Runs that are held take a worker's pollers from those that are to come to their points. An activity that was taken, and
 * cannot be noted as such, makes the server take all runs up anew, again and again; and an abort is heard in time only
 * where it is quick.
 */
function batchesOf(points: readonly EventPoint[]): EventPoint[][] {
  const groups = [
    { atOnce: 12, isIn: ({ moment }: EventPoint) => moment === 'AFTER' },
    { atOnce: 10, isIn: ({ moment, course }: EventPoint) => moment !== 'AFTER' && hasWord(course) },
    { atOnce: 20, isIn: ({ moment, course }: EventPoint) => moment !== 'AFTER' && !hasWord(course) },
  ];
  return groups.flatMap(({ atOnce, isIn }) => {
    const all = points.filter(isIn);
    const count = Math.ceil(all.length / atOnce);
    return Array.from({ length: count }, (_, i) => all.filter((_, j) => j % count === i));
  });
}

/** Whether an operator says something in its course, which comes when it comes. */
function hasWord(name: KillCourseName): boolean {
  const { aborts }: KillCourse = killCourses[name];
  return aborts === true;
}

/** Kinds of events of these courses that were never the newest at a kill, nor written at once with the newest. */
function missed(names: readonly KillCourseName[]): string[] {
  const kinds = new Set(names.flatMap((name) => recorded?.courses.get(name)?.events ?? []));
  return [...kinds].filter((kind) => !newest.has(kind));
}

/** In its own history the event of the point is written at once with later ones: it stands at the transaction before. */
function isBefore({ point, stood }: EventRun): boolean {
  return point.moment !== 'END' && stood.last < point.last && stood.refused;
}

/** Its own history is shorter. */
function isOver({ point, stood }: EventRun): boolean {
  return point.moment !== 'END' && stood.last < point.last && !stood.refused;
}

test.each(killCourseNames)('%s: the server killed at any event of it changes nothing', (course) => {
  expect(killed.some(({ point }) => point.course === course)).toBe(true);
  expect(wrong.get(course)).toEqual([]);
});

test('no run had come further than its point', () => {
  const further = killed.filter(({ point, stood }) => point.moment !== 'END' && stood.last > point.last);
  expect(further.map(({ point }) => point)).toEqual([]);
});

test('each kind of event was the newest at a kill, or written at once with the newest', () => {
  expect(newest.size).toBeGreaterThan(0);
  expect(missed(killCourseNames.filter((name) => !hasWord(name)))).toEqual([]);
});
