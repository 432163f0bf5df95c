import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { temporal } from '@temporalio/proto';
import { statusQuery, steeringNames } from '../../src/contracts/rescale';
import type { RescaleResult, RescaleStatus } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { FlinkSimulator, SimulatedJob } from '../flink-simulator';
import { runningJob } from '../kit/jobs';
import type { Case, Deed, When } from './case';
import { job } from './machine';
import type { Defect, Machine, Site } from './machine';
import type { Done, End, LiveJob, RunRecord } from './record';

export type History = temporal.api.history.v1.IHistory;

/** How long a run may take until it counts as one that does not end. */
const longestMs = 90_000;

export interface RunOptions {
  readonly limitMs?: number;
  /** What else is to go wrong at its site; called when its job runs. */
  readonly prepared?: ((site: Site) => void) | undefined;
  /** A planted one. */
  readonly defect?: Defect | undefined;
}

export interface Ran {
  readonly record: RunRecord;
  readonly history: History;
}

/** Carries a case out, and says all that happened. The run is over then, however it went. */
export async function run(
  machine: Machine,
  one: Case,
  { limitMs = longestMs, prepared, defect }: RunOptions = {},
): Promise<Ran> {
  const site = await machine.site(one.crashes, defect === undefined ? {} : { defect });
  const { flink, calls, cluster } = site;
  const workflowId = rescaleWorkflowId(cluster, job);
  const beside: string[] = [];
  const done: Done[] = [];
  const disposals: { path: string; needed: boolean }[] = [];
  try {
    const old = await runningJob(flink, job);
    if (one.suspended === true) await suspended(flink, old);
    flink.script({ stops: one.stops ?? [], starts: one.starts ?? [] });
    for (const fault of one.faults ?? []) flink.fault(fault);
    prepared?.(site);
    calls.watch(({ method, args: [path] }) => {
      if (method !== 'disposeSavepoint' || typeof path !== 'string') return;
      // asked again, it is as it was: a job that fails over meanwhile shows no checkpoint for a moment
      if (disposals.some((asked) => asked.path === path)) return;
      disposals.push({ path, needed: isNeeded(flink, path) });
    });

    const startedAt = Date.now();
    let open = true;
    const handle = machine.client.workflow.getHandle(workflowId);
    const start = (id = workflowId) =>
      machine.client.workflow.start('rescale', {
        ...{ workflowId: id, taskQueue: machine.taskQueue, args: [{ cluster, job, ...one.input }] },
        workflowIdConflictPolicy: 'FAIL',
      });
    const acting: Promise<void>[] = [];
    for (const act of one.acts ?? []) {
      void moment(act.when, { calls, handle, isOver: () => !open }).then(() => {
        if (!open) return;
        done.push({ act, afterCalls: calls.sent.length });
        acting.push(carryOut(act.deed, { site, handle, old: old.id, start, beside }).catch(() => undefined));
      });
    }
    const { firstExecutionRunId } = await start();
    const before = one.hopeless === true ? await givenUp(handle, limitMs) : undefined;
    const end = await endOf(handle, limitMs);
    open = false;
    await Promise.all(acting);
    const effects = [...flink.effects];
    const live = liveJobs(flink);
    const { calls: called } = flink;
    const noted = { effects, live, calls: [...called], sent: [...calls.sent], disposals: [...disposals] };
    const tookMs = Date.now() - startedAt;

    if (end.kind === 'OPEN') await handle.terminate('its time was over').catch(() => undefined);
    await calls.releaseLate();
    await calls.repeat();
    // what a repeated call sets off, the simulated Flink has done by then
    await sleep(300);
    const repeated = flink.effects.slice(effects.length);
    machine.attempts.end(workflowId);
    const left = await leftBehind(machine, workflowId);
    const history = await handle.fetchHistory();
    const told = textsIn(history).join('\n');
    const record: RunRecord = {
      ...{ case: one, workflowId, firstExecutionRunId, oldJobId: old.id, ...noted, done, end, told, before },
      ...{ repeated, beside, left, tookMs },
    };
    return { record, history };
  } finally {
    machine.attempts.end(workflowId);
    await site.close();
  }
}

async function suspended(flink: FlinkSimulator, old: SimulatedJob): Promise<void> {
  flink.savepoint(old.id, { stop: true });
  await until(() => old.ended, { what: 'the job to be stopped', deadlineMs: 30_000 });
}

/** Resolves at that moment; also when the run is over, which it may have been waited for. */
async function moment(
  when: When,
  {
    calls,
    handle,
    isOver,
  }: Pick<Site, 'calls'> & { readonly handle: WorkflowHandle; readonly isOver: () => boolean },
): Promise<void> {
  if ('ms' in when) return sleep(when.ms);
  if ('nth' in when) return calls.at(when);
  const comes = async () => isOver() || (await handle.query<RescaleStatus>(statusQuery)).phase === when.phase;
  await until(comes, { what: `phase ${when.phase}`, deadlineMs: 2 * longestMs, pollMs: 200 });
}

interface At {
  readonly site: Site;
  readonly handle: WorkflowHandle;
  readonly old: string;
  readonly start: (id?: string) => Promise<WorkflowHandle>;
  readonly beside: string[];
}

