import { ApplicationFailure, patched } from '@temporalio/workflow';
import type { Adjusted } from '../activities/adjust';
import type { Demand } from '../contracts/observation';
import type { RescaleResult } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import { retargeted } from '../planning/mechanism';
import type { InPlacePlan } from '../planning/in-place';
import * as report from '../planning/report-in-place';
import type { Standing } from '../planning/report-in-place';
import { recordDowntime } from './metrics';
import { result } from './result';
import { startOld } from './roll-back';
import type { Run } from './run';
import { activities, unlessLetGo, untilDone } from './steps';
import { asText } from './unexpected';

/** What of a rescale is done by other means. */
export interface Elsewhere {
  /** Looks at the job again, which is to go to another parallelism now. */
  readonly look: () => Promise<Parameters<typeof retargeted>[1] | 'ABORTED'>;
  /** The same rescale by RESTART; the reasons, if it cannot be. */
  readonly restart: () => Promise<RescaleResult | readonly string[]>;
}

type Ended = Extract<Adjusted, { kind: 'ENDED' }>;
type Reached = Extract<Adjusted, { kind: 'REACHED' }>;

/**
 * Takes the job to another parallelism without ending it: Flink is asked, made to act, and watched until every task runs
 * there and a checkpoint is complete. Otherwise it is as the request chose; the job runs meanwhile.
 */
export async function inPlace(run: Run, plan: InPlacePlan, elsewhere: Elsewhere): Promise<RescaleResult> {
  const work = new InPlace(run, elsewhere);
  try {
    return await work.carryOut(plan);
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    // What nobody thought of must not leave the job half-way: it takes the way back, too (P28).
    throw run.failure(report.notReached(run.teller, plan, [asText(error)], await work.putBack(plan)));
  }
}

class InPlace {
  /** Bounds that may stand by our word, or stood before. */
  private known: readonly Demand[] = [];
  /** The adjustments so far. */
  private n = 0;

  constructor(
    private readonly run: Run,
    private readonly elsewhere: Elsewhere,
  ) {}

  async carryOut(first: InPlacePlan): Promise<RescaleResult> {
    const { run } = this;
    const { steering } = run;
    this.known = [first.back.requirements];
    run.enter('ADJUSTING', patience(run, first));
    steering.stage = 'ADJUSTING';
    if (patched('in-place-calls-for-attention')) run.watch();
    // that one is planned already
    steering.takeTarget();
    for (let plan = first; ;) {
      this.n += 1;
      const seen = await this.adjusted(plan);
      switch (seen.kind) {
        case 'STEERED':
          if (steering.aborted) return this.aborted(plan);
          plan = await this.retargeted(plan);
          continue;
        case 'REACHED':
          return this.confirmed(plan, seen);
        case 'NOT_REACHED':
          return this.otherwise(plan, seen);
        case 'OVERRULED': {
          const { parallelism, why } = seen;
          throw run.failure(report.notReached(run.teller, plan, [why], { kind: 'OVERRULED', parallelism }));
        }
        case 'ENDED':
          throw await this.over(plan, seen);
      }
    }
  }

  /** STEERED: an operator has said something meanwhile, and the bounds may have been sent. */
  private async adjusted(plan: InPlacePlan): Promise<Adjusted | { readonly kind: 'STEERED' }> {
    const { from, to } = plan.aim;
    const summary = untilDone(
      `${plan.job.name} ${from} -> ${to}: ${report.way(plan)}, until every task runs there`,
    );
    const input = this.input(plan, plan.aim);
    this.known = [...this.known, plan.aim.requirements];
    const { steering } = this.run;
    const seen = await unlessLetGo<Adjusted | { readonly kind: 'STEERED' }>(
      steering.untilSteered(() => activities.adjust.executeWithOptions(summary, [input])),
      () => ({ kind: 'STEERED' }),
    );
    const isLive = seen.kind === 'REACHED' || seen.kind === 'NOT_REACHED';
    // it was done before it heard of that
    return isLive && (steering.aborted || steering.target !== undefined) ? { kind: 'STEERED' } : seen;
  }

  private input(plan: InPlacePlan, aim: InPlacePlan['aim']) {
    const { run, known, n } = this;
    const { waitsForCheckpoint, maxTries, timeouts, job } = plan;
    return {
      ...{ cluster: run.request.cluster, key: run.key, jobId: job.id, aim, known, n, waitsForCheckpoint },
      ...{ maxTries, timeouts: { restart: timeouts.restart, restore: timeouts.restore } },
      newest: job.newestSnapshot,
    };
  }

  /** Another target, if it is to be had; else the one before stays, and the result says so. */
  private async retargeted(plan: InPlacePlan): Promise<InPlacePlan> {
    const { run } = this;
    const target = run.steering.takeTarget();
    if (target === undefined || run.request.transition !== 'RESCALE') return plan;
    const before = run.request;
    run.request = { ...run.request, parallelism: target };
    const observation = await this.elsewhere.look();
    if (observation === 'ABORTED') return plan;
    const next = retargeted(plan, observation, run.request);
    if (next.kind === 'PLANNED') return next.plan;
    run.request = before;
    run.warn(`the rescale does not go to ${target}: ${next.reasons.join('; ')}`);
    return plan;
  }

  private async aborted(plan: InPlacePlan): Promise<RescaleResult> {
    const { run } = this;
    run.warn(...said(plan, await this.putBack(plan)));
    return result(run, 'ABORTED');
  }

