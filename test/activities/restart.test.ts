import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { restart } from '../../src/activities/restart';
import type { RestartInput } from '../../src/activities/restart';
import { noTries } from '../../src/contracts/failures';
import type { Origin } from '../../src/contracts/snapshot';
import { jobIdPrefix, submitId } from '../../src/planning/ids';
import type { RigOptions, Rig } from '../kit/rig';
import { runningTry, submitted } from '../kit/begun';
import { key, submitInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const id = (n: number) => submitId(key, 'restart', n);
const run = 'POST /jars/:jar/run';
const refused = { kind: 'REFUSED', cause: 'no such class' } as const;

/** A job that was stopped with a savepoint, and how its start is asked for. */
async function stopped(
  options: RigOptions = {},
  change: Partial<RestartInput> = {},
): Promise<{ rig: Rig; path: string; input: RestartInput }> {
  const rig = await rigOf(options);
  const job = await rig.job();
  const saved = rig.flink.next('SAVEPOINT');
  rig.flink.savepoint(job.id, { stop: true });
  const { path } = await saved;
  await rig.until(() => job.ended, 'its end');
  const origin: Origin = { kind: 'SNAPSHOT', snapshot: { kind: 'SAVEPOINT', path, jobId: job.id } };
  const input = { ...(await submitInput(rig, origin)), maxTries: 4, tries: noTries, ...change };
  return { rig, path, input };
}

/** Without state: from nothing to the job. */
async function emptyStart(options: RigOptions = {}, change: Partial<RestartInput> = {}) {
  const rig = await rigOf(options);
  const input = { ...(await submitInput(rig, { kind: 'EMPTY' })), maxTries: 4, tries: noTries, ...change };
  return { rig, input };
}

test('P1: the job is submitted once, under the id of try 1, from its snapshot, and ready once every task runs', async () => {
  const { rig, path, input } = await stopped({ delays: { start: 2_000 } });
  const proofs = rig.counting('GET /overview');
  const { jobId, tries, restoreMs, warnings } = await rig.run(() => restart(rig.cluster, input));
  // nothing of it was sent before: no tasks of it are looked for
  expect(proofs()).toBe(0);
  expect(rig.callsOf()).toMatchObject([
    {
      ...{ verb: 'RUN', outcome: 'EXECUTED', jobId: id(1), savepointPath: path, parallelism: 4 },
      args: ['--name', 'orders'],
    },
  ]);
  expect(jobId).toBe(id(1));
  expect(rig.flink.job(jobId)).toMatchObject({ state: 'RUNNING', tasks: 'RUNNING' });
  expect(tries).toMatchObject({ failures: [], next: 1, open: 'ACCEPTED' });
  expect(tries.spentMs + tries.restoringMs).toBeGreaterThan(0);
  expect(restoreMs).toBeGreaterThanOrEqual(900);
  expect(restoreMs).toBeLessThan(Date.now() / 2);
  expect(warnings).toEqual([]);
  rig.flink.neverTwoCopies();
  expect(rig.flink.stateLost()).toEqual([]);
});

test('one that begins without state is ready without any', async () => {
  const { rig, input } = await emptyStart();
  await rig.run(() => restart(rig.cluster, input));
  expect(rig.callsOf()).toMatchObject([{ verb: 'RUN', savepointPath: undefined }]);
});

test('of a roll-back the ids are others: both may be known to one Flink', async () => {
  const { rig, input } = await stopped({}, { verb: 'rollback' });
  const { jobId } = await rig.run(() => restart(rig.cluster, input));
  expect(jobId).toBe(submitId(key, 'rollback', 1));
});

describe('P23: ready', () => {
  it('is a job that runs below what was planned, for want of slots, and that is said', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'BELOW', parallelism: 3 }] });
    const { warnings } = await rig.run(() => restart(rig.cluster, input));
    expect(warnings).toEqual(['"Source: orders" runs at 3 of 4', '"count -> append" runs at 3 of 4']);
  });

  it('is one that is FINISHED already', async () => {
    const { rig, input } = await stopped({}, {});
    rig.flink.onEffect((effect) => {
      if (effect.kind === 'RUNNING' && effect.jobId === id(1)) rig.flink.job(id(1)).finish();
    });
    const { warnings } = await rig.run(() => restart(rig.cluster, input));
    expect(warnings).toEqual(['the new job is FINISHED already: it had reached the end of its input']);
  });

  it('a vertex that was not planned is none that runs below it', async () => {
    const { rig, input } = await stopped();
    const [source, count] = input.launch.vertices;
    const launch = { ...input.launch, vertices: source === undefined ? [] : [{ ...source, parallelism: 5 }] };
    expect(count).toBeDefined();
    const { warnings } = await rig.run(() => restart(rig.cluster, { ...input, launch }));
    expect(warnings).toEqual(['"Source: orders" runs at 4 of 5']);
  });
});

