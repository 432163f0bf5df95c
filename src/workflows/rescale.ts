import { ApplicationFailure, CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { FailureType } from '../contracts/failures';
import type { Observation } from '../contracts/observation';
import type { Superseded } from '../activities/verify';
import type { JobAt, RescaleResult, SupersededSavepoint } from '../contracts/rescale';
import { byHand, stepsOf } from '../planning/by-hand';
import { disposeCommand } from '../planning/commands';
import type { InPlacePlan } from '../planning/in-place';
import { plan } from '../planning/plan';
import type { Decision, Plan, RescalePlan } from '../planning/plan';
import * as report from '../planning/report';
import { inPlaceByHand, inPlaceSteps } from '../planning/report-in-place';
import { parseRequest } from '../planning/request';
import { originOf, originOfRollBack } from '../planning/restore';
import type { Left } from '../planning/restore';
import { inPlace } from './in-place';
import { provided, retired, takesMore } from './provide';
import { countRescale, recordDowntime } from './metrics';
import { refusalIn } from './refusal';
import { asRead, result } from './result';
import { Run, asFailure } from './run';
import { ownState, startNew } from './start';
import type { Origins } from './start';
import { activities, isLetGo, untilDone } from './steps';
import { stopJob } from './stop';
import { carryOutOther } from './transitions';
import { ensureFailure } from './unexpected';

/**
 * Takes a running Flink job to another parallelism, or through another transition: observe and plan while it runs, stop it with a savepoint, prove
 * that it is over, start it again from the savepoint, and see its first checkpoint.
 *
 * Whatever fails, the job is running afterwards, or the run says where its state is and is still working on it.
 */
export async function rescale(input: unknown): Promise<RescaleResult> {
  let run: Run | undefined;
  try {
    const begun = (run = begin(input));
    return asRead(await CancellationScope.nonCancellable(() => carryOut(begun)));
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) run?.end('Unexpected');
    throw ensureFailure(error, run?.snapshot);
  } finally {
    await run?.notices.settled();
  }
}

/** Refuses, before anything is looked at, what could not be carried out or locked. */
function begin(input: unknown): Run {
  const info = workflowInfo();
  const parsed = parseRequest(input, info.workflowId);
  const problems = [...(parsed.kind === 'INVALID' ? parsed.problems : []), ...forbiddenOptions()];
  if (parsed.kind === 'INVALID' || problems.length > 0) {
    const right = parsed.kind === 'INVALID' ? parsed.suggestion : { workflowId: info.workflowId, input };
    countRescale('', 'InvalidRequest' satisfies FailureType);
    throw asFailure(report.invalidStart(problems, right, info.taskQueue));
  }
  return new Run(parsed.request);
}

/** Options of the start that could end or repeat a rescale half-way (P27). */
function forbiddenOptions(): string[] {
  const { executionTimeoutMs, runTimeoutMs, cronSchedule, retryPolicy } = workflowInfo();
  const refuse = (option: string) =>
    `a rescale must not be started with ${option}: it could end half-way; valid: leave it out`;
  return [
    ...(executionTimeoutMs ? [refuse('an execution time-out')] : []),
    ...(runTimeoutMs ? [refuse('a run time-out')] : []),
    ...(cronSchedule ? [refuse('a cron schedule')] : []),
    ...(retryPolicy ? [refuse('a workflow retry policy')] : []),
  ];
}

async function carryOut(run: Run): Promise<RescaleResult> {
  run.enter('PLANNING');
  return decided(run, await decide(run));
}

async function decide(run: Run): Promise<Decision | 'ABORTED'> {
  const observation = await look(run);
  return observation === 'ABORTED' ? 'ABORTED' : plan(observation, run.request);
}

