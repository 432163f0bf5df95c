import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/dev/until';
import { useSimulator } from './fixture';
import { freshId } from './ids';
import { allTasksRun, endOfOperation, entryOf, stateBecomes } from './look';

const start = useSimulator();

test('a job that is stopped and started again goes on from its savepoint at the new parallelism', async () => {
  const f = await start();
  const old = await f.runningJob(2);
  const path = await f.savepointOf(old);
  expect(path).toMatch(new RegExp(`^file:/savepoints/try/savepoint-${old.slice(0, 6)}-[0-9a-f]{12}$`));
  expect(await f.flink.jobStatus(old)).toBe('FINISHED');

  const jobId = await f.run(path);
  await allTasksRun(f.flink, jobId);
  expect((await f.flink.job(jobId)).vertices.map(({ parallelism }) => parallelism)).toEqual([4, 4]);
  const { latest } = await f.flink.checkpoints(jobId);
  expect(latest.restored).toMatchObject({ external_path: path, is_savepoint: true });
  expect(f.sim.stateLost()).toEqual([]);
  f.sim.neverTwoCopies();
});

test('every change is noted as it was asked for, and what it did', async () => {
  const f = await start();
  const old = await f.runningJob(2);
  const triggerId = await f.askStop(old);
  await f.askStop(old, triggerId);
  await stateBecomes(f.flink, old, 'FINISHED');
  const jobId = freshId();
  await expect(f.run('file:/nowhere', { jobId, parallelism: 3 })).rejects.toThrow(/FileNotFound/);
  await f.flink.cancel(old);

  expect(f.sim.calls).toMatchObject([
    { verb: 'STOP', outcome: 'EXECUTED', jobId: old, triggerId, targetDirectory: 'file:///savepoints/try' },
    { verb: 'STOP', outcome: 'KNOWN', jobId: old, triggerId },
    { verb: 'UPLOAD', outcome: 'EXECUTED' },
    { verb: 'RUN', outcome: 'REFUSED', jobId, savepointPath: 'file:/nowhere', parallelism: 3 },
    { verb: 'CANCEL', outcome: 'REFUSED', jobId: old },
  ]);
  expect(f.sim.effects).toMatchObject([
    { kind: 'STARTED', jobId: old, name: 'orders', parallelism: 2 },
    { kind: 'RUNNING', jobId: old },
    { kind: 'SAVEPOINT', jobId: old, stop: true },
    { kind: 'ENDED', jobId: old, state: 'FINISHED' },
    { kind: 'ENDED', jobId, state: 'FAILED' },
  ]);
});

test('two live jobs of one name are found out', async () => {
  const f = await start();
  await f.runningJob(2);
  f.sim.startJob({ name: 'orders', parallelism: 1, namesake: true });
  f.sim.neverTwoCopies();
  const second = f.sim.startJob({ name: 'orders', parallelism: 1 }).id;
  expect(() => f.sim.neverTwoCopies()).toThrow(`two copies of "orders": ${second} was started while`);
});

test('a start from an older snapshot than the newest is found out, and so is one from none', async () => {
  const f = await start();
  const first = await f.savepointOf(await f.runningJob(2));
  const second = await f.run(first);
  await allTasksRun(f.flink, second);
  const newer = await f.savepointOf(second);
  const fromOld = await f.run(first);
  await f.flink.cancel(fromOld);
  await stateBecomes(f.flink, fromOld, 'CANCELED');
  const fromNewer = await f.run(newer);
  await f.flink.cancel(fromNewer);
  expect(f.sim.stateLost()).toMatchObject([{ jobId: fromOld, restoredFrom: first }]);

  f.sim.startJob({ name: 'orders', parallelism: 1 });
  expect(f.sim.stateLost()).toHaveLength(2);
});

