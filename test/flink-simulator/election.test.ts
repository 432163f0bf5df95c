import { FlinkClient } from '../../src/flink/client';
import { FlinkAmbiguous, FlinkUnavailable } from '../../src/flink/errors';
import { ManualClock } from './clock';
import { useSimulator } from './fixture';
import { FlinkSimulator } from './index';
import { allTasksRun } from './look';

/** A JobManager that is lost with HA: its successor answers before it leads. */
const start = useSimulator();
const times = { ha: true, downMs: 0, electionMs: 1_000, startingMs: 500 };

/** A lost JobManager whose successor's time a test moves on. */
async function lost(
  version: string,
): Promise<{ sim: FlinkSimulator; clock: ManualClock; flink: FlinkClient }> {
  const clock = new ManualClock();
  const sim = await FlinkSimulator.start({ clock, version });
  const { id } = sim.startJob({ name: 'orders', parallelism: 2 });
  clock.advance(100);
  expect(sim.job(id).tasks).toBe('RUNNING');
  let answers = false;
  const successor = sim.loseJobManager(times).then(() => (answers = true));
  while (!answers) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(0);
  }
  await successor;
  return { sim, clock, flink: new FlinkClient({ rest: sim.restUrl }) };
}

test.each([
  ['2.3.0', 503, FlinkUnavailable],
  ['1.15.4', 500, FlinkAmbiguous],
] as const)(
  'Flink %s: 503 in election, %d while the leader starts, then its jobs',
  async (version, status, error) => {
    const { sim, clock, flink } = await lost(version);
    try {
      await expect(flink.jobs()).rejects.toThrow(FlinkUnavailable);
      await expect(flink.jobs()).rejects.toThrow('ongoing leader election');
      await expect(flink.overview()).rejects.toThrow('503');
      clock.advance(1_000);
      await expect(flink.jobs()).rejects.toThrow(error);
      await expect(flink.jobs()).rejects.toThrow(`${status}: EndpointNotStartedException`);
      clock.advance(500);
      expect(await flink.jobs()).toMatchObject([{ name: 'orders', state: 'INITIALIZING' }]);
      clock.advance(500);
      expect(await flink.jobs()).toMatchObject([{ name: 'orders', state: 'RUNNING', tasks: { running: 4 } }]);
    } finally {
      await sim.stop();
    }
  },
);

test('nothing is executed while there is no leader', async () => {
  const f = await start();
  const jobId = await f.runningJob(2);
  await f.sim.loseJobManager({ ...times, electionMs: 60_000 });
  await expect(f.askStop(jobId)).rejects.toThrow('503');
  expect(f.sim.calls).toMatchObject([{ verb: 'STOP', outcome: 'NOT_EXECUTED' }]);
});

test('a JobManager that is lost in the election takes nothing along: the next one recovers the jobs', async () => {
  const f = await start();
  const jobId = await f.runningJob(2);
  await f.sim.loseJobManager({ ...times, electionMs: 60_000 });
  await f.sim.loseJobManager({ ...times, electionMs: 0, startingMs: 0 });
  await allTasksRun(f.flink, jobId);
  f.sim.neverTwoCopies();
});
