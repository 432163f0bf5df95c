import { ApplicationFailure } from '@temporalio/workflow';
import type { RestartOutput } from '../activities/restart';
import type { Submit } from '../activities/submitting';
import type { WithdrawOutput } from '../activities/withdraw';
import { noTries } from '../contracts/failures';
import type { Tries } from '../contracts/failures';
import type { Snapshot } from '../contracts/snapshot';
import { submitId } from '../planning/ids';
import type { Plan } from '../planning/plan';
import * as report from '../planning/report';
import type { Run } from './run';
import type { Intervention } from './steering';
import { activities, asTries, untilDone } from './steps';
import { tried } from './tries';
import type { Tried } from './tries';

/** The job runs: how it was started, and when every task of it ran, ms since the epoch. */
export interface Started extends RestartOutput {
  readonly readyAt: number;
}

/** Starts the job at its new parallelism, and sees its first checkpoint; else it is rolled back (design, table 3.2). */
export async function startNew(run: Run, plan: Plan, snapshot: Snapshot): Promise<Started> {
  try {
    return await untilVerified(run, plan, snapshot);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    // What nobody thought of must not leave the job down: it takes the way back, too (P28).
    const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const tries = { ...noTries, next: plan.attempts.job, open: 'ACCEPTED' } as const;
    return rollBack(run, plan, startOf(run, plan, 'restart', snapshot), { kind: 'FAILED', tries, cause });
  }
}

async function untilVerified(run: Run, plan: Plan, snapshot: Snapshot): Promise<Started> {
  let start = startOf(run, plan, 'restart', snapshot);
  let tries = noTries;
  for (;;) {
    run.enter('RESTARTING');
    const outcome = await run.steering.untilIntervention(() => submit(run, plan, start, tries));
    if (outcome.kind === 'DONE') return verified(run, plan, start, outcome.output);

    const intervention = run.steering.take();
    if (intervention === undefined) return rollBack(run, plan, start, outcome);
    const withdrawn = await withdraw(plan, start, outcome.tries);
    tries = afterWithdrawal(outcome.tries, withdrawn);
    start = intervened(run, plan, { ...start, snapshot: withdrawn.snapshot }, tries, intervention, []);
  }
}

/** The first checkpoint is the commit point: until it is there, the snapshot is the newest state. */
async function verified(run: Run, plan: Plan, start: Submit, started: RestartOutput): Promise<Started> {
  const readyAt = Date.now();
  run.to = { jobId: started.jobId, parallelism: plan.next.parallelism };
  run.started(started.jobId, plan.next.jar);
  run.warn(...started.warnings);
  run.enter('VERIFYING');
  const seen = await run.steering.untilIntervention(() =>
    activities.verify.executeWithOptions(untilDone(`wait for the first checkpoint of job ${started.jobId}`), [
      {
        cluster: run.request.cluster,
        key: run.key,
        jobId: started.jobId,
        vertexIds: plan.next.vertices.map((vertex) => vertex.id),
        waitMs: plan.timeouts.restart,
      },
    ]),
  );
  run.steering.take();
  switch (seen.kind) {
    case 'VERIFIED':
      run.warn(...seen.warnings);
      return { ...started, readyAt };
    case 'BROKEN':
      return rollBack(run, plan, start, {
        kind: 'FAILED',
        tries: started.tries,
        cause: seen.cause,
      });
    case 'CANCELED':
      return rollBack(run, plan, start, { kind: 'CANCELED_BY_OTHER', tries: started.tries });
  }
}

/** The new job did not come: what was submitted is ended, and the old one started from the newest state. */
async function rollBack(
  run: Run,
  plan: Plan,
  start: Submit,
  outcome: Exclude<Tried<RestartOutput>, { kind: 'DONE' }>,
): Promise<never> {
  const { tries } = outcome;
  if (outcome.kind === 'CANCELED_BY_OTHER') {
    const jobId = submitId(run.key, 'restart', tries.next);
    throw run.failure(report.endedByOthers(plan, 'CANCELED', start.snapshot, jobId));
  }
  if (outcome.kind === 'ANOTHER_JOB_RUNS') {
    throw run.failure(report.anotherJobRuns(run.teller, plan, start.snapshot, outcome.cause));
  }
  const failedJobId = submitId(run.key, 'restart', tries.open === 'NO' ? tries.next - 1 : tries.next);
  const causes = report.causesOf(tries.failures, outcome.kind === 'FAILED' ? outcome.cause : undefined);

  run.enter('ROLLING_BACK');
  const withdrawn = await withdraw(plan, start, tries);
  const { snapshot } = withdrawn;
  run.snapshot = snapshot;
  const again = await startOld(run, plan, snapshot, causes, withdrawn.unanswered ? tries : undefined);
  // Under an id of which Flink admits one submit, it may have taken the new program after all.
  if (!withdrawn.unanswered) run.started(again.jobId, plan.previous.jar);
  throw run.failure(
    report.rolledBack(run.teller, plan, { jobId: again.jobId, failedJobId, snapshot, causes }),
  );
}

/**
 * Starts the job as it was before the rescale. When that fails as well it is tried for as long as it takes: one long
 * activity, ATTENTION, and an operator may intervene.
 */
