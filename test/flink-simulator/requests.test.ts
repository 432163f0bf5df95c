import { FlinkAmbiguous, FlinkUnavailable } from '../../src/flink/errors';
import { useSimulator } from './fixture';
import { freshId } from './ids';
import { allTasksRun, stateBecomes } from './look';

const start = useSimulator();
const onStop = 'POST /jobs/:id/stop';

async function withRunningJob() {
  const f = await start();
  const jobId = await f.runningJob();
  return { f, jobId, outcomes: () => f.sim.calls.map(({ outcome }) => outcome) };
}

test('reset before it is executed: nothing happened, and the next one goes through', async () => {
  const { f, jobId, outcomes } = await withRunningJob();
  f.sim.fault({ on: onStop, kind: 'RESET_BEFORE' });
  await expect(f.askStop(jobId)).rejects.toThrow(FlinkAmbiguous);
  expect(await f.stop(jobId)).toMatchObject({ kind: 'COMPLETED' });
  expect(outcomes()).toEqual(['NOT_EXECUTED', 'EXECUTED']);
});

test('reset after it is executed: the same id finds it', async () => {
  const { f, jobId, outcomes } = await withRunningJob();
  f.sim.fault({ on: onStop, kind: 'RESET_AFTER' });
  const triggerId = freshId();
  await expect(f.askStop(jobId, triggerId)).rejects.toThrow(FlinkAmbiguous);
  await f.askStop(jobId, triggerId);
  await stateBecomes(f.flink, jobId, 'FINISHED');
  expect(outcomes()).toEqual(['EXECUTED', 'KNOWN']);
  expect(f.sim.effects.filter(({ kind }) => kind === 'SAVEPOINT')).toHaveLength(1);
});

test('truncated JSON: executed, and the answer cannot be read', async () => {
  const { f, jobId, outcomes } = await withRunningJob();
  f.sim.fault({ on: onStop, kind: 'TRUNCATED' });
  await expect(f.askStop(jobId)).rejects.toThrow(FlinkAmbiguous);
  await stateBecomes(f.flink, jobId, 'FINISHED');
  expect(outcomes()).toEqual(['EXECUTED']);
});

test('500 and 503, executed or not', async () => {
  const { f, jobId, outcomes } = await withRunningJob();
  f.sim.fault({ on: onStop, kind: 'STATUS', status: 503 });
  await expect(f.askStop(jobId)).rejects.toThrow(FlinkUnavailable);
  f.sim.fault({ on: onStop, kind: 'STATUS', status: 500 });
  await expect(f.askStop(jobId)).rejects.toThrow(FlinkAmbiguous);
  f.sim.fault({ on: onStop, kind: 'STATUS', status: 500, executed: true });
  await expect(f.askStop(jobId)).rejects.toThrow(FlinkAmbiguous);
  await stateBecomes(f.flink, jobId, 'FINISHED');
  expect(outcomes()).toEqual(['NOT_EXECUTED', 'NOT_EXECUTED', 'EXECUTED']);
});

test('slow: executed late, or answered late', async () => {
  const { f, jobId } = await withRunningJob();
  const savepoint = f.sim.next('SAVEPOINT');
  f.sim.fault({ on: onStop, kind: 'SLOW_AFTER', ms: 200 });
  let answered = false;
  const asked = f.askStop(jobId).then(() => (answered = true));
  await savepoint;
  expect(answered).toBe(false);
  await asked;

  f.sim.fault({ on: 'GET /overview', kind: 'SLOW_BEFORE', ms: 50 });
  const startedAt = Date.now();
  await f.flink.overview();
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(45);
});

test('a submit whose answer is lost is a duplicate the next time', async () => {
  const { f, jobId } = await withRunningJob();
  const path = await f.savepointOf(jobId);
  f.sim.fault({ on: 'POST /jars/:jar/run', kind: 'RESET_AFTER' });
  const next = freshId();
  await expect(f.run(path, { jobId: next })).rejects.toThrow(FlinkAmbiguous);
  await expect(f.run(path, { jobId: next })).rejects.toMatchObject({ refusal: 'DUPLICATE_JOB' });
  await allTasksRun(f.flink, next);
  f.sim.neverTwoCopies();
});

test('a fault meets as many requests as it says, after those that it spares, until it is taken back', async () => {
  const { f } = await withRunningJob();
  const ask = () =>
    f.flink.overview().then(
      () => 'OK',
      () => 'FAULT',
    );
  f.sim.fault({ on: 'GET /overview', kind: 'RESET_BEFORE', after: 1, times: 2 });
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual(['OK', 'FAULT', 'FAULT', 'OK']);
  const takeBack = f.sim.fault({ on: 'GET /overview', kind: 'RESET_BEFORE', times: Infinity });
  expect(await ask()).toBe('FAULT');
  takeBack();
  expect(await ask()).toBe('OK');
});

test('unreachable: refused connections, while the cluster goes on', async () => {
  const { f, jobId } = await withRunningJob();
  const ended = f.sim.next('ENDED');
  await f.askStop(jobId);
  await f.sim.unreachable();
  // the first request finds its kept-alive connection dead, the next one nobody who listens
  await expect(f.flink.jobStatus(jobId)).rejects.toThrow();
  await expect(f.flink.jobStatus(jobId)).rejects.toThrow(FlinkUnavailable);
  await ended;
  await f.sim.reachable();
  expect(await f.flink.jobStatus(jobId)).toBe('FINISHED');
});
