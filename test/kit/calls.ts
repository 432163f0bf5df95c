import type { Activities } from '../../src/activities';
import { courses } from './courses';
import type { Course } from './courses';

/** A call with which a rescale changes something in Flink. */
export interface MutatingCall {
  readonly name: string;
  /** Method and path, as the simulator's faults name them. */
  readonly on: string;
  /** How many of the same kind the rescale sends before it. */
  readonly after: number;
  readonly activity: keyof Activities;
  readonly course: Course;
}

/** All of them: of the main path, then of the roll-back's. */
export const mutatingCalls: readonly MutatingCall[] = [
  ...[
    { name: 'upload', on: 'POST /jars/upload', after: 0, activity: 'observe' } as const,
    { name: 'plan', on: 'POST /jars/:jar/plan', after: 0, activity: 'observe' } as const,
    { name: 'stop', on: 'POST /jobs/:id/stop', after: 0, activity: 'savepoint' } as const,
    { name: 'run', on: 'POST /jars/:jar/run', after: 0, activity: 'restart' } as const,
    { name: 'checkpoint trigger', on: 'POST /jobs/:id/checkpoints', after: 0, activity: 'verify' } as const,
  ].map((call) => ({ ...call, course: courses.straight })),
  { name: 'cancel', on: 'PATCH /jobs/:id', after: 0, activity: 'withdraw', course: courses.newJobHangs },
  {
    name: 'withdrawal’s stop',
    on: 'POST /jobs/:id/stop',
    after: 1,
    activity: 'withdraw',
    course: courses.newJobComesLate,
  },
  {
    name: 'roll-back’s run',
    on: 'POST /jars/:jar/run',
    after: 1,
    activity: 'restart',
    course: courses.newJobFails,
  },
];

/** The call as a part of a cluster's name. */
export function slug(name: string): string {
  return name.replace(/[^a-z]+/gi, '-').toLowerCase();
}
