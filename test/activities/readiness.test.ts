import { readiness } from '../../src/activities/readiness';
import type { Submit } from '../../src/activities/submitting';
import { submitId } from '../../src/planning/ids';
import { runningTry, startInput, submitted } from '../kit/begun';
import { key } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();
const jobId = submitId(key, 'restart', 1);

const seen = (rig: Rig, input: Submit) =>
  rig.look((pulse) => readiness(rig.cluster, { ...input, lock: key.lock, jobId }, pulse));

describe('P23: a job that is not ready', () => {
  it.each([
    ['CREATED', false],
    ['INITIALIZING', true],
    ['RESTARTING', false],
    ['FAILING', false],
    ['CANCELLING', false],
  ] as const)('since it is %s is waited for; it restores its state: %s', async (state, restoring) => {
    const rig = await rigOf();
    const input = await startInput(rig);
    (await runningTry(rig, input)).enter(state);
    expect(await seen(rig, input)).toEqual({ kind: 'WAIT', restoring, why: `the new job is ${state}` });
  });

  it('since its tasks read their state', async () => {
    const rig = await rigOf();
    const input = await startInput(rig);
    rig.flink.script({ starts: [{ kind: 'RESTORING', ms: 1_000_000 }] });
    const job = await submitted(rig, input);
    await rig.until(() => job.tasks === 'INITIALIZING', 'it to restore');
    const why = '0 of 8 tasks are RUNNING';
    expect(await seen(rig, input)).toEqual({ kind: 'WAIT', restoring: true, why });
  });

  it('since Flink does not know it', async () => {
    const rig = await rigOf();
    expect(await seen(rig, await startInput(rig))).toEqual({ kind: 'ABSENT' });
  });
});

describe('P24: a job that runs without the state that it was given', () => {
  it('began from another snapshot', async () => {
    const rig = await rigOf();
    const input = await startInput(rig);
    await runningTry(rig, input);
    const snapshot = { kind: 'SAVEPOINT', path: 'file:/savepoints/another', jobId } as const;
    expect(await seen(rig, { ...input, origin: { kind: 'SNAPSHOT', snapshot } })).toEqual({ kind: 'EMPTY' });
  });

  it('takes no snapshots at all: nothing shows that it was restored', async () => {
    const rig = await rigOf({ checkpointing: false });
    const input = await startInput(rig);
    await runningTry(rig, input);
    expect(await seen(rig, input)).toEqual({ kind: 'EMPTY' });
  });
});

describe('a job that is FAILED', () => {
  it('tells its cause', async () => {
    const rig = await rigOf();
    const input = await startInput(rig);
    (await runningTry(rig, input)).fail();
    expect(await seen(rig, input)).toEqual({
      ...{ kind: 'FAILED', cause: expect.stringContaining('it does not work') as string },
    });
  });

  it('tells none where its history is empty', async () => {
    const rig = await rigOf();
    const input = await startInput(rig);
    (await runningTry(rig, input)).failUnseen('not enough slots');
    expect(await seen(rig, input)).toEqual({
      ...{ kind: 'FAILED', cause: 'the job is FAILED and gives no cause' },
    });
  });

  it('tells none that a JobManager took along', async () => {
    const rig = await rigOf();
    const input = await startInput(rig);
    (await runningTry(rig, input)).fail();
    const hold = rig.flink.hold('GET /jobs/:id/exceptions', 'BEFORE', { times: 1 });
    const looking = seen(rig, input);
    await hold.arrived;
    await rig.flink.loseJobManager();
    hold.drop();
    expect(await looking).toEqual({ kind: 'FAILED', cause: 'the job is FAILED and its exceptions are gone' });
  });
});
