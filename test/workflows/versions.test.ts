import { rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

/** What Flink's version decides, through the worker. On real ones: test/versions. */

describe('Flink 1.14, below the oldest that Weir works with', () => {
  const place = useSimulated('flink-1-14', { flink: { version: '1.14.6' } });

  test('P1: is refused by name in PLANNING, and the job is not touched', async () => {
    const { flink } = place();
    const { id } = flink.startJob({ name: 'orders', parallelism: 2 });
    const ended = await rescale(place(), { job: 'orders', parallelism: 4 });
    expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
    for (const part of [
      'Flink 1.14.6 knows no trigger ids',
      'valid: Flink 1.15 or newer',
      'nothing was touched',
    ]) {
      expect(ended).toMatchObject({ message: expect.stringContaining(part) });
    }
    expect(flink.calls.map(({ verb }) => verb)).toEqual(['UPLOAD']);
    expect(flink.live('orders')).toMatchObject([{ id, state: 'RUNNING' }]);
  }, 60_000);
});

describe('Flink 1.15, without the state of one job and checkpoints on demand', () => {
  const place = useSimulated('flink-1-15', { flink: { version: '1.15.4' } });

  test('is rescaled, with a warning; the first checkpoint comes with its interval', async () => {
    const { flink } = place();
    flink.startJob({ name: 'orders', parallelism: 2 });
    const ended = await rescale(place(), { job: 'orders', parallelism: 4 });
    expect(ended).toMatchObject({ status: 'COMPLETED', result: { outcome: 'RESCALED' } });
    expect(ended).toMatchObject({
      result: { warnings: [expect.stringContaining('Flink 1.15.4 cannot be asked for a checkpoint')] },
    });
    flink.neverTwoCopies();
    expect(flink.stateLost()).toEqual([]);
  }, 60_000);
});

describe('Flink 1.18.1 that compresses its snapshots', () => {
  const settings = { 'execution.checkpointing.snapshot-compression': 'true' };
  const place = useSimulated('flink-1-18', { flink: { version: '1.18.1', settings } });

  test('is refused by version and setting, and the job is not touched', async () => {
    const { flink } = place();
    flink.startJob({ name: 'orders', parallelism: 2 });
    const ended = await rescale(place(), { job: 'orders', parallelism: 4 });
    expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
    const named = 'Flink 1.18.1 with execution.checkpointing.snapshot-compression: true';
    expect(ended).toMatchObject({ message: expect.stringContaining(named) });
    expect(ended).toMatchObject({ message: expect.stringContaining('FLINK-34063') });
    expect(flink.calls.map(({ verb }) => verb)).toEqual(['UPLOAD']);
  }, 60_000);
});
