import type { Simulated } from '../simulated';

/** One way through the state machine: a golden history of it is recorded, and a test runs it again. */
export interface GoldenCase {
  /** The job's name, and the history's file `test/golden/<name>.json`. */
  readonly name: string;
  /** The states that it goes through, in order; the last one is its ending. */
  readonly path: string;
  /** Has it happen on a place that knows the job, and returns once the workflow has ended. */
  readonly run: (place: Simulated, job: string) => Promise<void>;
}

export const refused = { kind: 'REFUSED', causes: ['IOException: disk is full'] } as const;
