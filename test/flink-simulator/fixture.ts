import { FlinkClient } from '../../src/flink/client';
import { freshId } from './ids';
import { FlinkSimulator, type SimulatorOptions } from './index';
import { allTasksRun, endOfOperation } from './look';

/** A simulator and the product's client of it, for one test. */
export class Fixture {
  private constructor(
    readonly sim: FlinkSimulator,
    readonly flink: FlinkClient,
  ) {}

  static async start(options: SimulatorOptions = {}): Promise<Fixture> {
    const sim = await FlinkSimulator.start(options);
    return new Fixture(sim, new FlinkClient({ rest: sim.restUrl }));
  }

  /** A job that runs already; returns its id. */
  async runningJob(parallelism = 2, name = 'orders'): Promise<string> {
    const { id } = this.sim.startJob({ name, parallelism });
    await allTasksRun(this.flink, id);
    return id;
  }

  /** Asks for a stop and does not wait for its end. Returns the trigger id. */
  async askStop(jobId: string, triggerId = freshId()): Promise<string> {
    await this.flink.stop(jobId, {
      triggerId,
      targetDirectory: 'file:///savepoints/try',
      formatType: 'CANONICAL',
    });
    return triggerId;
  }

  /** Stops the job; returns how the stop ended. */
  async stop(jobId: string) {
    return endOfOperation(this.flink, jobId, await this.askStop(jobId));
  }

  /** Stops the job with a savepoint and returns its path. Throws if there is none. */
  async savepointOf(jobId: string): Promise<string> {
    const end = await this.stop(jobId);
    if (end.kind === 'COMPLETED') return end.location;
    throw new Error(`the stop failed: ${end.cause}`);
  }

  /** Submits `orders` from that path; returns the job id. */
  async run(savepointPath: string, { parallelism = 4, jobId = freshId() } = {}): Promise<string> {
    const jarId = (await this.flink.jars())[0]?.id ?? (await this.flink.uploadJar(__filename, 'orders.jar'));
    const submission = { jarId, parallelism, args: ['--name', 'orders'] };
    await this.flink.runJar(submission, jobId, { savepointPath, allowNonRestoredState: false });
    return jobId;
  }
}

/** Simulators of this file's tests, each ended with its test. Returns how a test starts its own. */
export function useSimulator(): (options?: SimulatorOptions) => Promise<Fixture> {
  const started: Fixture[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ sim }) => sim.stop()));
  });
  return async (options) => {
    const fixture = await Fixture.start(options);
    started.push(fixture);
    return fixture;
  };
}
