import type { Phase } from '../../src/contracts/rescale';
import { startRescale } from './rescale';
import type { Simulated } from './simulated';
import { nextOf, untilPhase } from './watch';

/** A phase in which a rescale by RESTART can be kept for as long as a test wants. */
export type HeldPhase = Exclude<Phase, 'DONE' | 'ADJUSTING'>;

export const heldPhases: readonly HeldPhase[] = [
  ...(['PLANNING', 'SAVEPOINTING', 'SETTLING', 'STOPPING'] as const),
  ...(['RESTARTING', 'VERIFYING', 'ROLLING_BACK', 'ATTENTION'] as const),
];

/** A rescale from 2 to 4 that is in that phase, and stays there until `release`. */
export interface Held {
  readonly workflowId: string;
  /** The job that ran before. */
  readonly jobId: string;
  readonly release: () => void;
}

/**
 * Starts a job of that name and its rescale, and keeps it in the phase: by answers of 503 to what the phase asks of
 * this job, by a job that restarts (SETTLING), or by a job that is refused (ATTENTION, which is not held: the last
 * resort pauses longer and longer, and `release` does nothing).
 */
export async function held(place: Simulated, phase: HeldPhase, job: string): Promise<Held> {
  const { flink } = place;
  const { id } = flink.startJob({ name: job, parallelism: 2 });
  let release = () => {};
  const hold = (on: string) => {
    release = flink.fault({ on, kind: 'STATUS', status: 503, times: Infinity });
  };

  // A phase begins before what holds it is there.
  let holding: Promise<void> = Promise.resolve();
  switch (phase) {
    case 'PLANNING':
      hold(`GET /jobs/${id}/checkpoints/config`);
      break;
    case 'SAVEPOINTING':
      hold(`POST /jobs/${id}/stop`);
      break;
    case 'SETTLING':
      flink.script({ job, stops: [{ kind: 'TASK_FAILS', restartMs: 600_000 }] });
      release = () => flink.job(id).failOver('it runs again after this one');
      break;
    case 'STOPPING':
      holding = nextOf(flink, 'SAVEPOINT', job).then(() => hold(`GET /jobs/${id}/status`));
      break;
    case 'RESTARTING':
      holding = nextOf(flink, 'STARTED', job).then(({ jobId }) => hold(`GET /jobs/${jobId}/checkpoints`));
      break;
    case 'VERIFYING':
      holding = nextOf(flink, 'STARTED', job).then(({ jobId }) => hold(`POST /jobs/${jobId}/checkpoints`));
      break;
    case 'ROLLING_BACK':
      flink.script({ job, starts: [{ kind: 'REFUSED' }] });
      holding = nextOf(flink, 'STARTED', job).then(({ jobId }) => hold(`GET /jobs/${jobId}/checkpoints`));
      break;
    case 'ATTENTION':
      flink.script({ job, starts: Array.from({ length: 5 }, () => ({ kind: 'REFUSED' }) as const) });
      break;
  }
  const once = phase === 'SETTLING' ? { maxSavepointCreationAttempts: 1 } : {};
  const workflowId = await startRescale(place, { job, parallelism: 4, maxJobCreationAttempts: 1, ...once });
  await Promise.all([untilPhase(place, workflowId, phase), holding]);
  let released = false;
  return {
    workflowId,
    jobId: id,
    release: () => {
      // letting a job run again twice would make it fail over twice
      if (!released) release();
      released = true;
    },
  };
}
