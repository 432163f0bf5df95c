import type { Activities } from '../../src/activities';
import type { Phase } from '../../src/contracts/rescale';
import type { FlinkSimulator, Hold } from '../flink-simulator';
import { courses } from './courses';
import type { Course } from './courses';

/** A phase of a rescale, or a part of it, and a read in it by which the worker can be held there. */
export interface PhaseOf {
  readonly phase: Phase;
  readonly activity: keyof Activities;
  readonly course: Course;
  /** Called before the rescale starts; resolves when the worker waits for the answer of that read. */
  readonly held: (flink: FlinkSimulator) => Promise<Hold>;
}

/** Every phase in which Flink is asked something; ATTENTION is that of a start that is tried until it works. */
export const phases: readonly PhaseOf[] = [
  { phase: 'PLANNING', activity: 'observe', course: courses.straight, held: at('GET /jars') },
  {
    ...{ phase: 'SAVEPOINTING', activity: 'savepoint', course: courses.straight },
    // the first asks whether an earlier attempt has sent the stop
    held: at('GET /jobs/:id/savepoints/:trigger', { after: 1 }),
  },
  {
    ...{ phase: 'SETTLING', activity: 'settle', course: courses.savepointFails },
    held: at('GET /config', { after: 1 }),
  },
  {
    ...{ phase: 'STOPPING', activity: 'stop', course: courses.straight },
    held: async (flink) => {
      // who saw the end of the job with its savepoint would not wait for it here
      flink.fault({ on: 'GET /jobs/:id/status', kind: 'STATUS', status: 503, after: 1 });
      return at('GET /jobs/:id/status', { after: 1 })(flink);
    },
  },
  {
    ...{ phase: 'RESTARTING', activity: 'restart', course: courses.straight },
    held: at('GET /jobs/overview', { starts: 1 }),
  },
  {
    ...{ phase: 'VERIFYING', activity: 'verify', course: courses.straight },
    held: at('GET /jobs/:id/status', { starts: 1 }),
  },
  {
    ...{ phase: 'ROLLING_BACK', activity: 'withdraw', course: courses.newJobFails },
    held: at('GET /jobs/:id/status', { starts: 1 }),
  },
  {
    ...{ phase: 'ROLLING_BACK', activity: 'restart', course: courses.newJobFails },
    held: at('GET /jobs/overview', { starts: 2 }),
  },
  {
    ...{ phase: 'ATTENTION', activity: 'revive', course: courses.bothJobsFail },
    held: at('GET /jobs/overview', { starts: 3 }),
  },
];

/** `starts`: only after so many of the jobs that are submitted; `after`: so many of these reads go on before. */
function at(on: string, { starts = 0, after = 0 } = {}): PhaseOf['held'] {
  return async (flink) => {
    for (let n = 0; n < starts; n++) await flink.next('STARTED');
    const hold = flink.hold(on, 'BEFORE', { after });
    await hold.arrived;
    return hold;
  };
}
