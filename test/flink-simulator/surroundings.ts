import type { Clock } from './clock';
import type { Data } from './data';
import type { Journal } from './journal';
import type { Slots } from './slots';
import type { SnapshotStore } from './snapshots';

/** ms, each from a request to its end. */
export interface Delays {
  readonly submit: number;
  /** From accepted to all tasks RUNNING. */
  readonly start: number;
  /** To FINISHED; the savepoint is complete a little before. */
  readonly stop: number;
  readonly savepoint: number;
  readonly checkpoint: number;
  readonly cancel: number;
  /** How long a job that fails over is RESTARTING. */
  readonly restart: number;
}

/** How jobs come by their slots. Times in ms, Flink's defaults where left out: what a test waits for it must set. */
export interface Scheduling {
  /** `jobmanager.scheduler`; REACTIVE: `scheduler-mode`, the adaptive one, by which a job takes every slot that there is. */
  readonly kind: 'DEFAULT' | 'ADAPTIVE' | 'REACTIVE';
  /** DEFAULT: `slot.request.timeout`. A JobManager that is older than this gives up slots that are not there at once. */
  readonly slotRequestMs: number;
  /** ADAPTIVE: for so long a job waits for enough slots to run at all. REACTIVE: for ever. */
  readonly resourceWaitMs: number;
  /** ADAPTIVE: for so long one that could run waits for all that it wants. REACTIVE: not at all. */
  readonly stabilizationMs: number;
  /** ADAPTIVE, since 1.19: so long after a start it is not scaled up. */
  readonly cooldownMs: number;
  /**
   * ADAPTIVE, since 2.0: for so long one that runs waits for all that it wants before it takes a part of it. All that a REACTIVE
   * one wants never comes.
   */
  readonly partMs: number;
}

const defaultScheduling: Scheduling = {
  kind: 'DEFAULT',
  slotRequestMs: 300_000,
  resourceWaitMs: 300_000,
  stabilizationMs: 10_000,
  cooldownMs: 30_000,
  partMs: 60_000,
};

export function schedulingOf(chosen: Partial<Scheduling>): Scheduling {
  const reactive = chosen.kind === 'REACTIVE' ? { resourceWaitMs: Infinity, stabilizationMs: 0 } : {};
  return { ...defaultScheduling, ...reactive, ...chosen };
}

/** What the jobs of a JobManager share. */
export interface Surroundings {
  readonly version: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly snapshots: SnapshotStore;
  readonly slots: Slots;
  readonly delays: Delays;
  readonly scheduling: Scheduling;
  readonly checkpointRoot: string;
  readonly data: Data;
  /** When this JobManager began. */
  readonly since: () => number;
}