describe('P24: a job that runs without the state that it was given', () => {
  it('is cancelled at once, and the next try begins from the same snapshot', async () => {
    const { rig, path, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'EMPTY' }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', message: 'try 1: the job started without its state and was cancelled' },
      details: [{ next: 2, open: 'NO' }],
    });
    expect(rig.calls).toEqual(['RUN EXECUTED', 'CANCEL EXECUTED']);
    expect(rig.flink.job(id(1)).state).toBe('CANCELED');

    const tries = { ...noTries, failures: [{ n: 1, cause: 'empty' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...input, tries }));
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
    rig.flink.neverTwoCopies();
  });

  it('was cancelled by an attempt that had no time to say so: the next one goes on with the next try', async () => {
    const { rig, path, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'EMPTY' }] });
    await failureOf(rig.run(() => restart(rig.cluster, input)));
    const { tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(tries).toMatchObject({
      ...{ next: 2, failures: [{ n: 1, cause: 'the job started without its state and was cancelled' }] },
    });
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
  });

  it('is what it seems for as long as Flink’s cache may be old: nothing is cancelled for that', async () => {
    const { rig, input } = await stopped({ refreshIntervalMs: 20_000 });
    // what the cache shows is from before it was restored
    const hold = rig.flink.hold('GET /jobs/:id/checkpoints', 'BEFORE', { times: 1 });
    const running = rig.begin(() => restart(rig.cluster, input));
    await hold.arrived;
    hold.release();
    await running.end;
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });
});

describe('a submit that Flink refuses', () => {
  it('fails the try, the cause is told, and nothing is started', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [refused] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', nonRetryable: false },
      message: expect.stringMatching(/^try 1: .*no such class$/) as string,
      details: [{ next: 2, open: 'NO', failures: [{ n: 1 }] }],
    });
    expect(rig.told.at(-1)).toMatchObject({ next: 2, open: 'NO', failures: [{ n: 1 }] });
    expect(rig.flink.live('orders')).toEqual([]);
  });

  it('and that leaves a FAILED job is over with that one: the next id', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ ...refused, leavesJob: true }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      details: [{ next: 2, open: 'NO' }],
    });
    const { tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(tries.failures).toMatchObject([
      { n: 1, cause: expect.stringContaining('no such class') as string },
    ]);
    expect(rig.callsOf('RUN').map((call) => call.jobId)).toEqual([id(1), id(2)]);
  });

  it('P2: the attempt after it is the next try; none is sent after the last', async () => {
    const { rig, input } = await stopped();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'no such class' }], next: 2 };
    expect(
      await failureOf(rig.run(() => restart(rig.cluster, { ...input, tries, maxTries: 1 }))),
    ).toMatchObject({
      ...{ type: 'TryFailed', message: 'no such class', details: [{ next: 2 }] },
    });
    expect(rig.calls).toEqual([]);
  });

  it('where no try is allowed none is sent', async () => {
    const { rig, input } = await stopped();
    expect(await failureOf(rig.run(() => restart(rig.cluster, { ...input, maxTries: 0 })))).toMatchObject({
      message: 'no try is left',
    });
    expect(rig.calls).toEqual([]);
  });

  it('P22: for a jar that the JobManager lost: its bytes are uploaded again, same try', async () => {
    const { rig, input } = await stopped();
    rig.flink.loseJars();
    const { jobId } = await rig.run(() => restart(rig.cluster, input));
    expect(jobId).toBe(id(1));
    expect(rig.calls).toEqual(['RUN REFUSED', 'UPLOAD EXECUTED', 'RUN EXECUTED']);
  });

  it('P22: for a jar whose bytes are gone from the artifact folder as well: that is said', async () => {
    const { rig, input } = await stopped();
    rig.flink.loseJars();
    await rm(join(rig.cluster.config.artifacts, 'orders.jar'));
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      message: expect.stringContaining(
        '; no jar in the artifact folder has the bytes of orders.jar that were planned',
      ) as string,
    });
  });
});

