import { savepoint } from '../../src/activities/savepoint';
import { noTries } from '../../src/contracts/failures';
import { triggerId } from '../../src/planning/ids';
import { key, savepointInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);
const accepted = { ...noTries, open: 'ACCEPTED' } as const;

describe('P9: no stop is sent', () => {
  it('before all tasks of the job run', async () => {
    const rig = await rigOf();
    const job = await rig.job({ start: { kind: 'RESTORING', ms: 30_000 } });
    await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
    const kinds = rig.flink.effects.map(({ kind }) => kind);
    expect(kinds).toEqual(['STARTED', 'RUNNING', 'SAVEPOINT', 'ENDED']);
    expect(rig.calls).toEqual(['STOP EXECUTED']);
  });

  it('while somebody else’s savepoint is in progress: it would be aborted', async () => {
    const rig = await rigOf({ delays: { savepoint: 3_000 } });
    const job = await rig.job();
    rig.flink.savepoint(job.id);
    const { snapshot } = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
    const saved = rig.flink.effects.flatMap((effect) => (effect.kind === 'SAVEPOINT' ? [effect.stop] : []));
    expect(saved).toEqual([false, true]);
    expect(snapshot.path).toContain(stopId(1));
  });

  it.each(['FINISHED', 'CANCELED', 'FAILED'] as const)('to a job that is %s', async (state) => {
    const rig = await rigOf();
    const job = await rig.job();
    if (state === 'FINISHED') job.finish();
    if (state === 'CANCELED') job.cancel();
    if (state === 'FAILED') job.fail();
    await rig.until(() => job.state === state, `it to be ${state}`);
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, savepointInput(rig, job))))).toMatchObject({
      ...{ type: 'NoMoreTries', nonRetryable: true, message: `the job is ${state}` },
      details: [noTries],
    });
    expect(rig.calls).toEqual([]);
  });

  it('to a job that Flink does not know', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.loseJobManager();
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, savepointInput(rig, job))))).toMatchObject({
      ...{ type: 'NoMoreTries', message: 'the job is FORGOTTEN' },
    });
  });

  it('to a job that keeps restarting for longer than `recovery`', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.keepRestarting();
    const { timeouts } = savepointInput(rig, job);
    const input = savepointInput(rig, job, { timeouts: { ...timeouts, recovery: 2_000 } });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, input)))).toMatchObject({
      ...{
        type: 'NoMoreTries',
        message: expect.stringMatching(/^the job is \w+ and did not become ready for a savepoint$/) as string,
      },
    });
    expect(rig.calls).toEqual([]);
  });
});

describe('P8: an abort', () => {
  it('before the stop is sent ends it there: the job runs, nothing was sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.keepRestarting();
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)));
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({
      name: 'CancelledFailure',
      ...{ message: 'aborted before try 1', details: [noTries] },
    });
    expect(rig.calls).toEqual([]);
  });

  it('while the stop is under way lets it end: too late', async () => {
    const rig = await rigOf({ delays: { stop: 2_000 } });
    const job = await rig.job();
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)));
    await rig.until(() => rig.calls.length === 1, 'the stop');
    running.abort();
    expect((await running.end).snapshot.path).toContain(stopId(1));
    expect(job.state).toBe('FINISHED');
  });

  it.each([
    ['failed', { kind: 'REFUSED' }],
    ['was "not now"', { kind: 'REFUSED', causes: ['it is not being executed at the moment'] }],
  ] as const)(
    'P5: after the stop of a dead attempt that %s: the next may be on its way as well, and is sent',
    async (_, script) => {
      const rig = await rigOf();
      const job = await rig.job();
      rig.flink.script({ stops: [script] });
      const input = savepointInput(rig, job);
      const targetDirectory = `${input.savepoint.directory}/${stopId(1)}`;
      await rig.onItsOwn(() =>
        rig.cluster.flink.stop(job.id, { targetDirectory, triggerId: stopId(1), formatType: 'CANONICAL' }),
      );
      const running = rig.begin(() => savepoint(rig.cluster, input), { attempt: 2 });
      running.abort();
      expect((await running.end).snapshot.path).toContain(stopId(2));
    },
  );

  it('after the stop of an attempt whose last word was heard: nothing more is sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    const input = savepointInput(rig, job);
    await failureOf(rig.run(() => savepoint(rig.cluster, input)));
    const heartbeatDetails = { attempt: 1, over: true, details: accepted };
    const running = rig.begin(() => savepoint(rig.cluster, input), { attempt: 2, heartbeatDetails });
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ name: 'CancelledFailure', message: 'aborted before try 2' },
      details: [{ next: 2, open: 'NO', failures: [{ n: 1 }] }],
    });
    expect(rig.calls).toEqual(['STOP EXECUTED']);
  });

  it('P5: of a stop that may be on its way from a dead attempt sends that same stop: only its end is an end', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)), { attempt: 2 });
    running.abort();
    expect((await running.end).snapshot.path).toContain(stopId(1));
    expect(rig.callsOf()).toMatchObject([{ triggerId: stopId(1) }]);
  });
});
