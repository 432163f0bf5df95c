/**
 * A simulated Flink session cluster: the REST API over HTTP on loopback, jobs that live and fail as a test says,
 * and a record of what was asked for and what really happened.
 *
 *   const flink = await FlinkSimulator.start();          // 2 TaskManagers of 4 slots; everything takes some 50 ms
 *   const jobId = flink.startJob({ name: 'orders', parallelism: 2 }).id;
 *   new FlinkClient({ rest: flink.restUrl });
 *
 *   flink.script({ job: 'orders', stops: [{ kind: 'HANGS' }], starts: ['NORMAL', { kind: 'RESTORING', ms: 500 }] });
 *   flink.fault({ on: 'POST /jobs/:id/stop', kind: 'RESET_AFTER' });        // this request, once
 *   const held = flink.hold('POST /jobs/:id/stop', 'BEFORE');  await held.arrived;  held.release();
 *   await flink.unreachable();  await flink.reachable();                    // nobody listens; listens again
 *   flink.job(jobId).fail();    // finish(), cancel(), failOver(), keepRestarting(), keepFailing(), mend(): what others do
 *   flink.savepoint(jobId);     // as somebody else takes one
 *
 *   const { path } = await flink.next('SAVEPOINT');      // at the very moment at which it is complete
 *   await flink.loseJobManager({ ha: true });            // resolves when its successor answers
 *
 *   flink.calls;                // every call that was to change something, and whether it was executed
 *   flink.effects;              // savepoints, starts, ends, failovers: what really happened
 *   flink.neverTwoCopies();     // throws if two live jobs of one name were ever there at once
 *   flink.data('orders');                                   // lost, countedTwice, replayed, exact: what its output says
 *   flink.stateLost();          // the starts that did not begin from the newest snapshot
 *   await flink.stop();
 */
import { realClock, type Clock } from './clock';
import { Cluster } from './cluster';
import { freshId } from './ids';
import { RestContext } from './http/context';
import type { Fault } from './http/faults';
import { Hold } from './http/hold';
import { RestServer } from './http/server';
import { neverTwoCopies, startsThatLostState } from './invariants';
import type { SimulatedJob } from './job';
import type { Checkpointing } from './job-options';
import { loseJobManager, type Loss } from './loss';
import type { Program } from './program';
import type { Verdict } from './data';
import type { Call, Effect } from './journal';
import type { Scripts, StartScript } from './script';
import { schedulingOf, type Delays, type Scheduling } from './surroundings';

export { ManualClock, type Clock } from './clock';
export type { Begins, Verdict } from './data';
export type { Fault, RequestFault } from './http/faults';
export type { Hold } from './http/hold';
export type { SimulatedJob } from './job';
export type { Checkpointing } from './job-options';
export type { Loss } from './loss';
export type { Program } from './program';
export type { Call, Effect } from './journal';
export type { Scripts, StartScript, StopScript } from './script';
export type { Delays, Scheduling } from './surroundings';

export interface SimulatorOptions {
  /** `2.3.0` when left out. An older one lacks routes and fields that came later, and refuses what it does not know. */
  readonly version?: string;
  readonly clock?: Clock;
  /** ms; those left out keep their default, see below. */
  readonly delays?: Partial<Delays>;
  /** Which scheduler, and its times: Flink's own where they are left out, so minutes. */
  readonly scheduling?: Partial<Scheduling>;
  /** Of every job; `false`: not enabled. Checkpoints each 500 ms, kept after failure and cancel, when left out. */
  readonly checkpointing?: Partial<Checkpointing> | false;
  readonly taskManagers?: number;
  readonly slots?: number;
  /** Where savepoints go that have no directory; `false`: there is no default, such a request is a 400. */
  readonly savepointRoot?: string | false;
  /** Savepoints in a `file:` directory really are folders with `_metadata`. */
  readonly folders?: boolean;
  /** How old an answer from a cache may be, ms; `web.refresh-interval`, in Flink 3 s by default. */
  readonly refreshIntervalMs?: number;
  /** How long results of triggers are kept, ms; `rest.async.store-duration`. */
  readonly keepResultsMs?: number;
  /** How long a job that has ended is kept, ms; `jobstore.expiration-time`. For ever when left out. */
  readonly keepJobsMs?: number;
  /** What the jars contain; a jar that none fits is two vertices, its job's name the value of `--name`. */
  readonly programs?: readonly Program[];
  /** More of the cluster's options, as `/jobmanager/config` tells them; they only tell. */
  readonly settings?: Readonly<Record<string, string>>;
}