export async function startOld(
  run: Run,
  plan: Plan,
  snapshot: Snapshot,
  causes: readonly string[],
  unanswered?: Tries,
): Promise<RestartOutput> {
  run.enter('ROLLING_BACK');
  // A submit of the new job without an answer is followed under its own job id, of which Flink admits one (P20).
  let start = startOf(run, plan, unanswered === undefined ? 'rollback' : 'restart', snapshot);
  start = { ...start, launch: plan.previous, firstTry: unanswered?.next ?? 1 };
  const before = unanswered === undefined ? noTries : { ...unanswered, spentMs: 0, restoringMs: 0 };
  const outcome = await run.steering.untilIntervention(() => submit(run, plan, start, before));
  if (outcome.kind === 'DONE') return outcome.output;
  if (outcome.kind === 'ANOTHER_JOB_RUNS') {
    throw run.failure(report.anotherJobRuns(run.teller, plan, snapshot, outcome.cause));
  }

  let { tries } = outcome;
  const why = report.causesOf(tries.failures, outcome.kind === 'FAILED' ? outcome.cause : undefined);
  const intervention = run.steering.take();
  if (intervention !== undefined) {
    const withdrawn = await withdraw(plan, start, tries);
    tries = afterWithdrawal(tries, withdrawn);
    start = { ...start, snapshot: withdrawn.snapshot };
    start = intervened(run, plan, start, tries, intervention, [...causes, ...why]);
  }
  for (;;) {
    run.callForAttention(`${plan.job.name} could not be started again: ${why.at(-1) ?? 'no cause is known'}`);
    const summary = `${plan.job.name}: start at parallelism ${plan.previous.parallelism} from ${start.snapshot.path}, until it runs`;
    const revived = await run.steering.untilIntervention(() =>
      activities.revive.executeWithOptions(untilDone(summary), [{ ...start, tries }]),
    );
    if (revived.kind === 'RUNNING') return revived;
    if (revived.kind === 'ANOTHER_JOB_RUNS') {
      throw run.failure(report.anotherJobRuns(run.teller, plan, start.snapshot, revived.cause));
    }
    ({ tries } = revived);
    const taken = run.steering.take();
    if (taken === undefined) continue;
    const mayBeLive = revived.unresolved === undefined ? [] : [revived.unresolved];
    start = intervened(
      run,
      plan,
      start,
      tries,
      taken,
      [...causes, ...report.causesOf(tries.failures)],
      mayBeLive,
    );
  }
}

/** What an operator's word makes of the next start. Giving up ends the run. */
function intervened(
  run: Run,
  plan: Plan,
  start: Submit,
  tries: Tries,
  intervention: Intervention,
  causes: readonly string[],
  mayBeLive: readonly string[] = [],
): Submit {
  switch (intervention.kind) {
    case 'RETRY':
      return start;
    case 'RESTORE_FROM': {
      const snapshot: Snapshot = { kind: 'SAVEPOINT', path: intervention.path, jobId: plan.job.id };
      run.snapshot = snapshot;
      run.warn(`an operator had the job started from ${intervention.path}`);
      return { ...start, snapshot, firstTry: tries.next };
    }
    case 'GIVE_UP': {
      const what = `${plan.job.name} could not be started, and an operator gave up.`;
      throw run.failure(report.jobDown(plan, { what, snapshot: start.snapshot, causes, mayBeLive }));
    }
  }
}

function startOf(run: Run, plan: Plan, verb: Submit['verb'], snapshot: Snapshot): Submit {
  return {
    cluster: run.request.cluster,
    key: run.key,
    verb,
    jobName: plan.job.name,
    namesakes: plan.namesakes,
    launch: verb === 'restart' ? plan.next : plan.previous,
    snapshot,
    timeouts: plan.timeouts,
    firstTry: 1,
  };
}

function submit(run: Run, plan: Plan, start: Submit, before: Tries): Promise<Tried<RestartOutput>> {
  const failedBefore = before.failures.length;
  const maxTries = failedBefore + plan.attempts.job;
  const summary = `${start.jobName}: start at parallelism ${start.launch.parallelism} from ${start.snapshot.path}`;
  return tried(
    maxTries,
    (tries) => {
      run.tried(tries);
      const maximumAttempts = maxTries - tries.failures.length;
      return activities.restart.executeWithOptions(
        asTries(summary, { maximumAttempts, initialInterval: '200ms' }),
        [{ ...start, maxTries, tries }],
      );
    },
    before,
  );
}

/** The next id, unless the last one has no answer; and the whole of the time-outs again. */
function afterWithdrawal(tries: Tries, { unanswered }: WithdrawOutput): Tries {
  const fresh = { ...tries, spentMs: 0, restoringMs: 0 };
  return unanswered ? fresh : { ...fresh, next: tries.next + 1, open: 'NO' };
}

/** Ends what was submitted, and says what the newest state is then. */
async function withdraw(plan: Plan, start: Submit, tries: Tries): Promise<WithdrawOutput> {
  const { cluster, key, verb, firstTry, snapshot } = start;
  const summary = untilDone(`end what was started of ${plan.job.name}, keep its newest state`);
  const stopMs = plan.timeouts.stop;
  return activities.withdraw.executeWithOptions(summary, [
    { cluster, key, verb, tries, firstTry, snapshot, savepoint: plan.savepoint, stopMs },
  ]);
}
