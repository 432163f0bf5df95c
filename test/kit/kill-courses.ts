import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Outcome, RescaleInput, RescaleResult } from '../../src/contracts/rescale';
import { steeringNames } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { Call, FlinkSimulator, Scripts, SimulatorOptions } from '../flink-simulator';
import { runningJob } from './jobs';
import type { Simulated } from './simulated';

/** A course of a rescale of "orders", 2 -> 4, for processes that are killed in it. One try of everything. */
export interface KillCourse {
  /** What its cluster has that the others have not. */
  readonly flink?: SimulatorOptions;
  /** So many TaskManagers at first, which the worker starts and ends. */
  readonly ownedTaskManagers?: number;
  readonly input?: Partial<RescaleInput>;
  readonly scripts?: Scripts;
  /** Before the rescale that counts. */
  readonly before?: (place: Simulated, cluster: string) => Promise<void>;
  /** Its operator says abort when the first stop has come to Flink. */
  readonly aborts?: true;
  /** The outcome, or the type of the failure; then a job runs at that parallelism, or none (0). */
  readonly ends: Exclude<Outcome, 'UNCHANGED' | 'PLANNED'> | 'RolledBack';
  readonly parallelism: 2 | 4 | 0;
}

export const killCourses = {
  stateful: { ends: 'RESCALED', parallelism: 4 },
  'save-then-cancel': {
    input: { savepoint: { mode: 'SAVEPOINT_THEN_CANCEL' } },
    ...{ ends: 'RESCALED', parallelism: 4 },
  },
  stateless: { input: { upgradeStrategy: 'STATELESS' }, ends: 'RESCALED', parallelism: 4 },
  upgrade: {
    input: { artifact: { jar: 'orders-2.jar', args: ['--name', 'orders'] } },
    ...{ ends: 'RESCALED', parallelism: 4 },
  },
  'roll-back': {
    scripts: { starts: [{ kind: 'NEVER_SCHEDULED' }] },
    ...{ input: { timeouts: { restart: 3_000 } }, ends: 'RolledBack', parallelism: 2 },
  },
  abort: {
    ...{
      input: { maxSavepointCreationAttempts: 2 },
      // the abort is heard while the job restarts
      scripts: { stops: [{ kind: 'TASK_FAILS', restartMs: 10_000 }] },
    },
    ...{ aborts: true, ends: 'ABORTED', parallelism: 2 },
  },
  resume: { before: terminatedWhenStopped, ends: 'RESUMED', parallelism: 4 },
  suspend: { input: { transition: 'SUSPEND' }, ends: 'SUSPENDED', parallelism: 0 },
  start: {
    before: suspended,
    input: { transition: 'START', artifact: { jar: 'orders.jar', args: ['--name', 'orders'] } },
    ...{ ends: 'STARTED', parallelism: 4 },
  },
  cancel: { input: { transition: 'CANCEL' }, ends: 'CANCELLED', parallelism: 0 },
  savepoint: { input: { transition: 'SAVEPOINT' }, ends: 'SAVED', parallelism: 2 },
  'in-place': {
    flink: {
      checkpointing: { intervalMs: 60_000 },
      scheduling: { kind: 'ADAPTIVE', cooldownMs: 0, partMs: 60_000, stabilizationMs: 200 },
    },
    ...{ input: { mechanism: 'IN_PLACE' }, ends: 'RESCALED', parallelism: 4 },
  },
  reactive: {
    flink: {
      ...{ slots: 2, checkpointing: { intervalMs: 60_000 } },
      scheduling: { kind: 'REACTIVE', cooldownMs: 0, partMs: 0 },
    },
    ownedTaskManagers: 1,
    ...{ input: { mechanism: 'REACTIVE' }, ends: 'RESCALED', parallelism: 4 },
  },
} as const satisfies Record<string, KillCourse>;

export type KillCourseName = keyof typeof killCourses;
export const killCourseNames = Object.keys(killCourses).filter(isCourse);

function isCourse(name: string): name is KillCourseName {
  return name in killCourses;
}

