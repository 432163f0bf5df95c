import type { Snapshot } from '../contracts/snapshot';
import type { SavepointOutput } from '../activities/savepoint';
import type { Tries } from '../contracts/failures';
import type { Plan } from '../planning/plan';
import * as report from '../planning/report';
import type { Run } from './run';
import { startOld } from './start';
import { activities, asTries, untilDone } from './steps';
import { tried } from './tries';
import type { Tried } from './tries';

/** The job is stopped, and its state is in `snapshot`. */
export interface Stopped {
  readonly snapshot: Snapshot;
  /** How long the stop took, ms; absent where it was none of this run's. */
  readonly tookMs?: number;
}

/** Ends with the job stopped and its savepoint known, or with nothing stopped. */
export async function stopWithSavepoint(run: Run, plan: Plan): Promise<Stopped | 'ABORTED'> {
  run.enter('SAVEPOINTING');
  run.steering.stage = 'STOPPING';
  const startedAt = Date.now();
  const { savepoint, timeouts, job } = plan;
  const summary =
    `${job.name} ${plan.previous.parallelism} -> ${plan.next.parallelism}: ` +
    `stop with ${savepoint.format} savepoint to ${savepoint.directory}`;
  const attempts = (maxTries: number, before?: Tries) =>
    tried(
      maxTries,
      (tries) => {
        run.tried(tries);
        const maximumAttempts = maxTries - tries.failures.length;
        return activities.savepoint.executeWithOptions(
          asTries(summary, { maximumAttempts, initialInterval: '1s' }),
          [{ cluster: run.request.cluster, key: run.key, job, savepoint, timeouts, maxTries, tries }],
        );
      },
      before,
    );
  let outcome = await run.steering.untilAborted(() => attempts(plan.attempts.savepoint));
  // An abort lets the try in flight end (P8), the one of a lost attempt as well.
  if (outcome.kind === 'ABORTED' && outcome.tries.open === 'SENT')
    outcome = await attempts(outcome.tries.failures.length + 1, outcome.tries);
  if (outcome.kind !== 'DONE') return settle(run, plan, outcome, startedAt);
  if (outcome.output.warning !== undefined) run.warn(outcome.output.warning);
  return outcome.output;
}

/** After the last try nothing is guessed: what is true of the job decides (design, table 3.1). */
async function settle(
  run: Run,
  plan: Plan,
  outcome: Exclude<Tried<SavepointOutput>, { kind: 'DONE' }>,
  startedAt: number,
): Promise<Stopped | 'ABORTED'> {
  run.enter('SETTLING', plan.timeouts.recovery);
  run.watch();
  const { job } = plan;
  const { settlement, failures, restarts } = await run.steering.untilIntervention(() =>
    activities.settle.executeWithOptions(untilDone(`find out what became of job ${job.id}`), [
      {
        cluster: run.request.cluster,
        key: run.key,
        jobId: job.id,
        vertexIds: job.vertices.map((vertex) => vertex.id),
        before: { startedAt: job.startedAt, restarts: job.restarts },
        directory: plan.savepoint.directory,
        tries: outcome.tries,
        maxTries: plan.attempts.savepoint,
        newest: job.newestSnapshot,
      },
    ]),
  );
  const causes =
    failures.length > 0 || outcome.kind !== 'FAILED' ? report.causesOf(failures) : [outcome.cause];
  const failed = (after: report.Aftermath) =>
    run.failure(report.savepointFailed(run.teller, plan, causes, after));

  switch (settlement.kind) {
    case 'RUNNING':
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
    case 'STOPPED':
      if (settlement.warning !== undefined) run.warn(settlement.warning);
      return { snapshot: settlement.snapshot, tookMs: Date.now() - startedAt };
    case 'ENDED_BY_OTHERS':
      throw run.failure(report.endedByOthers(plan, settlement.state, settlement.snapshot));
    case 'DOWN': {
      const { snapshot, state } = settlement;
      const found = `job ${job.id} was ${state}`;
      if (snapshot === undefined) {
        throw run.failure(report.jobDown(plan, { what: `The savepoint failed, and ${found}.`, causes }));
      }
      run.pointOfNoReturn(snapshot);
      const again = await startOld(run, plan, snapshot, causes);
      run.started(again.jobId, plan.previous.jar);
      throw failed({ kind: 'STARTED_AGAIN', jobId: again.jobId, found, snapshot });
    }
  }
}
