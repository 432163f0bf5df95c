import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '../../src/dev/service';
import { projectDir } from '../../src/dev/paths';
import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
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

/** A task of a course, and how a worker is kept from telling Temporal that it has done it (hold-tasks.js). */
export interface TaskPoint {
  readonly course: KillCourseName;
  readonly cluster: string;
  readonly kind: 'workflowTask' | 'activity';
  /** Counted from 1. */
  readonly nth: number;
}

export interface HeldRun {
  readonly point: TaskPoint;
  readonly run: KillRun<unknown>;
  /** A task that is not in every history need not come: the run ended without it. */
  readonly isHeld: boolean;
}

export interface RecordedTasks {
  readonly points: readonly TaskPoint[];
  /** By course: what a run without a fault did to Flink. */
  readonly executed: ReadonlyMap<KillCourseName, readonly string[]>;
}

/** A worker has 40 slots for workflow tasks, and those that are held take one each. */
const atOnce = 30;

const jobs = ['orders', 'orders-2'];

/** Runs each course once without a fault: every workflow task and every activity of its history is a point. */
export async function recordTasks(name: string): Promise<RecordedTasks> {
  const place = await startSimulated(`${name}-recorded`, { ...clusterOfEach(), jobs });
  const points: TaskPoint[] = [];
  const executed = new Map<KillCourseName, readonly string[]>();
  try {
    await Promise.all(
      killCourseNames.map(async (course) => {
        const run = await beginKill(place, course, course, () => undefined);
        const wrong = await wrongWith(place, run);
        if (wrong.length > 0) throw new Error(wrong.join());
        executed.set(course, executedIn(run));
        const { events } = await place.client.workflow.getHandle(run.workflowId).fetchHistory();
        const pointsOf = (kind: TaskPoint['kind'], count = 0) =>
          Array.from({ length: count }, (_, i) => i + 1).map((nth) => ({
            ...{ course, kind, nth, cluster: clusterFor(course, kind, nth) },
          }));
        points.push(
          ...pointsOf(
            'workflowTask',
            events?.filter((event) => event.workflowTaskCompletedEventAttributes).length,
          ),
          ...pointsOf('activity', events?.filter((event) => event.activityTaskStartedEventAttributes).length),
        );
      }),
    );
  } finally {
    await place.stop();
  }
  return { points, executed };
}

/** A place with a cluster for each point, and no worker yet. */
export function placeFor(name: string, points: readonly TaskPoint[]): Promise<Simulated> {
  return startSimulated(name, { ...clustersOf(points), jobs, workers: 0 });
}

/** As many at a time as a worker can hold. */
export function batches(points: readonly TaskPoint[]): TaskPoint[][] {
  const tasks = points.filter(({ kind }) => kind === 'workflowTask');
  const activities = points.filter(({ kind }) => kind === 'activity');
  const count = Math.max(1, Math.ceil(tasks.length / atOnce));
  return Array.from({ length: count }, (_, i) =>
    [tasks, activities].flatMap((all) => all.filter((_, j) => j % count === i)),
  );
}

/** Starts a worker and the runs of these points, and resolves when each is held at its own task, for good. */
export async function heldAtTasks(
  place: Simulated,
  points: readonly TaskPoint[],
): Promise<{ readonly worker: Service; readonly runs: readonly HeldRun[] }> {
  const folder = join(place.runDir, 'holds');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const holds = points.map(({ cluster, course, kind, nth }) => {
    const { before }: KillCourse = killCourses[course];
    return [
      rescaleWorkflowId(cluster, 'orders'),
      { run: before === undefined ? 1 : 2, [kind]: nth },
    ] as const;
  });
  writeFileSync(join(folder, 'holds.json'), JSON.stringify(Object.fromEntries(holds)));
  const hook = join(projectDir, 'test', 'kit', 'hold-tasks.js');
  const worker = await place.addWorker({ HOLD_TASKS: folder, NODE_OPTIONS: `-r ${hook}` });
  const begun = await Promise.all(
    points.map(async (point) => ({
      ...{ point, run: await beginKill(place, point.cluster, point.course, () => undefined) },
    })),
  );
  const isHeld = (id: string) => existsSync(join(folder, encodeURIComponent(id)));
  const isOver = async (id: string) =>
    (await place.client.workflow.getHandle(id).describe()).status.name !== 'RUNNING';
  await until(
    async () => {
      for (const [id] of holds) if (!isHeld(id) && !(await isOver(id))) return false;
      return true;
    },
    { what: 'every run to be held', deadlineMs: 90_000, pollMs: 300 },
  );
  return { worker, runs: begun.map((one) => ({ ...one, isHeld: isHeld(one.run.workflowId) })) };
}
