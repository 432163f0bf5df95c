import { archived } from '../../src/activities/archive';
import { freePort } from '../../src/dev/ports';
import { HistoryServer } from '../kit/history-server';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();
let history: HistoryServer;

beforeEach(async () => {
  history = await HistoryServer.start();
});
afterEach(() => history.stop());

const seen = (rig: Rig, jobId: string) => rig.look((pulse) => archived(rig.cluster, jobId, pulse));

test('P16: how a job ended that its JobManager has forgotten, and its checkpoints', async () => {
  const rig = await rigOf({ config: { historyServer: history.url } });
  const job = await rig.job();
  const path = await rig.checkpoint(job);
  job.fail();
  await history.take(rig.flink.restUrl, job.id, path);
  const past = await seen(rig, job.id);
  expect(past?.ended).toBe('FAILED');
  expect(past?.checkpoints?.latest.completed?.external_path).toBe(path);
});

test('one that has not ended says nothing: the archive is older than its end', async () => {
  const rig = await rigOf({ config: { historyServer: history.url } });
  const job = await rig.job();
  const path = await rig.checkpoint(job);
  await history.take(rig.flink.restUrl, job.id, path);
  expect(await seen(rig, job.id)).toBeUndefined();
});

test('one that the HistoryServer does not know is not said to be anything, and the log says so', async () => {
  const rig = await rigOf({ config: { historyServer: history.url } });
  const jobId = 'a'.repeat(32);
  expect(await seen(rig, jobId)).toBeUndefined();
  expect(rig.warnings).toEqual([`the HistoryServer of cluster local does not tell of job ${jobId}`]);
});

test('a HistoryServer that cannot be reached is not waited for', async () => {
  const rig = await rigOf({ config: { historyServer: `http://127.0.0.1:${await freePort()}` } });
  expect(await seen(rig, 'a'.repeat(32))).toBeUndefined();
  expect(rig.warnings).toHaveLength(1);
});

test('where there is none nothing is asked', async () => {
  const rig = await rigOf();
  expect(await seen(rig, 'a'.repeat(32))).toBeUndefined();
  expect(rig.warnings).toEqual([]);
});
