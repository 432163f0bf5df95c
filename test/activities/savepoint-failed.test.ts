import { savepoint } from '../../src/activities/savepoint';
import { noTries } from '../../src/contracts/failures';
import { triggerId } from '../../src/planning/ids';
import { key, savepointInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);
const sent = { ...noTries, open: 'SENT' } as const;

describe('a stop that Flink answers with a failure', () => {
  it('fails the try: the job runs as it did, and the cause is told', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    const failure = await failureOf(rig.run(() => savepoint(rig.cluster, savepointInput(rig, job))));
    expect(failure).toMatchObject({
      ...{ type: 'TryFailed', nonRetryable: false },
      message: expect.stringMatching(/^try 1: .*Failed to create/) as string,
      details: [{ next: 2, open: 'NO', failures: [{ n: 1 }] }],
    });
    expect(job).toMatchObject({ state: 'RUNNING', tasks: 'RUNNING' });
    expect(rig.told.at(-1)).toMatchObject({ next: 2, open: 'NO' });
  });

  it('P2: no try is sent after the last', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'no disk' }], next: 2, open: 'SENT' } as const;
    const input = savepointInput(rig, job, { maxTries: 1, tries });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', message: 'try 1: no disk' },
      details: [{ next: 2, open: 'NO' }],
    });
    expect(rig.calls).toEqual([]);
  });

  it('where no try is allowed at all none is sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const input = savepointInput(rig, job, { maxTries: 0 });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, input)))).toMatchObject({
      message: 'try 0: no try is left',
    });
  });

  it('P9: and made the job restart is not repeated where its restarts are bounded', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.failOver('No space left on device');
    await rig.until(() => job.tasks === 'RUNNING', 'the job to run again');
    const tries = { ...noTries, failures: [{ n: 1, cause: 'no space' }], next: 2 };
    const before = savepointInput(rig, job).job;
    const bounded = savepointInput(rig, job, { job: { ...before, restartsForEver: false }, tries });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, bounded)))).toMatchObject({
      ...{ type: 'NoMoreTries', nonRetryable: true },
      message: 'the try made the job restart, and its restarts are bounded',
      details: [{ next: 2, failures: [{ n: 1 }] }],
    });
    expect(rig.calls).toEqual([]);

    const unbounded = savepointInput(rig, job, { tries });
    await rig.run(() => savepoint(rig.cluster, unbounded));
    expect(rig.callsOf()).toMatchObject([{ verb: 'STOP', triggerId: stopId(2) }]);
  });

  it('P9: and left the job alone is repeated, its restarts bounded or not; those of before count for nothing', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.failOver('long ago');
    await rig.until(() => job.tasks === 'RUNNING', 'the job to run again');
    const before = { ...savepointInput(rig, job).job, restartsForEver: false, restarts: 1 };
    const tries = { ...noTries, failures: [{ n: 1, cause: 'no space' }], next: 2 };
    await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, { job: before, tries })));
    expect(rig.callsOf()).toMatchObject([{ verb: 'STOP', triggerId: stopId(2) }]);
  });

  it('P9: the restart is seen past the age of what Flink’s cache shows', async () => {
    const rig = await rigOf({ refreshIntervalMs: 5_000 });
    const job = await rig.job();
    await rig.checkpoint(job);
    // what is cached now is from before
    const [vertex] = job.vertices;
    await rig.cluster.flink.vertex(job.id, vertex?.id ?? '');
    job.failOver('No space left on device', 0);
    await rig.until(() => job.tasks === 'RUNNING', 'the job to run again');
    const before = { ...savepointInput(rig, job).job, restartsForEver: false };
    const tries = { ...noTries, failures: [{ n: 1, cause: 'no space' }], next: 2 };
    const input = savepointInput(rig, job, { job: before, tries });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, input)))).toMatchObject({
      type: 'NoMoreTries',
    });
  });

  it('P9: restarts of before the first try are none of its doing: it is sent, whatever the restart strategy', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.failOver('a TaskManager was lost');
    await rig.until(() => job.tasks === 'RUNNING', 'the job to run again');
    const before = { ...savepointInput(rig, job).job, restartsForEver: false };
    await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, { job: before })));
    expect(rig.calls).toEqual(['STOP EXECUTED']);
  });

  it('P5: a stop that may be on its way is sent, though the one before it made the job restart', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.failOver('No space left on device');
    await rig.until(() => job.tasks === 'RUNNING', 'the job to run again');
    const before = { ...savepointInput(rig, job).job, restartsForEver: false };
    const tries = { ...sent, failures: [{ n: 1, cause: 'no space' }], next: 2 };
    await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, { job: before, tries })));
    expect(rig.callsOf()).toMatchObject([{ verb: 'STOP', triggerId: stopId(2) }]);
  });

  it.each([
    'it is not being executed at the moment',
    'Checkpoint triggering task is currently not executing',
    'UnavailableDispatcherOperationException',
  ])('P6: "%s" is no failure: the next id is tried, and no try is used up', async (cause) => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED', causes: [cause] }] });
    const input = savepointInput(rig, job, { maxTries: 1 });
    const { tries } = await rig.run(() => savepoint(rig.cluster, input));
    expect(rig.callsOf('STOP').map((call) => call.triggerId)).toEqual([stopId(1), stopId(2)]);
    expect(tries).toMatchObject({ failures: [], next: 2, open: 'ACCEPTED' });
    expect(job.state).toBe('FINISHED');
  });

  it('P6: "not now" to a stop of its own leaves none on its way, also after an attempt that died', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const never = { kind: 'REFUSED', causes: ['it is not being executed at the moment'] } as const;
    rig.flink.script({ stops: Array(30).fill(never) as (typeof never)[] });
    const end = rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)), { attempt: 2 });
    expect(await failureOf(end)).toMatchObject({ type: 'NoMoreTries', details: [{ next: 22, open: 'NO' }] });
  });

  it('P6: "not now" for 20 times is left to be settled', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const never = { kind: 'REFUSED', causes: ['it is not being executed at the moment'] } as const;
    rig.flink.script({ stops: Array(30).fill(never) as (typeof never)[] });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, savepointInput(rig, job))))).toMatchObject({
      ...{ type: 'NoMoreTries', message: expect.stringContaining('not being executed') as string },
      details: [{ next: 22, open: 'NO', failures: [] }],
    });
    expect(rig.calls).toHaveLength(21);
  });
});