async function carryOut(deed: Deed, { site, handle, old, start, beside }: At): Promise<void> {
  const { flink } = site;
  switch (deed.kind) {
    case 'ABORT':
      return handle.signal(steeringNames.abort);
    case 'CANCEL':
      return void (await handle.cancel());
    case 'RETRY':
      return handle.signal(steeringNames.retry);
    case 'GIVE_UP':
      return handle.signal(steeringNames.giveUp);
    case 'RETARGET':
      return handle.signal(steeringNames.retarget, { parallelism: deed.parallelism });
    case 'RESTORE_FROM': {
      const savepoint = flink.effects.findLast((effect) => effect.kind === 'SAVEPOINT');
      if (savepoint?.kind !== 'SAVEPOINT') return;
      return handle.signal(steeringNames.restoreFrom, { path: savepoint.path });
    }
    case 'START_AGAIN':
      return void beside.push(...(await startedBeside(handle, start)));
    case 'LOSE_JOB_MANAGER':
      return flink.loseJobManager(deed);
    case 'UNREACHABLE':
      await flink.unreachable();
      await sleep(deed.downMs);
      return flink.reachable();
    case 'OLD_JOB':
      return toOldJob(flink, old, deed.how);
  }
}

/** The same rescale under the same id, which Temporal refuses, and under another, which the workflow refuses. */
async function startedBeside(
  handle: WorkflowHandle,
  start: (id?: string) => Promise<WorkflowHandle>,
): Promise<string[]> {
  const { workflowId, client } = handle;
  const beside: string[] = [];
  const { runId } = await handle.describe();
  try {
    await start();
    // it may have come to its end just before
    const { status } = await client.getHandle(workflowId, runId).describe();
    if (status.name === 'RUNNING') beside.push(workflowId);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const other = await start(`${workflowId}-2`);
  try {
    await other.result();
    beside.push(other.workflowId);
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const refused = cause instanceof ApplicationFailure && cause.type === 'InvalidRequest';
    if (!refused) beside.push(other.workflowId);
  }
  return beside;
}

function toOldJob(flink: FlinkSimulator, id: string, how: Extract<Deed, { kind: 'OLD_JOB' }>['how']): void {
  const [old] = flink.live(job).filter((one) => one.id === id);
  if (old === undefined) return;
  switch (how) {
    case 'FAILS_OVER':
      return old.failOver('it does not work');
    case 'FAILS':
      return old.fail();
    case 'FINISHES':
      return old.finish();
    case 'IS_CANCELED':
      return old.cancel();
    case 'IS_SAVED':
      // Flink takes none of a job that is being stopped
      return old.stopping === undefined ? flink.savepoint(id) : undefined;
  }
}

/** Waits until the run calls for attention, and gives up in the operator's name. Says how it stood before. */
async function givenUp(handle: WorkflowHandle, deadlineMs: number): Promise<RescaleStatus | undefined> {
  try {
    return await until(
      async () => {
        const seen = await handle.query<RescaleStatus>(statusQuery);
        if (seen.phase !== 'ATTENTION' || seen.failedTries.length === 0) return false;
        // rejected where the step has ended meanwhile
        await handle.executeUpdate(steeringNames.giveUp);
        return seen;
      },
      { what: 'a run to call for attention', deadlineMs, pollMs: 200 },
    );
  } catch {
    return undefined;
  }
}

async function endOf(handle: WorkflowHandle, limitMs: number): Promise<End> {
  const over = new AbortController();
  const inTime = (async (): Promise<End> => {
    try {
      return { kind: 'COMPLETED', result: (await handle.result()) as RescaleResult };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      if (!(cause instanceof ApplicationFailure)) return { kind: 'OTHERWISE', how: String(cause) };
      return { kind: 'FAILED', type: cause.type ?? '', message: cause.message };
    } finally {
      over.abort();
    }
  })();
  const tooLong = sleep(limitMs, undefined, { signal: over.signal }).then(
    async (): Promise<End> => ({
      kind: 'OPEN',
      status: await handle.query<RescaleStatus>(statusQuery).catch(() => undefined),
    }),
    () => inTime,
  );
  return Promise.race([inTime, tooLong]);
}

function liveJobs(flink: FlinkSimulator): LiveJob[] {
  return flink.live(job).map(({ id, state, options }) => {
    const started = flink.effects.findLast((effect) => effect.kind === 'STARTED' && effect.jobId === id);
    const empty = started?.kind === 'STARTED' && started.restoredFrom === undefined;
    return { id, state, parallelism: options.parallelism, empty };
  });
}

/** A savepoint may go once a job lives that has completed a checkpoint of its own. */
function isNeeded(flink: FlinkSimulator, path: string): boolean {
  return !flink.live(job).some(({ checkpoints }) => {
    const { base } = checkpoints;
    return checkpoints.count('COMPLETED') > 0 && base !== undefined && base.path !== path;
  });
}

async function leftBehind(machine: Machine, workflowId: string): Promise<string[]> {
  const gone = () => machine.attempts.of(workflowId).length === 0;
  await until(gone, { what: 'attempts to end', deadlineMs: 5_000 }).catch(() => undefined);
  return machine.attempts.of(workflowId).map(({ activity, fate }) => `${activity} (${fate})`);
}

/** Every text in it, bytes of payloads too. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (ArrayBuffer.isView(value))
    return [Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
