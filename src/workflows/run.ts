import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { isFurther, noTries } from '../contracts/failures';
import type { FailureReport, Tries } from '../contracts/failures';
import { isNoticeType } from '../contracts/notice';
import type { NoticeType } from '../contracts/notice';
import type { Jar, Observation } from '../contracts/observation';
import { canceledJobMemo, jobRecordMemo } from '../contracts/record';
import type { JobRecord } from '../contracts/record';
import { defaultTimeouts, statusQuery, triedSignal } from '../contracts/rescale';
import type {
  JobAt,
  Mechanism,
  Outcome,
  Phase,
  PhaseTime,
  RescaleStatus,
  SavepointFormat,
  TransitionRequest,
} from '../contracts/rescale';
import type { Origin, Snapshot } from '../contracts/snapshot';
import { lockKey } from '../planning/ids';
import type { RunKey } from '../planning/ids';
import { message, wordsOf } from '../planning/report';
import type { Teller } from '../planning/report';
import { snapshotOf } from '../planning/restore';
import { describeRun, operatorOptions } from './describe';
import type { Option } from './describe';
import { countRescale, recordDowntime } from './metrics';
import { Notices } from './notices';
import { Steering } from './steering';

const phaseKey = defineSearchAttributeKey('WeirPhase', SearchAttributeType.KEYWORD);
const outcomeKey = defineSearchAttributeKey('WeirOutcome', SearchAttributeType.KEYWORD);
const clusterKey = defineSearchAttributeKey('WeirCluster', SearchAttributeType.KEYWORD);
const jobKey = defineSearchAttributeKey('WeirJob', SearchAttributeType.KEYWORD);

/** What a plan says of a choice that was left to us. */
interface Chosen {
  readonly why?: string;
  readonly savepoint?: { readonly format: SavepointFormat };
}

/** One run of a rescale as people see it: its phase, its facts so far, and what the query and the details say of them. */
export class Run {
  readonly key: RunKey;
  readonly steering: Steering;
  readonly notices = new Notices();
  readonly warnings: string[] = [];
  from: JobAt | undefined;
  to: JobAt | undefined;
  snapshot: Snapshot | undefined;
  /** What the job that this run has started last was started with. */
  record: JobRecord | undefined;
  /** Flink's Web UI, once PLANNING has seen the cluster. */
  flinkUrl = '';
  /** Why by this mechanism, where that was left to us. */
  why: string | undefined;
  /** The `attention` time-out (P29), once it is planned; ms. */
  attentionMs = defaultTimeouts.attention;
  /** Since when the job is down, ms since the epoch; absent where it runs, or was down before. */
  downSince: number | undefined;
  /** How the tries of the present step stand, as far as was told. */
  tries = noTries;

  private step: Phase = 'PLANNING';
  private stepSince = Date.now();
  /** How many there were. */
  private steps = 0;
  private patience = defaultTimeouts.attention;
  private attention: string | undefined;
  private readonly timings: PhaseTime[] = [];
  /** Of the present step, among the timings. */
  private stepAt = 0;
  private outcome: RescaleStatus['outcome'];
  private watching: CancellationScope | undefined;

  constructor(public request: TransitionRequest) {
    const info = workflowInfo();
    this.key = { lock: lockKey(request.cluster, request.job), run: info.firstExecutionRunId };
    setHandler(defineQuery<RescaleStatus>(statusQuery), () => this.status(), {
      description: 'phase, jobs, snapshot, timings, warnings, and what an operator can do now',
    });
    this.steering = new Steering({
      transition: request.transition,
      warn: (warning) => this.warn(warning),
      changed: () => this.tell(),
    });
    // Last, since signals that are waiting are handled at once, and all of the run must be there.
    this.steering.listen();
    setHandler(defineSignal<[Tries]>(triedSignal), (tries) => this.tried(tries), {
      description: 'sent by Weir itself: a try is about to be sent, or Flink answered it with a failure',
    });
  }

  /** Whose words a failure of this run is told in. */
  get teller(): Teller {
    return { taskQueue: workflowInfo().taskQueue, request: this.request, flinkUrl: this.flinkUrl };
  }

