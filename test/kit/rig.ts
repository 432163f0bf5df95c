import { MockActivityEnvironment } from '@temporalio/testing';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import {
  ActivityCancellationDetails,
  ApplicationFailure,
  CancelledFailure,
  TypedSearchAttributes,
} from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { connectClusters } from '../../src/activities/cluster';
import type { Cluster } from '../../src/activities/cluster';
import { heartbeating } from '../../src/activities/wait';
import type { Pulse } from '../../src/activities/wait';
import { parseConfig } from '../../src/config';
import { beatSchema, triesSchema } from '../../src/contracts/failures';
import type { Beat, Tries } from '../../src/contracts/failures';
import { until } from '../../src/dev/until';
import { FlinkSimulator } from '../flink-simulator';
import type { Call, SimulatedJob, SimulatorOptions } from '../flink-simulator';
import { freshId } from '../flink-simulator/ids';
import { quickClock, useQuickTime } from './quick-time';

/** What this attempt of an activity is told by Temporal: which one it is, and the last heartbeat of the one before. */
export interface Attempt {
  readonly attempt?: number;
  readonly heartbeatDetails?: Beat;
}

/** An attempt of an activity that is under way. */
export interface Running<T> {
  readonly end: Promise<T>;
  /** Its heartbeats so far. */
  readonly beats: readonly Beat[];
  /** As the workflow cancels it. */
  abort(): void;
  /** As its worker shuts down. */
  lose(): void;
}

export interface RigOptions extends SimulatorOptions {
  /** More of the cluster in weir.yaml. */
  readonly config?: Record<string, unknown>;
  /** The jobs of weir.yaml. */
  readonly jobs?: readonly Record<string, unknown>[];
}

/**
 * Activities in this process: the real ones, on the simulated Flink, each in a context as Temporal gives it. The only
 * double is of what talks to Temporal: the signal of the tries, the list of earlier runs, the end of one. Time is quick.
 */
export class Rig {
  /** What the workflow was told of the tries. */
  readonly told: Tries[] = [];
  /** Of the earlier runs of the workflow id, the newest first; undefined: Temporal does not list them. */
  memos: Record<string, unknown>[] | undefined = [];
  /** What Temporal answers of a run, where a test says it; else it cannot be reached. */
  readonly handle: {
    result?: () => Promise<unknown>;
    describe?: () => Promise<Pick<WorkflowExecutionInfo, 'status' | 'typedSearchAttributes'>>;
  } = {};
  /** The runs that it was asked of: "workflow id" or "workflow id, run id". */
  readonly askedOf: string[] = [];
  /** What stands in the worker's log from WARN on. */
  readonly warnings: string[] = [];
  /** What happens to the signal of the tries; an error: Temporal does not take it. */
  onTold: () => void = () => undefined;
  private readonly own = new Set<Call>();
  private readonly running = new Set<Running<unknown>>();
  private readonly connection = Connection.lazy({ address: '127.0.0.1:1' });
  private readonly client: Client;

  private constructor(
    readonly flink: FlinkSimulator,
    readonly cluster: Cluster,
    readonly folder: string,
  ) {
    this.client = new Client({
      connection: this.connection,
      interceptors: {
        workflow: [
          {
            signal: ({ args }) => {
              this.onTold();
              this.told.push(triesSchema.parse(args[0]));
              return Promise.resolve();
            },
          },
        ],
      },
    });
    const { workflow } = this.client;
    const handleOf = workflow.getHandle.bind(workflow);
    Object.assign(workflow, {
      getHandle: (workflowId: string, runId?: string) => {
        this.askedOf.push(runId === undefined ? workflowId : `${workflowId}, ${runId}`);
        return Object.assign(handleOf(workflowId, runId), this.handle);
      },
    });
    workflow.list = () => {
      const { memos } = this;
      if (memos === undefined) throw new Error('unavailable');
      return {
        async *[Symbol.asyncIterator]() {
          for (const memo of memos) yield await Promise.resolve(runWith(memo));
        },
        intoHistories: () => {
          throw new Error('nobody asks for histories');
        },
      };
    };
  }

