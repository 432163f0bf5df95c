import { WorkflowExecutionAlreadyStartedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploymentQueries } from '../../../src/contracts/deployment';
import type { Answer, DeploymentEvent, DeploymentInput } from '../../../src/contracts/deployment';
import { steeringNames } from '../../../src/contracts/rescale';
import { until } from '../../../src/dev/until';
import { deploymentWorkflowId } from '../../../src/planning/deployment/ids';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import type { Effect } from '../../flink-simulator';
import { runningJob } from '../../kit/jobs';
import type { Deed, DeploymentCase, Saying, When } from './case';
import { isAtRest, isReached, isTrue, savepointsOf } from './invariants';
import { jarOf } from './jars';
import type { Place } from './lanes';
import type { DeploymentRecord, EntityRun, LiveJob, Look, Outcome, Said } from './record';

/** What is waited for before an act comes in this time, or is not waited for any longer; ms. */
const momentMs = { UNDER_WAY: 5_000, AT_REST: 30_000, EFFECT: 5_000, BY_HAND: 60_000 };

export interface DeploymentRunOptions {
  /** How long a deployment may take to come to rest, and as long again for the last edit; ms. */
  readonly limitMs?: number;
  /** A workflow with a defect in the place of the sound one. */
  readonly workflow?: string;
}

/** A process carries many cases out, one after the other on each place: names are never used twice. */
let names = 0;

/** Carries a case out, and says all that happened. Nothing of it runs then, however it went. */
export async function runDeployment(
  place: Place,
  one: DeploymentCase,
  options: DeploymentRunOptions = {},
): Promise<DeploymentRecord> {
  const run = new DeploymentRun(place, one, `orders-${++names}`);
  try {
    return await run.carriedOut(options);
  } finally {
    await run.end();
  }
}

class DeploymentRun {
  private readonly workflowId: string;
  private readonly lock: string;
  private readonly handle: WorkflowHandle;
  private readonly said: Said[] = [];
  /** What goes on beside the acts: commands that wait for their answer, a worker that starts. */
  private readonly beside: Promise<void>[] = [];
  private readonly mends: (() => void)[] = [];
  private kills = 0;
  private killing: Promise<void> = Promise.resolve();

  constructor(
    private readonly place: Place,
    private readonly one: DeploymentCase,
    private readonly jobName: string,
  ) {
    const { client, cluster } = place;
    this.workflowId = deploymentWorkflowId({ cluster, name: jobName });
    this.lock = rescaleWorkflowId(cluster, jobName);
    this.handle = client.workflow.getHandle(this.workflowId);
  }

  async carriedOut({ limitMs = 120_000, workflow }: DeploymentRunOptions): Promise<DeploymentRecord> {
    const { place, one, jobName, workflowId } = this;
    const { flink, client, taskQueue } = place;
    const startedAt = Date.now();
    const before = flink.effects.length;
    const adopted = one.adopted ? await runningJob(flink, jobName, jarOf(one, 'OLD')) : undefined;
    this.mends.push(flink.script({ job: jobName, stops: one.stops ?? [], starts: one.starts ?? [] }));
    for (const fault of one.faults ?? []) this.mends.push(flink.fault(fault));
    await client.workflow.start(workflow ?? 'deployment', {
      ...{ workflowId, taskQueue, args: [this.resource(one.parallelism, 'OLD')] },
    });
    for (const { when, deed } of one.acts) {
      await this.moment(when);
      await this.act(deed);
    }
    await this.calm();
    const rest = await this.looked(isAtRest, limitMs);
    let last: Look | undefined;
    if (rest !== undefined && isAtRest(rest)) {
      await this.say(this.noted(lastEdit), 'UPDATE');
      last = await this.looked((look) => isReached(look) && this.hasSaved(look), limitMs);
    }
    const effects = flink.effects.slice(before).filter((effect) => this.isOfOurs(effect));
    const events = await this.ask<DeploymentEvent[]>(deploymentQueries.events).catch(() => []);
    const runs = await this.runs();
    const { count: transitions } = await client.workflow.count(`WorkflowId = "${this.lock}"`);
    const tookMs = Date.now() - startedAt;
    return {
      ...{ case: one, workflowId, jobName, adopted: adopted?.id, said: this.said, effects, rest, last },
      ...{ events, runs, kills: this.kills, transitions, tookMs },
    };
  }

