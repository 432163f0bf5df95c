import { adjust } from '../../src/activities/adjust';
import type { AdjustInput } from '../../src/activities/adjust';
import { confirm } from '../../src/activities/confirm';
import { CancelledFailure } from '@temporalio/common';
import type { Requirements } from '../../src/contracts/observation';
import { triggerId } from '../../src/planning/ids';
import type { SimulatedJob } from '../flink-simulator';
import { key } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';
import type { RigOptions } from '../kit/rig';

/** A job at 2 that is taken elsewhere in place, by the activities alone. */
const rigOf = useRig();
const scheduling = { kind: 'ADAPTIVE', cooldownMs: 0, partMs: 1_000, stabilizationMs: 100 } as const;
const start = (options: RigOptions = {}) =>
  rigOf({ ...options, scheduling: { ...scheduling, ...options.scheduling } });

const bounds = (job: SimulatedJob, upper: number, lower = 1): Requirements =>
  Object.fromEntries(job.vertices.map(({ id }) => [id, { lower, upper }]));

function inputOf(job: SimulatedJob, to = 4, change: Partial<AdjustInput> = {}): AdjustInput {
  return {
    ...{ cluster: 'local', key, jobId: job.id, n: 1, waitsForCheckpoint: true, maxTries: 2 },
    aim: {
      ...{ requirements: bounds(job, to), from: 2, to, newerThan: 0 },
      targets: Object.fromEntries(job.vertices.map(({ id }) => [id, to])),
    },
    known: [bounds(job, 2)],
    timeouts: { restart: 600_000, restore: 600_000 },
    ...change,
  };
}
/** Nothing has to be restarted for it. */
function staying(job: SimulatedJob, to: number): AdjustInput['aim'] {
  const { requirements, targets, from } = inputOf(job, to).aim;
  return { requirements, targets, from, to };
}
const shape = (job: SimulatedJob) => job.vertices.map(({ parallelism }) => parallelism).join();
const upper = (job: SimulatedJob) => [...(job.bounds?.now.values() ?? [])].map((one) => one.upper).join();

test('a checkpoint, the request, and the checkpoint by which Flink acts: each once, under derived ids', async () => {
  const rig = await start();
  const job = await rig.job();
  const seen = await rig.run(() => adjust(rig.cluster, inputOf(job)));
  expect(seen).toMatchObject({
    kind: 'REACHED',
    warnings: [],
    restored: { kind: 'CHECKPOINT', jobId: job.id },
  });
  expect(shape(job)).toBe('4,4');
  expect(rig.callsOf()).toMatchObject([
    { verb: 'CHECKPOINT', triggerId: triggerId(key, 'adjust', 1_001) },
    { verb: 'REQUIRE', parallelism: 4 },
    { verb: 'CHECKPOINT', triggerId: triggerId(key, 'adjust', 1_002) },
  ]);
});

test('its downtime is from the checkpoint that was restored until the last task ran, by Flink’s own times', async () => {
  const rig = await start({ delays: { restart: 3_000, start: 2_000 } });
  const job = await rig.job();
  const seen = await rig.run(() => adjust(rig.cluster, inputOf(job)));
  expect(seen).toMatchObject({ downtime: { submit: 0 } });
  const { total, stop, restore } =
    seen.kind === 'REACHED' && seen.downtime !== undefined
      ? seen.downtime
      : { total: 0, stop: 0, restore: 0 };
  expect(total).toBe(stop + restore);
  // a timer of Node's may come 1 ms early, which is 100 ms of this time
  expect(stop).toBeGreaterThanOrEqual(2_900);
  expect(restore).toBeGreaterThanOrEqual(1_900);
});

test('before 2.0 Flink acts at once: no second checkpoint is asked for', async () => {
  const rig = await start({ version: '1.20.5' });
  const job = await rig.job();
  const seen = await rig.run(() => adjust(rig.cluster, inputOf(job, 4, { waitsForCheckpoint: false })));
  expect(seen.kind).toBe('REACHED');
  expect(rig.callsOf('CHECKPOINT')).toHaveLength(1);
});

