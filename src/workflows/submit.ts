import type { ApplicationFailure } from '@temporalio/workflow';
import type { RestartOutput } from '../activities/restart';
import type { Submit } from '../activities/submitting';
import { maybeSent } from '../contracts/failures';
import type { Tries } from '../contracts/failures';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { submitId } from '../planning/ids';
import type { CancelPlan, Launch, Plan } from '../planning/plan';
import * as report from '../planning/report';
import { snapshotOf } from '../planning/restore';
import type { Run } from './run';
import type { Intervention } from './steering';
import { activities, asTries, story, untilDone } from './steps';
import { tried } from './tries';
import type { Tried } from './tries';

/** A submit of the job, new or old: what is sent, how it is taken back, and what an operator's word makes of the next. */

/** A plan by which a job is started, be it only should all else fail. */
export type Starting = Exclude<Plan, CancelPlan>;

export function startOf(
  run: Run,
  plan: Starting,
  verb: Submit['verb'],
  launch: Launch,
  origin: Origin,
): Submit {
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

export function submit(
  run: Run,
  plan: Starting,
  start: Submit,
  before: Tries,
): Promise<Tried<RestartOutput>> {
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
    lost: maybeSent,
    before,
  });
}

/** The name of the snapshot's own folder is enough: the details have its path. */
export function begin(plan: Starting, { launch, origin }: Submit): string {
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

export interface Withdrawn {
  /** What a start begins from now: `before`, or what has gone on from it (P14). */
  readonly origin: Origin;
  readonly unanswered: boolean;
}

/** Ends what was submitted, and says what the newest state is then; `before` was it until then. */
export async function withdraw(
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

/** The next id, unless the last one has no answer; and the whole of the time-outs again. */
export function afterWithdrawal(tries: Tries, { unanswered }: Withdrawn): Tries {
  const fresh = { ...tries, spentMs: 0, restoringMs: 0 };
  return unanswered ? fresh : { ...fresh, next: tries.next + 1, open: 'NO' };
}

/** What may be live after all of it: to be cancelled before anything is started by hand (P30). */
export function unresolved({ key, verb }: Submit, { next }: Tries, { unanswered }: Withdrawn): string[] {
  return unanswered ? [submitId(key, verb, next)] : [];
}

/** How it stands when an operator says something. */
export interface Standing {
  readonly tries: Tries;
  /** The newest state of the job: not what a start begins from that was asked to begin empty, or from an older savepoint. */
  readonly newest: Origin;
  readonly causes: readonly string[];
  readonly mayBeLive: readonly string[];
}

/** What an operator's word makes of the next start. Giving up ends the run. */
export function intervened(
  run: Run,
  plan: Starting,
  start: Submit,
  intervention: Intervention,
  { tries, newest, causes, mayBeLive }: Standing,
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
      throw givenUp(run, plan, newest, causes, mayBeLive);
  }
}

/** Whoever names a snapshot does not say which job wrote it: the one before, as far as is known. */
function writerOf(plan: Starting): string {
  return plan.transition === 'START' ? (plan.last?.id ?? 'unknown') : plan.job.id;
}

export function givenUp(
  run: Run,
  plan: Starting,
  origin: Origin,
  causes: readonly string[],
  mayBeLive: readonly string[],
): ApplicationFailure {
  const what = `${plan.job.name} could not be started, and an operator gave up.`;
  return run.failure(report.jobDown(plan, { what, snapshot: snapshotOf(origin), causes, mayBeLive }));
}
