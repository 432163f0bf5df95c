import { patched } from '@temporalio/workflow';
import type { SavepointOutput } from '../activities/savepoint';
import type { StopOutput } from '../activities/stop';
import { furthest } from '../contracts/failures';
import type { Tries } from '../contracts/failures';
import type { Snapshot } from '../contracts/snapshot';
import type { CancelPlan, Plan, RescalePlan, SuspendPlan } from '../planning/plan';
import * as report from '../planning/report';
import { savepointFailed } from '../planning/savepoint-failed';
import type { Aftermath, Saving } from '../planning/savepoint-failed';
import type { Left } from '../planning/restore';
import type { Run } from './run';
import { startOld } from './roll-back';
import { activities, asTries, story, unlessLetGo, untilDone } from './steps';
import { tried } from './tries';
import type { Tried } from './tries';

/** The old job is over. */
export interface Stopped {
  /** What is known of its state. */
  readonly left: Left;
  /** The downtime so far; absent where the job was down already. */
  readonly down?: { readonly tookMs: number; readonly endedAt: number };
  /** The savepoint of this run. */
  readonly ours?: Snapshot;
  /** Its end is looked at once more beside what follows: to be awaited before the run ends. */
  readonly secondLook?: Promise<StopOutput>;
}

/** Brings the old job to its end, and proves it: only then may another one start. ABORTED: it runs as before. */
export async function stopJob(
  run: Run,
  plan: RescalePlan | SuspendPlan | CancelPlan,
): Promise<Stopped | 'ABORTED'> {
  switch (plan.ending) {
    case 'STOP_WITH_SAVEPOINT': {
      const saved = await save(run, plan);
      if (saved === 'ABORTED') return 'ABORTED';
      const { snapshot, tookMs, ended } = saved;
      run.pointOfNoReturn(snapshot);
      const down = { tookMs, endedAt: Date.now() };
      const stopped = { left: { newest: snapshot, savepoint: snapshot }, down, ours: snapshot };
      if (ended !== undefined && plan.transition === 'RESCALE')
        return { ...stopped, secondLook: provenAgain(run, plan) };
      await provenOver(run, plan, { jobId: plan.job.id, newest: snapshot });
      return stopped;
    }
    case 'SAVEPOINT_THEN_CANCEL': {
      const saved = await save(run, plan);
      if (saved === 'ABORTED') return 'ABORTED';
      run.snapshot = saved.snapshot;
      if (run.steering.aborted) return 'ABORTED';
      return { ...(await cancel(run, plan, saved.snapshot)), ours: saved.snapshot };
    }
    case 'CANCEL':
      return cancel(run, plan, plan.job.newestSnapshot);
    case 'NONE': {
      const { newestSnapshot: newest, newestSavepoint } = plan.job;
      run.pointOfNoReturn(newest);
      await provenOver(run, plan, { jobId: plan.job.id, newest });
      return { left: { newest, savepoint: newestSavepoint?.snapshot } };
    }
  }
}

async function cancel(
  run: Run,
  plan: RescalePlan | CancelPlan,
  newest: Snapshot | undefined,
): Promise<Stopped> {
  run.pointOfNoReturn(newest);
  run.cancels(plan.job.id);
  const ended = await end(run, plan, { jobId: plan.job.id, cancel: true, newest });
  const known = plan.job.newestSavepoint?.snapshot;
  if (ended.kind === 'ENDED_BY_OTHERS') {
    if (plan.transition === 'RESCALE')
      throw run.failure(report.endedByOthers(plan, ended.state, newest, plan.job.id));
    // It was to end, and has. Its checkpoints are as its end has left them, a savepoint is nobody's to delete.
    run.warn(`the job was ${ended.state} before the cancel`);
    run.snapshot = known;
    return { left: { newest: known, savepoint: known } };
  }
  const left = {
    // What was known before the cancel counts only if it is still there.
    newest: ended.newest,
    savepoint: ended.savepoint ?? known,
  };
  run.snapshot = left.newest;
  return { left, down: { tookMs: ended.tookMs, endedAt: Date.now() } };
}

interface Ending {
  readonly jobId: string;
  /** The newest state that is known of it. */
  readonly newest: Snapshot | undefined;
}

/**
 * Who saw the savepoint complete has seen the end of the job with it, and that is proof (P11). `stop` proves it once more
 * beside the start of the new job, which then does not wait for a step through Temporal while the job is down, and which
 * looks for a live one itself right before it submits (P21).
 */
