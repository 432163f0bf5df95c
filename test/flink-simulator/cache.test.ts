import { FlinkClient } from '../../src/flink/client';
import { ManualClock } from './clock';
import { FlinkSimulator } from './index';

/** How old the answers of Flink's caches are, in time that the test moves on. */
test.each([
  ['2.3.0', 'a cache of their own', 1],
  ['1.17.2', 'part of the job’s graph, which was read before', 0],
] as const)('Flink %s: checkpoint statistics are %s', async (version, _, seen) => {
  const clock = new ManualClock();
  const checkpointing = { intervalMs: Infinity };
  const sim = await FlinkSimulator.start({ clock, version, checkpointing, refreshIntervalMs: 3_000 });
  try {
    const flink = new FlinkClient({ rest: sim.restUrl });
    const { id, coordinator } = sim.startJob({ name: 'orders', parallelism: 2 });
    clock.advance(100);
    const completed = async () => (await flink.checkpoints(id)).counts.completed;
    expect((await flink.job(id)).state).toBe('RUNNING');
    coordinator.trigger(() => undefined);
    clock.advance(100);
    expect(await completed()).toBe(seen);
    clock.advance(3_000);
    expect(await completed()).toBe(1);
  } finally {
    await sim.stop();
  }
});
