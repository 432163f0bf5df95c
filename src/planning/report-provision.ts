import type { FailureReport } from '../contracts/failures';
import type { RescalePlan, StartPlan } from './plan';
import type { Provision, Released } from './provision';
import { wordsOf } from './report';
import type { Teller } from './report';
import { snapshotOf } from './restore';
import { startCommand } from './start-command';
import { counted } from './task-managers';

/** What is said of TaskManagers that were to come before anything else was done. */

/** They did not come. `left`: how many are wanted now. */
export function notProvided(
  teller: Teller,
  plan: (RescalePlan | StartPlan) & { readonly provision: Provision },
  outcome: { readonly why: string; readonly left: Released },
): FailureReport {
  const { name } = plan.job;
  return {
    type: 'PlanRejected',
    what: `${name} cannot be ${wordsOf(plan.transition).done} like this now: it takes ${counted(plan.provision.count)}.`,
    now: `${stands(plan)}; ${leftOver(outcome.left)}.`,
    kept: kept(plan),
    next: `once the cause is mended: ${startCommand(teller)}`,
    causes: [outcome.why],
  };
}

/** How many TaskManagers are wanted after all. */
export function leftOver(left: Released): string {
  switch (left.kind) {
    case 'BACK':
      return `the cluster is to have ${counted(left.wanted)} again`;
    case 'KEPT':
      return `the cluster is to have ${counted(left.wanted)}: those that have come may hold tasks by now, and were left`;
    case 'OVERRULED':
      return `somebody else has asked for ${counted(left.wanted)} meanwhile, which was left`;
    case 'STUCK':
      return `how many TaskManagers the cluster is to have could not be put back: ${left.why}`;
  }
}

/** The job that runs, if one does. */
function live(plan: RescalePlan | StartPlan): RescalePlan | undefined {
  return plan.transition === 'RESCALE' && plan.ending !== 'NONE' ? plan : undefined;
}

function stands(plan: RescalePlan | StartPlan): string {
  const { name } = plan.job;
  const runs = live(plan);
  if (runs === undefined) return `no job named ${name} runs, as before`;
  return `job ${name} (${runs.job.id}) was left alone, at parallelism ${runs.previous.parallelism}`;
}

function kept(plan: RescalePlan | StartPlan): string {
  if (live(plan) !== undefined) return 'the job and its state: it was not stopped.';
  const snapshot = plan.transition === 'START' ? snapshotOf(plan.origin) : plan.job.newestSnapshot;
  if (snapshot === undefined) return 'everything: nothing was started.';
  return `its state, in ${snapshot.kind.toLowerCase()} ${snapshot.path}`;
}
