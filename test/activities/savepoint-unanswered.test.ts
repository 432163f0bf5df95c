import { savepoint } from '../../src/activities/savepoint';
import { triggerId } from '../../src/planning/ids';
import { key, savepointInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);
const stopPath = 'POST /jobs/:id/stop';

describe('P5: a stop without an answer', () => {
  it.each(['RESET_BEFORE', 'RESET_AFTER', 'TRUNCATED'] as const)(
    '(%s) is sent again under the same id',
    async (kind) => {
      const rig = await rigOf();
      const job = await rig.job();
      rig.flink.fault({ on: stopPath, kind });
      const { snapshot } = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
      expect(rig.callsOf('STOP').map((call) => call.triggerId)).toEqual([stopId(1), stopId(1)]);
      expect(rig.calls).toEqual(
        kind === 'RESET_BEFORE' ? ['STOP NOT_EXECUTED', 'STOP EXECUTED'] : ['STOP EXECUTED', 'STOP KNOWN'],
      );
      expect(snapshot.path).toContain(stopId(1));
    },
  );

  it('while a leader is elected is sent again', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.fault({ on: stopPath, kind: 'STATUS', status: 503, times: 3 });
    await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
    expect(rig.calls.at(-1)).toBe('STOP EXECUTED');
    expect(rig.calls).toHaveLength(4);
  });

  it('and its worker is lost: what it waits for is given up, the stop counts as sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const hold = rig.flink.hold(stopPath, 'BEFORE');
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)));
    await hold.arrived;
    running.lose();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'AttemptLost', message: expect.stringContaining('WORKER_SHUTDOWN') as string },
      details: [{ next: 1, open: 'SENT' }],
    });
    expect(hold.waiting).toBe(1);
    expect(running.beats.at(-1)).toMatchObject({ over: true, details: { open: 'SENT' } });
    hold.release();
  });
});

describe('a stop whose end is not an end of a try', () => {
  it('P10: the savepoint is complete, and the job does not end: it is cancelled after the `stop` time-out, and said so', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'HANGS' }] });
    const { timeouts } = savepointInput(rig, job);
    const input = savepointInput(rig, job, { timeouts: { ...timeouts, stop: 3_000 } });
    const { snapshot, tries, warning } = await rig.run(() => savepoint(rig.cluster, input));
    expect(rig.calls).toEqual(['STOP EXECUTED', 'CANCEL EXECUTED']);
    const [stop, cancel] = rig.callsOf();
    expect((cancel?.at ?? 0) - (stop?.at ?? 0)).toBeGreaterThanOrEqual(7_500);
    expect(warning).toBe('the job did not end 3000 ms after its savepoint was complete, and was cancelled');
    expect(snapshot.path).toContain(stopId(1));
    expect(job.state).toBe('CANCELED');
    // carried along, should the JobManager be lost before the job has ended
    expect(tries.newest).toMatchObject({ path: snapshot.path });
  });

  it('P10: a savepoint that takes longer than the `stop` time-out is let go on: nothing is cancelled', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'TAKES', ms: 20_000 }] });
    const { timeouts } = savepointInput(rig, job);
    const input = savepointInput(rig, job, { timeouts: { ...timeouts, stop: 1_000 } });
    const { snapshot } = await rig.run(() => savepoint(rig.cluster, input));
    expect(snapshot.path).toContain(stopId(1));
    expect(rig.calls).toEqual(['STOP EXECUTED']);
  });

  it('the job failed after the savepoint: nobody tries again, `settle` finds the path', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, savepointInput(rig, job))))).toMatchObject({
      ...{ type: 'NoMoreTries', details: [{ next: 1, open: 'ACCEPTED', failures: [] }] },
    });
    expect(job.state).toBe('FAILED');
  });

  it('the JobManager was lost and forgot the stop', async () => {
    const rig = await rigOf({ delays: { stop: 1_000_000 } });
    const job = await rig.job();
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)));
    await rig.until(() => rig.calls.length === 1, 'the stop');
    await rig.flink.loseJobManager();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'NoMoreTries', message: 'the JobManager forgot the stop' },
    });
  });

  it('the JobManager forgot the job before it was asked', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    let lost: Promise<void> | undefined;
    rig.onTold = () => {
      lost = rig.flink.loseJobManager();
    };
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, savepointInput(rig, job))))).toMatchObject({
      ...{
        type: 'NoMoreTries',
        message: expect.stringMatching(/Flink does not know the job|FlinkJobNotFound/) as string,
      },
    });
    await lost;
  });

  it('it takes longer than a try may take', async () => {
    const rig = await rigOf({ delays: { stop: 1_000_000 } });
    const job = await rig.job();
    const { savepoint: planned } = savepointInput(rig, job);
    const input = savepointInput(rig, job, { savepoint: { ...planned, tryMs: 2_000 } });
    expect(await failureOf(rig.run(() => savepoint(rig.cluster, input)))).toMatchObject({
      ...{
        type: 'NoMoreTries',
        message: expect.stringMatching(/^no end of the stop after [2-9]\d{3,} ms$/) as string,
      },
      details: [{ open: 'ACCEPTED' }],
    });
    expect(rig.calls).toEqual(['STOP EXECUTED']);
  });
});
