import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import type { FlinkSettings } from '../../src/dev/flink-config';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { isSince } from '../flink-simulator/http/versions';
import { cancel, checkpointed, read } from '../kit/flink';
import { Gate } from '../kit/gate';
import { endOf, startRescale } from '../kit/rescale';
import type { Ended } from '../kit/rescale';
import { useStack } from '../kit/stack';
import { says, succeeded } from '../kit/watch';

/**
 * Rescales in place on real Flink with the adaptive scheduler: 2 -> 4 -> 2 by the job's own output; slots that never come;
 * the cooldown; a worker that is killed around each call; a request whose answer is lost.
 */

function adaptive(version: string, cooldown: string): FlinkSettings {
  const prefix = 'jobmanager.adaptive-scheduler';
  const key = isSince(version, '2.0') ? 'executing.cooldown-after-rescaling' : 'scaling-interval.min';
  return { 'jobmanager.scheduler': 'adaptive', [`${prefix}.${key}`]: cooldown };
}

const put = { method: 'PUT', path: /^\/jobs\/\w+\/resource-requirements/ };
const planJar = { method: 'POST', path: /^\/jars\/[^/]+\/plan/ };
const checkpoint = { method: 'POST', path: /^\/jobs\/\w+\/checkpoints/ };
/** Around which call the worker is killed. Since 2.0 the second checkpoint has Flink act; the last one is that of VERIFYING. */
const kills = [
  { name: 'killed-before-the-first-checkpoint', call: checkpoint, when: 'BEFORE' },
  { name: 'killed-after-the-first-checkpoint', call: checkpoint, when: 'AFTER' },
  { name: 'killed-before-the-request', call: put, when: 'BEFORE' },
  { name: 'killed-after-the-request', call: put, when: 'AFTER' },
  { name: 'killed-before-the-second-checkpoint', call: checkpoint, after: 1, when: 'BEFORE' },
  { name: 'killed-after-the-second-checkpoint', call: checkpoint, after: 1, when: 'AFTER' },
  { name: 'killed-after-the-third-checkpoint', since: '2.0', call: checkpoint, after: 2, when: 'AFTER' },
] as const;
const choices = ['PUT_BACK', 'KEEP', 'RESTART'] as const;
const names = [
  ...['up-and-down', 'lost-answer', 'one', 'two', 'robber'],
  ...choices.map((choice) => `no-slots-${choice.toLowerCase()}`),
  ...kills.map(({ name }) => name),
];