test.each([
  ['2.3.0', true],
  ['1.20.5', false],
] as const)(
  'Flink %s: the cooldown is waited for before anything is asked for',
  async (version, waitsForCheckpoint) => {
    const rig = await start({ version, scheduling: { cooldownMs: 60_000 } });
    const job = await rig.job();
    const began = job.since.get('RUNNING') ?? 0;
    expect(await rig.run(() => adjust(rig.cluster, inputOf(job, 4, { waitsForCheckpoint })))).toMatchObject({
      kind: 'REACHED',
    });
    const [first] = rig.callsOf();
    expect((first?.at ?? 0) - began).toBeGreaterThanOrEqual(60_000);
  },
);

test('it is not over in time: nothing was asked for, and that is the reason', async () => {
  const rig = await start({ scheduling: { cooldownMs: 60_000 } });
  const job = await rig.job();
  const timeouts = { restart: 5_000, restore: 5_000 };
  expect(await rig.run(() => adjust(rig.cluster, inputOf(job, 4, { timeouts })))).toEqual({
    ...{ kind: 'NOT_REACHED', sent: false, parallelism: 2 },
    why: expect.stringMatching(
      /^not within \d+ ms: the cluster's cooldown of 60000 ms is not over for another \d+ ms$/,
    ) as string,
  });
  expect(rig.calls).toEqual([]);
});

test('slots that are not there: a part of them is used, and what is missing is said', async () => {
  const rig = await start({ taskManagers: 1, slots: 3 });
  const job = await rig.job();
  const timeouts = { restart: 60_000, restore: 60_000 };
  expect(await rig.run(() => adjust(rig.cluster, inputOf(job, 4, { timeouts })))).toEqual({
    ...{ kind: 'NOT_REACHED', sent: true, parallelism: 3 },
    why: expect.stringContaining('it needs 4 slots, holds 3, and 0 of 3 are free') as string,
  });
});

test('P9: checkpoints that fail are asked for so often and no more: a job is not worn out', async () => {
  const rig = await start({ delays: { checkpoint: 10_000 } });
  const job = await rig.job();
  const running = rig.begin(() => adjust(rig.cluster, inputOf(job)));
  for (let n = 1; n <= 2; n++) {
    await rig.until(() => rig.callsOf('CHECKPOINT').length === n, `checkpoint ${n}`);
    job.failOver('a TaskManager is lost');
  }
  expect(await running.end).toMatchObject({
    ...{ kind: 'NOT_REACHED', sent: false, parallelism: 2 },
    why: expect.stringContaining('no checkpoint was completed') as string,
  });
  expect(rig.callsOf().map(({ verb }) => verb)).toEqual(['CHECKPOINT', 'CHECKPOINT']);
});

test.each(['RESET_AFTER', 'TRUNCATED'] as const)(
  'P5: %s: the request is looked after, and not sent again',
  async (kind) => {
    const rig = await start();
    const job = await rig.job();
    rig.flink.fault({ on: 'PUT /jobs/:id/resource-requirements', kind });
    expect(await rig.run(() => adjust(rig.cluster, inputOf(job)))).toMatchObject({ kind: 'REACHED' });
    expect(rig.callsOf('REQUIRE')).toHaveLength(1);
  },
);

test('the request never arrives: it is sent again', async () => {
  const rig = await start();
  const job = await rig.job();
  rig.flink.fault({ on: 'PUT /jobs/:id/resource-requirements', kind: 'RESET_BEFORE', times: 2 });
  expect(await rig.run(() => adjust(rig.cluster, inputOf(job)))).toMatchObject({ kind: 'REACHED' });
  expect(rig.callsOf('REQUIRE').map(({ outcome }) => outcome)).toEqual([
    'NOT_EXECUTED',
    'NOT_EXECUTED',
    'EXECUTED',
  ]);
});

