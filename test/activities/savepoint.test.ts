import { WorkflowNotFoundError } from '@temporalio/common';
import { savepoint } from '../../src/activities/savepoint';
import { noTries } from '../../src/contracts/failures';
import { triggerId } from '../../src/planning/ids';
import { key, savepointInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);
const sent = { ...noTries, open: 'SENT' } as const;
const accepted = { ...noTries, open: 'ACCEPTED' } as const;
const stopPath = 'POST /jobs/:id/stop';

test('P1: the stop of a job is sent once, under the id of try 1, into a directory of its own; the job ends with the savepoint that is returned', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  const input = savepointInput(rig, job);
  const end = await rig.run(() => savepoint(rig.cluster, input));
  const { snapshot, tries, tookMs } = end;
  expect(rig.callsOf()).toMatchObject([
    {
      ...{ verb: 'STOP', outcome: 'EXECUTED', jobId: job.id, triggerId: stopId(1) },
      targetDirectory: `${input.savepoint.directory}/${stopId(1)}`,
    },
  ]);
  expect(snapshot).toEqual({
    ...{ kind: 'SAVEPOINT', jobId: job.id },
    path: rig.flink.effects.flatMap((effect) => (effect.kind === 'SAVEPOINT' ? [effect.path] : []))[0],
  });
  expect(job.state).toBe('FINISHED');
  expect(tries).toMatchObject({ failures: [], next: 1, open: 'ACCEPTED' });
  expect(tookMs).toBeGreaterThan(0);
  expect(tookMs).toBeLessThan(Date.now() / 2);
  expect(end).not.toHaveProperty('warning');
});

test('the workflow is told that the stop is on its way before it is sent', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  let before: readonly unknown[] | undefined;
  rig.onTold = () => (before ??= rig.callsOf());
  await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
  expect(before).toEqual([]);
  expect(rig.told).toMatchObject([{ next: 1, open: 'SENT', failures: [] }]);
});

test('a run that is over takes up nothing: no stop is sent for it', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.onTold = () => {
    throw new WorkflowNotFoundError('it is over', 'rescale/local/orders', undefined);
  };
  const end = rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
  await expect(end).rejects.toThrow(WorkflowNotFoundError);
  expect(rig.calls).toEqual([]);
});

test('a Temporal that does not take the word is told again, and nothing is sent before it has', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  let left = 2;
  rig.onTold = () => {
    if (left-- > 0) throw new Error('unavailable');
  };
  await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
  expect(rig.told).toHaveLength(1);
  expect(rig.calls).toEqual(['STOP EXECUTED']);
  expect(rig.warnings).toEqual(Array(2).fill('the workflow could not be told how its tries stand'));
});

test('a savepoint of a job that goes on is asked for as that, and the job runs afterwards', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  const { snapshot } = await rig.run(() =>
    savepoint(rig.cluster, savepointInput(rig, job, { stops: false })),
  );
  expect(rig.callsOf()).toMatchObject([{ verb: 'SAVEPOINT', triggerId: stopId(1) }]);
  expect(snapshot.path).toContain(stopId(1));
  expect(job.state).toBe('RUNNING');
});

describe('P1: an attempt that follows a dead one', () => {
  it('finds the stop that is under way, and follows that', async () => {
    const rig = await rigOf({ delays: { stop: 2_000 } });
    const job = await rig.job();
    const input = savepointInput(rig, job);
    const hold = rig.flink.hold('GET /jobs/:id/savepoints/:trigger', 'BEFORE', { after: 1 });
    const first = rig.begin(() => savepoint(rig.cluster, input));
    await hold.arrived;
    first.lose();
    hold.release();
    expect(await failureOf(first.end)).toMatchObject({
      type: 'AttemptLost',
      details: [{ next: 1, open: 'ACCEPTED' }],
    });
    const { snapshot, tries } = await rig.run(() => savepoint(rig.cluster, input), { attempt: 2 });
    expect(rig.calls).toEqual(['STOP EXECUTED']);
    expect(snapshot.path).toContain(stopId(1));
    expect(tries.open).toBe('ACCEPTED');
  });

  it('that sent nothing sends the stop of the same try', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const beat = { attempt: 1, over: true, details: noTries };
    await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)), {
      attempt: 2,
      heartbeatDetails: beat,
    });
    expect(rig.callsOf()).toMatchObject([{ verb: 'STOP', triggerId: stopId(1) }]);
  });

  it('and finds that its stop has failed goes on to the next try, which is its own', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    const input = savepointInput(rig, job);
    await failureOf(rig.run(() => savepoint(rig.cluster, input)));
    // it died before it could say so
    const { tries } = await rig.run(() => savepoint(rig.cluster, input), { attempt: 2 });
    expect(rig.callsOf('STOP').map((call) => call.triggerId)).toEqual([stopId(1), stopId(2)]);
    expect(tries.failures).toMatchObject([
      { n: 1, cause: expect.stringContaining('Failed to create') as string },
    ]);
    expect(rig.told.at(-2)).toMatchObject({ next: 2, failures: [{ n: 1 }] });
  });
});

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

describe('P16: the newest snapshot that a look before the stop has seen', () => {
  it('is carried along, should the JobManager be lost', async () => {
    const rig = await rigOf({ delays: { stop: 1_000_000 } });
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    const running = rig.begin(() => savepoint(rig.cluster, savepointInput(rig, job)));
    await rig.until(() => rig.calls.length === 1, 'the stop');
    running.lose();
    const newest = expect.objectContaining({ kind: 'CHECKPOINT', path, jobId: job.id }) as object;
    expect(await failureOf(running.end)).toMatchObject({ details: [{ newest }] });
    expect(rig.told).toMatchObject([{ newest }]);
  });

  it('a try that finds none keeps what an earlier one has seen', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const newest = { kind: 'CHECKPOINT', path: 'file:/checkpoints/1', jobId: job.id } as const;
    const input = savepointInput(rig, job, { tries: { ...noTries, newest } });
    expect((await rig.run(() => savepoint(rig.cluster, input))).tries.newest).toEqual(newest);
  });
});

test('what an attempt that died had accepted is no reason to restart the count', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  const details = { ...sent, failures: [{ n: 1, cause: 'no disk' }], next: 2 };
  const { tries } = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)), {
    attempt: 2,
    heartbeatDetails: { attempt: 1, over: false, details },
  });
  expect(rig.callsOf()).toMatchObject([{ triggerId: stopId(2) }]);
  expect(tries).toMatchObject({ ...accepted, next: 2, failures: [{ n: 1 }] });
});