describe.each(['2.3.0', '1.20.5'] as const)('on Flink %s', (version) => {
  let gate: Gate | undefined;
  const stack = useStack(`in-place-${version}`, async () => {
    gate = await Gate.start();
    return {
      flink: { version, taskManagers: 2, slots: 4, settings: adaptive(version, '1 s') },
      worker: {
        jobs: (stack) => names.map((name) => new Orders(stack, { name }).config),
        cluster: { rest: gate.url },
      },
    };
  });
  beforeAll(() => {
    if (gate !== undefined) gate.target = stack().flink.restUrl;
  });
  afterEach(async () => {
    const { jobs } = await read<{ jobs: { id: string; status: string }[] }>(stack(), '/jobs');
    const live = jobs.filter(({ status }) => !/^(FINISHED|CANCELED|FAILED)$/.test(status));
    for (const { id } of live) await cancel(stack(), id);
  });
  afterAll(() => gate?.stop());

  const there = () => {
    if (gate === undefined) throw new Error('it is there only while a test runs');
    return gate;
  };
  const running = async (name: string) => {
    const orders = new Orders(stack(), { name });
    const jobId = await orders.start(2);
    await checkpointed(stack(), jobId);
    return { orders, jobId };
  };
  const begin = (job: string, more: Partial<RescaleInput> = {}) =>
    startRescale(stack(), { job, parallelism: 4, mechanism: 'IN_PLACE', ...more });
  const verdictOf = (orders: Orders, window?: { fromMs: number; toMs: number }) =>
    checkRunning({
      ...{ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 },
      ...(window === undefined ? {} : { window }),
    });
  const exact = { lost: 0, countedTwice: 0, forgotten: 0 };
  const requirementsOf = async (jobId: string) =>
    Object.values(
      await read<Record<string, { parallelism: { lowerBound: number; upperBound: number } }>>(
        stack(),
        `/jobs/${jobId}/resource-requirements`,
      ),
    ).map(({ parallelism }) => `${parallelism.lowerBound}..${parallelism.upperBound}`);

  test('2 -> 4 -> 2: the job keeps its id, nothing is lost, nothing is counted twice', async () => {
    const { orders, jobId } = await running('up-and-down');
    for (const [from, to] of [
      [2, 4],
      [4, 2],
    ] as const) {
      const fromMs = Date.now();
      const result = succeeded(await endOf(stack(), await begin('up-and-down', { parallelism: to })));
      expect(result).toMatchObject({
        ...{ outcome: 'RESCALED', mechanism: 'IN_PLACE' },
        ...{ from: { jobId, parallelism: from }, to: { jobId, parallelism: to } },
      });
      expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism: to }]);
      const verdict = await verdictOf(orders, { fromMs, toMs: Date.now() });
      expect(verdict).toMatchObject(exact);
      process.stdout.write(
        `in place on Flink ${version}, ${from} -> ${to}: down ${verdict.gapMs} ms by the output, ` +
          `${result.downtimeMs?.total} ms by Flink's times, ${verdict.replayed} lines replayed\n`,
      );
    }
  }, 240_000);

  test.each(choices)(
    'slots that never come, %s',
    async (ifNotReached) => {
      const name = `no-slots-${ifNotReached.toLowerCase()}`;
      const { orders, jobId } = await running(name);
      // the plan has seen the slots by then
      const kept = there().keep(planJar.method, planJar.path, 'BEFORE');
      const workflowId = await begin(name, { parallelism: 8, ifNotReached, timeouts: { restart: 15_000 } });
      await kept.arrived;
      await new Orders(stack(), { name: 'robber' }).start(4);
      kept.drop();
      const ended = await endOf(stack(), workflowId);
      expect(ended).toMatchObject({ status: 'FAILED', type: 'NotReached' });
      says(ended, 'it needs 8 slots', `(${jobId}) is`);
      if (ifNotReached === 'RESTART') says(ended, 'by RESTART it cannot be either: 8 slots are needed');
      const bounds = ifNotReached === 'KEEP' ? '1..8' : '1..2';
      expect(await requirementsOf(jobId)).toEqual([bounds, bounds]);
      await until(async () => (await orders.live())[0]?.allTasksRun, {
        what: 'its tasks',
        deadlineMs: 60_000,
      });
      expect(await verdictOf(orders)).toMatchObject(exact);
    },
    240_000,
  );

  test('the answer to the request is lost when Flink has executed it: it is looked after', async () => {
    const { orders, jobId } = await running('lost-answer');
    const kept = there().keep(put.method, put.path, 'AFTER');
    const workflowId = await begin('lost-answer');
    await kept.arrived;
    kept.drop();
    expect(succeeded(await endOf(stack(), workflowId))).toMatchObject({ to: { jobId, parallelism: 4 } });
    expect(await verdictOf(orders)).toMatchObject(exact);
  }, 180_000);

  const killed = kills.filter((kill) => isSince(version, 'since' in kill ? kill.since : '0'));
  test.each(killed)(
    'P1, P2: $name',
    async ({ name, call, when, ...kill }) => {
      const { orders, jobId } = await running(name);
      const kept = there().keep(call.method, call.path, when, 'after' in kill ? kill.after : 0);
      const workflowId = await begin(name);
      await kept.arrived;
      await stack().worker.kill();
      kept.drop();
      await stack().worker.start();
      const result = succeeded(await endOf(stack(), workflowId));
      expect(result).toMatchObject({
        outcome: 'RESCALED',
        mechanism: 'IN_PLACE',
        to: { jobId, parallelism: 4 },
      });
      expect(await orders.live()).toMatchObject([{ id: jobId, state: 'RUNNING', parallelism: 4 }]);
      expect(await verdictOf(orders)).toMatchObject(exact);
    },
    180_000,
  );

  test('two jobs at once, and a second rescale of one: that is refused', async () => {
    const [one, two] = [await running('one'), await running('two')];
    const ids = [await begin('one', { parallelism: 3 }), await begin('two', { parallelism: 3 })];
    await expect(begin('one', { parallelism: 2 })).rejects.toThrow('not started');
    const ends: Ended[] = await Promise.all(ids.map((id) => endOf(stack(), id)));
    for (const [i, { orders, jobId }] of [one, two].entries()) {
      const ended = ends[i];
      if (ended === undefined) throw new Error('no end');
      expect(succeeded(ended)).toMatchObject({ mechanism: 'IN_PLACE', to: { jobId, parallelism: 3 } });
      expect(await verdictOf(orders)).toMatchObject(exact);
    }
  }, 240_000);
});

/** So long after a job has begun to run Flink does not act. */
describe.each(['2.3.0', '1.20.5'] as const)('on Flink %s with a cooldown of 20 s', (version) => {
  const stack = useStack(`in-place-cooldown-${version}`, {
    flink: { version, taskManagers: 1, slots: 4, settings: adaptive(version, '20 s') },
    worker: { jobs: (stack) => [new Orders(stack, { name: 'cooling' }).config] },
  });

  test('nothing is asked for before it is over: if that takes too long, that is the reason; else it is waited for', async () => {
    const orders = new Orders(stack(), { name: 'cooling' });
    const jobId = await orders.start(2);
    const input = { job: 'cooling', parallelism: 4, mechanism: 'IN_PLACE' } as const;
    const early = await endOf(stack(), await startRescale(stack(), { ...input, timeouts: { restart: 300 } }));
    expect(early).toMatchObject({ status: 'FAILED', type: 'NotReached' });
    says(early, 'cooldown of 20000 ms', 'is RUNNING at parallelism 2, left alone');
    const result = succeeded(await endOf(stack(), await startRescale(stack(), input)));
    expect(result).toMatchObject({
      outcome: 'RESCALED',
      mechanism: 'IN_PLACE',
      to: { jobId, parallelism: 4 },
    });
    const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
    expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
  }, 180_000);
});
