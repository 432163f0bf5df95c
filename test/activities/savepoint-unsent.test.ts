import { savepoint } from '../../src/activities/savepoint';
import { noTries } from '../../src/contracts/failures';
import { triggerId } from '../../src/planning/ids';
import { key, savepointInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const stopId = (n: number) => triggerId(key, 'stop', n);

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
