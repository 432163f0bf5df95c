import { until } from '../../src/dev/until';
import { type Fixture, useSimulator } from './fixture';
import { freshId } from './ids';
import type { StartScript } from './index';
import { allTasksRun, endOfOperation, entryOf, stateBecomes } from './look';

const start = useSimulator();

/** Attempts of the first vertex's subtasks: how often they were started again. */
async function attempts(f: Fixture, jobId: string): Promise<number[]> {
  const [vertex] = (await f.flink.job(jobId)).vertices;
  return (await f.flink.vertex(jobId, vertex?.id ?? '')).subtasks.map(({ attempt }) => attempt);
}

async function checkpointed(f: Fixture, jobId: string): Promise<void> {
  const completed = async () => (await f.flink.checkpoints(jobId)).counts.completed > 0;
  await until(completed, { what: 'a checkpoint', deadlineMs: 5_000, pollMs: 10 });
}

/** A text that contains this; typed, since jest's own matchers are `any`. */
const saying = (text: string) => expect.stringContaining(text) as string;

describe('a stop', () => {
  test('that is refused before any barrier leaves the job RUNNING, and the next one works', async () => {
    const f = await start();
    const jobId = await f.runningJob();
    f.sim.script({ job: 'orders', stops: [{ kind: 'REFUSED' }] });
    const end = await f.stop(jobId);
    expect(end).toMatchObject({
      kind: 'FAILED',
      cause: saying('Failed to create savepoint directory at file:/savepoints/try'),
    });
    expect(await f.flink.jobStatus(jobId)).toBe('RUNNING');
    expect(await f.stop(jobId)).toMatchObject({ kind: 'COMPLETED' });
  });

  test('that a task fails makes the job restart from its last checkpoint', async () => {
    const f = await start({ refreshIntervalMs: 0, checkpointing: { intervalMs: 20 } });
    const jobId = await f.runningJob();
    await checkpointed(f, jobId);
    f.sim.script({ stops: [{ kind: 'TASK_FAILS', restartMs: 1_000 }] });
    expect(await f.stop(jobId)).toMatchObject({
      kind: 'FAILED',
      cause: saying('No space left on device'),
    });
    expect(await f.flink.jobStatus(jobId)).toBe('RESTARTING');
    await allTasksRun(f.flink, jobId);
    expect(await attempts(f, jobId)).toEqual([1, 1]);
    expect((await f.flink.checkpoints(jobId)).latest.restored).toMatchObject({ is_savepoint: false });
  });

  test('whose job fails afterwards tells the path of its savepoint', async () => {
    const f = await start();
    const jobId = await f.runningJob();
    f.sim.script({ stops: [{ kind: 'FAILS_AFTER_SAVEPOINT' }] });
    const saved = f.sim.next('SAVEPOINT');
    const end = await f.stop(jobId);
    expect(end).toMatchObject({ kind: 'FAILED', savepointPath: (await saved).path });
    expect(await f.flink.jobStatus(jobId)).toBe('FAILED');
  });

  test('that hangs has a complete savepoint and a RUNNING job, until that is cancelled', async () => {
    const f = await start({ refreshIntervalMs: 0 });
    const jobId = await f.runningJob();
    f.sim.script({ stops: [{ kind: 'HANGS' }] });
    const saved = f.sim.next('SAVEPOINT');
    const triggerId = await f.askStop(jobId);
    const { path } = await saved;
    expect(await f.flink.savepointOperation(jobId, triggerId)).toEqual({ kind: 'IN_PROGRESS' });
    expect(await f.flink.jobStatus(jobId)).toBe('RUNNING');
    expect((await f.flink.checkpoints(jobId)).history[0]).toMatchObject({
      checkpoint_type: 'SYNC_SAVEPOINT',
      external_path: path,
    });
    await f.flink.cancel(jobId);
    await stateBecomes(f.flink, jobId, 'CANCELED');
    expect(await f.flink.savepointOperation(jobId, triggerId)).toMatchObject({
      kind: 'FAILED',
      savepointPath: path,
    });
  });

  test('whose job fails before gives neither savepoint nor a running job', async () => {
    const f = await start({
      checkpointing: { retention: 'NO_EXTERNALIZED_CHECKPOINTS', intervalMs: 20 },
      refreshIntervalMs: 0,
    });
    const jobId = await f.runningJob();
    await checkpointed(f, jobId);
    f.sim.script({ stops: [{ kind: 'JOB_FAILS' }] });
    expect(await f.stop(jobId)).toMatchObject({
      kind: 'FAILED',
      cause: saying('Checkpoint Coordinator is suspending.'),
    });
    expect(await f.flink.jobStatus(jobId)).toBe('FAILED');
    expect((await f.flink.checkpoints(jobId)).latest.completed).toMatchObject({ discarded: true });
  });

  test('with another id while one is under way kills both', async () => {
    const f = await start();
    const jobId = await f.runningJob();
    f.sim.script({ stops: [{ kind: 'TAKES', ms: 5_000 }] });
    const first = await f.askStop(jobId);
    const second = await f.askStop(jobId);
    expect(await endOfOperation(f.flink, jobId, first)).toMatchObject({
      kind: 'FAILED',
      cause: saying('Checkpoint Coordinator is suspending'),
    });
    expect(await endOfOperation(f.flink, jobId, second)).toMatchObject({ kind: 'FAILED' });
    await allTasksRun(f.flink, jobId);
    expect(f.sim.effects.filter(({ kind }) => kind === 'SAVEPOINT')).toEqual([]);
  });

  test('whose result is forgotten is not known any more, and the same id runs again', async () => {
    const f = await start({ keepResultsMs: 30 });
    const jobId = await f.runningJob();
    f.sim.script({ stops: [{ kind: 'REFUSED' }] });
    const triggerId = await f.askStop(jobId);
    await until(
      () =>
        f.flink.savepointOperation(jobId, triggerId).then(
          () => false,
          () => true,
        ),
      { what: 'forgotten', deadlineMs: 5_000, pollMs: 5 },
    );
    await expect(f.flink.savepointOperation(jobId, triggerId)).rejects.toMatchObject({
      refusal: 'TRIGGER_NOT_FOUND',
    });
    await f.askStop(jobId, triggerId);
    await stateBecomes(f.flink, jobId, 'FINISHED');
    expect(f.sim.calls.map(({ outcome }) => outcome)).toEqual(['EXECUTED', 'EXECUTED']);
  });
});

