import { ManualClock } from './clock';
import { FlinkSimulator, type SimulatorOptions } from './index';
import type { SimulatedJob } from './job';

/** What a job without enough slots does, on either scheduler, in time that the test moves on. */
const started: FlinkSimulator[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((sim) => sim.stop()));
});

const minute = 60_000;

async function start(options: SimulatorOptions = {}): Promise<{ sim: FlinkSimulator; clock: ManualClock }> {
  const clock = new ManualClock();
  const sim = await FlinkSimulator.start({ clock, ...options });
  started.push(sim);
  return { sim, clock };
}

const look = ({ state, tasks }: SimulatedJob) => `${state}/${tasks}`;
const parallelismOf = (job: SimulatedJob) => job.vertices.map(({ parallelism }) => parallelism);

/** The states that the job is in, one after the other, while the clock moves on by `ms`. */
function course(job: SimulatedJob, clock: ManualClock, ms: number): string[] {
  const seen = [look(job)];
  for (let t = 0; t < ms; t += 10) {
    clock.advance(10);
    if (look(job) !== seen.at(-1)) seen.push(look(job));
  }
  return seen;
}

describe('the default scheduler', () => {
  test('slots that do not come: RUNNING and SCHEDULED until the JobManager is 5 minutes old, then the restart loop', async () => {
    const { sim, clock } = await start();
    clock.advance(minute);
    const job = sim.startJob({ name: 'orders', parallelism: 9 });
    clock.advance(4 * minute - 1);
    expect([look(job), job.failures.length]).toEqual(['RUNNING/SCHEDULED', 0]);
    expect(course(job, clock, 500)).toEqual([
      ...['RUNNING/SCHEDULED', 'RESTARTING/FAILED', 'RUNNING/SCHEDULED', 'RESTARTING/FAILED'],
      ...['RUNNING/SCHEDULED', 'RESTARTING/FAILED', 'RUNNING/SCHEDULED', 'RESTARTING/FAILED'],
    ]);
    expect(job.failures[0]?.stackTrace).toContain(
      'NoResourceAvailableException: Could not acquire the minimum',
    );
  });

  test('the loop never ends by itself, and ends when slots come', async () => {
    const { sim, clock } = await start({ scheduling: { slotRequestMs: 0 } });
    const job = sim.startJob({ name: 'orders', parallelism: 9 });
    clock.advance(60 * minute);
    expect(job.ended).toBe(false);
    sim.addTaskManager();
    clock.advance(1_000);
    expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [9, 9]]);
  });

  test('a bounded restart strategy that is used up by it leaves the job FAILED, with the cause', async () => {
    const { sim, clock } = await start({ scheduling: { slotRequestMs: 0 } });
    const restartStrategy = 'Restart with fixed delay (PT1S). #2 restart attempts.';
    const job = sim.startJob({ name: 'orders', parallelism: 9, restartStrategy });
    expect(course(job, clock, minute).slice(1)).toEqual([
      ...[
        'RESTARTING/FAILED',
        'RUNNING/SCHEDULED',
        'RESTARTING/FAILED',
        'RUNNING/SCHEDULED',
        'FAILED/FAILED',
      ],
    ]);
    expect(job.failures[0]?.stackTrace).toMatch(
      /Recovery is suppressed by .*\n.*\nCaused by: .*NoResourceAvail/,
    );
  });

  test('a restart that has its slots already waits for none', async () => {
    const { sim, clock } = await start({ scheduling: { slotRequestMs: 0 } });
    const job = sim.startJob({ name: 'orders', parallelism: 8 });
    clock.advance(100);
    job.failOver('a task fails');
    sim.startJob({ name: 'greedy', parallelism: 8 });
    clock.advance(1_000);
    expect(look(job)).toBe('RUNNING/RUNNING');
  });
});

