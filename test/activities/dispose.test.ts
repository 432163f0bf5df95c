import { dispose } from '../../src/activities/dispose';
import { stoppedJob } from '../kit/begun';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();

const disposed = (rig: Rig, path: string) => rig.run(() => dispose(rig.cluster, { cluster: 'local', path }));

test('a savepoint that no job needs is deleted by Flink, and that is waited for', async () => {
  const rig = await rigOf({ delays: { checkpoint: 30_000 } });
  const { path } = await stoppedJob(rig);
  const looks = rig.counting('GET /savepoint-disposal/:trigger');
  expect(await disposed(rig, path)).toEqual({});
  expect(rig.callsOf()).toMatchObject([{ verb: 'DISPOSE', savepointPath: path }]);
  expect(looks()).toBeGreaterThan(1);
});

test('S7: one that is gone already is a success', async () => {
  const rig = await rigOf();
  const { path } = await stoppedJob(rig);
  await disposed(rig, path);
  expect(await disposed(rig, path)).toEqual({});
});

test('why it could not be deleted is told', async () => {
  const rig = await rigOf();
  const { path } = await stoppedJob(rig);
  rig.flink.script({ disposals: [{ kind: 'FAILS', cause: 'java.io.IOException: Permission denied' }] });
  expect(await disposed(rig, path)).toEqual({
    failed: expect.stringContaining('Permission denied') as string,
  });
});

test('a result that Flink has forgotten is no reason to try for ever', async () => {
  const rig = await rigOf({ delays: { checkpoint: 1_000_000 } });
  const { path } = await stoppedJob(rig);
  const running = rig.begin(() => dispose(rig.cluster, { cluster: 'local', path }));
  await rig.until(() => rig.calls.length === 1, 'the disposal');
  await rig.flink.loseJobManager();
  expect(await running.end).toEqual({ failed: expect.stringMatching(/^404: /) as string });
});

test('a Flink that cannot be reached is waited for', async () => {
  const rig = await rigOf();
  const { path } = await stoppedJob(rig);
  rig.flink.fault({ on: 'POST /savepoint-disposal', kind: 'STATUS', status: 503, times: 2 });
  rig.flink.fault({ on: 'GET /savepoint-disposal/:trigger', kind: 'STATUS', status: 503, times: 2 });
  expect(await disposed(rig, path)).toEqual({});
});
