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

describe('P11: the end of the job that was stopped', () => {
  it('is read with the savepoint, so that nobody need wait for it again', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const end = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
    expect(end).toMatchObject({ ended: 'FINISHED' });
  });

  it('is not looked for where the job goes on', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const looks = rig.counting('GET /jobs/:id/status');
    const end = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job, { stops: false })));
    expect(end).not.toHaveProperty('ended');
    expect(looks()).toBe(0);
  });

  it.each([
    ['a failure', { kind: 'STATUS', status: 500 }],
    ['a silence', { kind: 'RESET_BEFORE' }],
    ['an answer that takes long', { kind: 'SLOW_BEFORE', ms: 5_000 }],
  ] as const)('is left open at %s, and the savepoint is handed over without it', async (_, fault) => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.fault({ on: 'GET /jobs/:id/status', ...fault, times: 2 });
    const end = await rig.run(() => savepoint(rig.cluster, savepointInput(rig, job)));
    expect(end.snapshot.path).toContain(stopId(1));
    expect(end).not.toHaveProperty('ended');
    // there was no second look
    expect(rig.flink.faultsToCome).toBeGreaterThanOrEqual(1);
  });
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
