import type { ApplicationFailure } from '@temporalio/workflow';
import type { RestartOutput } from '../activities/restart';
import type { ReviveOutput } from '../activities/revive';
import type { Submit } from '../activities/submitting';
import { maybeSent, noTries } from '../contracts/failures';
import type { Tries } from '../contracts/failures';
import type { Origin } from '../contracts/snapshot';
import { submitId } from '../planning/ids';
import type { RescalePlan, StartPlan } from '../planning/plan';
import * as report from '../planning/report';
import type { Saving } from '../planning/savepoint-failed';
import { snapshotOf } from '../planning/restore';
import type { Run } from './run';
import { activities, isLetGo, story, untilDone } from './steps';
import { afterWithdrawal, begin, givenUp, intervened, startOf, submit, unresolved, withdraw } from './submit';
import type { Starting, Withdrawn } from './submit';
import type { Tried } from './tries';

/** The way back: what was submitted is ended, and the job started as it was, for as long as that takes. */

/** A start, and what the old job begins from should it fail. */
export interface WayBack {
  readonly start: Submit;
  readonly origin: Origin;
}

/**
 * The new job did not come: what was submitted is ended, and the old one started from the newest state. Where there is no
 * old one, nothing runs.
 */
export async function rollBack(
  run: Run,
  plan: RescalePlan | StartPlan,
  back: WayBack,
  outcome: Exclude<Tried<RestartOutput>, { kind: 'DONE' }>,
): Promise<never> {
  const { tries } = outcome;
  if (outcome.kind === 'ANOTHER_JOB_RUNS') {
    throw run.failure(report.anotherJobRuns(run.teller, plan, snapshotOf(back.origin), outcome.cause));
  }
  if (outcome.kind === 'CANCELED_BY_OTHER') throw await canceledByOther(run, plan, back, tries);
  const failedJobId = submitId(run.key, 'restart', tries.open === 'NO' ? tries.next - 1 : tries.next);
  const causes = report.causesOf(tries.failures, outcome.kind === 'FAILED' ? outcome.cause : undefined);

  run.enter('ROLLING_BACK');
  const left = await untilGivenUp(run, plan, back, tries, causes);
  run.snapshot = snapshotOf(left.origin);
  if (plan.transition === 'START') {
    const what = `${plan.job.name} could not be started at parallelism ${plan.next.parallelism}.`;
    const mayBeLive = unresolved(back.start, tries, left);
    throw run.failure(report.jobDown(plan, { what, snapshot: run.snapshot, causes, mayBeLive }));
  }
  const unanswered = left.unanswered ? tries : undefined;
  const { jobId, origin } = await startOld(run, plan, left.origin, causes, unanswered);
  // Under an id of which Flink admits one submit, it may have taken the new program after all.
  if (unanswered === undefined) run.started(jobId, plan.previous.jar, origin);
  throw run.failure(report.rolledBack(run.teller, plan, { jobId, failedJobId, origin, causes }));
}

/**
 * Starts the job as it was before the rescale. When that fails as well it is tried for as long as it takes: one long
 * activity, ATTENTION, and an operator may intervene.
 */
