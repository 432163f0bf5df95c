import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Observation } from '../contracts/observation';
import type { RescaleResult } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import type { SavepointOutput } from '../activities/savepoint';
import type { RestartOutput } from '../activities/restart';
import { submitId } from '../planning/ids';
import { plan } from '../planning/plan';
import type { Launch, Plan } from '../planning/plan';
import * as report from '../planning/report';
import { parseRequest } from '../planning/request';
import { Run, asFailure, ensureFailure } from './run';
import { refusalIn } from './refusal';
import { activities, asTries, untilDone } from './steps';
import { tried } from './tries';
import type { Tried } from './tries';

/**
 * Takes a running Flink job to another parallelism: observe and plan while it runs, stop it with a savepoint, prove
 * that it is over, start it again from the savepoint, and see its first checkpoint.
 *
 * Whatever fails, the job is running afterwards, or the failure says where its state is.
 */
export async function rescale(input: unknown): Promise<RescaleResult> {
  const run = begin(input);
  try {
    return await CancellationScope.nonCancellable(() => carryOut(run));
  } catch (error) {
    throw ensureFailure(error);
  }
}

/** Refuses, before anything is looked at, what could not be carried out or locked. */
function begin(input: unknown): Run {
  const info = workflowInfo();
  const parsed = parseRequest(input, info.workflowId);
  const problems = [...(parsed.kind === 'INVALID' ? parsed.problems : []), ...forbiddenOptions()];
  if (parsed.kind === 'INVALID' || problems.length > 0) {
    const right = parsed.kind === 'INVALID' ? parsed.suggestion : { workflowId: info.workflowId, input };
    const next = report.startCommandFor({ ...right, taskQueue: info.taskQueue });
    throw asFailure(report.rejected('InvalidRequest', problems, next));
  }
  return new Run(parsed.request);
}

/** Options of the start that could end or repeat a rescale half-way (P27). */
function forbiddenOptions(): string[] {
  const { executionTimeoutMs, runTimeoutMs, cronSchedule, retryPolicy } = workflowInfo();
  const refuse = (option: string) => `a rescale must not be started with ${option}: it could end half-way`;
  return [
    ...(executionTimeoutMs ? [refuse('an execution time-out')] : []),
    ...(runTimeoutMs ? [refuse('a run time-out')] : []),
    ...(cronSchedule ? [refuse('a cron schedule')] : []),
    ...(retryPolicy ? [refuse('a workflow retry policy')] : []),
  ];
}

async function carryOut(run: Run): Promise<RescaleResult> {
  const { cluster, job } = run.request;
  run.enter('PLANNING');
  const observation = await look(run);
  run.flinkUrl = observation.flinkUrl;

  const decision = plan(observation, run.request);
  switch (decision.kind) {
    case 'REJECTED':
      throw run.failure(
        report.rejected(decision.type, decision.reasons, report.nextAfter(run.teller, decision.suggestion)),
      );
    case 'UNCHANGED': {
      const at = { jobId: decision.job.id, parallelism: decision.job.parallelism };
      run.end('UNCHANGED');
      return {
        outcome: 'UNCHANGED',
        cluster,
        job,
        from: at,
        to: at,
        mechanism: 'RESTART',
        warnings: run.warnings,
      };
    }
    case 'RESCALE':
      return apply(run, decision.plan);
  }
}

async function look(run: Run): Promise<Observation> {
  const { cluster, job, jobId, parallelism, artifact, previousArtifact } = run.request;
  const summary = `look at ${job} on ${cluster}, plan parallelism ${parallelism}`;
  try {
    return await activities.observe.executeWithOptions(untilDone(summary), [
      { cluster, job, jobId, parallelism, artifact, previousArtifact },
    ]);
  } catch (error) {
    const refused = refusalIn(error);
    if (refused === undefined) throw error;
    throw run.failure(
      report.rejected('InvalidRequest', [refused.reason], report.nextAfter(run.teller, refused.suggestion)),
    );
  }
}

