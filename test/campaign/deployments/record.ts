import type {
  Answer,
  CatalogueEntry,
  DeploymentEvent,
  DeploymentStatus,
  Revision,
} from '../../../src/contracts/deployment';
import type { Effect } from '../../flink-simulator';
import type { DeploymentCase, Saying } from './case';

/** A command that was sent, once or more often under one request id. */
export interface Said {
  /** Also who it is by, which the history tells. */
  readonly requestId: string;
  readonly saying: Saying;
  /** What each time came of it; a signal is never answered. */
  readonly outcomes: Outcome[];
}

export type Outcome =
  | { readonly kind: 'ANSWERED'; readonly answer: Answer }
  | { readonly kind: 'REFUSED'; readonly why: string }
  | { readonly kind: 'SENT' };

/** A job that lives. */
export interface LiveJob {
  readonly id: string;
  readonly parallelism: number;
  readonly state: string;
  /** The file name of its jar. */
  readonly jar: string;
}

/** What the deployment says of itself, and what there is. */
export interface Look {
  readonly status: DeploymentStatus;
  readonly history: readonly Revision[];
  readonly savepoints: readonly CatalogueEntry[];
  readonly live: readonly LiveJob[];
}

/** One run of the entity's. */
export interface EntityRun {
  readonly events: number;
  /** Why tasks of it failed. */
  readonly failedTasks: readonly string[];
}

/** All that is known of one run of the campaign: what the invariants judge. */
export interface DeploymentRecord {
  readonly case: DeploymentCase;
  readonly workflowId: string;
  readonly jobName: string;
  /** The job that ran before; undefined: none. */
  readonly adopted: string | undefined;
  readonly said: readonly Said[];
  readonly effects: readonly Effect[];
  /** What it was like when the faults were over and nothing more happened, or when its time was. */
  readonly rest: Look | undefined;
  /** The same after one more edit; undefined: it had not come to rest before. */
  readonly last: Look | undefined;
  readonly events: readonly DeploymentEvent[];
  /** Of the entity, oldest first. */
  readonly runs: readonly EntityRun[];
  readonly kills: number;
  /** Runs of the job's lock, by hand or not. */
  readonly transitions: number;
  readonly tookMs: number;
}