  /** Ends whatever is left. */
  async end(): Promise<void> {
    await this.calm();
    const { client, flink } = this.place;
    for (const workflowId of [this.workflowId, this.lock])
      await client.workflow
        .getHandle(workflowId)
        .terminate('its case is over')
        .catch(() => undefined);
    for (const job of flink.live(this.jobName)) job.cancel();
    await until(() => flink.live(this.jobName).length === 0, { what: 'the jobs to end', deadlineMs: 10_000 });
  }

  /** Nothing goes wrong any more, and what was begun has ended. */
  private async calm(): Promise<void> {
    for (const mend of this.mends.splice(0)) mend();
    for (const job of this.place.flink.live(this.jobName)) job.mend();
    await Promise.all(this.beside.splice(0));
    await this.place.flink.reachable();
  }

  private async moment(when: When): Promise<void> {
    if ('ms' in when) return sleep(when.ms);
    if ('effect' in when) {
      const { flink } = this.place;
      const next = new Promise<void>((resolve) => {
        const stop = flink.onEffect((effect) => {
          if (effect.kind !== when.effect || !this.isOfOurs(effect)) return;
          stop();
          resolve();
        });
      });
      return Promise.race([next, sleep(momentMs.EFFECT)]);
    }
    const fits = async () => {
      const look = await this.look();
      return when.is === 'AT_REST' ? isAtRest(look) : look.status.transition !== undefined;
    };
    await until(fits, { what: when.is, deadlineMs: momentMs[when.is], pollMs: 100 }).catch(() => undefined);
  }

  private async act(deed: Deed): Promise<void> {
    const { flink, client, taskQueue, cluster } = this.place;
    switch (deed.kind) {
      case 'SAY': {
        const said = this.noted(deed.saying);
        for (let n = 0; n < deed.times; n++) this.aside(this.say(said, deed.how));
        return;
      }
      case 'SAY_AGAIN': {
        const said = this.said[deed.nth];
        if (said !== undefined) this.aside(this.say(said, deed.how));
        return;
      }
      case 'KILL':
        this.kills += 1;
        this.killing = this.killing.then(() => this.place.killWorker());
        return this.aside(this.killing);
      case 'JOB':
        for (const job of flink.live(this.jobName))
          switch (deed.how) {
            case 'FAILS_OVER':
              job.failOver('it does not work');
              break;
            case 'FAILED':
              job.fail();
              break;
            case 'FINISHED':
              job.finish();
              break;
            case 'CANCELED':
              job.cancel();
              break;
          }
        return;
      case 'LOSE_JOB_MANAGER':
        return flink.loseJobManager(deed);
      case 'UNREACHABLE':
        await flink.unreachable();
        await sleep(deed.downMs);
        return flink.reachable();
      case 'BY_HAND': {
        const what = deed.what === 'SUSPEND' ? { transition: 'SUSPEND' } : deed.what;
        try {
          const run = await client.workflow.start('rescale', {
            ...{ workflowId: this.lock, taskQueue, args: [{ cluster, job: this.jobName, ...what }] },
            workflowIdConflictPolicy: 'FAIL',
          });
          this.aside(Promise.race([ended(run), sleep(momentMs.BY_HAND, undefined, { ref: false })]));
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
        return;
      }
      case 'ABORT':
        // there is none, or it has just ended
        await client.workflow
          .getHandle(this.lock)
          .signal(steeringNames.abort)
          .catch(() => undefined);
    }
  }

  private aside(work: Promise<void>): void {
    work.catch(() => undefined); // whoever waits for all is told
    this.beside.push(work);
  }

  private noted(saying: Saying): Said {
    const said = { requestId: `request-${this.said.length}`, saying, outcomes: [] };
    this.said.push(said);
    return said;
  }

  private async say({ requestId, saying, outcomes }: Said, how: 'UPDATE' | 'SIGNAL'): Promise<void> {
    const input = { ...this.written(saying), requestId, by: requestId };
    const send = async (): Promise<Outcome> => {
      if (how === 'SIGNAL') {
        await this.handle.signal<[object]>(saying.name, input);
        return { kind: 'SENT' };
      }
      try {
        const answer = await this.handle.executeUpdate<Answer, [object]>(saying.name, { args: [input] });
        return { kind: 'ANSWERED', answer };
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError)
          return { kind: 'REFUSED', why: error.cause?.message ?? '' };
        throw error;
      }
    };
    // as a service does: what was not answered is asked again, with its request id
    outcomes.push(
      await until(send, { what: `an answer to ${saying.name}`, deadlineMs: 60_000, pollMs: 200 }),
    );
  }

