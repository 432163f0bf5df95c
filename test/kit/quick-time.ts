import timers from 'node:timers/promises';
import type { Clock } from '../flink-simulator';

/** How many times as fast as a wall clock's the time of a test runs. */
const pace = 100;

/**
 * Time that runs 100 times as fast, for the product and for the simulator alike: what they wait for in seconds, a test
 * waits for in hundredths. `Date.now`, the pauses of `node:timers/promises` and `AbortSignal.timeout` follow it; a
 * time-out of a request does not, since the network is no faster.
 */
export const quickClock: Clock = {
  now: () => Date.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms / pace);
    return () => clearTimeout(timer);
  },
};

/** For each test of this file; the real time is back after it. */
export function useQuickTime(): void {
  const { now } = Date;
  const sleep = timers.setTimeout;
  const deadline = AbortSignal.timeout.bind(AbortSignal);
  beforeEach(() => {
    const begin = now();
    Date.now = () => begin + Math.round((now() - begin) * pace);
    const quick: typeof sleep = (ms = 0, value, options) => sleep(ms / pace, value, options);
    Object.assign(timers, { setTimeout: quick });
    AbortSignal.timeout = (ms) => deadline(Math.ceil(ms / pace));
  });
  afterEach(() => {
    Date.now = now;
    Object.assign(timers, { setTimeout: sleep });
    AbortSignal.timeout = deadline;
  });
}
