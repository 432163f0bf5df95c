import type { EndedBy } from '../../../src/contracts/deployment';
import type { Effect, Fault, StartScript, StopScript } from '../../flink-simulator';

/** One run of the campaign of deployments, as JSON: what it is told, what Flink does, what goes wrong, and when. */
export interface DeploymentCase {
  /** The first resource; its name, and its job's, are the run's own. */
  readonly parallelism: number;
  /** A job of its name runs already, at 2: it is adopted. */
  readonly adopted?: boolean;
  /** How its jobs take checkpoints. SELDOM: one when they begin, which stays. */
  readonly checkpoints: 'OFTEN' | 'SELDOM';
  readonly stops?: readonly StopScript[];
  readonly starts?: readonly StartScript[];
  readonly faults?: readonly Fault[];
  /** One after the other. */
  readonly acts: readonly Act[];
}

export interface Act {
  readonly when: When;
  readonly deed: Deed;
}

/** When an act is done, counted from the one before it; what does not come is not waited for long. */
export type When =
  | { readonly ms: number }
  /** A transition is under way, or none. */
  | { readonly is: 'UNDER_WAY' | 'AT_REST' }
  | { readonly effect: Effect['kind'] };

/** What is done to the deployment, its job, its worker or its cluster. */
export type Deed =
  | {
      readonly kind: 'SAY';
      readonly how: 'UPDATE' | 'SIGNAL';
      readonly saying: Saying;
      /** With one request id. */
      readonly times: 1 | 2;
    }
  /** What was said as the n-th, with its request id; counts from 0. */
  | { readonly kind: 'SAY_AGAIN'; readonly nth: number; readonly how: 'UPDATE' | 'SIGNAL' }
  /** SIGKILL to the worker; another one is started. */
  | { readonly kind: 'KILL' }
  | { readonly kind: 'JOB'; readonly how: 'FAILS_OVER' | Exclude<EndedBy, 'VANISHED'> }
  | { readonly kind: 'LOSE_JOB_MANAGER'; readonly ha: boolean; readonly downMs: number }
  | { readonly kind: 'UNREACHABLE'; readonly downMs: number }
  /** Somebody takes the job's lock with a run of their own. */
  | { readonly kind: 'BY_HAND'; readonly what: { readonly parallelism: number } | 'SUSPEND' }
  /** The transition that is under way, whoever started it. */
  | { readonly kind: 'ABORT' };

export type Jar = 'OLD' | 'NEW';

/** A command, without the names that are the run's own. */
export type Saying =
  | { readonly name: 'apply'; readonly parallelism: number; readonly jar: Jar }
  | { readonly name: 'scale'; readonly parallelism: number }
  | { readonly name: 'suspend' | 'resume' | 'cancel' | 'savepoint' }
  | { readonly name: 'rollback'; readonly to: number }
  | { readonly name: 'patch'; readonly jar: Jar }
  | {
      readonly name: 'patch';
      readonly spec: {
        readonly upgradeStrategy?: { readonly kind: 'STATELESS' | 'STATEFUL' | 'NONE' };
        readonly restoreStrategy?: { readonly kind: 'LATEST_STATE' | 'LATEST_SAVEPOINT' };
        readonly maxJobCreationAttempts?: number;
      };
    };