  /** As it was, whatever was sent. */
  async putBack(plan: InPlacePlan): Promise<Extract<Standing, { kind: 'BACK' | 'STUCK' | 'OVERRULED' }>> {
    const { run } = this;
    run.steering.stage = 'DECIDED';
    run.enter('ROLLING_BACK', patience(run, plan));
    this.n += 1;
    const summary = untilDone(`${plan.job.name}: back to ${report.before(plan)}, until it runs as it did`);
    const input = { ...this.input(plan, plan.back), atOnce: true };
    const seen = await activities.adjust.executeWithOptions(summary, [input]);
    switch (seen.kind) {
      case 'REACHED':
        return { kind: 'BACK', parallelism: plan.parallelism };
      case 'NOT_REACHED':
        return seen.sent
          ? { kind: 'BACK', parallelism: seen.parallelism }
          : { kind: 'STUCK', parallelism: seen.parallelism, why: seen.why };
      case 'OVERRULED':
        return { kind: 'OVERRULED', parallelism: seen.parallelism };
      case 'ENDED':
        throw await this.over(plan, seen);
    }
  }

  private async otherwise(
    plan: InPlacePlan,
    { why, sent, parallelism }: Extract<Adjusted, { kind: 'NOT_REACHED' }>,
  ): Promise<RescaleResult> {
    const { run } = this;
    run.steering.stage = 'DECIDED';
    const failed = (causes: readonly string[], standing: Standing) =>
      run.failure(report.notReached(run.teller, plan, causes, standing));
    const untouched = { kind: 'UNTOUCHED' } as const;
    switch (plan.ifNotReached) {
      case 'KEEP':
        throw failed([why], sent ? { kind: 'KEPT', parallelism } : untouched);
      case 'PUT_BACK':
        throw failed([why], sent ? await this.putBack(plan) : untouched);
      case 'RESTART': {
        const standing = sent ? await this.putBack(plan) : untouched;
        run.warn(`not reached in place: ${why}`);
        run.steering.stage = 'OPEN';
        const restarted = await this.elsewhere.restart();
        if (!isRefused(restarted)) return restarted;
        throw failed(
          [why, ...restarted.map((reason) => `by RESTART it cannot be either: ${reason}`)],
          standing,
        );
      }
    }
  }

  /** It runs there, and holds: the next checkpoint is complete. */
  private async confirmed(plan: InPlacePlan, reached: Reached): Promise<RescaleResult> {
    const { run } = this;
    const { job, aim, timeouts } = plan;
    run.steering.stage = 'CONFIRMING';
    run.to = { jobId: job.id, parallelism: aim.to };
    run.snapshot = reached.restored;
    run.warn(...reached.warnings);
    run.enter('VERIFYING');
    const { restored } = reached;
    const input = {
      ...{ cluster: run.request.cluster, key: run.key, jobId: job.id, aim, n: this.n },
      ...{ restored: restored?.checkpointId ?? aim.newerThan ?? 0, waitMs: timeouts.restart },
      newest: restored ?? job.newestSnapshot,
    };
    const summary = untilDone(`${job.name} ${aim.from} -> ${aim.to}: wait for its next checkpoint`);
    const seen = await unlessLetGo(
      run.steering.untilIntervention(() => activities.confirm.executeWithOptions(summary, [input])),
      () => activities.confirm.executeWithOptions(summary, [{ ...input, waitMs: 0 }]),
    );
    run.steering.take();
    if (seen.kind === 'ENDED') throw await this.over(plan, seen);
    run.warn(...seen.warnings);
    const { downtime } = reached;
    if (downtime !== undefined) recordDowntime(run.request.cluster, 'RESCALED', downtime.total);
    return { ...result(run, 'RESCALED'), ...(downtime === undefined ? {} : { downtimeMs: downtime }) };
  }

  /** The job ended meanwhile. One that went down by itself is started again as it was, where that is known. */
  private async over(plan: InPlacePlan, { state, newest }: Ended) {
    const { run } = this;
    switch (state) {
      case 'FINISHED':
      case 'CANCELED':
        return run.failure(report.endedInPlace(plan, state, newest));
      case 'FAILED':
      case 'FORGOTTEN':
        if (plan.lost === undefined || newest === undefined)
          return run.failure(report.lostInPlace(plan, state, newest));
        return this.startedAgain(plan, state, newest);
    }
  }

  private async startedAgain(plan: InPlacePlan, state: 'FAILED' | 'FORGOTTEN', snapshot: Snapshot) {
    const { run } = this;
    if (plan.lost === undefined) return run.failure(report.lostInPlace(plan, state, snapshot));
    run.by('RESTART');
    run.pointOfNoReturn(snapshot);
    const origin = { kind: 'SNAPSHOT', snapshot } as const;
    const causes = [`job ${plan.job.id} was ${state}`];
    const again = await startOld(run, plan.lost, origin, causes);
    run.started(again.jobId, plan.lost.previous.jar, again.origin);
    return run.failure(report.startedAgain(run.teller, plan, { state, snapshot, jobId: again.jobId }));
  }
}

/** How long Flink may take, and a little more: that it does not get there in time is no reason to call anybody. */
function patience(run: Run, { timeouts }: InPlacePlan): number {
  return timeouts.restart + run.attentionMs;
}

function isRefused(restarted: RescaleResult | readonly string[]): restarted is readonly string[] {
  return !('outcome' in restarted);
}

/** What an abort leaves behind that is not as it was. */
function said(
  { parallelism }: InPlacePlan,
  standing: Extract<Standing, { kind: 'BACK' | 'STUCK' | 'OVERRULED' }>,
): string[] {
  switch (standing.kind) {
    case 'BACK':
      if (standing.parallelism === parallelism) return [];
      return [`what was asked for is taken back, and it is still at parallelism ${standing.parallelism}`];
    case 'STUCK':
      return [`it is still at parallelism ${standing.parallelism}, and cannot be put back: ${standing.why}`];
    case 'OVERRULED':
      return ['somebody else has asked for something else meanwhile, which was left'];
  }
}