describe('P20: a submit without an answer', () => {
  it('is followed by the same submit, of which Flink admits one', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    await rig.run(() => restart(rig.cluster, input));
    expect(rig.callsOf().map((call) => [call.jobId, call.outcome])).toEqual([
      [id(1), 'NOT_EXECUTED'],
      [id(1), 'EXECUTED'],
    ]);
  });

  it('P12: but not before the tasks of a JobManager that was lost with the job are gone', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    await rig.run(() => restart(rig.cluster, input));
    const [first, second] = rig.callsOf('RUN');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(9_500);
  });

  it('that was carried out is watched: no second one is sent', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'RESET_AFTER' });
    const { jobId } = await rig.run(() => restart(rig.cluster, input));
    expect(jobId).toBe(id(1));
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });

  it('and a refusal of the same: no other id may follow, since a copy may yet be carried out', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    rig.flink.script({ starts: [refused] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', details: [{ next: 1, open: 'SENT', failures: [{ n: 1 }] }] },
    });
  });

  it('and a refusal that leaves the job FAILED: the id is taken, so another one may follow', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    rig.flink.script({ starts: [{ ...refused, leavesJob: true }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', details: [{ next: 2, open: 'NO' }] },
    });
  });

  it('an attempt that died had sent it: a refusal says nothing of that copy either', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [refused] });
    const end = rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(await failureOf(end)).toMatchObject({ details: [{ next: 1, open: 'SENT' }] });
  });

  it('that was carried out is a duplicate when it is sent again: accepted', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, executed: true });
    const { jobId, tries } = await rig.run(() => restart(rig.cluster, input));
    expect(jobId).toBe(id(1));
    expect(tries).toMatchObject({ failures: [], next: 1 });
    expect(rig.callsOf('RUN').map((call) => call.outcome)).toEqual(['EXECUTED', 'KNOWN']);
  });

  it('that was carried out, and whose job has FAILED since, is a duplicate as well: its own cause is told', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'FAILS', cause: 'no such table' }] });
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, executed: true });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', message: expect.stringContaining('no such table') as string },
    });
    expect(rig.callsOf('RUN').map((call) => call.outcome)).toEqual(['EXECUTED', 'KNOWN']);
  });

  it('of an attempt that died, and is carried out while its tasks are looked for: it is watched, none is sent', async () => {
    const { rig, input } = await stopped();
    const hold = rig.flink.hold('GET /overview', 'BEFORE', { times: 1 });
    const running = rig.begin(() => restart(rig.cluster, input), {
      ...{ attempt: 2 },
      heartbeatDetails: { attempt: 1, over: true, details: { ...noTries, open: 'ACCEPTED' } },
    });
    await hold.arrived;
    await submitted(rig, input);
    hold.release();
    expect((await running.end).jobId).toBe(id(1));
    expect(rig.calls).toEqual([]);
  });

  it('while Flink cannot be reached is sent once it can', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: 2 });
    const proofs = rig.counting('GET /overview');
    await rig.run(() => restart(rig.cluster, input));
    expect(proofs()).toBe(0);
    expect(rig.calls).toEqual(['RUN NOT_EXECUTED', 'RUN NOT_EXECUTED', 'RUN EXECUTED']);
  });

  it('P25: for longer than the `restart` time-out is too late', async () => {
    const { rig, input } = await stopped();
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: Infinity });
    const timeouts = { ...input.timeouts, restart: 3_000 };
    const failure = await failureOf(rig.run(() => restart(rig.cluster, { ...input, timeouts })));
    expect(failure).toMatchObject({
      ...{ type: 'NoMoreTries', nonRetryable: true, details: [{ next: 1, open: 'SENT' }] },
      message: expect.stringMatching(/^not ready within 3000 ms; the submit has no answer: .*503/) as string,
    });
  });
});

