import type { OverviewJob } from '../../../src/flink/client';
import type { Checkpoints } from '../../../src/flink/schemas';
import { entryOf, stateBecomes } from '../look';
import type { Case } from './cases';
import {
  ask,
  attemptsByVertex,
  boundsAt,
  checkpointNow,
  checkpointsOnce,
  eventually,
  json,
  moved,
  parallelismsOf,
  runsAt,
} from './steps';
import type { Target } from './target';

/** A reactive cluster: its one job runs as wide as there are slots. */
export const reactiveCases: readonly Case[] = [
  {
    name: 'the scheduler, as reads tell it; bounds from 1 to the maximum, whatever the program says',
    show: async (t) => {
      const jobId = await runningOn(t, 1);
      const { features } = (await json(t, 'GET', '/config')) as { features: object };
      expect(features).toMatchObject({ 'web-rescale': false, 'web-submit': false });
      expect(await t.flink.option('scheduler-mode')).toMatch(/^reactive$/i);
      expect(await t.flink.option('jobmanager.scheduler')).toBeUndefined();
      expect(await entryOf(t.flink, jobId)).toMatchObject({ schedulerType: 'Adaptive' });
      expect(await submittedAt(t, jobId)).toBe(1);
      expect(await t.flink.requirements(jobId)).toEqual(await boundsAt(t, jobId, 128));
    },
  },
  {
    name: 'other bounds: a 500 that says why not; those that are none a 400, as elsewhere; nothing changes',
    show: async (t) => {
      const jobId = await runningOn(t, 1);
      const before = await t.flink.requirements(jobId);
      const why =
        'UnsupportedOperationException: Cannot change the parallelism of a job running in reactive mode.';
      const refused = {
        ...{ status: 500, refusal: 'UNSUPPORTED', message: expect.stringContaining(why) as string },
      };
      await expect(t.flink.require(jobId, await boundsAt(t, jobId, 4))).rejects.toMatchObject(refused);
      await expect(t.flink.require(jobId, before)).rejects.toMatchObject(refused);
      const [some = []] = Object.entries(before).map((one) => [one]);
      for (const none of [await boundsAt(t, jobId, 200), Object.fromEntries(some)])
        await expect(t.flink.require(jobId, none)).rejects.toMatchObject({ status: 400 });
      expect(await t.flink.requirements(jobId)).toEqual(before);
      expect(await parallelismsOf(t, jobId)).toEqual([2, 2]);
    },
  },
  {
    name: 'another program: there are no routes of jars, and a file is a 400',
    show: async (t) => {
      const noRoute = { status: 404, refusal: 'ROUTE_NOT_FOUND' };
      await expect(t.flink.jars()).rejects.toMatchObject(noRoute);
      await expect(t.flink.uploadJar(t.file)).rejects.toMatchObject({
        ...{ status: 400, message: expect.stringContaining('POST request not allowed') as string },
      });
      const path = '/jars/some.jar/run';
      const text = expect.stringContaining(`Not found: ${path}`) as string;
      expect(await ask(t, 'POST', path, {})).toMatchObject({ status: 404, text });
    },
  },
  {
    name: 'a TaskManager more: the job has its slots at once, and makes use of them with a checkpoint, from the newest one',
    show: async (t) => {
      const jobId = await runningOn(t, 1);
      expect(await slotsOf(t)).toEqual({ total: 2, free: 0, byTaskManager: [0] });
      const before = await startOf(t, jobId);
      await t.scale(2);
      await slotsTaken(t, 4);
      expect(await slotsOf(t)).toEqual({ total: 4, free: 0, byTaskManager: [0, 0] });
      const tasks = { total: 4, running: 4 };
      expect(await entryOf(t.flink, jobId)).toMatchObject({ state: 'RUNNING', tasks });

      const seen = await seenWhile(t, jobId, () => moved(t, jobId, 4));
      expect(seen).toEqual(inOrder(seen, course(4, 8)));
      expect(seen.at(-1)).toBe('RUNNING 8 running');
      expect(await submittedAt(t, jobId)).toBe(1);
      const after = await restarted(t, jobId, before);
      expect(after.failures).toBe(before.failures);
    },
  },
  {
    name: 'one that is ended: RESTARTING at once, then RUNNING on the slots that are left; subtasks that come back go on counting',
    show: async (t) => {
      const jobId = await runningOn(t, 2);
      const wide = await startOf(t, jobId);
      const seen = await seenWhile(t, jobId, async () => {
        await t.scale(1);
        await runsAt(t, jobId, 2);
      });
      expect(seen).toEqual(inOrder(seen, course(8, 4)));
      expect(seen).toContain('RESTARTING 8 canceled');
      expect(seen.at(-1)).toBe('RUNNING 4 running');
      expect(await slotsOf(t)).toEqual({ total: 2, free: 0, byTaskManager: [0] });
      const narrow = await restarted(t, jobId, wide);
      expect(narrow.failures).toBe(wide.failures + 1);
      const { exceptionHistory } = await t.flink.exceptions(jobId);
      expect(exceptionHistory?.entries[0]?.stacktrace).toMatch(
        /^org.apache.flink.util.FlinkExpectedException: The TaskExecutor is shutting down./,
      );

      await runningOn(t, 2);
      const [first, second, ...others] = wide.attempts[0] ?? [];
      const counted = [first, second].map((attempt = 0) => attempt + 2);
      const cameBack = others.map((attempt) => attempt + 1);
      await eventually('fresh subtasks', async () => {
        const [attempts = []] = await attemptsByVertex(t.flink, jobId);
        return attempts.join() === [...counted, ...cameBack].join();
      });
    },
  },
  {
    name: 'no slot at all: CREATED, of which Flink tells nothing but what was submitted, and not FAILED; RUNNING once there are some',
    show: async (t) => {
      const jobId = await runningOn(t, 1);
      const before = await startOf(t, jobId);
      const gone = await seenWhile(t, jobId, async () => {
        await t.scale(0);
        await stateBecomes(t.flink, jobId, 'CREATED');
        await eventually('fresh vertices', async () => (await parallelismsOf(t, jobId)).join() === '128,128');
      });
      expect(gone).toEqual(inOrder(gone, course(4, 0)));
      expect(gone.at(-1)).toBe('CREATED 0');
      expect(await slotsOf(t)).toEqual({ total: 0, free: 0, byTaskManager: [] });
      expect(await attemptsByVertex(t.flink, jobId)).toEqual([[], []]);
      expect(await submittedAt(t, jobId)).toBe(1);
      expect(await t.flink.requirements(jobId)).toEqual(await boundsAt(t, jobId, 128));
      expect(timesIn(await t.flink.job(jobId))).toEqual(['INITIALIZING']);
      const statistics = await checkpointsOnce(t, jobId, ({ history }) => history.length === 0);
      expect(statistics).toMatchObject({
        counts: { restored: 0, total: 0, completed: 0, failed: 0 },
        latest: { completed: null, restored: null },
      });

      const back = await seenWhile(t, jobId, async () => {
        await t.scale(1);
        await runsAt(t, jobId, 2);
      });
      expect(back).toEqual(inOrder(back, course(0, 4)));
      expect([back[0], back.at(-1)]).toEqual(['CREATED 0', 'RUNNING 4 running']);
      const after = await restarted(t, jobId, before);
      expect(after.failures).toBe(before.failures + 1);
    },
  },
];

