import { FlinkClient } from '../../src/flink/client';
import { allTasksRun } from '../flink-simulator/look';
import { rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

const place = useSimulated('old-answers', { flink: { refreshIntervalMs: 3_000, delays: { start: 300 } } });

test('a job that has just come up is not refused because Flink’s cache still has its tasks as they were', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'orders', parallelism: 2 });
  const client = new FlinkClient({ rest: flink.restUrl });
  expect(await client.job(id)).toMatchObject({ vertices: [{ tasks: { RUNNING: 0 } }, {}] });
  await allTasksRun(client, id);
  expect(await client.job(id)).toMatchObject({ vertices: [{ tasks: { RUNNING: 0 } }, {}] });
  const ended = await rescale(place(), { job: 'orders', parallelism: 4 });
  expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'RESCALED' } });
}, 60_000);
