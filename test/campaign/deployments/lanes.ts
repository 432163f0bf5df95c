import { Client, Connection } from '@temporalio/client';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { freshRunDir } from '../../../src/dev/paths';
import { provisionTemporal } from '../../../src/dev/provision-temporal';
import type { Service } from '../../../src/dev/service';
import { TemporalServer } from '../../../src/dev/temporal';
import { workerService } from '../../../src/dev/worker';
import { FlinkSimulator } from '../../flink-simulator';
import { programs } from './jars';

/** Where a case is carried out: a cluster of its own, and the one worker that serves it. */
export interface Place {
  readonly client: Client;
  readonly taskQueue: string;
  readonly cluster: string;
  readonly flink: FlinkSimulator;
  /** SIGKILL; another one is started. */
  readonly killWorker: () => Promise<void>;
}

/** After so many events an entity goes on as another run: a handful of tasks. */
export const continueAfter = 'limit.historyCount.suggestContinueAsNew=16';

/** So that a case takes seconds; ms. */
const timeouts = { stop: 1_500, restart: 4_000, restore: 4_000, recovery: 4_000, attention: 1_500 };

const jars = ['orders.jar', 'orders-2.jar', 'seldom.jar', 'seldom-2.jar'];

interface Lane extends Place {
  readonly worker: Service;
}

/**
 * A real Temporal server, and lanes: each a real worker process and a simulated Flink, with one case at a time, so that a
 * worker's death is a matter of that case alone.
 */
export class Lanes {
  private readonly free: Lane[];

  private constructor(
    private readonly temporal: TemporalServer,
    readonly client: Client,
    private readonly lanes: readonly Lane[],
  ) {
    this.free = [...lanes];
  }

  /** Starts them in the run folder `name`. Whoever starts them stops them. */
  static async start(name: string, count: number): Promise<Lanes> {
    const runDir = freshRunDir(name);
    mkdirSync(join(runDir, 'artifacts'));
    for (const jar of jars) writeFileSync(join(runDir, 'artifacts', jar), `the program ${jar}`);
    const binary = await provisionTemporal();
    // They take any free ports, and must not take those that Temporal is promised.
    const savepointRoot = (n: number) => pathToFileURL(join(runDir, 'savepoints', `${n}`)).href;
    const flinks = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        FlinkSimulator.start({ slots: 64, folders: true, savepointRoot: savepointRoot(n), programs }),
      ),
    );
    const temporal = await TemporalServer.create({
      ...{ runDir, binary, headless: true, dynamicConfig: [continueAfter] },
    });
    await temporal.service.start();
    const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
    const lanes = flinks.map((flink, n): Lane => {
      const taskQueue = `weir-${name}-${n}`;
      const config = join(runDir, `weir-${n}.yaml`);
      const cluster = {
        ...{ rest: flink.restUrl, savepointRoot: savepointRoot(n), artifacts: join(runDir, 'artifacts') },
        ...{ snapshotStore: { kind: 'file' }, timeouts },
      };
      writeFileSync(config, stringify({ taskQueue, clusters: { local: cluster }, jobs: [] }));
      const worker = workerService({ runDir, n, config, env: temporal.env });
      const killWorker = async () => {
        await worker.kill();
        await worker.start();
      };
      return { client, taskQueue, cluster: 'local', flink, killWorker, worker };
    });
    const started = new Lanes(temporal, client, lanes);
    try {
      await Promise.all(lanes.map(({ worker }) => worker.start()));
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  get count(): number {
    return this.lanes.length;
  }

  /** Works on a free lane, and leaves it as it was. Not more at once than there are lanes. */
  async on<T>(work: (place: Place) => Promise<T>): Promise<T> {
    const lane = this.free.shift();
    if (lane === undefined) throw new Error('no lane is free');
    try {
      return await work(lane);
    } finally {
      await lane.worker.start();
      // what was is forgotten, or the list of jobs would grow with each case
      await lane.flink.loseJobManager({ jars: 'LOST', downMs: 0, registerMs: 0, slotsMs: 0 });
      this.free.push(lane);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.lanes.map(({ worker }) => worker.kill()));
    await this.client.connection.close();
    await this.temporal.service.stop();
    await Promise.all(this.lanes.map(({ flink }) => flink.stop()));
  }
}