test('details and statistics are as old as the cache, the state is not', async () => {
  const f = await start({ refreshIntervalMs: 60_000 });
  const jobId = await f.runningJob(2);
  expect((await f.flink.job(jobId)).state).toBe('RUNNING');
  expect((await f.flink.checkpoints(jobId)).latest.savepoint).toBeNull();
  await f.savepointOf(jobId);
  expect(await f.flink.jobStatus(jobId)).toBe('FINISHED');
  expect((await entryOf(f.flink, jobId)).state).toBe('FINISHED');
  expect((await f.flink.job(jobId)).state).toBe('RUNNING');
  expect((await f.flink.checkpoints(jobId)).latest.savepoint).toBeNull();
});

test('with folders, a savepoint is a folder whose _metadata comes last, and one that was deleted is gone', async () => {
  const root = mkdtempSync(join(tmpdir(), 'weir-sim-'));
  const f = await start({ folders: true, savepointRoot: `file://${root}` });
  const jobId = await f.runningJob(2);
  const triggerId = freshId();
  await f.flink.stop(jobId, { triggerId, targetDirectory: `file://${root}/try`, formatType: 'CANONICAL' });
  const [folder = ''] = readdirSync(join(root, 'try'));
  expect(readdirSync(join(root, 'try', folder))).toEqual([]);
  const end = await endOfOperation(f.flink, jobId, triggerId);
  expect(end).toEqual({ kind: 'COMPLETED', location: `file:${root}/try/${folder}` });
  expect(readdirSync(join(root, 'try', folder))).toEqual(['_metadata']);
});

test('a savepoint below a regular file fails as on a disk, and leaves the job alone', async () => {
  const root = mkdtempSync(join(tmpdir(), 'weir-sim-'));
  writeFileSync(join(root, 'file'), '');
  const f = await start({ folders: true });
  const jobId = await f.runningJob(2);
  const triggerId = freshId();
  await f.flink.stop(jobId, { triggerId, targetDirectory: `file://${root}/file/x`, formatType: 'CANONICAL' });
  const end = await endOfOperation(f.flink, jobId, triggerId);
  expect(end).toMatchObject({ kind: 'FAILED', cause: expect.stringMatching(/EEXIST|ENOTDIR/) as string });
  expect(await f.flink.jobStatus(jobId)).toBe('RUNNING');
});

test('programs say what a jar contains', async () => {
  const vertices = [
    { name: 'Source', fixedParallelism: 1 },
    { name: 'Sink', maxParallelism: 16 },
  ];
  const f = await start({
    programs: [
      { jar: 'fixed.jar', name: 'fixed', vertices },
      { jar: 'broken.jar', name: 'broken', vertices, mainFails: 'no such option' },
    ],
  });
  const fixed = await f.flink.uploadJar(__filename, 'weir-1-fixed.jar');
  const planned = await f.flink.planJar({ jarId: fixed, parallelism: 3 });
  expect(planned.map(({ parallelism }) => parallelism)).toEqual([1, 3]);
  const broken = await f.flink.uploadJar(__filename, 'broken.jar');
  await expect(f.flink.planJar({ jarId: broken, parallelism: 3 })).rejects.toThrow('no such option');
});

test('200 jobs are stopped and started again at once', async () => {
  const f = await start({ taskManagers: 100, slots: 8 });
  const jobs = Array.from({ length: 200 }, (_, n) => f.sim.startJob({ name: `job-${n}`, parallelism: 2 }));
  const count = (kind: string) => f.sim.effects.filter((effect) => effect.kind === kind).length;
  const running = (wanted: number) =>
    until(() => count('RUNNING') === wanted, { what: `${wanted} starts`, deadlineMs: 10_000, pollMs: 10 });
  await running(200);
  const jarId = await f.flink.uploadJar(__filename, 'orders.jar');
  await Promise.all(
    jobs.map(async ({ id, name }) => {
      const savepointPath = await f.savepointOf(id);
      const submission = { jarId, parallelism: 4, args: ['--name', name] };
      await f.flink.runJar(submission, freshId(), { savepointPath, allowNonRestoredState: false });
    }),
  );
  await running(400);
  expect((await f.flink.overview())['slots-available']).toBe(0);
  expect(count('SAVEPOINT')).toBe(200);
  expect(f.sim.stateLost()).toEqual([]);
  f.sim.neverTwoCopies();
});