const defaultDelays: Delays = {
  submit: 10,
  start: 50,
  stop: 50,
  savepoint: 40,
  checkpoint: 10,
  cancel: 10,
  restart: 100,
};
const defaultCheckpointing: Checkpointing = {
  intervalMs: 500,
  timeoutMs: 600_000,
  retention: 'RETAIN_ON_CANCELLATION',
  unaligned: false,
};

export class FlinkSimulator {
  private readonly cluster: Cluster;
  private readonly rest: RestServer;
  private readonly context: RestContext;
  private readonly namesakes = new Set<string>();

  static async start(options: SimulatorOptions = {}): Promise<FlinkSimulator> {
    const simulator = new FlinkSimulator(options);
    await simulator.rest.listen();
    return simulator;
  }

  private constructor(options: SimulatorOptions) {
    const { checkpointing = {}, savepointRoot = 'file:/savepoints' } = options;
    this.cluster = new Cluster({
      version: options.version ?? '2.3.0',
      clock: options.clock ?? realClock,
      delays: { ...defaultDelays, ...options.delays },
      scheduling: schedulingOf(options.scheduling ?? {}),
      checkpointing: checkpointing === false ? undefined : { ...defaultCheckpointing, ...checkpointing },
      taskManagers: options.taskManagers ?? 2,
      slotsPerTaskManager: options.slots ?? 4,
      savepointRoot: savepointRoot === false ? undefined : savepointRoot,
      folders: options.folders ?? false,
      checkpointRoot: 'file:/checkpoints',
      refreshIntervalMs: options.refreshIntervalMs ?? 50,
      keepResultsMs: options.keepResultsMs ?? 300_000,
      keepJobsMs: options.keepJobsMs ?? Infinity,
      programs: options.programs ?? [],
      settings: options.settings ?? {},
    });
    this.context = new RestContext(this.cluster, () => this.restUrl);
    this.rest = new RestServer(this.context);
  }

  get restUrl(): string {
    return this.rest.url;
  }

  get calls(): readonly Call[] {
    return this.cluster.journal.calls;
  }

  get effects(): readonly Effect[] {
    return this.cluster.journal.effects;
  }

  /**
   * A job as somebody started it before the test; all its tasks run after `delays.start`. `namesake`: it bears
   * another's name on purpose, `neverTwoCopies` does not mind. `restartStrategy`: in Flink's words, as
   * `/jobs/:id/config` tells it; of a bounded one (`#3 restart attempts`) each failure takes one, then it is FAILED.
   */
  startJob(options: {
    name: string;
    parallelism: number;
    id?: string;
    jar?: string;
    namesake?: boolean;
    start?: StartScript;
    restartStrategy?: string;
  }): SimulatedJob {
    const { id = freshId(), name, parallelism, jar = `${name}.jar`, start, restartStrategy } = options;
    if (options.namesake === true) this.namesakes.add(id);
    const program = this.cluster.programOf(jar);
    return this.cluster.addJob({ id, name, parallelism, program, start, restartStrategy });
  }

  /** Asks for a savepoint of the job, or a stop with one, as somebody else would; what it does the script says. */
  savepoint(jobId: string, { stop = false } = {}): void {
    const directory = `${this.cluster.options.savepointRoot ?? 'file:/savepoints'}/somebody-else`;
    this.cluster.savepoint({ jobId, triggerId: freshId(), directory, stop });
  }

  /** The job of that id. Throws if the JobManager does not know it. */
  job(id: string): SimulatedJob {
    const job = this.cluster.jobs.get(id);
    if (job === undefined) throw new Error(`the simulated JobManager knows no job ${id}`);
    return job;
  }