describe('the adaptive scheduler', () => {
  const adaptive = { scheduling: { kind: 'ADAPTIVE' } } as const;

  test('enough slots: CREATED, and at once RUNNING at the parallelism asked for', async () => {
    const { sim, clock } = await start(adaptive);
    const job = sim.startJob({ name: 'orders', parallelism: 8 });
    clock.advance(50);
    expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [8, 8]]);
  });

  test('too few slots: CREATED without tasks for 10 s, then RUNNING at what there is; the rest stays asked for', async () => {
    const { sim, clock } = await start(adaptive);
    const job = sim.startJob({ name: 'orders', parallelism: 10 });
    clock.advance(9_999);
    expect([look(job), parallelismOf(job)]).toEqual(['CREATED/NONE', [10, 10]]);
    clock.advance(100);
    expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [8, 8]]);
  });

  test('no slot at all: CREATED for 5 minutes, then FAILED, and nothing says why', async () => {
    const { sim, clock } = await start(adaptive);
    sim.startJob({ name: 'greedy', parallelism: 8 });
    const job = sim.startJob({ name: 'orders', parallelism: 2 });
    clock.advance(5 * minute - 1);
    expect(look(job)).toBe('CREATED/NONE');
    clock.advance(1);
    expect([look(job), job.failures]).toEqual(['FAILED/NONE', []]);
  });

  test('slots that come: since 2.0 with the first checkpoint after the cooldown, from that checkpoint', async () => {
    const { sim, clock } = await start({ ...adaptive, checkpointing: { intervalMs: 20_000 } });
    const job = sim.startJob({ name: 'orders', parallelism: 10 });
    clock.advance(10_060);
    sim.addTaskManager();
    // RUNNING at 10 s, cool at 40 s; checkpoints at 30 and 50 s
    clock.advance(39_900);
    expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [8, 8]]);
    expect(course(job, clock, 1_000).slice(1)).toEqual([
      ...['RESTARTING/CANCELED', 'RUNNING/DEPLOYING', 'RUNNING/INITIALIZING', 'RUNNING/RUNNING'],
    ]);
    expect(parallelismOf(job)).toEqual([10, 10]);
    expect([job.failures, job.checkpoints.restored?.checkpointId]).toEqual([[], 3]);
  });

  test('slots that come: in 1.19 after the cooldown, and before at once, without a checkpoint of their own', async () => {
    const checkpointing = { intervalMs: Infinity };
    for (const [version, afterMs] of [
      ['1.20.5', 30_000],
      ['1.18.1', 0],
    ] as const) {
      const { sim, clock } = await start({ ...adaptive, version, checkpointing });
      const job = sim.startJob({ name: 'orders', parallelism: 10 });
      clock.advance(10_060);
      const ranSince = clock.now() - 60;
      sim.addTaskManager();
      clock.advance(Math.max(0, ranSince + afterMs - clock.now() - 1));
      if (afterMs > 0) expect(look(job)).toBe('RUNNING/RUNNING');
      clock.advance(1);
      expect([version, look(job)]).toEqual([version, 'RESTARTING/CANCELED']);
      clock.advance(200);
      expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [10, 10]]);
    }
  });

  test('a failover goes through CREATED, and keeps the slots that it has', async () => {
    const { sim, clock } = await start(adaptive);
    const job = sim.startJob({ name: 'orders', parallelism: 8 });
    clock.advance(100);
    job.failOver('a task fails');
    sim.startJob({ name: 'greedy', parallelism: 8 });
    clock.advance(200);
    expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [8, 8]]);
  });
});

describe('a reactive cluster', () => {
  const checkpointing = { intervalMs: Infinity };
  const reactive = { scheduling: { kind: 'REACTIVE' }, taskManagers: 1, slots: 2, checkpointing } as const;

  test('no slot at all: CREATED for as long as none comes, then RUNNING at once', async () => {
    const { sim, clock } = await start({ ...reactive, taskManagers: 0 });
    const job = sim.startJob({ name: 'orders', parallelism: 1 });
    clock.advance(600 * minute);
    expect([look(job), parallelismOf(job)]).toEqual(['CREATED/NONE', [128, 128]]);
    sim.addTaskManager();
    clock.advance(50);
    expect([look(job), parallelismOf(job)]).toEqual(['RUNNING/RUNNING', [2, 2]]);
  });

  test('slots that come: when no more have come for a minute, with the next checkpoint', async () => {
    const { sim, clock } = await start(reactive);
    const job = sim.startJob({ name: 'orders', parallelism: 1 });
    clock.advance(100);
    sim.addTaskManager();
    // cool at 30 s
    clock.advance(90_000);
    job.coordinator.trigger(() => undefined);
    expect(course(job, clock, 1_000).slice(1)).toEqual([
      ...['RESTARTING/CANCELED', 'RUNNING/DEPLOYING', 'RUNNING/INITIALIZING', 'RUNNING/RUNNING'],
    ]);
    expect([parallelismOf(job), job.failures]).toEqual([[4, 4], []]);
  });

  test('a TaskManager that ends: a failover to the slots that are left', async () => {
    const { sim, clock } = await start({ ...reactive, taskManagers: 2 });
    const job = sim.startJob({ name: 'orders', parallelism: 1 });
    clock.advance(100);
    sim.removeTaskManager();
    expect(course(job, clock, 1_000)).toEqual([
      ...['RESTARTING/FAILED', 'RUNNING/DEPLOYING', 'RUNNING/INITIALIZING', 'RUNNING/RUNNING'],
    ]);
    expect(parallelismOf(job)).toEqual([2, 2]);
    expect(job.failures).toMatchObject([
      { stackTrace: expect.stringContaining('is shutting down') as string },
    ]);
  });
});