const slotsEach = 2;

/** The job, once it makes use of so many TaskManagers. */
async function runningOn(t: Target, taskManagers: number): Promise<string> {
  const slots = slotsEach * taskManagers;
  await t.scale(taskManagers);
  await slotsTaken(t, slots);
  const jobId = await t.application();
  await moved(t, jobId, slots);
  return jobId;
}

/** There are so many slots, and the job has them all. */
async function slotsTaken(t: Target, slots: number): Promise<void> {
  await eventually(`${slots} slots, none of them free`, async () => {
    const { total, free } = await slotsOf(t);
    return total === slots && free === 0;
  });
}

async function slotsOf(t: Target) {
  const { 'slots-total': total, 'slots-available': free } = await t.flink.overview();
  const { taskmanagers } = (await json(t, 'GET', '/taskmanagers')) as {
    taskmanagers: { freeSlots: number }[];
  };
  return { total, free, byTaskManager: taskmanagers.map(({ freeSlots }) => freeSlots) };
}

/** What the job was submitted at, as it tells. */
async function submittedAt({ flink }: Target, jobId: string): Promise<number | undefined> {
  return (await flink.jobConfig(jobId))['execution-config']?.['job-parallelism'];
}

/** How often and when it has begun to run, and what has failed so far. */
async function startOf(t: Target, jobId: string) {
  const { timestamps } = await t.flink.job(jobId);
  return {
    restores: restoresIn(await t.flink.checkpoints(jobId)),
    since: timestamps['RUNNING'] ?? 0,
    attempts: await attemptsByVertex(t.flink, jobId),
    failures: (await t.flink.exceptions(jobId)).exceptionHistory?.entries.length ?? 0,
  };
}