async function apply(run: Run, plan: Plan): Promise<RescaleResult> {
  run.from = { jobId: plan.job.id, parallelism: plan.previous.parallelism };
  run.warn(...plan.warnings);

  const stopped = await takeSavepoint(run, plan);
  if (stopped === 'ABORTED') return aborted(run, run.from);
  run.snapshot = stopped.snapshot;

  run.enter('STOPPING');
  await activities.stop.executeWithOptions(untilDone(`prove that job ${plan.job.id} is over`), [
    { cluster: run.request.cluster, jobId: plan.job.id },
  ]);
  if (run.aborted) run.warn('the abort came too late: the job was stopped already');

  const started = await startNew(run, plan, stopped.snapshot);
  run.end('RESCALED');
  return {
    outcome: 'RESCALED',
    cluster: run.request.cluster,
    job: run.request.job,
    from: run.from,
    to: { jobId: started.jobId, parallelism: plan.next.parallelism },
    mechanism: 'RESTART',
    snapshot: stopped.snapshot,
    downtimeMs: {
      total: stopped.tookMs + started.submitMs + started.restoreMs,
      stop: stopped.tookMs,
      submit: started.submitMs,
      restore: started.restoreMs,
    },
    warnings: run.warnings,
  };
}

/** Ends with the job stopped and its savepoint known, or with nothing stopped. */
async function takeSavepoint(run: Run, plan: Plan): Promise<Stopped | 'ABORTED'> {
  if (run.aborted) return 'ABORTED';
  run.enter('SAVEPOINTING');
  const startedAt = Date.now();
  const { savepoint, timeouts, job } = plan;
  const maxTries = plan.attempts.savepoint;
  const result = await run.untilAborted(() =>
    tried(maxTries, (tries) => {
      run.tried(tries.failures.length);
      const summary = `${arrow(plan)}: stop with ${savepoint.format} savepoint to ${savepoint.directory}`;
      const maximumAttempts = maxTries - tries.failures.length;
      return activities.savepoint.executeWithOptions(
        asTries(summary, { maximumAttempts, initialInterval: '1s' }),
        [{ cluster: run.request.cluster, key: run.key, jobId: job.id, savepoint, timeouts, maxTries, tries }],
      );
    }),
  );
  if (result.kind !== 'DONE') return settleSavepoint(run, plan, result, startedAt);
  if (result.output.warning !== undefined) run.warn(result.output.warning);
  return result.output;
}

type Stopped = Pick<SavepointOutput, 'snapshot' | 'tookMs'>;

/** After the last try nothing is guessed: what is true of the job decides (design, table 3.1). */
async function settleSavepoint(
  run: Run,
  plan: Plan,
  result: Exclude<Tried<SavepointOutput>, { kind: 'DONE' }>,
  startedAt: number,
): Promise<Stopped | 'ABORTED'> {
  run.enter('SETTLING');
  const { job } = plan;
  const { settlement, failures, restarts } = await activities.settle.executeWithOptions(
    untilDone(`find out what became of job ${job.id}`),
    [
      {
        cluster: run.request.cluster,
        key: run.key,
        jobId: job.id,
        vertexIds: job.vertices.map((vertex) => vertex.id),
        directory: plan.savepoint.directory,
        tries: result.tries,
        maxTries: plan.attempts.savepoint,
        newest: job.newestSnapshot,
      },
    ],
  );
  const causes = failures.length > 0 || result.kind !== 'FAILED' ? report.causesOf(failures) : [result.cause];

  switch (settlement.kind) {
    case 'RUNNING': {
      const after = { kind: 'RUNS_ON', restartsBefore: job.restarts, restartsAfter: restarts } as const;
      if (!run.aborted) throw run.failure(report.savepointFailed(run.teller, plan, causes, after));
      if (restarts !== job.restarts) run.warn(`the tries before the abort made the job restart`);
      return 'ABORTED';
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
        throw run.failure(report.jobDown(plan, { what: `The savepoint failed and ${found}.`, causes }));
      }
      const again = await startOld(run, plan, snapshot, causes);
      const after = { kind: 'STARTED_AGAIN', jobId: again.jobId, found, snapshot } as const;
      throw run.failure(report.savepointFailed(run.teller, plan, causes, after));
    }
  }
}

function aborted(run: Run, from: { jobId: string; parallelism: number }): RescaleResult {
  run.end('ABORTED');
  const { cluster, job } = run.request;
  return { outcome: 'ABORTED', cluster, job, from, to: from, mechanism: 'RESTART', warnings: run.warnings };
}

