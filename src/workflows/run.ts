import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureReport } from '../contracts/failures';
import { abortSignal, statusQuery } from '../contracts/rescale';
import type { JobAt, Outcome, Phase, PhaseTime, RescaleRequest, RescaleStatus } from '../contracts/rescale';
import type { Snapshot } from '../contracts/snapshot';
import { lockKey } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import { message } from '../planning/report';
import type { Teller } from '../planning/report';
import { describeRun } from './describe';

const phaseKey = defineSearchAttributeKey('WeirPhase', SearchAttributeType.KEYWORD);
const outcomeKey = defineSearchAttributeKey('WeirOutcome', SearchAttributeType.KEYWORD);
const clusterKey = defineSearchAttributeKey('WeirCluster', SearchAttributeType.KEYWORD);
const jobKey = defineSearchAttributeKey('WeirJob', SearchAttributeType.KEYWORD);

/**
 * One run of a rescale as people see it and steer it: its phase, its facts so far, what the query, the search
 * attributes and the current details say, and whether somebody has asked for an abort.
 */
export class Run {
  readonly key: RunKey;
  readonly warnings: string[] = [];
  from: JobAt | undefined;
  to: JobAt | undefined;
  snapshot: Snapshot | undefined;
  /** Flink's Web UI, once PLANNING has seen the cluster. */
  flinkUrl = '';

  phase: Phase = 'PLANNING';
  private attempt = 1;
  private readonly timings: PhaseTime[] = [];
  private abortRequested = false;
  private abortable: CancellationScope | undefined;

  constructor(readonly request: RescaleRequest) {
    const info = workflowInfo();
    this.key = { lock: lockKey(request.cluster, request.job), run: info.firstExecutionRunId };
    setHandler(defineQuery<RescaleStatus>(statusQuery), () => this.status(), {
      description: 'phase, jobs, snapshot, timings, warnings, and what an operator can do now',
    });
    setHandler(defineSignal(abortSignal), () => this.abort(), {
      description: 'end the rescale if the stop has not succeeded yet; the job goes on as it was',
    });
    // Temporal's own cancel means abort: the root scope only tells of it, the work runs in a scope that it cannot end.
    CancellationScope.current().cancelRequested.catch(() => this.abort());
  }

  get aborted(): boolean {
    return this.abortRequested;
  }

  /** Whose words a failure of this run is told in. */
  get teller(): Teller {
    return { taskQueue: workflowInfo().taskQueue, request: this.request, flinkUrl: this.flinkUrl };
  }

  enter(phase: Phase): void {
    this.phase = phase;
    this.attempt = 1;
    this.timings.push({ phase, startedAt: Date.now() });
    const first = this.timings.length === 1;
    upsertSearchAttributes([
      { key: phaseKey, value: phase },
      ...(first
        ? [
            { key: clusterKey, value: this.request.cluster },
            { key: jobKey, value: this.request.job },
          ]
        : []),
    ]);
    this.tell();
  }

  tried(failures: number): void {
    this.attempt = failures + 1;
    this.tell();
  }

  warn(...warnings: readonly string[]): void {
    this.warnings.push(...warnings);
    this.tell();
  }

  /** Work that an abort ends, at the next point at which nothing of it is in flight (P8). */
  async untilAborted<T>(work: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    this.abortable = scope;
    if (this.abortRequested) scope.cancel();
    try {
      return await scope.run(work);
    } finally {
      this.abortable = undefined;
    }
  }

  end(outcome: Outcome | FailureReport['type']): void {
    this.phase = 'DONE';
    this.timings.push({ phase: 'DONE', startedAt: Date.now() });
    upsertSearchAttributes([
      { key: phaseKey, value: 'DONE' },
      { key: outcomeKey, value: outcome },
    ]);
    this.tell();
  }

  /** Ends the run as a failure. Its message alone says all that an operator must know. */
  failure(report: FailureReport): ApplicationFailure {
    this.end(report.type);
    return asFailure(report);
  }

  private abort(): void {
    this.abortRequested = true;
    this.abortable?.cancel();
    this.tell();
  }

  private status(): RescaleStatus {
    const { from, to, snapshot } = this;
    return {
      phase: this.phase,
      attempt: this.attempt,
      cluster: this.request.cluster,
      job: this.request.job,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(snapshot === undefined ? {} : { snapshot }),
      timings: [...this.timings],
      warnings: [...this.warnings],
      operator: this.options(),
    };
  }

  /** What an operator can do now, as sentences. */
  private options(): string[] {
    const { workflowId } = workflowInfo();
    switch (this.phase) {
      case 'PLANNING':
      case 'SAVEPOINTING':
        if (this.abortRequested)
          return ['an abort was asked for: the try in flight is let end, no other follows'];
        return [`to abort: temporal workflow signal --workflow-id ${workflowId} --name ${abortSignal}`];
      case 'SETTLING':
        return ['wait: what became of the job is being looked at'];
      case 'STOPPING':
      case 'RESTARTING':
      case 'VERIFYING':
      case 'ROLLING_BACK':
        return ['wait: the old job is stopped, so this goes on until a job runs'];
      case 'DONE':
        return [];
    }
  }

  private tell(): void {
    setCurrentDetails(describeRun(this.status(), this.request));
  }
}

export function asFailure(report: FailureReport): ApplicationFailure {
  return ApplicationFailure.create({
    type: report.type,
    nonRetryable: true,
    message: message(report),
    details: [report],
  });
}

/** Any error that is not Temporal's would hang the workflow in a retried task; as a failure it ends it (P28). */
export function ensureFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || isCancellation(error)) return error as Error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return ApplicationFailure.create({ type: 'Unexpected', nonRetryable: true, message: text });
}