  /** The jobs of that name that have not ended. */
  live(name: string): SimulatedJob[] {
    return [...this.cluster.jobs.values()].filter((job) => job.name === name && !job.ended);
  }

  /** What the next stops (savepoints too) and starts do, in order; those before it was called come first. Returns how to take back what is not used yet. */
  script(scripts: Scripts): () => void {
    return this.cluster.script.add(scripts);
  }

  /** What goes wrong with requests. Returns how to take that back. */
  fault(fault: Fault): () => void {
    return this.rest.faults.add(fault);
  }

  /** How many requests are still to meet a fault: whether a test's faults were met. */
  get faultsToCome(): number {
    return this.rest.faults.toCome;
  }

  /** Holds these requests, BEFORE they are executed or AFTER that; until they are released, unless `times` says how many. */
  hold(on: string, when: 'BEFORE' | 'AFTER', options: Pick<Fault, 'times' | 'after'> = {}): Hold {
    const kind = when === 'BEFORE' ? 'HELD_BEFORE' : 'HELD_AFTER';
    const hold: Hold = new Hold(() => lift());
    const lift = this.fault({ on, kind, hold, times: Infinity, ...options });
    return hold;
  }

  /** Nobody listens: connections are refused, those that are open are reset. The cluster goes on. */
  async unreachable(): Promise<void> {
    await this.rest.close();
  }

  async reachable(): Promise<void> {
    await this.rest.listen();
  }

  /** Kills the JobManager; resolves when another one answers, `downMs` later; be it that a leader is being elected. */
  async loseJobManager(options: Partial<Loss> & { readonly downMs?: number } = {}): Promise<void> {
    const { downMs = 50, ha = false, jars = 'KEPT', registerMs = 50, slotsMs = 200 } = options;
    const { electionMs = 0, startingMs = 0, results = 'PUT_AWAY' } = options;
    const begin = loseJobManager(this.cluster, {
      ...{ ha, jars, registerMs, slotsMs, electionMs, startingMs, results },
    });
    this.context.cache.clear();
    await this.rest.close();
    await new Promise<void>((resolve) => this.cluster.timers.after(downMs, () => resolve()));
    begin();
    await this.rest.listen();
  }

  /** One more TaskManager, with as many slots as each. */
  addTaskManager(): void {
    this.cluster.slots.addTaskManager();
  }

  /** One TaskManager less. */
  removeTaskManager(): void {
    this.cluster.slots.removeTaskManager();
  }

  /** So many TaskManagers from now on. */
  scaleTo(taskManagers: number): void {
    this.cluster.slots.scaleTo(taskManagers);
  }

  /** Forgets the results of triggers, as if their time were over. */
  forgetResults(): void {
    this.cluster.savepoints.forgetResults();
    this.cluster.checkpoints.forgetResults();
    this.cluster.disposals.forgetResults();
  }

  /** Forgets the uploaded jars. */
  loseJars(): void {
    this.cluster.jars.clear();
  }

  /** Calls `listener` at the very moment of each effect. Returns how to stop that. */
  onEffect(listener: (effect: Effect) => void): () => void {
    return this.cluster.journal.onEffect(listener);
  }

  /** The next effect of that kind. */
  next<K extends Effect['kind']>(kind: K): Promise<Extract<Effect, { kind: K }>> {
    return new Promise((resolve) => {
      const stop = this.onEffect((effect) => {
        if (!isKind(effect, kind)) return;
        stop();
        resolve(effect);
      });
    });
  }

  neverTwoCopies(): void {
    neverTwoCopies(this.effects, this.namesakes);
  }

  stateLost(): readonly Extract<Effect, { kind: 'STARTED' }>[] {
    return startsThatLostState(this.effects);
  }

  /** What the output of the jobs of that name says now, whatever Flink says. */
  data(name: string): Verdict {
    return this.cluster.data.verdict(name);
  }

  /** Ends it; nothing of it happens afterwards. */
  async stop(): Promise<void> {
    this.cluster.close();
    await this.rest.close();
  }
}

function isKind<K extends Effect['kind']>(effect: Effect, kind: K): effect is Extract<Effect, { kind: K }> {
  return effect.kind === kind;
}
