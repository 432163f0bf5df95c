import { ApplicationFailure } from '@temporalio/workflow';
import type { RestartOutput } from '../activities/restart';
import type { ReviveOutput } from '../activities/revive';
import type { Submit } from '../activities/submitting';
import type { Superseded } from '../activities/verify';
import { maybeSent, noTries } from '../contracts/failures';
import type { Tries } from '../contracts/failures';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { submitId } from '../planning/ids';
import type { CancelPlan, Launch, Plan, RescalePlan, StartPlan } from '../planning/plan';
import * as report from '../planning/report';
import type { Saving } from '../planning/report';
import { snapshotOf } from '../planning/restore';
import type { Run } from './run';
import type { Intervention } from './steering';
import { activities, asTries, isLetGo, story, unlessLetGo, untilDone } from './steps';
import { tried } from './tries';
import type { Tried } from './tries';

/** The job runs: how it was started, and what nothing needs any more. */
export interface Started extends RestartOutput {
  /** When every task of it ran, ms since the epoch. */
  readonly readyAt: number;
  readonly superseded: readonly Superseded[];
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
    const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
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
    start = { ...start, origin: withdrawn.origin };
    const causes = report.causesOf(tries.failures);
    start = intervened(run, plan, start, tries, intervention, causes, mayBeLive);
    if (intervention.kind === 'RESTORE_FROM') back = start.origin;
  }
}

/** A start, and what the old job begins from should it fail. */
interface WayBack {
  readonly start: Submit;
  readonly origin: Origin;
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
      return { ...started, readyAt, superseded: seen.superseded };
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

/**
 * The new job did not come: what was submitted is ended, and the old one started from the newest state. Where there is no
 * old one, nothing runs.
 */
async function rollBack(
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
    start = intervened(run, plan, start, tries, intervention, [...causes, ...why], mayBeLive);
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

/** Somebody cancelled what the run has started: nothing is started again behind their back (P13). */
async function canceledByOther(
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

/** A plan by which a job is started, be it only should all else fail. */
type Starting = Exclude<Plan, CancelPlan>;

/** What an operator's word makes of the next start. Giving up ends the run. */
function intervened(
  run: Run,
  plan: Starting,
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
      const snapshot: Snapshot = { kind: 'SAVEPOINT', path: intervention.path, jobId: writerOf(plan) };
      run.snapshot = snapshot;
      run.warn(`an operator had the job started from ${intervention.path}`);
      return { ...start, origin: { kind: 'SNAPSHOT', snapshot }, firstTry: tries.next };
    }
    case 'GIVE_UP':
      throw givenUp(run, plan, start.origin, causes, mayBeLive);
  }
}

/** Whoever names a snapshot does not say which job wrote it: the one before, as far as is known. */
function writerOf(plan: Starting): string {
  return plan.transition === 'START' ? (plan.last?.id ?? 'unknown') : plan.job.id;
}

function givenUp(
  run: Run,
  plan: Starting,
  origin: Origin,
  causes: readonly string[],
  mayBeLive: readonly string[],
): ApplicationFailure {
  const what = `${plan.job.name} could not be started, and an operator gave up.`;
  return run.failure(report.jobDown(plan, { what, snapshot: snapshotOf(origin), causes, mayBeLive }));
}

function startOf(run: Run, plan: Starting, verb: Submit['verb'], launch: Launch, origin: Origin): Submit {
  return {
    cluster: run.request.cluster,
    key: run.key,
    verb,
    jobName: plan.job.name,
    namesakes: plan.namesakes,
    launch,
    origin,
    timeouts: plan.timeouts,
    firstTry: 1,
  };
}

function submit(run: Run, plan: Starting, start: Submit, before: Tries): Promise<Tried<RestartOutput>> {
  const failedBefore = before.failures.length;
  const maxTries = failedBefore + plan.attempts.job;
  const summary = story(plan, begin(plan, start));
  return tried({
    maxTries,
    run: (tries) => {
      run.tried(tries);
      const maximumAttempts = maxTries - tries.failures.length;
      return activities.restart.executeWithOptions(
        asTries(summary, { maximumAttempts, initialInterval: '200ms' }),
        [{ ...start, maxTries, tries }],
      );
    },
    // only failures are told: what follows the last one may be on its way
    told: () => maybeSent(run.tries),
    before,
  });
}

/** The name of the snapshot's own folder is enough: the details have its path. */
function begin(plan: Starting, { launch, origin }: Submit): string {
  const from =
    origin.kind === 'EMPTY' ? 'without state' : `from ${/[^/]*\/?$/.exec(origin.snapshot.path)?.[0] ?? ''}`;
  return `${isBack(plan, launch) ? 'roll back to' : 'start at'} ${launch.parallelism} ${from}`;
}

function isBack(plan: Starting, launch: Launch): boolean {
  switch (plan.transition) {
    case 'RESCALE':
      return launch.jar === plan.previous.jar && launch.parallelism === plan.previous.parallelism;
    case 'SUSPEND':
    case 'SAVEPOINT':
      return true;
    case 'START':
      return false;
  }
}

/** The next id, unless the last one has no answer; and the whole of the time-outs again. */
function afterWithdrawal(tries: Tries, { unanswered }: Withdrawn): Tries {
  const fresh = { ...tries, spentMs: 0, restoringMs: 0 };
  return unanswered ? fresh : { ...fresh, next: tries.next + 1, open: 'NO' };
}

/** What may be live after all of it: to be cancelled before anything is started by hand (P30). */
function unresolved({ key, verb }: Submit, { next }: Tries, { unanswered }: Withdrawn): string[] {
  return unanswered ? [submitId(key, verb, next)] : [];
}

interface Withdrawn {
  /** What a start begins from now: `before`, or what has gone on from it (P14). */
  readonly origin: Origin;
  readonly unanswered: boolean;
}

/** Ends what was submitted, and says what the newest state is then; `before` was it until then. */
async function withdraw(
  plan: Starting,
  start: Submit,
  tries: Tries,
  before: Origin,
  givingUp = false,
): Promise<Withdrawn> {
  const { cluster, key, verb, firstTry, origin } = start;
  const summary = untilDone(story(plan, 'end what was started, keep its newest state'));
  const stopMs = plan.timeouts.stop;
  const { snapshot, unanswered } = await activities.withdraw.executeWithOptions(summary, [
    { cluster, key, verb, tries, firstTry, origin, savepoint: plan.savepoint, stopMs, givingUp },
  ]);
  return { origin: snapshot === undefined ? before : { kind: 'SNAPSHOT', snapshot }, unanswered };
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