/** Starts the job at its new parallelism, and sees its first checkpoint; else it is rolled back. */
async function startNew(run: Run, plan: Plan, snapshot: Snapshot): Promise<RestartOutput> {
  run.enter('RESTARTING');
  const result = await submit(run, plan, { verb: 'restart', launch: plan.next, snapshot });
  if (result.kind !== 'DONE') return rollBack(run, plan, snapshot, result);

  const { output } = result;
  run.to = { jobId: output.jobId, parallelism: plan.next.parallelism };
  run.warn(...output.warnings);
  run.enter('VERIFYING');
  const verified = await activities.verify.executeWithOptions(
    untilDone(`wait for the first checkpoint of job ${output.jobId}`),
    [
      {
        cluster: run.request.cluster,
        key: run.key,
        jobId: output.jobId,
        vertexIds: plan.next.vertices.map((vertex) => vertex.id),
        waitMs: plan.timeouts.restart,
      },
    ],
  );
  switch (verified.kind) {
    case 'VERIFIED':
      run.warn(...verified.warnings);
      return output;
    case 'BROKEN':
      return rollBack(run, plan, snapshot, { kind: 'FAILED', tries: output.tries, cause: verified.cause });
  }
}

type Submit = { readonly verb: 'restart' | 'rollback'; readonly launch: Launch; readonly snapshot: Snapshot };

function submit(run: Run, plan: Plan, { verb, launch, snapshot }: Submit): Promise<Tried<RestartOutput>> {
  const maxTries = plan.attempts.job;
  return tried(maxTries, (tries) => {
    run.tried(tries.failures.length);
    const summary = `${plan.job.name}: start at parallelism ${launch.parallelism} from ${snapshot.path}`;
    const maximumAttempts = maxTries - tries.failures.length;
    return activities.restart.executeWithOptions(
      asTries(summary, { maximumAttempts, initialInterval: '200ms' }),
      [
        {
          cluster: run.request.cluster,
          key: run.key,
          verb,
          jobName: plan.job.name,
          namesakes: plan.namesakes,
          launch,
          snapshot,
          timeouts: plan.timeouts,
          maxTries,
          tries,
        },
      ],
    );
  });
}

/** The new job did not come: what was submitted is ended, and the old one started from the newest state (3.2). */
async function rollBack(
  run: Run,
  plan: Plan,
  snapshot: Snapshot,
  result: Exclude<Tried<RestartOutput>, { kind: 'DONE' }>,
): Promise<never> {
  switch (result.kind) {
    case 'CANCELED_BY_OTHER':
      throw run.failure(
        report.endedByOthers(plan, 'CANCELED', snapshot, submitId(run.key, 'restart', result.tries.next)),
      );
    case 'ANOTHER_JOB_RUNS':
      throw run.failure(report.anotherJobRuns(run.teller, plan, snapshot, result.cause));
    case 'ABORTED':
    case 'FAILED':
      break;
  }
  const failedJobId = submitId(run.key, 'restart', result.tries.failures.at(-1)?.n ?? result.tries.next);
  const cause = result.kind === 'FAILED' ? result.cause : 'aborted';
  const causes = [...report.causesOf(result.tries.failures), cause].filter(isNew);

  run.enter('ROLLING_BACK');
  const newest = await activities.withdraw.executeWithOptions(
    untilDone(`end what was started of ${plan.job.name}, keep its newest state`),
    [
      {
        cluster: run.request.cluster,
        key: run.key,
        tries: result.tries,
        snapshot,
        savepoint: plan.savepoint,
        stopMs: plan.timeouts.stop,
      },
    ],
  );
  run.snapshot = newest.snapshot;
  const again = await startOld(run, plan, newest.snapshot, causes);
  throw run.failure(
    report.rolledBack(run.teller, plan, {
      jobId: again.jobId,
      failedJobId,
      snapshot: newest.snapshot,
      causes,
    }),
  );
}

/** Starts the job as it was before the rescale. */
async function startOld(
  run: Run,
  plan: Plan,
  snapshot: Snapshot,
  causes: readonly string[],
): Promise<RestartOutput> {
  if (run.phase !== 'ROLLING_BACK') run.enter('ROLLING_BACK');
  const result = await submit(run, plan, { verb: 'rollback', launch: plan.previous, snapshot });
  if (result.kind === 'DONE') return result.output;
  const why = result.kind === 'FAILED' ? result.cause : result.kind;
  const what = `${plan.job.name} could not be started again at parallelism ${plan.previous.parallelism}: ${why}.`;
  throw run.failure(report.jobDown(plan, { what, snapshot, causes }));
}

function arrow(plan: Plan): string {
  return `${plan.job.name} ${plan.previous.parallelism} -> ${plan.next.parallelism}`;
}

function isNew(cause: string, index: number, all: readonly string[]): boolean {
  return all.findIndex((other) => cause.endsWith(other)) === index;
}
