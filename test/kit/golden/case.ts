import type { Simulated } from '../simulated';

/** One way through the state machine: a golden history of it is recorded, and a test runs it again. */
export interface GoldenCase {
  /** The job's name, and the history's file `test/golden/<name>.json`. */
  readonly name: string;
  /** Whose history it is: the rescale's when left out. */
  readonly of?: 'DEPLOYMENT';
  /** The states that it goes through, in order; the last one is its ending, but for a deployment that lives on. */
  readonly path: string;
  /** What the request calls the cluster; `local` when left out. */
  readonly cluster?: string;
  /** It ends what others need, so none runs beside it. */
  readonly alone?: boolean;
  /**
   * Has it happen on a place that knows the job, and returns once the workflow has ended, or rests. With the id of the
   * run that is meant, where that is not the newest.
   */
  readonly run: (place: Simulated, job: string) => Promise<string | void>;
}

export const refused = { kind: 'REFUSED', causes: ['IOException: disk is full'] } as const;

/** A step calls for attention after this; what is to take longer takes 5 s and more, what is not well under 1 s. */
export const impatient = { timeouts: { attention: 2_000, recovery: 2_000 } };