export async function startOld(
  run: Run,
  plan: Saving,
  origin: Origin,
  causes: readonly string[],
  unanswered?: Tries,
): Promise<RestartOutput & Pick<Submit, 'origin'>> {
  run.enter('ROLLING_BACK');
  // A submit of the new job without an answer is followed under its own job id, of which Flink admits one (P20).
  const verb = unanswered === undefined ? 'rollback' : 'restart';
  let start = startOf(run, plan, verb, plan.previous, origin);
  start = { ...start, firstTry: unanswered?.next ?? 1 };
  const before = unanswered === undefined ? noTries : { ...unanswered, spentMs: 0, restoringMs: 0 };
  const outcome = await run.steering.untilIntervention(() => submit(run, plan, start, before));
  if (outcome.kind === 'DONE') return { ...outcome.output, origin };
  if (outcome.kind === 'ANOTHER_JOB_RUNS') {
    throw run.failure(report.anotherJobRuns(run.teller, plan, snapshotOf(origin), outcome.cause));
  }

  if (outcome.kind === 'CANCELED_BY_OTHER')
    throw await canceledByOther(run, plan, { start, origin }, outcome.tries);

  let { tries } = outcome;
  const why = report.causesOf(tries.failures, outcome.kind === 'FAILED' ? outcome.cause : undefined);
  const intervention = run.steering.take();
  if (intervention !== undefined) {
    const withdrawn = await withdraw(plan, start, tries, start.origin, intervention.kind === 'GIVE_UP');
    tries = afterWithdrawal(tries, withdrawn);
    const mayBeLive = unresolved(start, tries, withdrawn);
    start = { ...start, origin: withdrawn.origin };
    const standing = { tries, newest: start.origin, causes: [...causes, ...why], mayBeLive };
    start = intervened(run, plan, start, intervention, standing);
  }
  for (;;) {
    run.callForAttention(`${plan.job.name} could not be started again: ${why.at(-1) ?? 'no cause is known'}`);
    const summary = story(plan, `${begin(plan, start)}, until it runs`);
    const revived = await run.steering.untilIntervention(() => revive(summary, start, tries));
    if (revived.kind === 'RUNNING') return { ...revived, origin: start.origin };
    if (revived.kind === 'ANOTHER_JOB_RUNS') {
      throw run.failure(report.anotherJobRuns(run.teller, plan, snapshotOf(start.origin), revived.cause));
    }
    ({ tries } = revived);
    if (revived.kind === 'CANCELED')
      throw await canceledByOther(run, plan, { start, origin: start.origin }, tries);
    if (revived.kind === 'GONE_ON') {
      const withdrawn = await withdraw(plan, start, tries, start.origin);
      tries = afterWithdrawal(tries, withdrawn);
      start = { ...start, origin: withdrawn.origin };
      run.snapshot = snapshotOf(start.origin);
    }
    const taken = run.steering.take();
    if (taken === undefined) continue;
    const mayBeLive =
      revived.kind === 'GONE_ON' || revived.unresolved === undefined ? [] : [revived.unresolved];
    const all = [...causes, ...report.causesOf(tries.failures)];
    start = intervened(run, plan, start, taken, { tries, newest: start.origin, causes: all, mayBeLive });
  }
}

/** Somebody cancelled what the run has started: nothing is started again behind their back (P13). */
export async function canceledByOther(
  run: Run,
  plan: Starting,
  { start, origin }: WayBack,
  tries: Tries,
): Promise<ApplicationFailure> {
  const jobId = submitId(run.key, start.verb, tries.next);
  const left = await withdraw(plan, start, tries, origin);
  return run.failure(report.endedByOthers(plan, 'CANCELED', snapshotOf(left.origin), jobId));
}

/** The last resort. Where it is let go of, nobody can say what is live. */
async function revive(summary: string, start: Submit, tries: Tries): Promise<ReviveOutput> {
  try {
    return await activities.revive.executeWithOptions(untilDone(summary), [{ ...start, tries }]);
  } catch (error) {
    if (!isLetGo(error)) throw error;
    const unresolved = submitId(start.key, start.verb, tries.next);
    return { kind: 'INTERRUPTED', tries: maybeSent(tries), unresolved };
  }
}

/** Does so for a roll-back. Who gives up meanwhile does not wait for a Flink that does not answer. */
async function untilGivenUp(
  run: Run,
  plan: Starting,
  { start, origin }: WayBack,
  tries: Tries,
  causes: readonly string[],
): Promise<Withdrawn> {
  try {
    return await run.steering.untilIntervention(() => withdraw(plan, start, tries, origin));
  } catch (error) {
    if (!isLetGo(error)) throw error;
  }
  const givingUp = run.steering.givesUp;
  const left = await withdraw(plan, start, tries, origin, givingUp);
  // Anything else is taken up by the start that follows.
  if (!givingUp) return left;
  throw givenUp(run, plan, left.origin, causes, unresolved(start, tries, left));
}
