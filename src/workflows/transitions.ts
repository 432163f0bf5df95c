import type { RescaleResult } from '../contracts/rescale';
import type { CancelPlan, Plan, RescalePlan, SavepointPlan, StartPlan, SuspendPlan } from '../planning/plan';
import * as report from '../planning/report';
import { snapshotOf } from '../planning/restore';
import { result } from './result';
import type { Run } from './run';
import { ownState, startNew } from './start';
import { provenOver, save, stopJob } from './stop';

/** What a run does that does not rescale: each is a part of a rescale, under the same lock and with the same care. */
export function carryOutOther(run: Run, plan: Exclude<Plan, RescalePlan>): Promise<RescaleResult> {
  switch (plan.transition) {
    case 'START':
      return start(run, plan);
    case 'SUSPEND':
      return suspend(run, plan);
    case 'CANCEL':
      return cancel(run, plan);
    case 'SAVEPOINT':
      return takeSavepoint(run, plan);
  }
}

/** No job of this name runs: one is started, and its first checkpoint seen. There is none to roll back to. */
async function start(run: Run, plan: StartPlan): Promise<RescaleResult> {
  const { origin, last, next } = plan;
  const snapshot = snapshotOf(origin);
  run.pointOfNoReturn(snapshot);
  if (last !== undefined) await provenOver(run, plan, { jobId: last.id, newest: snapshot });
  if (origin.kind === 'EMPTY') run.warn(report.startsEmpty);
  const started = await startNew(run, plan, { next: origin, previous: origin }, undefined);
  run.to = { jobId: started.jobId, parallelism: next.parallelism };
  return { ...result(run, 'STARTED'), ...ownState(started) };
}

async function suspend(run: Run, plan: SuspendPlan): Promise<RescaleResult> {
  const stopped = await stopJob(run, plan);
  return result(run, stopped === 'ABORTED' ? 'ABORTED' : 'SUSPENDED');
}

async function cancel(run: Run, plan: CancelPlan): Promise<RescaleResult> {
  const stopped = await stopJob(run, plan);
  return result(run, stopped === 'ABORTED' ? 'ABORTED' : 'CANCELLED');
}

async function takeSavepoint(run: Run, plan: SavepointPlan): Promise<RescaleResult> {
  const saved = await save(run, plan);
  if (saved === 'ABORTED') return result(run, 'ABORTED');
  run.snapshot = saved.snapshot;
  return result(run, 'SAVED');
}
