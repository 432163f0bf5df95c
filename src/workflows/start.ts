import { ApplicationFailure } from '@temporalio/workflow';
import type { RestartOutput } from '../activities/restart';
import type { Superseded } from '../activities/verify';
import { noTries } from '../contracts/failures';
import type { Origin, Snapshot } from '../contracts/snapshot';
import type { RescalePlan, StartPlan } from '../planning/plan';
import * as report from '../planning/report';
import { rollBack } from './roll-back';
import type { WayBack } from './roll-back';
import type { Run } from './run';
import { activities, story, unlessLetGo, untilDone } from './steps';
import { afterWithdrawal, intervened, startOf, submit, unresolved, withdraw } from './submit';
import { asText } from './unexpected';

/** The job runs: how it was started, and what nothing needs any more. */
export interface Started extends RestartOutput {
  /** When every task of it ran, ms since the epoch. */
  readonly readyAt: number;
  readonly superseded: readonly Superseded[];
  /** Where its own state is; absent as long as it has completed no checkpoint. */
  readonly checkpoint?: Snapshot;
}

/** For the result: where the state of the job is that runs now. */
export function ownState({ checkpoint }: Started): { readonly checkpoint?: Snapshot } {
  return checkpoint === undefined ? {} : { checkpoint };
}

/** What each version of the job begins from. */
export interface Origins {
  readonly next: Origin;
  /** Of the roll-back. */
  readonly previous: Origin;
}

/**
 * Starts the job at its new parallelism, and sees its first checkpoint; else it is rolled back (design, table 3.2).
 * `ours`: the savepoint of this run, which is superseded then.
 */
export async function startNew(
  run: Run,
  plan: RescalePlan | StartPlan,
  origins: Origins,
  ours: Snapshot | undefined,
): Promise<Started> {
  try {
    return await untilVerified(run, plan, origins, ours);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    // What nobody thought of must not leave the job down: it takes the way back, too (P28).
    const cause = asText(error);
    const tries = { ...noTries, next: plan.attempts.job, open: 'ACCEPTED' } as const;
    const start = startOf(run, plan, 'restart', plan.next, origins.next);
    return rollBack(run, plan, { start, origin: origins.previous }, { kind: 'FAILED', tries, cause });
  }
}

async function untilVerified(
  run: Run,
  plan: RescalePlan | StartPlan,
  origins: Origins,
  ours: Snapshot | undefined,
): Promise<Started> {
  let start = startOf(run, plan, 'restart', plan.next, origins.next);
  let back = origins.previous;
  let tries = noTries;
  for (;;) {
    run.enter('RESTARTING');
    const outcome = await run.steering.untilIntervention(() => submit(run, plan, start, tries));
    if (outcome.kind === 'DONE') return verified(run, plan, { start, origin: back }, outcome.output, ours);

    const intervention = run.steering.take();
    if (intervention === undefined) return rollBack(run, plan, { start, origin: back }, outcome);
    const givingUp = intervention.kind === 'GIVE_UP';
    const withdrawn = await withdraw(plan, start, outcome.tries, start.origin, givingUp);
    tries = afterWithdrawal(outcome.tries, withdrawn);
    const mayBeLive = unresolved(start, tries, withdrawn);
    if (withdrawn.origin !== start.origin) back = withdrawn.origin; // it has gone on from there
    start = { ...start, origin: withdrawn.origin };
    const causes = report.causesOf(tries.failures);
    start = intervened(run, plan, start, intervention, { tries, newest: back, causes, mayBeLive });
    if (intervention.kind === 'RESTORE_FROM') back = start.origin;
  }
}

/** The first checkpoint is the commit point: until it is there, the snapshot is the newest state. */
async function verified(
  run: Run,
  plan: RescalePlan | StartPlan,
  back: WayBack,
  started: RestartOutput,
  ours: Snapshot | undefined,
): Promise<Started> {
  const readyAt = Date.now();
  run.to = { jobId: started.jobId, parallelism: plan.next.parallelism };
  run.started(started.jobId, plan.next.jar, back.start.origin);
  run.warn(...started.warnings);
  run.enter('VERIFYING');
  const input = {
    cluster: run.request.cluster,
    key: run.key,
    jobId: started.jobId,
    vertexIds: plan.next.vertices.map((vertex) => vertex.id),
    old: predecessorOf(plan, back.start.origin, ours),
    waitMs: plan.timeouts.restart,
  };
  const summary = untilDone(story(plan, 'wait for the first checkpoint of the new job'));
  const seen = await unlessLetGo(
    run.steering.untilIntervention(() => activities.verify.executeWithOptions(summary, [input])),
    () => activities.verify.executeWithOptions(summary, [{ ...input, waitMs: 0 }]),
  );
  run.steering.take();
  switch (seen.kind) {
    case 'VERIFIED':
      run.warn(...seen.warnings);
      return {
        ...{ ...started, readyAt, superseded: seen.superseded },
        ...(seen.checkpoint === undefined ? {} : { checkpoint: seen.checkpoint }),
      };
    case 'BROKEN':
      return rollBack(run, plan, back, { kind: 'FAILED', tries: started.tries, cause: seen.cause });
    case 'CANCELED':
      return rollBack(run, plan, back, { kind: 'CANCELED_BY_OTHER', tries: started.tries });
  }
}

/** The job whose savepoints nothing needs any more. One that began without state has not gone on from anything. */
function predecessorOf(plan: RescalePlan | StartPlan, origin: Origin, ours: Snapshot | undefined) {
  if (plan.transition === 'START' || origin.kind === 'EMPTY') return undefined;
  return { jobId: plan.job.id, ours: ours?.path };
}
