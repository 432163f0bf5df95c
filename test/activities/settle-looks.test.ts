import { settle } from '../../src/activities/settle';
import type { SettleInput } from '../../src/activities/settle';
import type { SimulatedJob } from '../flink-simulator';
import { sendStop } from '../kit/begun';
import { settleInput } from '../kit/inputs';
import { useRig } from '../kit/rig';
import type { Rig } from '../kit/rig';

const rigOf = useRig();

function settled(rig: Rig, job: SimulatedJob, change: Partial<SettleInput> = {}) {
  return rig.run(() => settle(rig.cluster, settleInput(rig, job, change)));
}

/** The stop of try 1 went through; the path of its savepoint. */
async function stoppedBy(rig: Rig, job: SimulatedJob): Promise<string> {
  const saved = rig.flink.next('SAVEPOINT');
  await sendStop(rig, job);
  const { path } = await saved;
  await rig.until(() => job.ended, 'its end');
  return path;
}

describe('a look', () => {
  it('at a history that may be as old as Flink’s cache is not believed before one after that says the same', async () => {
    const rig = await rigOf({ refreshIntervalMs: 20_000 });
    const job = await rig.job();
    await rig.cluster.flink.checkpoints(job.id);
    const path = await stoppedBy(rig, job);
    // what is shown now is a job that FINISHED by itself
    rig.flink.forgetResults();
    const running = rig.begin(() => settle(rig.cluster, settleInput(rig, job)));
    expect((await running.end).settlement).toMatchObject({ kind: 'STOPPED', snapshot: { path } });
    expect(running.beats.at(-1)?.details).toMatchObject({ why: 'STOPPED, to be confirmed' });
  });

  it('is at every try, though one before it was never sent', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    await sendStop(rig, job, 2);
    const { settlement, failures } = await settled(rig, job, { maxTries: 2 });
    expect(settlement).toMatchObject({ kind: 'RUNNING' });
    expect(failures).toMatchObject([{ n: 2 }]);
  });

  it('is at one more than there are said to be, as long as Flink knows it', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }, { kind: 'REFUSED' }] });
    await sendStop(rig, job, 1);
    await sendStop(rig, job, 2);
    const { failures } = await settled(rig, job, { maxTries: 1 });
    expect(failures).toMatchObject([{ n: 1 }, { n: 2 }]);
  });

  it('takes the path from the try itself, whatever the history shows', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await stoppedBy(rig, job);
    const directory = `${rig.cluster.config.savepointRoot}/another`;
    expect((await settled(rig, job, { directory })).settlement).toMatchObject({
      ...{ kind: 'STOPPED', snapshot: { path } },
    });
  });
});

describe('an operator who gives up is told', () => {
  it('that a stop is under way', async () => {
    const rig = await rigOf({ delays: { stop: 1_000_000 } });
    const job = await rig.job();
    await sendStop(rig, job);
    const { settlement } = await settled(rig, job, { givingUp: true });
    expect(settlement).toMatchObject({
      ...{ kind: 'GIVEN_UP', state: 'RUNNING', why: 'stop 1 is still under way' },
    });
  });

  it('that the job RUNs, and not yet all of its tasks', async () => {
    const rig = await rigOf();
    const job = await rig.job({ start: { kind: 'NEVER_SCHEDULED' } });
    await rig.until(() => job.state === 'RUNNING', 'it to be RUNNING');
    const { settlement } = await settled(rig, job, { givingUp: true });
    const why = 'the job is RUNNING, not yet all of its tasks';
    expect(settlement).toMatchObject({ kind: 'GIVEN_UP', state: 'RUNNING', why });
  });

  it('that somebody’s savepoint is in progress', async () => {
    const rig = await rigOf({ delays: { savepoint: 1_000_000 } });
    const job = await rig.job();
    rig.flink.savepoint(job.id);
    const { settlement } = await settled(rig, job, { givingUp: true });
    expect(settlement).toMatchObject({ kind: 'GIVEN_UP', why: 'a savepoint is still in progress' });
  });
});

describe('P12: a job that is forgotten once it is settled that it RUNs', () => {
  it.each([
    ['before its restarts are counted', 'GET /jobs/:id/vertices/:vertex', 0],
    ['as they are', 'GET /jobs/overview', 2],
  ])('%s: they are not told', async (_, on, after) => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    await sendStop(rig, job);
    const hold = rig.flink.hold(on, 'BEFORE', { after, times: 1 });
    const running = rig.begin(() => settle(rig.cluster, settleInput(rig, job)));
    await hold.arrived;
    await rig.flink.loseJobManager();
    hold.drop();
    const { settlement, restarts } = await running.end;
    expect(settlement).toMatchObject({ kind: 'RUNNING' });
    expect(restarts).toBeUndefined();
  });
});

test('P15: the savepoint of a stop that the job has gone on from, under another JobManager, is not what it left', async () => {
  const rig = await rigOf();
  const job = await rig.job();
  rig.flink.script({ stops: [{ kind: 'HANGS' }] });
  const saved = rig.flink.next('SAVEPOINT');
  await sendStop(rig, job);
  await saved;
  const input = settleInput(rig, job);
  await rig.flink.loseJobManager({ ha: true });
  const recovered = rig.flink.job(job.id);
  await rig.until(() => recovered.tasks === 'RUNNING', 'it to run again');
  const path = await rig.checkpoint(recovered);
  recovered.fail();
  const { settlement } = await rig.run(() => settle(rig.cluster, input));
  expect(settlement).toMatchObject({ kind: 'DOWN', state: 'FAILED', snapshot: { path } });
});

describe('a savepoint of a job that goes on', () => {
  it.each([false, true])(
    'was taken after all: it is found, and the job RUNs; the result of its try forgotten: %s',
    async (forgotten) => {
      const rig = await rigOf();
      const job = await rig.job();
      const saved = rig.flink.next('SAVEPOINT');
      await sendStop(rig, job, 1, true);
      const { path } = await saved;
      if (forgotten) rig.flink.forgetResults();
      const { settlement } = await settled(rig, job, { stops: false });
      expect(settlement).toMatchObject({ kind: 'SAVED', snapshot: { path } });
      expect(job.state).toBe('RUNNING');
    },
  );
});
