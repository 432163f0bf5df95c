import { violations } from '../campaign/invariants';
import { mutating } from '../campaign/case';
import type { Case } from '../campaign/case';
import type { Sent } from '../campaign/calls';
import type { Machine, Site } from '../campaign/machine';
import { endingOf } from '../campaign/record';
import { run } from '../campaign/run';
import type { Ran } from '../campaign/run';

/** Courses of a rescale, each recorded once without a fault: the points of the matrices are what it sent then. */
export interface MatrixCourse {
  readonly case: Case;
  /** The outcome, or the type of the failure. */
  readonly ends: string;
}

/** `restart`: an unanswered submit is sent again when the tasks of a lost job are proven gone, 10 s each time (P12). */
const timeouts = { stop: 5_000, restart: 60_000, restore: 20_000, recovery: 5_000, attention: 30_000 };
const input = { parallelism: 4, timeouts, maxSavepointCreationAttempts: 1, maxJobCreationAttempts: 1 };

export const matrixCourses = {
  stateful: { case: { input }, ends: 'RESCALED' },
  'save then cancel': {
    case: { input: { ...input, savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } } },
    ends: 'RESCALED',
  },
  stateless: { case: { input: { ...input, upgradeStrategy: 'STATELESS' } }, ends: 'RESCALED' },
  upgrade: {
    case: { input: { ...input, artifact: { jar: 'orders-2.jar', args: ['--name', 'orders'] } } },
    ends: 'RESCALED',
  },
  'roll-back': {
    case: {
      input: { ...input, timeouts: { ...timeouts, restart: 1_500 } },
      starts: [{ kind: 'NEVER_SCHEDULED' }],
    },
    ends: 'RolledBack',
  },
  abort: {
    case: {
      input: { ...input, maxSavepointCreationAttempts: 2 },
      // the job is given the time to run again before the next try
      stops: [{ kind: 'TASK_FAILS', restartMs: 2_000 }],
      acts: [{ when: { call: 'stop', nth: 1 }, deed: { kind: 'ABORT' } }],
    },
    ends: 'ABORTED',
  },
  disposal: { case: { input: { ...input, savepoint: { keep: false } } }, ends: 'RESCALED' },
  suspend: { case: { input: { ...input, transition: 'SUSPEND' } }, ends: 'SUSPENDED' },
  start: {
    case: {
      input: { ...input, transition: 'START', artifact: { jar: 'orders.jar', args: ['--name', 'orders'] } },
      suspended: true,
    },
    ends: 'STARTED',
  },
  cancel: { case: { input: { ...input, transition: 'CANCEL' } }, ends: 'CANCELLED' },
  savepoint: { case: { input: { ...input, transition: 'SAVEPOINT' } }, ends: 'SAVED' },
} as const satisfies Record<string, MatrixCourse>;

export type CourseName = keyof typeof matrixCourses;
export const courseNames = Object.keys(matrixCourses).filter(isCourse);

function isCourse(name: string): name is CourseName {
  return name in matrixCourses;
}

/** What a faultless run of the course sent to Flink, in order. */
export async function recorded(machine: Machine, name: CourseName): Promise<readonly Sent[]> {
  const { case: one, ends } = matrixCourses[name];
  const { record } = await run(machine, one);
  if (endingOf(record) !== ends) throw new Error(`${name} ended as ${endingOf(record)}, not as ${ends}`);
  return record.sent;
}

export function changes({ method }: Sent): boolean {
  return mutating.includes(method);
}

/** One run of a matrix. */
export interface Point {
  readonly name: string;
  readonly course: CourseName;
  readonly case: Case;
  readonly prepared?: (site: Site) => void;
}

export interface Met extends Ran {
  readonly point: Point;
  /** The invariants that it violates, and an end that is not that of its course. */
  readonly wrong: readonly string[];
}

/** Carries the points out, `width` at a time, and judges each. */
export async function carriedOut(machine: Machine, points: readonly Point[], width = 40): Promise<Met[]> {
  const met: Met[] = [];
  const left = points[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const point = next.value;
      const ran = await run(machine, point.case, { prepared: point.prepared });
      const found = violations(ran.record).map(({ invariant, what }) => `${invariant}: ${what}`);
      const ending = endingOf(ran.record);
      const { ends } = matrixCourses[point.course];
      if (ending !== ends) found.push(`it ends as ${ending}, not as ${ends}`);
      met.push({ ...ran, point, wrong: found.map((what) => `${point.course}, ${point.name}: ${what}`) });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return met;
}

/** Says how many there were, and returns what was wrong. */
export function tally(matrix: string, met: readonly Met[]): string[] {
  const wrong = met.flatMap((one) => one.wrong);
  const points = new Set(met.map(({ point }) => `${point.course}, ${point.name}`)).size;
  const counts = `${points} points, ${met.length} runs, ${wrong.length} violations`;
  process.stdout.write([`${matrix}: ${counts}`, ...wrong.slice(0, 20), ''].join('\n'));
  return wrong;
}
