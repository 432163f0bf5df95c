import { savepoint } from '../../src/activities/savepoint';
import { noTries } from '../../src/contracts/failures';
import { triggerId } from '../../src/planning/ids';
import { key, savepointInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);
const sent = { ...noTries, open: 'SENT' } as const;
const accepted = { ...noTries, open: 'ACCEPTED' } as const;

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
    'P8: after the stop of a dead attempt that %s: nothing more is sent; had another been, the workflow was told',
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
      expect(await failureOf(running.end)).toMatchObject({
        ...{ name: 'CancelledFailure', message: 'aborted before try 2' },
        details: [{ next: 2, open: 'NO' }],
      });
      expect(rig.calls).toEqual([]);
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

  it('of an attempt that follows a dead one sends nothing: the workflow was told of what that one sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)), { attempt: 2 });
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ name: 'CancelledFailure', details: [{ next: 1, open: 'NO' }] },
    });
    expect(rig.calls).toEqual([]);
  });

  it('after Flink took a stop and forgot it: it is not sent again, `settle` says what is true', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const heartbeatDetails = { attempt: 1, over: false, details: accepted };
    const attempt = { attempt: 2, heartbeatDetails };
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)), attempt);
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ name: 'CancelledFailure', details: [{ next: 1, open: 'ACCEPTED' }] },
    });
    expect(rig.calls).toEqual([]);
  });
});

describe('P5, P8: an abort that came before, and a stop that a dead attempt may have sent', () => {
  const last = { aborted: true, tries: sent } as const;

  it('the same stop is sent: only its end is an end', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const { snapshot } = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, last)));
    expect(snapshot.path).toContain(stopId(1));
    expect(rig.callsOf()).toMatchObject([{ triggerId: stopId(1) }]);
  });

  it('to a job that restarts it is sent at once, and once: "not now" is its end', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.keepRestarting();
    const end = rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, last)));
    expect(await failureOf(end)).toMatchObject({
      ...{ type: 'NoMoreTries', nonRetryable: true, message: 'aborted before try 2' },
      details: [{ next: 2, open: 'NO', failures: [] }],
    });
    expect(rig.callsOf()).toMatchObject([{ verb: 'STOP', triggerId: stopId(1) }]);
  });

  it('one that failed has no successor', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    const end = rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, last)));
    expect(await failureOf(end)).toMatchObject({
      ...{ type: 'TryFailed', details: [{ next: 2, open: 'NO', failures: [{ n: 1 }] }] },
    });
    expect(rig.calls).toEqual(['STOP EXECUTED']);
    expect(job.state).toBe('RUNNING');
  });
});