  /** PLANNING has seen the cluster. */
  observed({ flinkUrl, notifies = false }: Observation): void {
    this.flinkUrl = flinkUrl;
    this.notices.wanted = notifies;
  }

  /**
   * By which mechanism the rescale is carried out from here on. Where that was left to us `chosen` says why, and what else
   * was: planned anew, it stays.
   */
  by(mechanism: Exclude<Mechanism, 'AUTO'>, chosen: Chosen = {}): void {
    const { request } = this;
    if (request.transition !== 'RESCALE' || request.mechanism === mechanism) return;
    const { why, savepoint = request.savepoint } = chosen;
    this.request = { ...request, mechanism, savepoint: { ...request.savepoint, format: savepoint.format } };
    this.why = why;
  }

  /** `patience`: how long the step may take before it calls for attention, once the run is watched; ms. */
  enter(step: Phase, patience = this.attentionMs): void {
    if (this.step === step && this.timings.length > 0) return;
    this.step = step;
    this.patience = patience;
    this.stepSince = Date.now();
    this.steps += 1;
    this.tries = noTries;
    this.calm();
    const first = this.timings.length === 0;
    this.stepAt = this.timings.push({ phase: step, startedAt: Date.now() }) - 1;
    log.info('phase', { phase: step, snapshot: this.snapshot?.path });
    upsertSearchAttributes([
      { key: phaseKey, value: step },
      ...(first
        ? [
            { key: clusterKey, value: this.request.cluster },
            { key: jobKey, value: this.request.job },
          ]
        : []),
    ]);
    this.tell();
  }

  /** Notes how the tries of the present step stand; what comes late, from a step that is over, is ignored. */
  tried(tries: Tries): void {
    if (!isFurther(tries, this.tries)) return;
    this.tries = tries;
    const { failures } = tries;
    const timing = this.timings[this.stepAt];
    if (timing !== undefined && failures.length > 0)
      this.timings[this.stepAt] = { ...timing, failedTries: failures.length };
    this.tell();
  }

  warn(...warnings: readonly string[]): void {
    this.warnings.push(...warnings);
    this.tell();
  }

  /** Leaves word of what the job was started with, for later runs: also for those that follow a terminated one. */
  started(jobId: string, { artifact, sha256 }: Jar, origin: Origin): void {
    const snapshot = snapshotOf(origin);
    const savepoint = snapshot?.kind === 'SAVEPOINT' ? { savepoint: snapshot } : {};
    this.record = { jobId, artifact, sha256, ...savepoint };
    upsertMemo({ [jobRecordMemo]: this.record });
  }

  /** Leaves word that the end of this job will be ours, should this run be lost before it has started another. */
  cancels(jobId: string): void {
    upsertMemo({ [canceledJobMemo]: jobId });
  }

  /** The job is stopped: the run ends with a job that runs, and a step that takes long calls for attention. */
  pointOfNoReturn(snapshot: Snapshot | undefined): void {
    this.snapshot = snapshot;
    if (this.steering.aborted)
      this.warn(
        `the abort came too late: the job is stopped, so the ${wordsOf(this.request.transition).noun} goes on`,
      );
    this.steering.stage = 'STOPPED';
    this.watch();
  }