describe('P1: an attempt that follows a dead one', () => {
  it('finds the job that it submitted, and watches that', async () => {
    const { rig, input } = await stopped({ delays: { start: 3_000 } });
    const first = rig.begin(() => restart(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN').length === 1, 'the submit');
    first.lose();
    expect(await failureOf(first.end)).toMatchObject({ type: 'AttemptLost' });
    const { jobId, tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(jobId).toBe(id(1));
    expect(rig.calls).toEqual(['RUN EXECUTED']);
    expect(tries).toMatchObject({ next: 1, open: 'ACCEPTED' });
  });

  it('finds that it FAILED: the next try is its own', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'FAILS', cause: 'no such table' }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      message: expect.stringContaining('no such table') as string,
    });
    const { jobId, tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(jobId).toBe(id(2));
    expect(tries.failures).toMatchObject([{ n: 1 }]);
    expect(rig.told.at(-1)).toMatchObject({ next: 2, failures: [{ n: 1 }] });
  });

  it('that had heard that nothing was sent sends the same try', async () => {
    const { rig, input } = await stopped();
    const heartbeatDetails = { attempt: 1, over: true, details: noTries };
    const { jobId } = await rig.run(() => restart(rig.cluster, input), { attempt: 2, heartbeatDetails });
    expect(jobId).toBe(id(1));
  });

  it('P12: whose JobManager was lost with the job sends it again once its tasks are gone', async () => {
    const { rig, input } = await stopped();
    await rig.run(() => restart(rig.cluster, input));
    await rig.flink.loseJobManager({ slotsMs: 20_000 });
    const { jobId } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(jobId).toBe(id(1));
    const kinds = rig.flink.effects.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('STARTED')).toBeGreaterThan(kinds.indexOf('TASKS_GONE'));
    rig.flink.neverTwoCopies();
  });
});

describe('a job that was accepted', () => {
  it('and FAILED before it was ready: the try failed, with its cause', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'FAILS', cause: 'no such table' }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{
        type: 'TryFailed',
        nonRetryable: false,
        message: expect.stringMatching(/^try 1: .*no such table/) as string,
      },
    });
  });

  it('P25: and has no slots is too late after `restart`, over all tries', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const timeouts = { ...input.timeouts, restart: 4_000 };
    const tries = { ...noTries, spentMs: 2_000 };
    const began = Date.now();
    const failure = await failureOf(rig.run(() => restart(rig.cluster, { ...input, timeouts, tries })));
    expect(failure).toMatchObject({
      ...{ type: 'NoMoreTries', nonRetryable: true },
      message: 'not ready within 4000 ms: 0 of 8 tasks are RUNNING',
      details: [{ next: 1, open: 'ACCEPTED', restoringMs: 0 }],
    });
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_800);
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });

  it('P25: and reads its state for long counts against `restore` instead', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'RESTORING', ms: 80_000 }] });
    const timeouts = { ...input.timeouts, restart: 40_000 };
    const { tries } = await rig.run(() => restart(rig.cluster, { ...input, timeouts }));
    expect(tries.restoringMs).toBeGreaterThan(40_000);
    expect(tries.spentMs).toBeLessThan(40_000);
  });

  it('P25: and reads it for longer than `restore` is too late', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'RESTORING', ms: 1_000_000 }] });
    const timeouts = { ...input.timeouts, restore: 3_000 };
    expect(await failureOf(rig.run(() => restart(rig.cluster, { ...input, timeouts })))).toMatchObject({
      ...{ type: 'NoMoreTries', message: 'not restored within 3000 ms: 0 of 8 tasks are RUNNING' },
    });
  });

  it('P13: and was cancelled by somebody is not started again', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const running = rig.begin(() => restart(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the submit');
    rig.flink.job(id(1)).cancel();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'CanceledByOther', nonRetryable: true },
      message: `somebody cancelled the new job ${id(1)}`,
    });
  });

  it('P26: and bears another name is not ours', async () => {
    const { rig, input } = await stopped();
    const { artifact } = input.launch.jar;
    const jar = { ...input.launch.jar, artifact: { ...artifact, args: ['--name', 'other'] } };
    const launch = { ...input.launch, jar };
    expect(await failureOf(rig.run(() => restart(rig.cluster, { ...input, launch })))).toMatchObject({
      ...{ type: 'NoMoreTries', message: 'the new program calls its job "other", not "orders"' },
    });
  });

  it('P13: by a dead attempt, and was cancelled by somebody, is not started again', async () => {
    const { rig, input } = await stopped();
    const job = await runningTry(rig, input);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await failureOf(rig.run(() => restart(rig.cluster, input), { attempt: 2 }))).toMatchObject({
      type: 'CanceledByOther',
    });
    expect(rig.calls).toEqual([]);
  });

  it('P12: and forgotten by a JobManager that was lost: the same submit again, once that is proven', async () => {
    const { rig, input } = await stopped();
    const hold = rig.flink.hold('GET /jobs/overview', 'BEFORE', { after: 1, times: 1 });
    const running = rig.begin(() => restart(rig.cluster, input));
    await hold.arrived;
    await rig.flink.loseJobManager();
    hold.drop();
    const { jobId, tries } = await running.end;
    expect(jobId).toBe(id(1));
    expect(tries).toMatchObject({ next: 1, failures: [], open: 'ACCEPTED' });
    const [first, second, ...more] = rig.callsOf('RUN');
    expect([first?.outcome, second?.outcome, more]).toEqual(['EXECUTED', 'EXECUTED', []]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(9_500);
    rig.flink.neverTwoCopies();
  });
});