  /** The command as the deployment takes it. */
  private written(saying: Saying): object {
    switch (saying.name) {
      case 'apply':
        return { resource: this.resource(saying.parallelism, saying.jar) };
      case 'patch':
        if ('spec' in saying) return { patch: { spec: saying.spec } };
        return {
          patch: { spec: { template: { spec: { artifact: { jarUri: jarOf(this.one, saying.jar) } } } } },
        };
      case 'scale':
        return { parallelism: saying.parallelism };
      case 'rollback':
        return { to: saying.to };
      case 'suspend':
      case 'resume':
      case 'cancel':
      case 'savepoint':
        return {};
    }
  }

  private resource(parallelism: number, jar: 'OLD' | 'NEW'): DeploymentInput {
    const artifact = { jarUri: jarOf(this.one, jar), mainArgs: `--name ${this.jobName}` };
    return { metadata: { name: this.jobName }, spec: { template: { spec: { parallelism, artifact } } } };
  }

  private ask<T>(query: string): Promise<T> {
    return this.handle.query<T>(query);
  }

  private async look(): Promise<Look> {
    const live = this.live();
    const status = await this.ask<Look['status'] | null>(deploymentQueries.status);
    const history = await this.ask<Look['history']>(deploymentQueries.history);
    const savepoints = await this.ask<Look['savepoints']>(deploymentQueries.savepoints);
    if (status === null) throw new Error('it has no resource');
    return { status, history, savepoints, live };
  }

  /** Looks until it is as asked, and true; how it was at last, where it does not become so. */
  private async looked(fits: (look: Look) => boolean, limitMs: number): Promise<Look | undefined> {
    let seen: Look | undefined;
    const comes = async () => {
      seen = await this.look();
      return fits(seen) && isTrue(seen);
    };
    await until(comes, { what: 'a rest', deadlineMs: limitMs, pollMs: 250 }).catch(() => undefined);
    return seen;
  }

  /** What was asked for, and a job runs of which it could be taken. */
  private hasSaved(look: Look): boolean {
    const { least, taken } = savepointsOf(this.said, look);
    return taken >= least || look.status.actual !== 'RUNNING';
  }

  private live(): LiveJob[] {
    const { flink } = this.place;
    return flink.live(this.jobName).map(({ id, state, options: { parallelism } }) => {
      const submitted = flink.calls.findLast((call) => call.verb === 'RUN' && call.jobId === id);
      const jar = submitted?.jar?.replace(/^.*_weir-[0-9a-f]+-/, '') ?? jarOf(this.one, 'OLD');
      return { id, state, parallelism, jar };
    });
  }

  private isOfOurs(effect: Effect): boolean {
    return effect.kind === 'JOB_MANAGER_LOST' || effect.name === this.jobName;
  }

  /** Each run of the entity, by the chain that its histories tell. */
  private async runs(): Promise<EntityRun[]> {
    const { client } = this.place;
    const runs: EntityRun[] = [];
    const first = (await this.handle.describe()).raw.workflowExecutionInfo?.firstRunId ?? undefined;
    for (let runId = first; runId;) {
      const { events = [] } = await client.workflow.getHandle(this.workflowId, runId).fetchHistory();
      runs.push({ events: events?.length ?? 0, failedTasks: (events ?? []).flatMap(failedTask) });
      runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    }
    return runs;
  }
}

/** Resolves when the run is over, however it ended. */
async function ended(run: WorkflowHandle): Promise<void> {
  await run.result().catch(() => undefined);
}

/** Why a task of the workflow failed; that news came while it ended its run is no failure. */
function failedTask({
  workflowTaskFailedEventAttributes: failed,
}: temporal.api.history.v1.IHistoryEvent): string[] {
  const message = failed?.failure?.message;
  return failed == null || /UnhandledCommand/i.test(message ?? '') ? [] : [message ?? String(failed.cause)];
}

/** With which it is brought to what is wanted, whatever was refused before. */
const lastEdit: Saying = {
  name: 'patch',
  spec: { upgradeStrategy: { kind: 'STATEFUL' }, restoreStrategy: { kind: 'LATEST_STATE' } },
};