function provenAgain(run: Run, plan: RescalePlan): Promise<StopOutput> {
  run.enter('STOPPING');
  const summary = untilDone(story(plan, 'prove that the old job is over'));
  const input = { cluster: run.request.cluster, jobId: plan.job.id, cancel: false };
  return activities.stop.executeWithOptions(summary, [input]);
}

/** Waits for the end of a job that nobody need cancel any more. */
export async function provenOver(run: Run, plan: Exclude<Plan, CancelPlan>, ending: Ending): Promise<void> {
  const ended = await end(run, plan, { ...ending, cancel: false });
  if (ended.kind === 'ENDED_BY_OTHERS')
    throw run.failure(report.endedByOthers(plan, ended.state, ending.newest, ending.jobId));
}

/** Only a proven end of the old job lets another one start. */
async function end(
  run: Run,
  plan: Plan,
  { jobId, ...options }: Ending & { readonly cancel: boolean },
): Promise<Exclude<StopOutput, { kind: 'INTERRUPTED' }>> {
  run.enter('STOPPING');
  const { cluster } = run.request;
  const old = plan.transition === 'RESCALE' ? 'the old job' : `job ${jobId}`;
  const what = options.cancel ? `cancel ${old}, prove that it is over` : `prove that ${old} is over`;
  const summary = untilDone(story(plan, what));
  for (let sentAt: number | undefined; ;) {
    const input = { cluster, jobId, ...options, sentAt };
    const seen = await unlessLetGo<StopOutput>(
      run.steering.untilIntervention(() => activities.stop.executeWithOptions(summary, [input])),
      // it may have sent the cancel
      () => ({ kind: 'INTERRUPTED', ...(options.cancel ? { sentAt: sentAt ?? Date.now() } : {}) }),
    );
    switch (seen.kind) {
      case 'ENDED':
      case 'ENDED_BY_OTHERS':
        return seen;
      case 'INTERRUPTED': {
        ({ sentAt } = seen);
        if (run.steering.take()?.kind !== 'GIVE_UP') continue;
        const how = options.cancel ? 'is being cancelled' : 'was stopped with a savepoint';
        const what = `Job ${jobId} ${how}, its end could not be proven, and an operator gave up.`;
        const { newest: snapshot } = options;
        throw run.failure(report.jobDown(plan, { what, snapshot, causes: [], mayBeLive: [jobId] }));
      }
    }
  }
}

interface Saved {
  readonly snapshot: Snapshot;
  /** From the request on, ms. */
  readonly tookMs: number;
  /** How the job was seen to be over with it. */
  readonly ended?: SavepointOutput['ended'];
}

/** Takes the savepoint, with which the job stops or not. */
export async function save(run: Run, plan: Saving): Promise<Saved | 'ABORTED'> {
  run.enter('SAVEPOINTING');
  run.steering.stage = 'STOPPING';
  const startedAt = Date.now();
  const { savepoint, timeouts, job } = plan;
  const stops = plan.ending === 'STOP_WITH_SAVEPOINT';
  const suspends = plan.transition === 'SUSPEND';
  const how = `${suspends ? 'suspend with ' : stops ? 'stop with ' : ''}${savepoint.format} savepoint`;
  const summary = story(plan, `${how} to ${savepoint.directory}`);
  const attempts = (maxTries: number, before?: Tries) =>
    tried({
      maxTries,
      run: (tries) => {
        run.tried(tries);
        const maximumAttempts = maxTries - tries.failures.length;
        const { aborted } = run.steering;
        const input = {
          cluster: run.request.cluster,
          key: run.key,
          job,
          stops,
          savepoint,
          timeouts,
          aborted,
        };
        return activities.savepoint.executeWithOptions(
          asTries(summary, { maximumAttempts, initialInterval: '1s' }),
          [{ ...input, maxTries, tries }],
        );
      },
      // each try is told before it is sent
      told: () => run.tries,
      lost: (left) => furthest(left, run.tries),
      ...(before === undefined ? {} : { before }),
    });
  let outcome = await run.steering.untilAborted(() => attempts(plan.attempts.savepoint));
  while (outcome.kind !== 'DONE') {
    const ended = { ...outcome, tries: furthest(outcome.tries, run.tries) };
    // An abort lets the try in flight end (P8), the one of a lost attempt as well.
    const letEnd = ended.kind === 'ABORTED' && ended.tries.open === 'SENT';
    const settled = letEnd ? 'STILL_OPEN' : await settle(run, plan, ended, startedAt);
    if (settled !== 'STILL_OPEN') return settled;
    const tries = furthest(ended.tries, run.tries);
    const again = () => attempts(tries.failures.length + 1, tries);
    const hears = !run.steering.aborted && patched('the-last-try-hears-an-abort');
    outcome = await (hears ? run.steering.untilAborted(again) : again());
  }
  if (outcome.output.warning !== undefined) run.warn(outcome.output.warning);
  return outcome.output;
}