describe('P21: never two copies', () => {
  it('a live job of this name stands in the way: it is named, and nothing is sent', async () => {
    const { rig, input } = await stopped();
    const other = await rig.job();
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'AnotherJobRuns', nonRetryable: true, details: [{ jobId: other.id, state: 'RUNNING' }] },
      message: `job ${other.id} ("orders") is RUNNING on cluster "local"`,
    });
    expect(rig.calls).toEqual([]);
  });

  it('so does one of our ids, whatever its name', async () => {
    const { rig, input } = await stopped();
    const other = await rig.job({ name: 'others', id: `${jobIdPrefix(key.lock)}${'7'.repeat(16)}` });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'AnotherJobRuns', details: [{ jobId: other.id }] },
    });
  });

  it('a namesake that PLANNING saw does not, nor one that is over', async () => {
    const { rig, input } = await stopped();
    const namesake = await rig.job({ namesake: true });
    const over = await rig.job({ namesake: true });
    over.fail();
    await rig.run(() => restart(rig.cluster, { ...input, namesakes: [namesake.id] }));
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });
});

describe('P14: the newest state wins', () => {
  it('what an earlier try of this run has added is what the next begins from', async () => {
    const { rig, input } = await stopped();
    await rig.run(() => restart(rig.cluster, input));
    const path = await rig.checkpoint(rig.flink.job(id(1)));
    rig.flink.job(id(1)).fail();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'it failed' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...input, tries }));
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
    expect(rig.flink.stateLost()).toEqual([]);
  });

  it('tries that began from another snapshot do not say what is newest', async () => {
    const { rig, path, input } = await stopped();
    await rig.run(() => restart(rig.cluster, input));
    await rig.checkpoint(rig.flink.job(id(1)));
    rig.flink.job(id(1)).fail();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'it failed' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...input, tries, firstTry: 2 }));
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
  });
});

describe('an operator', () => {
  it('ends it where it stands: the tries are told', async () => {
    const { rig, input } = await stopped();
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const running = rig.begin(() => restart(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the submit');
    await new Promise((resolve) => setTimeout(resolve, 30));
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ name: 'CancelledFailure', details: [{ next: 1, open: 'ACCEPTED' }] },
    });
  });
});
