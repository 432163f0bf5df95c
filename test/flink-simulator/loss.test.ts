import { until } from '../../src/dev/until';
import { useSimulator } from './fixture';
import { freshId } from './ids';
import { allTasksRun, stateBecomes } from './look';

const start = useSimulator();
const within = { deadlineMs: 5_000, pollMs: 10 };

test('without HA a lost JobManager forgets jobs and triggers; its tasks hold their slots for a while', async () => {
  const f = await start();
  const jobId = await f.runningJob(2);
  f.sim.script({ stops: [{ kind: 'TAKES', ms: 60_000 }] });
  const triggerId = await f.askStop(jobId);
  await f.sim.loseJobManager({ registerMs: 500, slotsMs: 500 });
  expect(await f.flink.jobs()).toEqual([]);
  await expect(f.flink.jobStatus(jobId)).rejects.toMatchObject({ refusal: 'JOB_NOT_FOUND' });
  await expect(f.flink.savepointOperation(jobId, triggerId)).rejects.toMatchObject({
    refusal: 'TRIGGER_NOT_FOUND',
  });
  expect(await f.flink.overview()).toMatchObject({ taskmanagers: 0, 'slots-total': 0 });
  const slots = () => f.flink.overview().then((overview) => overview['slots-available']);
  await until(async () => (await slots()) === 6, { what: 'the slots, 2 of them held', ...within });
  await until(async () => (await slots()) === 8, { what: 'the slots of the lost job', ...within });
  expect(f.sim.effects.map(({ kind }) => kind)).toEqual([
    'STARTED',
    'RUNNING',
    'JOB_MANAGER_LOST',
    'TASKS_GONE',
  ]);
});

test('a start before the lost job’s tasks are gone is a second copy, one after them is not', async () => {
  const f = await start();
  const path = await f.savepointOf(await f.runningJob(2));
  await f.run(path);
  const gone = f.sim.next('TASKS_GONE');
  await f.sim.loseJobManager();
  await gone;
  const again = await f.run(path);
  await allTasksRun(f.flink, again);
  f.sim.neverTwoCopies();

  await f.sim.loseJobManager();
  await f.run(path);
  expect(() => f.sim.neverTwoCopies()).toThrow('two copies');
});

test('jars are kept or lost', async () => {
  const f = await start();
  await f.flink.uploadJar(__filename, 'orders.jar');
  await f.sim.loseJobManager({ jars: 'KEPT' });
  expect(await f.flink.jars()).toHaveLength(1);
  await f.sim.loseJobManager({ jars: 'LOST' });
  expect(await f.flink.jars()).toEqual([]);
});

test('with HA a job comes back from its last checkpoint, and a stop that was under way never happened', async () => {
  const f = await start({ checkpointing: { intervalMs: 20 }, refreshIntervalMs: 0 });
  const jobId = await f.runningJob(2);
  await until(async () => (await f.flink.checkpoints(jobId)).counts.completed > 0, {
    what: 'a checkpoint',
    ...within,
  });
  f.sim.script({ stops: [{ kind: 'TAKES', ms: 1_000 }] });
  const triggerId = await f.askStop(jobId);
  await f.sim.loseJobManager({ ha: true });
  await allTasksRun(f.flink, jobId);
  expect((await f.flink.checkpoints(jobId)).latest.restored).toMatchObject({ is_savepoint: false });
  await expect(f.flink.savepointOperation(jobId, triggerId)).rejects.toMatchObject({
    refusal: 'TRIGGER_NOT_FOUND',
  });
  f.sim.neverTwoCopies();
});

test('with HA a job that was stopped for good is forgotten, and its savepoint is nowhere in Flink', async () => {
  const f = await start();
  const jobId = await f.runningJob(2);
  const triggerId = freshId();
  await f.askStop(jobId, triggerId);
  await stateBecomes(f.flink, jobId, 'FINISHED');
  await f.sim.loseJobManager({ ha: true });
  expect(await f.flink.jobs()).toEqual([]);
  await expect(f.flink.savepointOperation(jobId, triggerId)).rejects.toMatchObject({
    refusal: 'TRIGGER_NOT_FOUND',
  });
});

test('a JobManager that is lost at the very moment of the savepoint leaves the savepoint and no answer', async () => {
  const f = await start();
  const jobId = await f.runningJob(2);
  const saved = f.sim.next('SAVEPOINT');
  await f.askStop(jobId);
  const { path } = await saved;
  const gone = f.sim.next('TASKS_GONE');
  await f.sim.loseJobManager();
  expect(await f.flink.jobs()).toEqual([]);
  await gone;
  await allTasksRun(f.flink, await f.run(path));
  f.sim.neverTwoCopies();
  expect(f.sim.stateLost()).toEqual([]);
});

test('a submit that is under way goes with its JobManager', async () => {
  const f = await start({ delays: { submit: 50 } });
  const path = await f.savepointOf(await f.runningJob(2));
  await f.flink.uploadJar(__filename, 'orders.jar');
  const jobId = freshId();
  const begun = f.sim.next('STARTED');
  const submitted = f.run(path, { jobId });
  await begun;
  const lost = f.sim.loseJobManager();
  await expect(submitted).rejects.toThrow();
  await lost;
  expect(await f.flink.jobs()).toEqual([]);
});