async function decided(run: Run, decision: Decision | 'ABORTED'): Promise<RescaleResult> {
  if (decision === 'ABORTED') return result(run, 'ABORTED');
  switch (decision.kind) {
    case 'REJECTED':
      throw run.failure(
        report.rejected(
          decision.type,
          decision.reasons,
          report.nextAfter(run.teller, decision.suggestion),
          run.request.transition,
        ),
      );
    case 'UNCHANGED':
      run.from = { jobId: decision.job.id, parallelism: decision.job.parallelism };
      return result(run, 'UNCHANGED');
    case 'RESCALE':
    case 'RESUME':
      run.by('RESTART', decision.plan);
      begins(run, decision.plan);
      if (run.request.dryRun) return planned(run, decision.plan);
      return onceProvided(run, decision.plan, () => apply(run, decision.plan));
    case 'IN_PLACE':
      run.by(decision.plan.mechanism, decision.plan);
      beginsInPlace(run, decision.plan);
      if (run.request.dryRun) return plannedInPlace(run, decision.plan);
      return inPlace(run, decision.plan, { look: () => look(run), restart: () => restartInstead(run) });
    case 'TRANSITION':
      begins(run, decision.plan);
      if (run.request.dryRun) return planned(run, decision.plan);
      return onceProvided(run, decision.plan, () => carryOutOther(run, decision.plan));
    case 'OVER': {
      const { id, parallelism } = decision.job;
      if (parallelism !== undefined) run.from = { jobId: id, parallelism };
      run.snapshot = decision.snapshot;
      run.warn(decision.warning);
      return result(run, decision.outcome);
    }
  }
}

/** TaskManagers that the plan takes come first, while the job runs. It runs on meanwhile, so it is looked at again then. */
async function onceProvided(
  run: Run,
  plan: Plan,
  carryOut: () => Promise<RescaleResult>,
): Promise<RescaleResult> {
  if (!takesMore(plan)) return carryOut();
  return decided(run, await provided(run, plan, () => decide(run)));
}

/** Looks at the cluster; again if another target was asked for meanwhile, since that is another program to plan. */
async function look(run: Run): Promise<Observation | 'ABORTED'> {
  try {
    for (;;) {
      const { cluster, job, jobId, transition, parallelism, artifact, previousArtifact } = run.request;
      const aim = transition === 'RESCALE' ? `parallelism ${parallelism}` : transition;
      const summary = untilDone(`look at ${job} on ${cluster}, plan ${aim}`);
      const observation = await run.steering.untilAborted(() =>
        activities.observe.executeWithOptions(summary, [
          { cluster, job, jobId, transition, parallelism, artifact, previousArtifact },
        ]),
      );
      const { target, aborted } = run.steering;
      run.observed(observation);
      if (aborted) return 'ABORTED';
      if (target === undefined || target === parallelism) return observation;
      run.request = { ...run.request, parallelism: target };
    }
  } catch (error) {
    if (isLetGo(error)) return 'ABORTED';
    const refused = refusalIn(error);
    if (refused === undefined) throw error;
    const next = report.nextAfter(run.teller, refused.suggestion);
    throw run.failure(report.rejected('InvalidRequest', [refused.reason], next));
  }
}

/** The same rescale by RESTART, planned anew; the reasons, if it cannot be. */
async function restartInstead(run: Run): Promise<RescaleResult | readonly string[]> {
  const { request } = run;
  run.by('RESTART');
  run.enter('PLANNING');
  const observation = await look(run);
  if (observation === 'ABORTED') return result(run, 'ABORTED');
  const decision = plan(observation, run.request);
  if (decision.kind !== 'REJECTED') return decided(run, decision);
  run.request = request;
  return decision.reasons;
}

function beginsInPlace(run: Run, plan: InPlacePlan): void {
  run.from = { jobId: plan.job.id, parallelism: plan.parallelism };
  run.attentionMs = plan.timeouts.attention;
  run.warn(...plan.warnings);
}

function plannedInPlace(run: Run, plan: InPlacePlan): RescaleResult {
  const { predictedDowntime } = plan;
  const commands = inPlaceByHand(plan, run.flinkUrl);
  const steps = inPlaceSteps(plan);
  return { ...result(run, 'PLANNED'), plan: { ...whyOf(run), steps, predictedDowntime, commands } };
}

/** From here on the run has a plan. */
function begins(run: Run, plan: Plan): void {
  run.from = before(plan);
  run.attentionMs = plan.timeouts.attention;
  // planned anew, much of it has been said
  run.warn(...plan.warnings.filter((warning) => !run.warnings.includes(warning)));
}