  /** From here on a step that takes long is ATTENTION: visible, and open to an operator. */
  watch(): void {
    if (this.watching !== undefined) return;
    this.watching = new CancellationScope({ cancellable: true });
    this.watching
      .run(async () => {
        for (;;) {
          await this.outOfPatience();
          this.callForAttention(`${this.step} takes longer than ${this.patience / 1000} s`);
          // A run may be stuck for days: nothing is counted until the next step begins (P29).
          if (patched('attention-is-quiet')) await condition(() => this.attention === undefined);
        }
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  /**
   * Waits until a step has used up its patience. Which timers fire decides, and never the clock, which says only how long
   * they are: Temporal may give a task that follows one which no worker took in time the time of the task before, and the
   * right one when it is replayed (SDK 1.24.0).
   */
  private async outOfPatience(): Promise<void> {
    const timersOfAStep = () => Math.ceil(this.patience / this.attentionMs);
    for (let left = timersOfAStep(); left > 0; left--) {
      const { steps } = this;
      const due = this.stepSince + this.patience - Date.now();
      const ms = Math.max(1, Math.min(due - (left - 1) * this.attentionMs, this.attentionMs));
      await sleep(ms, { summary: 'a step that takes longer calls for attention' });
      // the step began while the timer ran
      if (this.steps !== steps) left = timersOfAStep() + 1;
    }
  }

  /** Shouts: phase, details, search attribute (which the metric counts), log and webhook. Stays until the step is over. */
  callForAttention(why: string): void {
    if (this.attention === why) return;
    const fresh = this.attention === undefined;
    this.attention = why;
    if (fresh) {
      this.steering.stuck = true;
      this.timings.push({ phase: 'ATTENTION', startedAt: Date.now() });
      upsertSearchAttributes([{ key: phaseKey, value: 'ATTENTION' }]);
      log.warn('attention', { phase: this.step, why, snapshot: this.snapshot?.path });
      const { job } = this.request;
      this.notify('ATTENTION', [`${job} calls for attention: ${why}.`, ...this.status().operator].join('\n'));
    }
    this.tell();
  }

  /** `Unexpected`: a fault of Weir itself. */
  end(outcome: Outcome | FailureReport['type'] | 'Unexpected'): void {
    this.watching?.cancel();
    this.calm();
    this.outcome = outcome;
    this.steering.stage = 'DONE';
    this.step = 'DONE';
    this.timings.push({ phase: 'DONE', startedAt: Date.now() });
    upsertSearchAttributes([
      { key: phaseKey, value: 'DONE' },
      { key: outcomeKey, value: outcome },
    ]);
    log.info('ended', { outcome, snapshot: this.snapshot?.path });
    // A cluster that was not looked at may be one that weir.yaml does not know.
    countRescale(this.flinkUrl === '' ? '' : this.request.cluster, outcome);
    this.tell();
  }

  /** Ends the run as a failure. Its message alone says all that an operator must know. */
  failure(report: FailureReport): ApplicationFailure {
    this.end(report.type);
    if (report.type === 'RolledBack' && this.downSince !== undefined)
      recordDowntime(this.request.cluster, report.type, Date.now() - this.downSince);
    if (isNoticeType(report.type)) this.notify(report.type, message(report));
    return asFailure(report);
  }

  private notify(type: NoticeType, text: string): void {
    const { workflowId, runId } = workflowInfo();
    const { cluster, job } = this.request;
    const snapshot = this.snapshot === undefined ? {} : { snapshot: this.snapshot };
    this.notices.tell({ type, cluster, job, workflowId, runId, message: text, ...snapshot });
  }

  private calm(): void {
    if (this.attention === undefined) return;
    this.attention = undefined;
    this.steering.stuck = false;
  }

  private status(): RescaleStatus {
    const { from, to, snapshot, attention } = this;
    const phase = attention === undefined ? this.step : 'ATTENTION';
    return {
      phase,
      ...(attention === undefined ? {} : { attention }),
      ...(this.outcome === undefined ? {} : { outcome: this.outcome }),
      attempt: this.tries.failures.length + 1,
      failedTries: this.tries.failures.map((failure) => failure.cause),
      cluster: this.request.cluster,
      job: this.request.job,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(snapshot === undefined ? {} : { snapshot }),
      timings: [...this.timings],
      warnings: [...this.warnings],
      ...(this.why === undefined ? {} : { why: this.why }),
      operator: this.options().map(({ what, command }) =>
        command === undefined ? what : `${what}: ${command}`,
      ),
    };
  }

  private options(): Option[] {
    const { aborted, stuck } = this.steering;
    const { workflowId } = workflowInfo();
    const { transition, mechanism } = this.request;
    return operatorOptions(this.step, { workflowId, aborted, stuck, transition, mechanism });
  }

  private tell(): void {
    setCurrentDetails(describeRun(this.status(), this.request, this.options()));
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
