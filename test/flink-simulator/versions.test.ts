import { useSimulator } from './fixture';
import { freshId } from './ids';

const start = useSimulator();

test('an older version says so, and lacks what came later', async () => {
  const f = await start({ version: '1.15.4' });
  const jobId = await f.runningJob();
  expect(await f.flink.config()).toMatchObject({ 'flink-version': '1.15.4' });
  const status = await fetch(`${f.sim.restUrl}/jobs/${jobId}/status`);
  expect(status.status).toBe(404);
  expect(await f.flink.jobStatus(jobId)).toBe('RUNNING');
  const asked = f.flink.triggerCheckpoint(jobId, freshId());
  await expect(asked).rejects.toMatchObject({ refusal: 'ROUTE_NOT_FOUND' });
  expect(f.sim.calls).toEqual([]);
});

test('what is set of the cluster is told', async () => {
  const f = await start({ settings: { 'restart-strategy.type': 'none' } });
  expect(await f.flink.option('restart-strategy.type')).toBe('none');
});
