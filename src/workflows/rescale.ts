import { ApplicationFailure, CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { Observation } from '../contracts/observation';
import type { Outcome, RescaleResult } from '../contracts/rescale';
import { plan } from '../planning/plan';
import type { Plan } from '../planning/plan';
import * as report from '../planning/report';
import { parseRequest } from '../planning/request';
import { refusalIn } from './refusal';
import { Run, asFailure, ensureFailure } from './run';
import { startNew } from './start';
import { activities, untilDone } from './steps';
import { stopWithSavepoint } from './stop';
import type { Stopped } from './stop';

/**
 * Takes a running Flink job to another parallelism: observe and plan while it runs, stop it with a savepoint, prove
 * that it is over, start it again from the savepoint, and see its first checkpoint.
 *
 * Whatever fails, the job is running afterwards, or the run says where its state is and is still working on it.
 */
export async function rescale(input: unknown): Promise<RescaleResult> {
  let run: Run | undefined;
  try {
    const begun = (run = begin(input));
    return await CancellationScope.nonCancellable(() => carryOut(begun));
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) run?.end('Unexpected');
    throw ensureFailure(error, run?.snapshot);
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
  run.enter('PLANNING');
  const observation = await look(run);
  if (observation === 'ABORTED') return result(run, 'ABORTED');

  const decision = plan(observation, run.request);
  switch (decision.kind) {
    case 'REJECTED':
      throw run.failure(
        report.rejected(decision.type, decision.reasons, report.nextAfter(run.teller, decision.suggestion)),
      );
    case 'UNCHANGED':
      run.from = { jobId: decision.job.id, parallelism: decision.job.parallelism };
      return result(run, 'UNCHANGED');
    case 'RESCALE':
      return apply(run, decision.plan, () => stopWithSavepoint(run, decision.plan));
    case 'RESUME':
      return apply(run, decision.plan, () => Promise.resolve({ snapshot: decision.snapshot }));
  }
}

/** Looks at the cluster; again if another target was asked for meanwhile, since that is another program to plan. */
async function look(run: Run): Promise<Observation | 'ABORTED'> {
  try {
    for (;;) {
      const { cluster, job, jobId, parallelism, artifact, previousArtifact } = run.request;
      const summary = untilDone(`look at ${job} on ${cluster}, plan parallelism ${parallelism}`);
      const observation = await run.steering.untilAborted(() =>
        activities.observe.executeWithOptions(summary, [
          { cluster, job, jobId, parallelism, artifact, previousArtifact },
        ]),
      );
      const { target, aborted } = run.steering;
      run.flinkUrl = observation.flinkUrl;
      if (aborted) return 'ABORTED';
      if (target === undefined || target === parallelism) return observation;
      run.request = { ...run.request, parallelism: target };
    }
  } catch (error) {
    if (isCancellation(error)) return 'ABORTED';
    const refused = refusalIn(error);
    if (refused === undefined) throw error;
    const next = report.nextAfter(run.teller, refused.suggestion);
    throw run.failure(report.rejected('InvalidRequest', [refused.reason], next));
  }
}

async function apply(
  run: Run,
  plan: Plan,
  stopJob: () => Promise<Stopped | 'ABORTED'>,
): Promise<RescaleResult> {
  run.from = { jobId: plan.job.id, parallelism: plan.previous.parallelism };
  run.attentionMs = plan.timeouts.attention;
  run.warn(...plan.warnings);

  const stopped = await stopJob();
  if (stopped === 'ABORTED') return result(run, 'ABORTED');
  run.pointOfNoReturn(stopped.snapshot);

  const stoppedAt = Date.now();
  await proveEnded(run, plan, stopped);
  const started = await startNew(run, plan, stopped.snapshot);
  run.to = { jobId: started.jobId, parallelism: plan.next.parallelism };

  const { readyAt, restoreMs: restore } = started;
  const { tookMs: stop } = stopped;
  if (stop === undefined) return result(run, 'RESUMED');
  // The steps between two activities are paid as downtime too: they are in `submit`.
  const submit = readyAt - stoppedAt - restore;
  return {
    ...result(run, 'RESCALED'),
    downtimeMs: { total: stop + submit + restore, stop, submit, restore },
  };
}

/** Only a proven end of the old job lets another one start. */
async function proveEnded(run: Run, plan: Plan, stopped: Stopped): Promise<void> {
  run.enter('STOPPING');
  const { cluster } = run.request;
  const jobId = plan.job.id;
  for (;;) {
    const summary = untilDone(`prove that job ${jobId} is over`);
    const { ended } = await run.steering.untilIntervention(() =>
      activities.stop.executeWithOptions(summary, [{ cluster, jobId }]),
    );
    if (ended !== undefined) return;
    if (run.steering.take()?.kind !== 'GIVE_UP') continue;
    const what = `Job ${jobId} was stopped with a savepoint, its end could not be proven, and an operator gave up.`;
    throw run.failure(
      report.jobDown(plan, { what, snapshot: stopped.snapshot, causes: [], mayBeLive: [jobId] }),
    );
  }
}

function result(run: Run, outcome: Outcome): RescaleResult {
  run.end(outcome);
  const { from, snapshot, warnings, record } = run;
  const to = run.to ?? from;
  const { cluster, job } = run.request;
  return {
    outcome,
    cluster,
    job,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    mechanism: 'RESTART',
    ...(record === undefined ? {} : { artifact: { ...record.artifact, sha256: record.sha256 } }),
    ...(snapshot === undefined ? {} : { snapshot }),
    warnings,
  };
}
