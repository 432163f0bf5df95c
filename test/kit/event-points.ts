import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { HeldEvents } from './held-events';
import type { Written } from './held-events';
import {
  beginKill,
  clusterFor,
  clusterOfEach,
  clustersOf,
  executedIn,
  killCourseNames,
  killCourses,
  wrongWith,
} from './kill-courses';
import type { KillCourse, KillCourseName, KillRun } from './kill-courses';
import { startSimulated } from './simulated';
import type { Simulated } from './simulated';

/**
 * Where the server can die in a history: events of one transaction are written together, so the points are between them.
 * `AFTER`: the moment the last event of a transaction counts, and no activity that it schedules was taken. `BEFORE`: all
 * is done that can be without another event, and the server has begun to write the next ones. `END`: the run is over.
 */
export interface EventPoint {
  readonly course: KillCourseName;
  readonly cluster: string;
  /** Id of the newest event. */
  readonly last: number;
  readonly moment: 'AFTER' | 'BEFORE' | 'END';
}

export interface RecordedEvents {
  readonly points: readonly EventPoint[];
  /** By course: the events of its history, and what it did to Flink. */
  readonly courses: ReadonlyMap<
    KillCourseName,
    { readonly events: readonly string[]; readonly executed: readonly string[] }
  >;
}

/**
 * `stood`: how its history was when the server was dead. No two histories of a course are quite the same, as words of an
 * activity and its end may come to one workflow task or to two: it stands at the last event that fits before the point's.
 */
export interface EventRun {
  readonly point: EventPoint;
  readonly run: KillRun<unknown>;
  readonly stood: Written;
}

const jobs = ['orders', 'orders-2'];

/** Runs each course once without a fault, and finds the transactions that wrote its history. */
export async function recordEvents(name: string): Promise<RecordedEvents> {
  const place = await startSimulated(`${name}-recorded`, { ...clusterOfEach(), jobs });
  const database = new HeldEvents(place.runDir);
  try {
    const courses = await Promise.all(
      killCourseNames.map(async (course) => {
        const run = await beginKill(place, course, course, () => undefined);
        const wrong = await wrongWith(place, run);
        if (wrong.length > 0) throw new Error(wrong.join());
        const events = await eventsOf(place, run.workflowId);
        const lasts = await database.transactions(await runIdOf(place, run.workflowId), events.length);
        return { course, events, executed: executedIn(run), points: pointsOf(course, events, lasts) };
      }),
    );
    return {
      points: courses.flatMap(({ points }) => points),
      courses: new Map(courses.map((one) => [one.course, one])),
    };
  } finally {
    await place.stop();
  }
}

/**
 * Both moments while an activity is pending: only then does the server write more than events. The word of an operator
 * comes when it comes, and two runs are not the same after it: every event may be the last of a transaction then.
 */
function pointsOf(course: KillCourseName, events: readonly string[], lasts: readonly number[]): EventPoint[] {
  const { aborts }: KillCourse = killCourses[course];
  const pointAt = (last: number, moment: EventPoint['moment']): EventPoint => ({
    ...{ course, last, moment, cluster: clusterFor(course, last, moment) },
  });
  return events.flatMap((_, i) => {
    const last = i + 1;
    if (last === events.length) return [pointAt(last, 'END')];
    if (!lasts.includes(last)) return aborts === true && last > 2 ? [pointAt(last, 'BEFORE')] : [];
    const before = pointAt(last, 'BEFORE');
    return isActivityPending(events.slice(0, last)) ? [pointAt(last, 'AFTER'), before] : [before];
  });
}

function isActivityPending(events: readonly string[]): boolean {
  const count = (pattern: RegExp) => events.filter((event) => pattern.test(event)).length;
  return count(/^activityTaskScheduled$/) > count(/^activityTask(Completed|Failed|TimedOut|Canceled)$/);
}

/** The kinds of the events of its newest run, in order: `workflowTaskScheduled`. */
export async function eventsOf(place: Simulated, workflowId: string): Promise<string[]> {
  const { events } = await place.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map((event) => {
    const attributes = Object.entries(event).find(([key, value]) => key.endsWith('EventAttributes') && value);
    return attributes?.[0].slice(0, -'EventAttributes'.length) ?? 'unknown';
  });
}

async function runIdOf(place: Simulated, workflowId: string): Promise<string> {
  return (await place.client.workflow.getHandle(workflowId).describe()).runId;
}

/** Starts the runs of these points, waits until each has come to its own, and kills the server. */
export async function killedAtEvents(
  place: Simulated,
  database: HeldEvents,
  points: readonly EventPoint[],
): Promise<EventRun[]> {
  const begun = await Promise.all(
    points.map(async (point) => {
      const { cluster, course, last, moment } = point;
      const workflowId = rescaleWorkflowId(cluster, 'orders');
      const arm = () => moment !== 'END' && database.hold(workflowId, last, moment === 'AFTER');
      const run = await beginKill(place, cluster, course, arm);
      return { point, run, runId: await runIdOf(place, run.workflowId) };
    }),
  );
  const look = () => database.written(begun.map(({ runId }) => runId));
  const isOver = async (id: string) =>
    (await place.client.workflow.getHandle(id).describe()).status.name !== 'RUNNING';
  let before: Map<string, Written> | undefined;
  await until(
    async () => {
      const now = await look();
      const then = before;
      before = now;
      for (const { point, run, runId } of begun) {
        const written = now.get(runId);
        // what is about to be written looks as if it were refused, for a moment
        const stands = written !== undefined && written.last === then?.get(runId)?.last;
        const isAt = point.moment === 'AFTER' && written?.last === point.last;
        if (!isAt && !(stands && written.refused) && !(await isOver(run.workflowId))) return false;
      }
      return true;
    },
    { what: 'every run to come to its point', deadlineMs: 300_000, pollMs: 300 },
  );
  await place.temporal.service.kill();
  const stood = await look();
  database.letGo();
  return begun.map(({ point, run, runId }) => {
    const written = stood.get(runId);
    if (written === undefined) throw new Error(`${run.workflowId} is not in the database`);
    return { point, run, stood: written };
  });
}

/** A place with a cluster for each point. */
export function placeForEvents(name: string, points: readonly EventPoint[]): Promise<Simulated> {
  return startSimulated(name, { ...clustersOf(points), jobs, workers: 2 });
}
