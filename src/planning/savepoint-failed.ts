import type { FailureReport } from '../contracts/failures';
import type { JobState } from '../contracts/observation';
import type { Snapshot } from '../contracts/snapshot';
import type { RescalePlan, SavepointPlan, SuspendPlan } from './plan';
import { wordsOf } from './report';
import type { Teller } from './report';
import { startCommand } from './start-command';

/** How the job came through tries of a savepoint that failed. */
export type Aftermath =
  | { readonly kind: 'RUNS_ON'; readonly restartsBefore: number; readonly restartsAfter: number | undefined }
  /** An operator gave up waiting for it to settle. */
  | {
      readonly kind: 'UNSETTLED';
      readonly state: JobState;
      /** Since when it has not come to rest, ms. */
      readonly since: number;
      readonly why: string;
    }
  | {
      readonly kind: 'STARTED_AGAIN';
      readonly jobId: string;
      readonly found: string;
      readonly snapshot: Snapshot;
    };

/** A plan that takes a savepoint, and starts the job as it was should that take it down. */
export type Saving = RescalePlan | SuspendPlan | SavepointPlan;

export function savepointFailed(
  teller: Teller,
  plan: Saving,
  causes: readonly string[],
  after: Aftermath,
): FailureReport {
  const given =
    plan.transition === 'SAVEPOINT' ? '' : `, so the ${wordsOf(plan.transition).noun} was given up`;
  return {
    type: 'SavepointFailed',
    what:
      causes.length === 0
        ? `The savepoint of ${plan.job.name} did not come${given}.`
        : `The savepoint of ${plan.job.name} failed ${times(causes.length)}${given}.`,
    now: stateAfter(plan, after),
    kept:
      after.kind !== 'STARTED_AGAIN'
        ? 'the job and its state, as they were.'
        : `the state of ${after.snapshot.kind.toLowerCase()} ${after.snapshot.path}, which the job was started again from.`,
    next: `once the cause is mended: ${startCommand(again(teller, after))}`,
    causes,
  };
}

/** A job that was started again has another id than the one that the request may have named. */
function again(teller: Teller, after: Aftermath): Teller {
  const { request } = teller;
  if (after.kind !== 'STARTED_AGAIN' || request.jobId === undefined) return teller;
  return { ...teller, request: { ...request, jobId: after.jobId } };
}

function stateAfter(plan: Saving, after: Aftermath): string {
  const { job, previous } = plan;
  switch (after.kind) {
    case 'RUNS_ON': {
      const running = `job ${job.name} (${job.id}) is RUNNING at parallelism ${previous.parallelism}`;
      if (after.restartsAfter === after.restartsBefore) return `${running}, left alone.`;
      return `${running}; the tries made it restart (restarts before ${after.restartsBefore}, now ${after.restartsAfter ?? 'unknown'}).`;
    }
    case 'UNSETTLED':
      return `job ${job.name} (${job.id}) is ${after.state} since ${new Date(after.since).toISOString()}: ${after.why}; an operator would not wait longer.`;
    case 'STARTED_AGAIN':
      return `${after.found}; it was started again as job ${after.jobId} and is RUNNING at parallelism ${previous.parallelism}.`;
  }
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}