test('P1: an attempt that follows a dead one takes up what that has asked for', async () => {
  const rig = await start();
  const job = await rig.job();
  const input = inputOf(job);
  await rig.onItsOwn(() => rig.cluster.flink.require(job.id, bounds(job, 4)));
  expect(await rig.run(() => adjust(rig.cluster, input), { attempt: 2 })).toMatchObject({ kind: 'REACHED' });
  expect(rig.callsOf('REQUIRE')).toEqual([]);
});

test('P1: one that follows a dead one which had asked for the checkpoint that has Flink act: that one again, under its id', async () => {
  const rig = await start();
  const job = await rig.job();
  await rig.onItsOwn(() => rig.cluster.flink.require(job.id, bounds(job, 4)));
  const details = {
    put: 'STANDS',
    asked: 2,
    releases: true,
    failures: [],
    spentMs: 0,
    restoringMs: 0,
    why: '',
  };
  const left = { attempt: 2, heartbeatDetails: { attempt: 1, over: true, details } };
  expect(await rig.run(() => adjust(rig.cluster, inputOf(job)), left)).toMatchObject({ kind: 'REACHED' });
  expect(rig.callsOf()).toMatchObject([{ verb: 'CHECKPOINT', triggerId: triggerId(key, 'adjust', 1_002) }]);
});

test('P5: what an attempt that died without a word may have sent counts as sent: it is to be taken back', async () => {
  const rig = await start({ scheduling: { cooldownMs: 600_000 } });
  const job = await rig.job();
  const input = inputOf(job, 4, { timeouts: { restart: 5_000, restore: 5_000 } });
  expect(await rig.run(() => adjust(rig.cluster, input), { attempt: 2 })).toMatchObject({
    ...{ kind: 'NOT_REACHED', sent: true },
  });
});

test('bounds that somebody else has asked for are left', async () => {
  const rig = await start();
  const job = await rig.job();
  await rig.onItsOwn(() => rig.cluster.flink.require(job.id, bounds(job, 7)));
  expect(await rig.run(() => adjust(rig.cluster, inputOf(job)))).toEqual({
    ...{
      kind: 'OVERRULED',
      parallelism: 2,
      why: 'somebody else has asked for it to run at up to 7 meanwhile',
    },
  });
  expect(upper(job)).toBe('7,7');
});

test('what does not have to move is only noted: no cooldown, no checkpoint', async () => {
  const rig = await start({ scheduling: { cooldownMs: 600_000 } });
  const job = await rig.job();
  await rig.onItsOwn(() => rig.cluster.flink.require(job.id, bounds(job, 4)));
  const aim = staying(job, 2);
  const seen = await rig.run(() => adjust(rig.cluster, inputOf(job, 2, { aim, known: [bounds(job, 4)] })));
  expect(seen).toEqual({ kind: 'REACHED', warnings: [] });
  expect(rig.calls).toEqual(['REQUIRE EXECUTED']);
});

test('Flink refuses: nothing has changed, and why is said', async () => {
  const rig = await start();
  const job = await rig.job();
  const seen = await rig.run(() => adjust(rig.cluster, inputOf(job, 200)));
  expect(seen).toMatchObject({
    kind: 'NOT_REACHED',
    sent: false,
    why: expect.stringContaining('Flink refuses it') as string,
  });
});

test.each([
  ['FAILED', (job: SimulatedJob) => job.fail()],
  ['CANCELED', (job: SimulatedJob) => job.cancel()],
  ['FINISHED', (job: SimulatedJob) => job.finish()],
] as const)('the job is %s meanwhile: that, and the newest state that it left', async (state, end) => {
  const rig = await start({ scheduling: { cooldownMs: 60_000 } });
  const job = await rig.job();
  const path = await rig.checkpoint(job);
  const running = rig.begin(() => adjust(rig.cluster, inputOf(job)));
  await rig.until(() => running.beats.length > 0, 'a heartbeat');
  end(job);
  const seen = await running.end;
  expect(seen).toMatchObject({ kind: 'ENDED', state });
  if (state !== 'FINISHED') expect(seen).toMatchObject({ newest: { path } });
});

