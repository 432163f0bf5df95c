import { findJob, findLast } from '../../src/activities/find';
import { canceledJobMemo } from '../../src/contracts/record';
import { jobIdPrefix } from '../../src/planning/ids';
import { runningTry, startInput, stoppedJob } from '../kit/begun';
import { key } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();
const job = 'orders';
const ours = jobIdPrefix(key.lock);

const found = (rig: Rig, jobId?: string) => rig.look((pulse) => findJob(rig.cluster, { job, jobId }, pulse));
const last = (rig: Rig, jobId?: string) => rig.look((pulse) => findLast(rig.cluster, { job, jobId }, pulse));

/** A job of that name that has run for a while, with a checkpoint, until somebody cancelled it. */
async function canceledJob(rig: Rig, id?: string) {
  const job = await rig.job(id === undefined ? {} : { id });
  const path = await rig.checkpoint(job);
  job.cancel();
  await rig.until(() => job.ended, 'its end');
  return { job, path };
}

describe('P30: the job that is meant by a name', () => {
  it('is, of several that are FAILED, the last one', async () => {
    const rig = await rigOf();
    for (let n = 1; n <= 2; n++) (await rig.job()).fail();
    const newest = await rig.job();
    newest.fail();
    expect(await found(rig)).toMatchObject({ kind: 'FOUND', job: { id: newest.id }, namesakes: [] });
    expect(await found(rig, newest.id)).toMatchObject({ kind: 'FOUND', job: { id: newest.id } });
  });

  it('is none that was FAILED before the last one, which somebody cancelled', async () => {
    const rig = await rigOf();
    const failed = await rig.job();
    failed.fail();
    await canceledJob(rig);
    expect(await found(rig)).toEqual({ kind: 'UNKNOWN', live: [] });
    expect(await found(rig, failed.id)).toEqual({ kind: 'UNKNOWN', live: [] });
  });

  it('is none that is FAILED while another of its name lives, nor one that is not the last', async () => {
    const rig = await rigOf();
    const older = await rig.job();
    older.fail();
    const failed = await rig.job();
    failed.fail();
    expect(await found(rig, older.id)).toEqual({ kind: 'UNKNOWN', live: [] });
    const { id } = await rig.job();
    const later = await rig.job({ namesake: true });
    later.fail();
    expect(await found(rig, later.id)).toMatchObject({ kind: 'UNKNOWN', live: [{ id }] });
  });

  it('is none of another name', async () => {
    const rig = await rigOf();
    (await rig.job({ name: 'others' })).fail();
    expect(await found(rig)).toEqual({ kind: 'UNKNOWN', live: [] });
  });

  it('is the last by its start, in whatever order Flink lists them', async () => {
    const rig = await rigOf();
    (await rig.job()).fail();
    const newest = await rig.job();
    newest.fail();
    const { flink } = rig.cluster;
    const listed = flink.jobs.bind(flink);
    Object.assign(flink, { jobs: async () => (await listed()).toReversed() });
    expect(await found(rig)).toMatchObject({ kind: 'FOUND', job: { id: newest.id } });
  });

  it('may be one that bears another name, if its id is of our making', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const { artifact } = submit.launch.jar;
    const jar = { ...submit.launch.jar, artifact: { ...artifact, args: ['--name', 'others'] } };
    const other = await runningTry(rig, { ...submit, launch: { ...submit.launch, jar } });
    other.fail();
    expect(other.name).toBe('others');
    expect(await found(rig)).toMatchObject({ kind: 'STOPPED', job: { id: other.id, name: 'orders' } });
  });

  it('is what is known of one that a stop of ours ended: its shape, its state, its savepoint', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const saved = rig.flink.next('SAVEPOINT');
    await rig.cluster.flink.stop(job.id, {
      targetDirectory: `${rig.cluster.config.savepointRoot}/orders/try`,
      ...{ triggerId: 'b'.repeat(32), formatType: 'CANONICAL' },
    });
    const { path } = await saved;
    await rig.until(() => job.ended, 'its end');
    const snapshot = { kind: 'SAVEPOINT', path, jobId: job.id };
    expect(await found(rig)).toMatchObject({
      kind: 'STOPPED',
      job: {
        ...{ id: job.id, name: 'orders', state: 'FINISHED', parallelism: 2, snapshot },
        vertices: [{ name: 'Source: orders' }, { name: 'count -> append' }],
        newestSavepoint: { snapshot, takenByJob: true },
      },
    });
  });

  it('P13: is none of ours that came to its end by itself: what it began with would be counted twice', async () => {
    const rig = await rigOf();
    const job = await runningTry(rig, await startInput(rig));
    await rig.checkpoint(job);
    job.finish();
    await rig.until(() => job.ended, 'its end');
    expect(await found(rig)).toEqual({ kind: 'UNKNOWN', live: [] });
  });

  it('is one of ours that was stopped with a savepoint, wherever that lies below the root', async () => {
    const rig = await rigOf();
    const job = await runningTry(rig, await startInput(rig));
    const saved = rig.flink.next('SAVEPOINT');
    await rig.cluster.flink.stop(job.id, {
      targetDirectory: `${rig.cluster.config.savepointRoot}/elsewhere/try`,
      ...{ triggerId: 'b'.repeat(32), formatType: 'CANONICAL' },
    });
    const { path } = await saved;
    await rig.until(() => job.ended, 'its end');
    expect(await found(rig)).toMatchObject({ kind: 'STOPPED', job: { id: job.id, snapshot: { path } } });
  });

  it('is none that has no state, though it was ours', async () => {
    const rig = await rigOf();
    const job = await rig.job({ id: ours + '1'.repeat(16) });
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await found(rig)).toEqual({ kind: 'UNKNOWN', live: [] });
  });

  it('and that is not CANCELED is not asked of Temporal', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.fail();
    rig.memos = [{ [canceledJobMemo]: job.id }];
    expect(await found(rig)).toMatchObject({ kind: 'FOUND', job: { id: job.id } });
  });
});