function before(plan: Plan): JobAt | undefined {
  switch (plan.transition) {
    case 'RESCALE':
    case 'SUSPEND':
    case 'SAVEPOINT':
      return { jobId: plan.job.id, parallelism: plan.previous.parallelism };
    case 'CANCEL':
      return { jobId: plan.job.id, parallelism: plan.parallelism };
    case 'START': {
      const { id: jobId, parallelism } = plan.last ?? {};
      return jobId === undefined || parallelism === undefined ? undefined : { jobId, parallelism };
    }
  }
}

/** A dry run: says what would be done. */
function planned(run: Run, plan: Plan): RescaleResult {
  return {
    ...result(run, 'PLANNED'),
    plan: {
      ...whyOf(run),
      steps: stepsOf(plan),
      predictedDowntime: plan.predictedDowntime,
      commands: byHand(plan, run.flinkUrl),
    },
  };
}

function whyOf({ why }: Run): { why?: string } {
  return why === undefined ? {} : { why };
}

async function apply(run: Run, plan: RescalePlan): Promise<RescaleResult> {
  const stopped = await stopJob(run, plan);
  if (stopped === 'ABORTED') return result(run, 'ABORTED');
  run.downSince = stopped.down && stopped.down.endedAt - stopped.down.tookMs;
  const started = await startNew(run, plan, originsOf(run, plan, stopped.left), stopped.ours);
  run.to = { jobId: started.jobId, parallelism: plan.next.parallelism };
  const superseded = await disposed(run, plan, started.superseded);
  await stopped.secondLook;
  if (plan.surplus !== undefined) await retired(run, plan, plan.surplus);

  const rest = { ...ownState(started), ...(superseded.length === 0 ? {} : { superseded }) };
  if (stopped.down === undefined) return { ...result(run, 'RESUMED'), ...rest };
  const { readyAt, restoreMs: restore } = started;
  const { tookMs: stop, endedAt } = stopped.down;
  // The steps between two activities are paid as downtime too: they are in `submit`.
  const submit = readyAt - endedAt - restore;
  const total = stop + submit + restore;
  recordDowntime(run.request.cluster, 'RESCALED', total);
  return {
    ...result(run, 'RESCALED'),
    downtimeMs: { total, stop, submit, restore },
    ...rest,
  };
}

/** What the new job begins from, and the old one should it come to that. */
function originsOf(run: Run, plan: RescalePlan, left: Left): Origins {
  const next = originOf(plan.restore, left);
  const previous = originOfRollBack(plan.restore, left);
  if (next === undefined || previous === undefined) {
    const what = `Job ${plan.job.id} is over, and it left nothing of the kind that ${plan.restore} begins from.`;
    throw run.failure(report.jobDown(plan, { what, snapshot: left.newest, causes: [] }));
  }
  if (next.kind === 'EMPTY') run.warn(report.startedEmpty(left.newest));
  return { next, previous };
}

/** Disposes of this run's savepoint, if that was asked for, now that nothing needs it; the others are only named. */
async function disposed(
  run: Run,
  plan: RescalePlan,
  superseded: readonly Superseded[],
): Promise<SupersededSavepoint[]> {
  const { cluster } = run.request;
  const named: SupersededSavepoint[] = [];
  for (const { ours, ...savepoint } of superseded) {
    const { path } = savepoint;
    const wanted = ours && !plan.savepoint.keep;
    const failed = wanted ? await dispose(cluster, path) : undefined;
    if (failed !== undefined) run.warn(`savepoint ${path} could not be disposed of: ${failed}`);
    const disposed = wanted && failed === undefined;
    named.push({ ...savepoint, disposed, dispose: disposeCommand(run.flinkUrl, path) });
  }
  return named;
}

/** Undefined once it is gone, else why it is not: that is no reason to fail, since the job runs. */
async function dispose(cluster: string, path: string): Promise<string | undefined> {
  const summary = untilDone(`dispose of savepoint ${path}`);
  return (await activities.dispose.executeWithOptions(summary, [{ cluster, path }])).failed;
}
