import { FlinkClient } from '../../src/flink/client';
import { until } from '../../src/dev/until';
import { FlinkSimulator, type SimulatorOptions } from './index';

/** The simulator by what the product's own client sees of it. */

let sim: FlinkSimulator;
let flink: FlinkClient;

async function start(options: SimulatorOptions = {}): Promise<void> {
  sim = await FlinkSimulator.start(options);
  flink = new FlinkClient({ rest: sim.restUrl });
}

afterEach(async () => {
  await sim.stop();
});

const id = (n: number) => n.toString(16).padStart(32, '0');
const within = { deadlineMs: 5_000, pollMs: 5 };

async function running(jobId: string): Promise<void> {
  await until(
    async () =>
      (await flink.jobs()).some(
        (job) => job.jid === jobId && job.tasks.total > 0 && job.tasks.running === job.tasks.total,
      ),
    { what: `job ${jobId} to run`, ...within },
  );
}

async function operation(jobId: string, triggerId: string) {
  return until(
    async () => {
      const seen = await flink.savepointOperation(jobId, triggerId);
      return seen.kind === 'IN_PROGRESS' ? undefined : seen;
    },
    { what: `operation ${triggerId}`, ...within },
  );
}

async function upload(name = 'orders.jar'): Promise<string> {
  return flink.uploadJar(__filename, name);
}

const stopped = { targetDirectory: 'file:///savepoints/try', formatType: 'CANONICAL' };

describe('a job that is stopped and started again', () => {
  test('the stop leaves a savepoint and a FINISHED job, the start goes on from it', async () => {
    await start();
    const { id: old } = sim.startJob({ name: 'orders', parallelism: 2 });
    await running(old);
    await flink.stop(old, { triggerId: id(1), ...stopped });
    const end = await operation(old, id(1));
    const savepointPath = end.kind === 'COMPLETED' ? end.location : '';
    expect(savepointPath).toMatch(`^file:/savepoints/try/savepoint-${old.slice(0, 6)}-`);
    expect(await flink.jobStatus(old)).toBe('FINISHED');

    const jarId = await upload();
    await flink.runJar({ jarId, parallelism: 4, args: ['--name', 'orders'] }, id(2), {
      savepointPath,
      allowNonRestoredState: false,
    });
    await running(id(2));
    expect((await flink.job(id(2))).vertices.map(({ parallelism }) => parallelism)).toEqual([4, 4]);
    expect((await flink.checkpoints(id(2))).latest.restored).toMatchObject({
      external_path: savepointPath,
      is_savepoint: true,
    });
    expect(sim.stateLost()).toEqual([]);
    sim.neverTwoCopies();
  });
});
