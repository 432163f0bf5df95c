import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { restart } from '../../src/activities/restart';
import { noTries } from '../../src/contracts/failures';
import { submitId } from '../../src/planning/ids';
import { runningTry, stopped } from '../kit/begun';
import { key } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const id = (n: number) => submitId(key, 'restart', n);
const refused = { kind: 'REFUSED', cause: 'no such class' } as const;

describe('a submit that Flink refuses', () => {
  it('fails the try, the cause is told, and nothing is started', async () => {
    const { rig, input } = await stopped(await rigOf());
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
    const { rig, input } = await stopped(await rigOf());
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
    const { rig, input } = await stopped(await rigOf());
    const tries = { ...noTries, failures: [{ n: 1, cause: 'no such class' }], next: 2 };
    expect(
      await failureOf(rig.run(() => restart(rig.cluster, { ...input, tries, maxTries: 1 }))),
    ).toMatchObject({
      ...{ type: 'TryFailed', message: 'no such class', details: [{ next: 2 }] },
    });
    expect(rig.calls).toEqual([]);
  });

  it('where no try is allowed none is sent', async () => {
    const { rig, input } = await stopped(await rigOf());
    expect(await failureOf(rig.run(() => restart(rig.cluster, { ...input, maxTries: 0 })))).toMatchObject({
      message: 'no try is left',
    });
    expect(rig.calls).toEqual([]);
  });

  it('P22: for a jar that the JobManager lost: its bytes are uploaded again, same try', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.loseJars();
    const { jobId } = await rig.run(() => restart(rig.cluster, input));
    expect(jobId).toBe(id(1));
    expect(rig.calls).toEqual(['RUN REFUSED', 'UPLOAD EXECUTED', 'RUN EXECUTED']);
  });

  it('P22: for a jar whose bytes are gone from the artifact folder as well: that is said', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.loseJars();
    await rm(join(rig.cluster.config.artifacts, 'orders.jar'));
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      message: expect.stringContaining(
        '; no jar in the artifact folder has the bytes of orders.jar that were planned',
      ) as string,
    });
  });
});

describe('a job that was accepted', () => {
  it('and FAILED before it was ready: the try failed, with its cause', async () => {
    const { rig, input } = await stopped(await rigOf());
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
    const { rig, input } = await stopped(await rigOf());
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
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'RESTORING', ms: 80_000 }] });
    const timeouts = { ...input.timeouts, restart: 40_000 };
    const { tries } = await rig.run(() => restart(rig.cluster, { ...input, timeouts }));
    expect(tries.restoringMs).toBeGreaterThan(40_000);
    expect(tries.spentMs).toBeLessThan(40_000);
  });

  it('P25: and reads it for longer than `restore` is too late', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'RESTORING', ms: 1_000_000 }] });
    const timeouts = { ...input.timeouts, restore: 3_000 };
    expect(await failureOf(rig.run(() => restart(rig.cluster, { ...input, timeouts })))).toMatchObject({
      ...{ type: 'NoMoreTries', message: 'not restored within 3000 ms: 0 of 8 tasks are RUNNING' },
    });
  });

  it('P13: and was cancelled by somebody is not started again', async () => {
    const { rig, input } = await stopped(await rigOf());
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
    const { rig, input } = await stopped(await rigOf());
    const { artifact } = input.launch.jar;
    const jar = { ...input.launch.jar, artifact: { ...artifact, args: ['--name', 'other'] } };
    const launch = { ...input.launch, jar };
    expect(await failureOf(rig.run(() => restart(rig.cluster, { ...input, launch })))).toMatchObject({
      ...{ type: 'NoMoreTries', message: 'the new program calls its job "other", not "orders"' },
    });
  });

  it('P13: by a dead attempt, and was cancelled by somebody, is not started again', async () => {
    const { rig, input } = await stopped(await rigOf());
    const job = await runningTry(rig, input);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await failureOf(rig.run(() => restart(rig.cluster, input), { attempt: 2 }))).toMatchObject({
      type: 'CanceledByOther',
    });
    expect(rig.calls).toEqual([]);
  });

  it('P12: and forgotten by a JobManager that was lost: the same submit again, once that is proven', async () => {
    const { rig, input } = await stopped(await rigOf());
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

describe('P24: a job that runs without the state that it was given', () => {
  it('is cancelled at once, and the next try begins from the same snapshot', async () => {
    const { rig, path, input } = await stopped(await rigOf());
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
    const { rig, path, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'EMPTY' }] });
    await failureOf(rig.run(() => restart(rig.cluster, input)));
    const { tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(tries).toMatchObject({
      ...{ next: 2, failures: [{ n: 1, cause: 'the job started without its state and was cancelled' }] },
    });
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
  });

  it('is what it seems for as long as Flink’s cache may be old: nothing is cancelled for that', async () => {
    const { rig, input } = await stopped(await rigOf({ refreshIntervalMs: 20_000 }));
    // what the cache shows is from before it was restored
    const hold = rig.flink.hold('GET /jobs/:id/checkpoints', 'BEFORE', { times: 1 });
    const running = rig.begin(() => restart(rig.cluster, input));
    await hold.arrived;
    hold.release();
    await running.end;
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });
});