describe('what the next job of a name may begin from', () => {
  it('is the job that lives', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.job({ name: 'others' });
    expect(await last(rig)).toMatchObject({ kind: 'FOUND', job: { id: job.id }, namesakes: [] });
    expect(await last(rig, 'a'.repeat(32))).toMatchObject({ kind: 'UNKNOWN' });
  });

  it('is the last one, whoever ended it', async () => {
    const rig = await rigOf();
    const others = await rig.job({ name: 'others' });
    await canceledJob(rig);
    const { job, path } = await canceledJob(rig);
    expect(others.ended).toBe(false);
    const end = await last(rig);
    expect(end).toMatchObject({
      kind: 'STOPPED',
      job: { id: job.id, name: 'orders', state: 'CANCELED', parallelism: 2, snapshot: { path } },
    });
    expect(end.kind === 'STOPPED' && end.job).not.toHaveProperty('newestSavepoint');
  });

  it('is the one of that id, where one is given', async () => {
    const rig = await rigOf();
    const { job, path } = await canceledJob(rig);
    await canceledJob(rig);
    expect(await last(rig, job.id)).toMatchObject({
      kind: 'STOPPED',
      job: { id: job.id, snapshot: { path } },
    });
  });

  it('is none that never ran: the one before it', async () => {
    const rig = await rigOf();
    const { job } = await canceledJob(rig);
    (await rig.job()).fail();
    expect(await last(rig)).toMatchObject({ kind: 'STOPPED', job: { id: job.id } });
  });

  it('is one of our ids, whatever its name, and nothing of another name or one that lives', async () => {
    const rig = await rigOf();
    const { jobId, path } = await stoppedJob(rig);
    const others = await rig.job({ name: 'others' });
    await rig.checkpoint(others);
    others.fail();
    await rig.job({ name: 'live', id: ours + '2'.repeat(16) });
    expect(await last(rig)).toMatchObject({ kind: 'STOPPED', job: { id: jobId, snapshot: { path } } });
    const mine = await rig.job({ name: 'mine', id: ours + '3'.repeat(16) });
    await rig.checkpoint(mine);
    mine.fail();
    expect(await last(rig)).toMatchObject({ kind: 'STOPPED', job: { id: mine.id, name: 'orders' } });
  });

  it('is unknown where none has left state: what lives, and the last that ended, are named', async () => {
    const rig = await rigOf();
    const { id } = await rig.job({ name: 'others' });
    const live = [{ id, name: 'others', state: 'RUNNING' }];
    expect(await last(rig)).toEqual({ kind: 'UNKNOWN', live });
    (await rig.job()).fail();
    const mine = await rig.job({ name: 'mine', id: ours + '3'.repeat(16) });
    mine.fail();
    expect(await last(rig)).toEqual({
      ...{ kind: 'UNKNOWN', live, ended: { id: mine.id, name: 'orders', state: 'FAILED' } },
    });
  });
});