describe('a start', () => {
  async function startWith(...starts: StartScript[]) {
    const f = await start({ refreshIntervalMs: 0, checkpointing: { intervalMs: 20 } });
    const path = await f.savepointOf(await f.runningJob());
    f.sim.script({ job: 'orders', starts });
    return { f, path };
  }

  test('that is refused leaves no job, or a FAILED one if it was being initialised', async () => {
    const { f, path } = await startWith(
      { kind: 'REFUSED', cause: 'main says no' },
      { kind: 'REFUSED', leavesJob: true },
    );
    const [first, second] = [freshId(), freshId()];
    await expect(f.run(path, { jobId: first })).rejects.toThrow('main says no');
    await expect(f.flink.jobStatus(first)).rejects.toMatchObject({ refusal: 'JOB_NOT_FOUND' });
    await expect(f.run(path, { jobId: second })).rejects.toThrow('400');
    expect(await f.flink.jobStatus(second)).toBe('FAILED');
    await expect(f.run(path, { jobId: second })).rejects.toMatchObject({ refusal: 'DUPLICATE_JOB' });
  });

  test('that fails ends FAILED and says why', async () => {
    const { f, path } = await startWith({ kind: 'FAILS', cause: 'out of luck' });
    const jobId = await f.run(path);
    await stateBecomes(f.flink, jobId, 'FAILED');
    expect((await f.flink.exceptions(jobId)).exceptionHistory?.entries[0]?.stacktrace).toContain(
      'out of luck',
    );
  });

  test('that keeps restarting does so until it is mended', async () => {
    const { f, path } = await startWith({ kind: 'RESTARTS' });
    const jobId = await f.run(path);
    for (let n = 0; n < 2; n++) await f.sim.next('FAILED_OVER');
    f.sim.job(jobId).mend();
    await allTasksRun(f.flink, jobId);
    expect((await attempts(f, jobId))[0]).toBeGreaterThanOrEqual(2);
    expect((await f.flink.checkpoints(jobId)).latest.restored).toMatchObject({ external_path: path });
  });

  test('without slots is RUNNING with its tasks SCHEDULED', async () => {
    const { f, path } = await startWith({ kind: 'NEVER_SCHEDULED' });
    const jobId = await f.run(path);
    const { state, tasks } = await entryOf(f.flink, jobId);
    expect({ state, tasks }).toMatchObject({
      state: 'RUNNING',
      tasks: { total: 8, running: 0, scheduled: 8 },
    });
  });

  test('that wants more slots than there are takes the free ones, and runs once it has the rest', async () => {
    const f = await start();
    const other = f.sim.startJob({ name: 'other', parallelism: 4 }).id;
    const path = await f.savepointOf(await f.runningJob());
    const jobId = await f.run(path, { parallelism: 6 });
    expect(await f.flink.overview()).toMatchObject({ 'slots-total': 8, 'slots-available': 0 });
    expect((await entryOf(f.flink, jobId)).tasks.running).toBe(0);
    await f.flink.cancel(other);
    await allTasksRun(f.flink, jobId);
    expect(await f.flink.overview()).toMatchObject({ 'slots-available': 2 });
  });

  test('that restores for long has tasks INITIALIZING', async () => {
    const { f, path } = await startWith({ kind: 'RESTORING', ms: 600 });
    const jobId = await f.run(path);
    await until(async () => (await entryOf(f.flink, jobId)).tasks.initializing === 8, {
      what: 'INITIALIZING',
      deadlineMs: 5_000,
      pollMs: 5,
    });
    await allTasksRun(f.flink, jobId);
  });

  test('can be empty, or below what was asked for', async () => {
    const { f, path } = await startWith({ kind: 'EMPTY' }, { kind: 'BELOW', parallelism: 3 });
    const empty = await f.run(path);
    await allTasksRun(f.flink, empty);
    expect((await f.flink.checkpoints(empty)).latest.restored).toBeNull();
    await f.flink.cancel(empty);
    await stateBecomes(f.flink, empty, 'CANCELED');
    const below = await f.run(path);
    await allTasksRun(f.flink, below);
    expect((await f.flink.job(below)).vertices.map(({ parallelism }) => parallelism)).toEqual([3, 3]);
    expect((await f.flink.jobConfig(below))['execution-config']?.['job-parallelism']).toBe(4);
  });

  test('has its first checkpoint when it is told to, or never', async () => {
    const { f, path } = await startWith(
      { kind: 'FIRST_CHECKPOINT_AFTER', ms: 800 },
      { kind: 'NO_CHECKPOINT' },
    );
    const late = await f.run(path, { parallelism: 2 });
    await allTasksRun(f.flink, late);
    const triggerId = freshId();
    await f.flink.triggerCheckpoint(late, triggerId);
    expect((await f.flink.checkpoints(late)).counts.completed).toBe(0);
    await checkpointed(f, late);
    const savepointPath = await f.savepointOf(late);
    const never = await f.run(savepointPath, { parallelism: 2 });
    await allTasksRun(f.flink, never);
    await f.flink.triggerCheckpoint(never, triggerId);
    expect((await f.flink.checkpoints(never)).counts).toMatchObject({ completed: 0 });
    expect(await f.savepointOf(never)).toContain('savepoint-');
  });
});

test('others may finish, cancel, fail or restart a job', async () => {
  const f = await start({ delays: { restart: 1_000 } });
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => f.runningJob(1, name)));
  const [a = '', b = '', c = '', d = ''] = ids;
  f.sim.job(a).finish();
  f.sim.job(b).cancel();
  f.sim.job(c).fail();
  f.sim.job(d).failOver('a TaskManager is lost');
  await stateBecomes(f.flink, b, 'CANCELED');
  expect(await Promise.all(ids.map((id) => f.flink.jobStatus(id)))).toEqual([
    'FINISHED',
    'CANCELED',
    'FAILED',
    'RESTARTING',
  ]);
  await allTasksRun(f.flink, d);
});