test('P12: a JobManager that is lost has forgotten it: proven, before that is said', async () => {
  const rig = await start({ scheduling: { cooldownMs: 60_000 } });
  const job = await rig.job();
  await rig.checkpoint(job);
  const newest = { kind: 'CHECKPOINT', path: job.checkpoints.base?.path ?? '', jobId: job.id } as const;
  const running = rig.begin(() => adjust(rig.cluster, inputOf(job, 4, { newest })));
  await rig.until(() => running.beats.length > 0, 'a heartbeat');
  await rig.flink.loseJobManager();
  expect(await running.end).toMatchObject({
    kind: 'ENDED',
    state: 'FORGOTTEN',
    newest: { path: newest.path },
  });
});

test('an abort ends the waiting', async () => {
  const rig = await start({ scheduling: { cooldownMs: 600_000 } });
  const job = await rig.job();
  const running = rig.begin(() => adjust(rig.cluster, inputOf(job)));
  await rig.until(() => running.beats.length > 0, 'a heartbeat');
  running.abort();
  expect(await failureOf(running.end)).toBeInstanceOf(CancelledFailure);
});

test('put back at once: whatever the cooldown, the old bounds are asked for first', async () => {
  const rig = await start();
  const job = await rig.job();
  await rig.run(() => adjust(rig.cluster, inputOf(job)));
  const before = rig.callsOf().length;
  const aim = staying(job, 2);
  const back = inputOf(job, 2, { aim, atOnce: true, n: 2, known: [bounds(job, 4)] });
  expect(await rig.run(() => adjust(rig.cluster, back))).toMatchObject({ kind: 'REACHED' });
  expect(rig.callsOf()[before]?.verb).toBe('REQUIRE');
  expect([upper(job), shape(job)]).toEqual(['2,2', '2,2']);
});

describe('confirm', () => {
  const confirmOf = (job: SimulatedJob, waitMs = 60_000) => ({
    ...{ cluster: 'local', key, jobId: job.id, aim: inputOf(job).aim, n: 1, waitMs },
    restored: job.checkpoints.restored?.checkpointId ?? 0,
  });

  test('the job completes another checkpoint at its new parallelism', async () => {
    const rig = await start();
    const job = await rig.job({ parallelism: 4 });
    expect(await rig.run(() => confirm(rig.cluster, confirmOf(job)))).toEqual({
      kind: 'CONFIRMED',
      warnings: [],
    });
    expect(rig.callsOf()).toMatchObject([{ verb: 'CHECKPOINT', triggerId: triggerId(key, 'confirm', 1) }]);
  });

  test('none comes: a warning', async () => {
    const rig = await start();
    const job = await rig.job({ parallelism: 4, start: { kind: 'NO_CHECKPOINT' } });
    await rig.until(() => job.tasks === 'RUNNING', 'its tasks to run');
    expect(await rig.run(() => confirm(rig.cluster, confirmOf(job, 2_000)))).toMatchObject({
      warnings: [
        expect.stringMatching(/^no checkpoint at the new parallelism within \d+ ms; the job is RUNNING$/),
      ],
    });
  });

  test('it has left its new parallelism since: a warning', async () => {
    const rig = await start();
    const job = await rig.job({ parallelism: 3 });
    const input = { ...confirmOf(job), aim: inputOf(job, 4).aim };
    expect(await rig.run(() => confirm(rig.cluster, input))).toMatchObject({
      warnings: [expect.stringContaining('has left it since: 6 tasks run')],
    });
  });

  test('it FAILED', async () => {
    const rig = await start();
    const job = await rig.job({ parallelism: 4 });
    job.fail();
    expect(await rig.run(() => confirm(rig.cluster, confirmOf(job)))).toMatchObject({
      kind: 'ENDED',
      state: 'FAILED',
    });
  });
});
