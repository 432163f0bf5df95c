import type { Provided } from '../activities/provide';
import type { Decision, Plan, RescalePlan, StartPlan } from '../planning/plan';
import type { Provision, Released } from '../planning/provision';
import * as report from '../planning/report-provision';
import { unretired } from '../planning/surplus';
import type { Surplus } from '../planning/surplus';
import { counted } from '../planning/task-managers';
import type { Run } from './run';
import { activities, story, unlessLetGo, untilDone } from './steps';

/** A plan for which TaskManagers are started first. */
type TakesMore = (RescalePlan | StartPlan) & { readonly provision: Provision };

export function takesMore(plan: Plan): plan is TakesMore {
  return (plan.transition === 'RESCALE' || plan.transition === 'START') && plan.provision !== undefined;
}

/**
 * Has as many TaskManagers run as the plan takes, while nothing else is touched, and decides anew. If they do not come, if an
 * operator would rather not, or if it comes to nothing after all, there are to be as many as before.
 */
export async function provided(
  run: Run,
  plan: TakesMore,
  decide: () => Promise<Decision | 'ABORTED'>,
): Promise<Decision | 'ABORTED'> {
  const { steering } = run;
  // that one is planned already
  steering.takeTarget();
  const seen = await provide(run, plan);
  switch (seen.kind) {
    case 'STEERED': {
      await released(run, plan);
      const target = steering.takeTarget();
      if (steering.aborted) return 'ABORTED';
      if (target !== undefined) run.request = { ...run.request, parallelism: target };
      return decide();
    }
    case 'NOT_THERE': {
      const left = await release(run, plan);
      throw run.failure(report.notProvided(run.teller, plan, { why: seen.why, left }));
    }
    case 'THERE': {
      const decision = await decide();
      if (!goesOn(decision)) await released(run, plan);
      return decision;
    }
  }
}

/** STEERED: an operator has said something meanwhile, and they may have been asked for. */
async function provide(run: Run, plan: TakesMore): Promise<Provided | { readonly kind: 'STEERED' }> {
  const { provision, timeouts } = plan;
  const { steering, request } = run;
  const { before, count, needed } = provision;
  const summary = untilDone(
    story(plan, `${counted(count)} instead of ${before}, until there are ${needed} slots for it`),
  );
  const input = { cluster: request.cluster, provision, waitMs: timeouts.restart };
  const seen = await unlessLetGo<Provided | { readonly kind: 'STEERED' }>(
    steering.untilSteered(() => activities.provide.executeWithOptions(summary, [input])),
    () => ({ kind: 'STEERED' }),
  );
  // it was done before it heard of that
  return steering.aborted || steering.target !== undefined ? { kind: 'STEERED' } : seen;
}

function release(run: Run, plan: TakesMore): Promise<Released> {
  const { provision } = plan;
  const summary = untilDone(story(plan, `back to ${counted(provision.before)}`));
  return activities.release.executeWithOptions(summary, [{ cluster: run.request.cluster, provision }]);
}

/** What stands in the way of that is a warning: nothing failed. */
async function released(run: Run, plan: TakesMore): Promise<void> {
  const left = await release(run, plan);
  if (left.kind !== 'BACK') run.warn(report.leftOver(left));
}

/** The job has given slots back, and runs: TaskManagers that nobody needs go. What stands in the way of that is a warning. */
export async function retired(run: Run, plan: RescalePlan, surplus: Surplus): Promise<void> {
  const { before, least } = surplus;
  const summary = untilDone(story(plan, `end TaskManagers that are idle, down to ${least} of ${before}`));
  const input = { cluster: run.request.cluster, surplus };
  const warning = unretired(surplus, await activities.retire.executeWithOptions(summary, [input]));
  if (warning !== undefined) run.warn(warning);
}

/** Whether a job is started for which they are there. */
function goesOn(decision: Decision | 'ABORTED'): boolean {
  if (decision === 'ABORTED') return false;
  return decision.kind === 'RESCALE' || decision.kind === 'RESUME' || decision.kind === 'TRANSITION';
}