/** A cluster for each point: its name, and what its Flink has that others have not. */
export function clustersOf(points: readonly { readonly cluster: string; readonly course: KillCourseName }[]) {
  const all = points.map(({ cluster, course }): [string, KillCourse] => [cluster, killCourses[course]]);
  return {
    clusters: all.map(([cluster]) => cluster),
    flinks: Object.fromEntries(all.map(([cluster, { flink = {} }]) => [cluster, flink])),
    ownedTaskManagers: Object.fromEntries(
      all.flatMap(([cluster, { ownedTaskManagers: count }]) =>
        count === undefined ? [] : [[cluster, count] as const],
      ),
    ),
  };
}

/** One for each course, of its name. */
export function clusterOfEach() {
  return clustersOf(killCourseNames.map((course) => ({ cluster: course, course })));
}

/** One that has been started, on a cluster that it has for itself. */
export interface KillRun<T> {
  readonly name: KillCourseName;
  readonly cluster: string;
  readonly flink: FlinkSimulator;
  readonly workflowId: string;
  /** How many calls there were before. */
  readonly callsBefore: number;
  readonly armed: T;
  /** What its operator said; OVER: the run had ended before it could be said. */
  readonly word: Promise<'NONE' | 'SAID' | 'OVER'>;
}

/** Starts it, and does not wait for it. `arm` is called right before. */
export async function beginKill<T>(
  place: Simulated,
  cluster: string,
  name: KillCourseName,
  arm: (flink: FlinkSimulator) => T,
): Promise<KillRun<T>> {
  const course: KillCourse = killCourses[name];
  const flink = place.flinkOf(cluster);
  await runningJob(flink, 'orders');
  await course.before?.(place, cluster);
  flink.script(course.scripts ?? {});
  const callsBefore = flink.calls.length;
  const armed = arm(flink);
  const workflowId = await start(place, cluster, course.input);
  const word = course.aborts === true ? aborted(place, flink, workflowId) : Promise.resolve('NONE' as const);
  word.catch(() => undefined); // whoever judges the run is told
  return { name, cluster, flink, workflowId, callsBefore, armed, word };
}

async function start(place: Simulated, cluster: string, more: Partial<RescaleInput> = {}): Promise<string> {
  const workflowId = rescaleWorkflowId(cluster, 'orders');
  const once = { maxSavepointCreationAttempts: 1, maxJobCreationAttempts: 1 };
  await place.client.workflow.start('rescale', {
    ...{ workflowId, taskQueue: place.taskQueue, workflowIdConflictPolicy: 'FAIL' as const },
    args: [{ cluster, job: 'orders', parallelism: 4, ...once, ...more }],
  });
  return workflowId;
}

async function aborted(
  place: Simulated,
  flink: FlinkSimulator,
  workflowId: string,
): Promise<'SAID' | 'OVER'> {
  const isThere = () => flink.calls.some(({ verb }) => verb === 'STOP');
  await until(isThere, { what: 'the stop', deadlineMs: 120_000, pollMs: 5 });
  const say = async () => {
    try {
      await place.client.workflow.getHandle(workflowId).signal(steeringNames.abort);
      return 'SAID';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'OVER';
      throw error;
    }
  };
  return until(say, { what: 'the abort', deadlineMs: 60_000 });
}

/** The job has been stopped with a savepoint, on purpose. */
async function suspended(place: Simulated, cluster: string): Promise<void> {
  const workflowId = await start(place, cluster, { transition: 'SUSPEND' });
  await place.client.workflow.getHandle(workflowId).result();
}

/** A rescale is terminated when its job has been stopped and nothing was started instead. */
async function terminatedWhenStopped(place: Simulated, cluster: string): Promise<void> {
  const flink = place.flinkOf(cluster);
  const saved = flink.next('SAVEPOINT');
  const workflowId = await start(place, cluster);
  await saved;
  const looks = flink.hold('GET /jobs/:id/status', 'BEFORE');
  await looks.arrived;
  await place.client.workflow.getHandle(workflowId).terminate('the test ends it');
  // the worker hears of it with its next heartbeat, and gives the read up
  await until(() => looks.waiting === 0, { what: 'the worker to let go', deadlineMs: 30_000 });
  looks.release();
}

/**
 * What changed something on the cluster in a run, but for uploads and bounds, which may be repeated, and for stops that came while
 * the job restarted: Flink says "not now" to those, and no try is used up (P6).
 */