function restoresIn({ counts }: Checkpoints): number {
  return Number(counts['restored']);
}

/** It was started once more, each subtask that ran before, from its newest checkpoint; the ids of checkpoints go on. */
async function restarted(t: Target, jobId: string, before: Awaited<ReturnType<typeof startOf>>) {
  const isFresh = (seen: Checkpoints) => restoresIn(seen) > before.restores;
  const statistics = await checkpointsOnce(t, jobId, isFresh);
  expect(restoresIn(statistics)).toBe(before.restores + 1);
  const { history, latest } = statistics;
  const { restored } = latest;
  expect(restored).toMatchObject({ is_savepoint: false });
  const complete = history.filter(
    ({ status, latest_ack_timestamp: at = Infinity }) =>
      status === 'COMPLETED' && at <= (restored?.restore_timestamp ?? 0),
  );
  expect(restored?.id).toBe(Math.max(...complete.map(({ id }) => id)));
  expect(await checkpointNow(t, jobId)).toBeGreaterThan(restored?.id ?? Infinity);

  await eventually('a fresh job', async () => (await startOf(t, jobId)).since > before.since);
  expect(timesIn(await t.flink.job(jobId))).toEqual(['CREATED', 'INITIALIZING', 'RUNNING']);
  const after = await startOf(t, jobId);
  for (const [vertex, attempts] of after.attempts.entries()) {
    const ran = before.attempts[vertex] ?? [];
    const both = Math.min(ran.length, attempts.length);
    expect(attempts.slice(0, both)).toEqual(ran.slice(0, both).map((attempt) => attempt + 1));
  }
  return after;
}

/** The states that the job came to, as it tells. */
function timesIn({ timestamps }: { readonly timestamps: Readonly<Record<string, number>> }): string[] {
  return Object.keys(timestamps)
    .filter((state) => timestamps[state] !== 0)
    .sort();
}

/** What the job looks like, one look after the other, until `move` is over. */
async function seenWhile(t: Target, jobId: string, move: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  let moves = true;
  const look = async () => {
    const shown = lookOf(await entryOf(t.flink, jobId));
    if (shown !== seen.at(-1)) seen.push(shown);
  };
  const looks = async () => {
    while (moves) await look();
  };
  await look();
  await Promise.all([move().finally(() => (moves = false)), looks()]);
  await look();
  return seen;
}

const phases = [
  'created',
  'scheduled',
  'deploying',
  'initializing',
  'running',
  'canceling',
  'canceled',
] as const;

/** Its state, how many tasks it has, and in which phase the last one of them is. */
function lookOf({ state, tasks }: OverviewJob): string {
  const phase = phases.find((one) => Number(tasks[one]) > 0);
  return [state, tasks.total, ...(phase === undefined ? [] : [phase])].join(' ');
}

/** How a job looks that goes from so many tasks to so many others; 0: it waits for slots. */
function course(from: number, to: number): string[] {
  const ends = [`RUNNING ${from} running`, `RESTARTING ${from} canceling`, `RESTARTING ${from} canceled`];
  const starts = ['created', 'scheduled', 'deploying', 'initializing', 'running'];
  return [
    ...(from === 0 ? [] : ends),
    'CREATED 0',
    ...(to === 0 ? [] : starts.map((phase) => `RUNNING ${to} ${phase}`)),
  ];
}

/** Those that were seen, in their order; short ones may be missed. */
function inOrder(seen: readonly string[], all: readonly string[]): string[] {
  return all.filter((look) => seen.includes(look));
}
