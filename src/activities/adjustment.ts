import type { Demand } from '../contracts/observation';
import type { OverviewJob } from '../flink/client';
import { FlinkRefused, isRefusal } from '../flink/errors';
import { triggerId } from '../planning/ids';
import { sameDemand } from '../planning/in-place';
import { PlatformRefused } from '../platform';
import type { AdjustInput, Adjusted, Progress } from './adjust';
import { arrivalOf, shortage } from './arrival';
import { checkpointsOf, lastStateOf } from './checkpoints';
import type { Cluster } from './cluster';
import { demand, standing } from './demand';
import { ended } from './ended';
import { allTasksRun, hasEnded, overviewOf, shapeOf } from './job';
import { leftBy } from './left';
import { coolsForMs, cooldownMs } from './scheduling';
import { answered, isSilence, pause, pollDelay, unheard } from './wait';
import type { Pulse } from './wait';

export function note(pulse: Pulse<Progress>, change: Partial<Progress>): void {
  pulse.details = { ...pulse.details, ...change };
}

/** Between two calls that ask for as many TaskManagers as are wanted already, ms. */
const remindEveryMs = 5_000;

/** One attempt to take a job elsewhere. */
export class Adjustment {
  private lastAt = Date.now();
  private standsSince = 0;
  /** When the next checkpoint is asked for, if those that are complete have not had Flink act. */
  private nextAskAt = 0;
  private askAgainMs = 2_000;
  private remindAt = 0;
  private cooldown: number | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly input: AdjustInput,
    private readonly pulse: Pulse<Progress>,
  ) {}

  async carryOut(): Promise<Adjusted> {
    const { cluster, input, pulse } = this;
    for (const startedAt = Date.now(); ;) {
      const job = await overviewOf(cluster, input.jobId, pulse);
      if (job === undefined || hasEnded(job.state)) {
        const over = await ended(cluster, input.jobId, pulse);
        const { newest } = pulse.details;
        if (over.ended !== undefined) return leftBy(cluster, input.jobId, over.ended, newest, pulse);
      } else {
        const end = await this.turn(job);
        if (end !== undefined) return end;
      }
      await pause(pulse, Math.max(50, Math.min(pollDelay(Date.now() - startedAt), 250)));
    }
  }

  private async turn(job: OverviewJob): Promise<Adjusted | undefined> {
    try {
      return (await this.step(job)) ?? (this.isLate(job) ? await this.notReached(job) : undefined);
    } catch (error) {
      if (error instanceof PlatformRefused) return this.refused(error.message);
      // it has ended since, or its JobManager was lost: the next look tells
      if (!isRefusal(error, 'JOB_NOT_FOUND')) throw error;
      return undefined;
    }
  }

  private async step(job: OverviewJob): Promise<Adjusted | undefined> {
    const { cluster, input, pulse } = this;
    const { aim } = input;
    const stands = await standing(cluster, input.jobId, aim.requirements, pulse);
    // its JobMaster is not there yet
    if (stands === undefined) return undefined;
    if (sameDemand(stands, aim.requirements)) {
      if (pulse.details.put !== 'STANDS') note(pulse, { put: 'STANDS', why: 'Flink has not acted on it' });
    } else if (pulse.details.put === 'STANDS' || !input.known.some((one) => sameDemand(one, stands))) {
      return this.overruled(stands);
    }

    if (input.atOnce === true && pulse.details.put !== 'STANDS') return this.put();
    if (pulse.details.put === 'STANDS') await this.remind();
    const runs = job.state === 'RUNNING' && allTasksRun(job);
    if (!runs) {
      note(pulse, {
        why: `the job is ${job.state}, and ${job.tasks.running} of ${job.tasks.total} tasks run`,
      });
      return undefined;
    }
    const arrival = await arrivalOf(cluster, input, job, pulse);
    if (pulse.details.put === 'STANDS') {
      if (arrival.kind === 'THERE') return { ...arrival, kind: 'REACHED' };
      if (arrival.kind === 'ELSEWHERE') return this.release();
      return undefined;
    }
    // nothing of it has to move: Flink only takes note
    if (arrival.kind === 'THERE') return this.put();
    if (arrival.kind === 'UNKNOWN') return undefined;
    return (await this.prepared()) ? this.put() : this.failed();
  }

  /** Whether Flink would act now, and has a fresh checkpoint to restore. */
  private async prepared(): Promise<boolean> {
    if (await this.cools()) return false;
    return this.checkpoint();
  }

  private async cools(): Promise<boolean> {
    const { cluster, input, pulse } = this;
    this.cooldown ??= await cooldownMs(cluster, pulse);
    const left = await coolsForMs(cluster, input.jobId, this.cooldown, pulse);
    if (left <= 0) return false;
    note(pulse, { why: `the cluster's cooldown of ${this.cooldown} ms is not over for another ${left} ms` });
    return true;
  }

  /** Asks for the next checkpoint, or looks at how the last one goes; whether it is complete. */
  private async checkpoint(): Promise<boolean> {
    const { cluster, input, pulse } = this;
    if (pulse.details.asked === 0) note(pulse, { asked: 1 });
    const { jobId } = input;
    const id = triggerId(input.key, 'adjust', input.n * 1_000 + pulse.details.asked);
    const seen = await answered(pulse, async (signal) => {
      try {
        return await cluster.flink.checkpointOperation(jobId, id, signal);
      } catch (error) {
        if (!isRefusal(error, 'TRIGGER_NOT_FOUND') && !isRefusal(error, 'JOB_NOT_FOUND')) throw error;
      }
      try {
        await cluster.flink.triggerCheckpoint(jobId, id);
      } catch (error) {
        if (!(error instanceof FlinkRefused)) throw error;
        return { kind: 'FAILED', cause: error.message } as const;
      }
      return { kind: 'IN_PROGRESS' } as const;
    });
    await this.keepNewest();
    switch (seen.kind) {
      case 'COMPLETED':
        return true;
      case 'IN_PROGRESS':
        note(pulse, { why: 'its checkpoint is not complete' });
        return false;
      case 'FAILED': {
        const { failures, asked } = pulse.details;
        note(pulse, { failures: [...failures, seen.cause], asked: asked + 1 });
        note(pulse, { why: `no checkpoint was completed: ${seen.cause}` });
        return false;
      }
    }
  }

  /** Has Flink act on the bounds that stand: since 2.0 it waits for a checkpoint, which it does not ask for itself. */
  private async release(): Promise<Adjusted | undefined> {
    const { input, pulse } = this;
    const now = Date.now();
    if (this.standsSince === 0) this.standsSince = now;
    if (!input.waitsForCheckpoint || now < this.nextAskAt) return undefined;
    if ((await this.areOnTheirWay()) || (await this.cools())) return undefined;
    // the one that came before the bounds has released nothing
    if (!pulse.details.releases) note(pulse, { asked: pulse.details.asked + 1, releases: true });
    if (await this.checkpoint()) {
      note(pulse, {
        asked: pulse.details.asked + 1,
        why: 'Flink has not acted on it, though a checkpoint is complete',
      });
      this.nextAskAt = Date.now() + this.askAgainMs;
      this.askAgainMs = Math.min(this.askAgainMs * 2, 30_000);
    }
    return this.failed();
  }

  /** A TaskManager that has died meanwhile may be started again by nobody else; where all run, that changes nothing. */
  private async remind(): Promise<void> {
    const { cluster, input } = this;
    const { requirements: wanted } = input.aim;
    if (typeof wanted !== 'number' || Date.now() < this.remindAt) return;
    this.remindAt = Date.now() + remindEveryMs;
    try {
      await demand(cluster, input.jobId, wanted);
    } catch (error) {
      if (!isSilence(error)) throw error;
    }
  }

  /** Whether TaskManagers that were asked for have not come yet, or not gone: no checkpoint has Flink act before. */
  private async areOnTheirWay(): Promise<boolean> {
    const { cluster, input, pulse } = this;
    const { requirements: wanted } = input.aim;
    if (typeof wanted !== 'number') return false;
    const { taskmanagers: registered } = await answered(pulse, (signal) => cluster.flink.overview(signal));
    if (registered === wanted) return false;
    note(pulse, { why: `${registered} TaskManagers are registered with Flink, and ${wanted} are to be` });
    return true;
  }

  /** Undefined as long as another checkpoint may be asked for: a job is not worn out by them. */
  private async failed(): Promise<Adjusted | undefined> {
    const { failures, put, why } = this.pulse.details;
    if (failures.length < this.input.maxTries) return undefined;
    return { kind: 'NOT_REACHED', sent: put !== 'NO', parallelism: await this.widest(), why };
  }

  private async put(): Promise<Adjusted | undefined> {
    const { cluster, input, pulse } = this;
    note(pulse, { put: 'SENT' });
    pulse.lost.throwIfAborted();
    try {
      await demand(cluster, input.jobId, input.aim.requirements);
    } catch (error) {
      if (isSilence(error)) {
        await unheard(pulse, error, 100);
        return undefined;
      }
      if (!(error instanceof FlinkRefused)) throw error;
      // 409: another update of them is under way
      if (error.status === 409 || error.refusal === 'JOB_NOT_FOUND') return undefined;
      return this.refused(`Flink refuses it: ${error.message}`);
    }
    return undefined;
  }

  private async refused(why: string): Promise<Adjusted> {
    const sent = this.pulse.details.put === 'STANDS';
    return { kind: 'NOT_REACHED', sent, parallelism: await this.widest(), why };
  }

  private async keepNewest(): Promise<void> {
    const { cluster, input, pulse } = this;
    const newest = lastStateOf(input.jobId, await checkpointsOf(cluster, input.jobId, pulse));
    if (newest !== undefined) note(pulse, { newest });
  }

  /** Charges the time since the last look to `restart`, or to `restore` while tasks read their state (P25). */
  private isLate(job: OverviewJob): boolean {
    const { pulse, input } = this;
    const elapsed = Date.now() - this.lastAt;
    this.lastAt += elapsed;
    const { spentMs, restoringMs } = pulse.details;
    const restores = job.tasks.initializing > 0;
    note(pulse, restores ? { restoringMs: restoringMs + elapsed } : { spentMs: spentMs + elapsed });
    return (
      pulse.details.spentMs > input.timeouts.restart || pulse.details.restoringMs > input.timeouts.restore
    );
  }

  private async notReached(job: OverviewJob): Promise<Adjusted> {
    const { cluster, input, pulse } = this;
    const { put, spentMs, restoringMs, why } = pulse.details;
    const sent = put !== 'NO';
    const missing = sent ? await shortage(cluster, input, job, pulse) : undefined;
    return {
      ...{ kind: 'NOT_REACHED', sent, parallelism: await this.widest() },
      why: `not within ${Math.round(spentMs + restoringMs)} ms: ${missing ?? why}`,
    };
  }

  private async overruled(stands: Demand): Promise<Adjusted> {
    const what =
      typeof stands === 'number'
        ? `${stands} TaskManagers`
        : `it to run at up to ${Math.max(...Object.values(stands).map((bounds) => bounds.upper))}`;
    const why = `somebody else has asked for ${what} meanwhile`;
    return { kind: 'OVERRULED', parallelism: await this.widest(), why };
  }

  private async widest(): Promise<number> {
    const { vertices } = await shapeOf(this.cluster, this.input.jobId, this.pulse);
    return Math.max(1, ...vertices.map(({ parallelism }) => parallelism));
  }
}