  static async start({ config = {}, jobs = [], ...options }: RigOptions = {}): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-rig-'));
    const artifacts = join(folder, 'artifacts');
    await mkdir(artifacts);
    await writeFile(join(artifacts, 'orders.jar'), 'the program of orders');
    const savepointRoot = pathToFileURL(join(folder, 'savepoints')).href;
    const flink = await FlinkSimulator.start({
      ...{ clock: quickClock, checkpointing: { intervalMs: Infinity }, savepointRoot, folders: true },
      ...options,
    });
    const local = {
      ...{ rest: flink.restUrl, savepointRoot, artifacts, snapshotStore: { kind: 'file' } },
      ...config,
    };
    const [cluster] = connectClusters(
      parseConfig(JSON.stringify({ clusters: { local }, jobs }), 'weir.yaml'),
    ).values();
    if (cluster === undefined) throw new Error('no cluster');
    return new Rig(flink, cluster, folder);
  }

  /** Begins an attempt of an activity. */
  begin<T>(work: () => Promise<T>, attempt: Attempt = {}): Running<T> {
    const logger = new DefaultLogger('WARN', ({ message }) => this.warnings.push(message));
    const env = new MockActivityEnvironment(attempt, { client: this.client, logger });
    const beats: Beat[] = [];
    env.on('heartbeat', (beat: unknown) => beats.push(beatSchema.parse(beat)));
    const running: Running<T> = {
      end: env.run(work),
      beats,
      abort: () => env.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true })),
      lose: () => env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true })),
    };
    this.running.add(running);
    // a test looks at it when it is time
    running.end.catch(() => undefined);
    return running;
  }

  /** Runs an attempt of an activity to its end. */
  run<T>(work: () => Promise<T>, attempt: Attempt = {}): Promise<T> {
    return this.begin(work, attempt).end;
  }

  /** What a look of an activity sees. */
  look<T>(work: (pulse: Pulse<unknown>) => Promise<T>): Promise<T> {
    return this.run(() => heartbeating(work));
  }

  /** A job that runs already. */
  async job(options: Partial<Parameters<FlinkSimulator['startJob']>[0]> = {}): Promise<SimulatedJob> {
    const job = this.flink.startJob({ name: 'orders', parallelism: 2, ...options });
    if (options.start === undefined) await this.until(() => job.tasks === 'RUNNING', `job ${job.id} to run`);
    return job;
  }

  /** Has the job complete a checkpoint; its path. */
  async checkpoint(job: SimulatedJob): Promise<string> {
    const known = job.checkpoints.count('COMPLETED');
    await this.onItsOwn(() => this.cluster.flink.triggerCheckpoint(job.id, freshId()));
    await this.until(() => job.checkpoints.count('COMPLETED') > known, 'the checkpoint');
    return job.checkpoints.base?.path ?? '';
  }

  /** Calls of the test itself, which count for none of an activity. */
  async onItsOwn<T>(call: () => Promise<T>): Promise<T> {
    const known = this.flink.calls.length;
    const answer = await call();
    for (const own of this.flink.calls.slice(known)) this.own.add(own);
    return answer;
  }

  /** Waits for what the simulated Flink, or an activity under way, is about to do. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await until(condition, { what, deadlineMs: 2_000_000, pollMs: 100 });
  }

  /** The calls that were to change something, as "VERB OUTCOME". */
  get calls(): string[] {
    return this.callsOf().map(({ verb, outcome }) => `${verb} ${outcome}`);
  }

  callsOf(...verbs: Call['verb'][]): Call[] {
    return this.flink.calls.filter(
      (call) => !this.own.has(call) && (verbs.length === 0 || verbs.includes(call.verb)),
    );
  }

  /** How many such requests are made from here on: "GET /overview". */
  counting(on: string): () => number {
    const most = 10_000;
    this.flink.fault({ on, kind: 'SLOW_AFTER', ms: 0, times: most });
    return () => most - this.flink.faultsToCome;
  }

  async stop(): Promise<void> {
    for (const running of this.running) running.lose();
    await this.flink.stop();
    await Promise.allSettled([...this.running].map(({ end }) => end));
    await this.connection.close();
    await rm(this.folder, { recursive: true });
  }
}

/** Rigs of this file's tests, each ended with its test, in quick time. Returns how a test starts its own. */
export function useRig(): (options?: RigOptions) => Promise<Rig> {
  const started: Rig[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((rig) => rig.stop()));
  });
  useQuickTime();
  return async (options) => {
    const rig = await Rig.start(options);
    started.push(rig);
    return rig;
  };
}

/** The failure that an activity ends with. */
export async function failureOf(end: Promise<unknown>): Promise<ApplicationFailure | CancelledFailure> {
  const error: unknown = await end.then(
    (value) => ({ returned: value }),
    (why: unknown) => why,
  );
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  throw new Error(`no failure: ${inspect(error)}`);
}

function runWith(memo: Record<string, unknown>): WorkflowExecutionInfo {
  return {
    ...{ type: 'rescale', workflowId: 'rescale/local/orders', runId: 'run', taskQueue: 'weir' },
    ...{ status: { code: 2, name: 'COMPLETED' }, historyLength: 1, startTime: new Date(0), memo },
    searchAttributes: {},
    typedSearchAttributes: new TypedSearchAttributes(),
    raw: {},
  };
}