export function executedIn({
  flink,
  callsBefore,
}: Pick<KillRun<unknown>, 'flink' | 'callsBefore'>): string[] {
  return flink.calls
    .slice(callsBefore)
    .filter(({ verb, outcome }) => outcome === 'EXECUTED' && verb !== 'UPLOAD' && verb !== 'REQUIRE')
    .filter((call) => call.verb !== 'STOP' || !restarted(flink, call))
    .map(({ verb }) => verb);
}

/** Whether its job was restarting when the call came. */
function restarted(flink: FlinkSimulator, { at, jobId }: Call): boolean {
  const last = flink.effects.findLast(
    (effect) => effect.at <= at && 'jobId' in effect && effect.jobId === jobId && effect.kind !== 'SAVEPOINT',
  );
  return last?.kind === 'FAILED_OVER';
}

/** Waits for its end, and says what is wrong with it: `executed` is what a run without a fault changed; absent for that one. */
export async function wrongWith(
  place: Simulated,
  run: KillRun<unknown>,
  executed?: readonly string[],
): Promise<string[]> {
  const { flink, workflowId, name } = run;
  const ended = await endingOf(place, workflowId);
  const { ends, parallelism, did: wanted } = wantedOf(name, ended, await run.word, executed);
  const live = flink.live('orders').map(({ id, state, vertices }) => {
    return { id, state, parallelism: Math.max(0, ...vertices.map((vertex) => vertex.parallelism)) };
  });
  const [job] = live;
  const runs = live.length === 1 && job?.parallelism === parallelism && job.state === 'RUNNING';
  const isThere = parallelism === 0 ? live.length === 0 : runs;
  const once = (verbs: readonly string[]) =>
    verbs
      .filter((verb) => verb !== 'CANCEL')
      .sort()
      .join();
  const did = executedIn(run);
  return [
    ...(ended.as === ends ? [] : [`it ended as ${ended.as}`]),
    ...(isThere ? [] : [`what lives is ${JSON.stringify(live)}`]),
    ...(wanted === undefined || once(did) === once(wanted)
      ? []
      : [`it did ${did.join()} instead of ${wanted.join()}`]),
    ...flink.stateLost().map(({ restoredFrom }) => `S2: started from ${restoredFrom ?? 'nothing'}`),
    ...copies(flink),
  ].map((what) => `${run.cluster}: ${what}`);
}

function copies(flink: FlinkSimulator): string[] {
  try {
    flink.neverTwoCopies();
    return [];
  } catch (error) {
    return [`S1: ${String(error)}`];
  }
}

interface Ending {
  /** The outcome, or the type of the failure. */
  readonly as: string;
  readonly warnings: readonly string[];
}

/**
 * How a run of the course must have ended. An abort that no worker was there to hear before the next try was sent comes
 * too late, and the result says so (P8), if it could be said before the run was over at all: it is a run without an abort then, whose first stop failed. Where nothing was
 * killed there was one: a recorded run that goes on would make points to which the others never come.
 */
function wantedOf(
  name: KillCourseName,
  { as, warnings }: Ending,
  word: Awaited<KillRun<unknown>['word']>,
  executed?: readonly string[],
) {
  const { ends, parallelism, aborts }: KillCourse = killCourses[name];
  const isUnheard = word === 'OVER' || warnings.some((one) => one.includes('too late'));
  const isTooLate = aborts === true && as === 'RESCALED' && isUnheard;
  if (!isTooLate || executed === undefined) return { ends, parallelism, did: executed };
  return { ends: as, parallelism: 4, did: [...executed, 'STOP', 'RUN', 'CHECKPOINT'] };
}

async function endingOf(place: Simulated, workflowId: string): Promise<Ending> {
  const handle = place.client.workflow.getHandle<() => Promise<RescaleResult>>(workflowId);
  try {
    const { outcome, warnings } = await handle.result();
    return { as: outcome, warnings };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const as = cause instanceof ApplicationFailure ? `${cause.type}` : String(cause);
    return { as, warnings: [] };
  }
}

/** A word of the course as a part of a cluster's name. */
export function clusterFor(name: KillCourseName, ...more: readonly (string | number)[]): string {
  return [name, ...more]
    .join('-')
    .replace(/[^a-z0-9]+/gi, '-')
    .toLowerCase();
}