/**
 * After the last try nothing is guessed: what is true of the job decides (design, table 3.1). STILL_OPEN: it runs, and a
 * stop that a lost attempt has sent may still reach Flink; only the same one makes that harmless (P5).
 */
async function settle(
  run: Run,
  plan: Saving,
  outcome: Exclude<Tried<SavepointOutput>, { kind: 'DONE' }>,
  startedAt: number,
): Promise<Saved | 'ABORTED' | 'STILL_OPEN'> {
  run.enter('SETTLING', plan.timeouts.recovery);
  run.watch();
  const { job } = plan;
  const input = {
    cluster: run.request.cluster,
    key: run.key,
    jobId: job.id,
    vertexIds: job.vertices.map((vertex) => vertex.id),
    stops: plan.ending === 'STOP_WITH_SAVEPOINT',
    before: { startedAt: job.startedAt, restarts: job.restarts },
    directory: plan.savepoint.directory,
    tries: outcome.tries,
    maxTries: plan.attempts.savepoint,
    newest: job.newestSnapshot,
  };
  const summary = untilDone(story(plan, 'find out what became of the job'));
  const { settlement, failures, restarts } = await unlessLetGo(
    run.steering.untilIntervention(() => activities.settle.executeWithOptions(summary, [input])),
    () => activities.settle.executeWithOptions(summary, [{ ...input, givingUp: true }]),
  );
  const causes =
    failures.length > 0 || outcome.kind !== 'FAILED' ? report.causesOf(failures) : [outcome.cause];
  const failed = (after: Aftermath) => run.failure(savepointFailed(run.teller, plan, causes, after));
  const startedAgain = async (snapshot: Snapshot, state: string) => {
    run.pointOfNoReturn(snapshot);
    const again = await startOld(run, plan, { kind: 'SNAPSHOT', snapshot }, causes);
    run.started(again.jobId, plan.previous.jar, again.origin);
    return failed({
      kind: 'STARTED_AGAIN',
      jobId: again.jobId,
      found: `job ${job.id} was ${state}`,
      snapshot,
    });
  };

  switch (settlement.kind) {
    case 'RUNNING':
      // a lost attempt may have told of another one meanwhile
      if (furthest(outcome.tries, run.tries).open === 'SENT') return 'STILL_OPEN';
      if (!run.steering.aborted) {
        throw failed({ kind: 'RUNS_ON', restartsBefore: job.restarts, restartsAfter: restarts });
      }
      if (restarts !== job.restarts) run.warn('the tries before the abort made the job restart');
      return 'ABORTED';
    case 'GIVEN_UP': {
      const intervention = run.steering.take();
      if (intervention?.kind !== 'GIVE_UP') return settle(run, plan, outcome, startedAt);
      const { state, since, why } = settlement;
      throw failed({ kind: 'UNSETTLED', state, since, why });
    }
    case 'SAVED':
      return { snapshot: settlement.snapshot, tookMs: Date.now() - startedAt };
    case 'STOPPED':
      if (settlement.warning !== undefined) run.warn(settlement.warning);
      // A job that was only to be saved is not to be down.
      if (plan.transition === 'SAVEPOINT') throw await startedAgain(settlement.snapshot, 'down');
      return { snapshot: settlement.snapshot, tookMs: Date.now() - startedAt };
    case 'ENDED_BY_OTHERS':
      throw run.failure(report.endedByOthers(plan, settlement.state, settlement.snapshot, job.id));
    case 'DOWN': {
      const { snapshot, state } = settlement;
      if (snapshot !== undefined) throw await startedAgain(snapshot, state);
      const found = `job ${job.id} was ${state}`;
      throw run.failure(report.jobDown(plan, { what: `The savepoint failed, and ${found}.`, causes }));
    }
  }
}
