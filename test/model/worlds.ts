import { noFaults } from './state';
import type { Budget, Guard, World } from './state';

/** The bounds of the search: which faults there are in each world, and how many of each. */

const usual: World = {
  without: undefined,
  faults: noFaults,
  highAvailability: false,
  halfWay: 'FAILED',
  hasCheckpoint: true,
  maxTries: 2,
};

function withFaults(faults: Partial<Budget>, options: Partial<World> = {}): World {
  return { ...usual, ...options, faults: { ...noFaults, ...faults } };
}

export const named = {
  aborts: withFaults({ crashes: 2, savepointFails: 1, aborts: 1 }),
  'lost stops': withFaults({ lost: 1, savepointFails: 1, timeouts: 1 }),
  'crashes and lost messages': withFaults({ crashes: 2, lost: 1, savepointFails: 1 }),
  refusals: withFaults({ crashes: 1, lost: 1, submitFails: 1, timeouts: 1 }),
  'empty starts': withFaults({ crashes: 1, jobFails: 1, emptyStarts: 1, byHand: 1 }),
  'late starts': withFaults({ timeouts: 1, jobFails: 1, byHand: 1 }),
  'a lost JobManager': withFaults({ crashes: 1, jobFails: 1, jobManagerLost: 1 }),
  'a lost JobManager and lost messages': withFaults({ crashes: 1, lost: 1, timeouts: 1, jobManagerLost: 1 }),
  failover: withFaults(
    { crashes: 1, jobFails: 1, timeouts: 1, jobManagerLost: 1 },
    { highAvailability: true },
  ),
  'failover and lost messages': withFaults(
    { crashes: 1, lost: 1, timeouts: 1, jobManagerLost: 1 },
    { highAvailability: true },
  ),
  'a job without a snapshot': withFaults({ crashes: 1, jobFails: 1 }, { hasCheckpoint: false }),
  'a job that outlives its stop': withFaults(
    { jobFails: 2, checkpoints: 1, forgets: 1 },
    { halfWay: 'GOES_ON' },
  ),
} satisfies Record<string, World>;

/** Wider, for `npm run test:faults`. */
export const wide = {
  'more faults of a stop': withFaults({ crashes: 2, lost: 2, savepointFails: 1, aborts: 1 }),
  'more faults of a start': withFaults({ crashes: 2, lost: 1, submitFails: 1, timeouts: 1 }),
} satisfies Record<string, World>;

interface Violation {
  readonly world: keyof typeof named;
  readonly found: string;
}

/** What the search finds first in that world without the guard. */
export const violations: Record<Guard, Violation> = {
  'P1 stop': { world: 'aborts', found: 'S3: old is STOPPING, and the run says ABORTED' },
  'P1 submit': { world: 'aborts', found: 'S4: restart 1~1 is RUNNING, nobody has started another' },
  'P5 post': { world: 'lost stops', found: 'S3: old is STOPPING, and the run says SAVEPOINT_FAILED' },
  'P5 settle': { world: 'lost stops', found: 'S3: old is STOPPING, and the run says SAVEPOINT_FAILED' },
  'P5 last try': { world: 'aborts', found: 'S3: old is STOPPING, and the run says ABORTED' },
  'P5 unready': { world: 'failover', found: 'S3: old is STOPPING, and the run says SAVEPOINT_FAILED' },
  'P5 refusal': {
    world: 'failover and lost messages',
    found: 'S3: old is STOPPING, and the run says SAVEPOINT_FAILED',
  },
  'P5 unheard': { world: 'refusals', found: 'S4: restart 1 is RUNNING, nobody has started another' },
  'P8 told': { world: 'aborts', found: 'S3: old is STOPPING, and the run says ABORTED' },
  'P8 goes on': { world: 'failover', found: 'S4: restart 2 is RUNNING, nobody has started another' },
  'P11 proof': { world: 'late starts', found: 'S4: restart 1 is CANCELLING, nobody has started another' },
  'P12 forgotten': { world: 'a lost JobManager', found: 'S1: two live jobs, old and rollback 1' },
  'P12 again': { world: 'a lost JobManager', found: 'S1: two live jobs, rollback 1 and rollback 1' },
  'P13 empty': {
    world: 'a job without a snapshot',
    found: 'S2: rollback 1 begins from -1, the newest is null',
  },
  'P14 newest': { world: 'late starts', found: 'S2: restart 2 begins from 1, the newest is 2' },
  'P14 failover': { world: 'failover', found: 'S2: restart 2 begins from 1, the newest is 2' },
  'P15 history': {
    world: 'a job that outlives its stop',
    found: 'S2: restart 1 begins from 1, the newest is 2',
  },
  'P16 store': { world: 'a lost JobManager', found: 'S2: rollback 1 begins from' },
  'P20 same id': { world: 'lost stops', found: 'S4: restart 1 is RUNNING, nobody has started another' },
  'P20 refusal': { world: 'refusals', found: 'S4: restart 1 is RUNNING, nobody has started another' },
  'P21 guard': { world: 'empty starts', found: 'S1: two live jobs, by-hand and rollback 1' },
  'P24 empty': { world: 'empty starts', found: 'S2: restart 1 has begun without state' },
  'P26 lock': { world: 'aborts', found: 'S3: the job runs at the new parallelism, and the run says ABORTED' },
};
