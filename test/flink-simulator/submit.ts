import type { Cluster, Jar } from './cluster';
import { isSince } from './http/versions';
import { SimulatedJob } from './job';
import { checkpointingOf, jobName, verticesAt } from './program';
import { strategyOf } from './restarts';
import { initialisation, notExecutedApplication, texts, trace } from './traces';

export interface Submission {
  readonly jar: Jar;
  readonly jobId: string;
  readonly parallelism: number;
  readonly args: readonly string[];
  /** Empty or undefined: it starts without state, and Flink has nothing against that. */
  readonly savepointPath: string | undefined;
  /** `flinkConfiguration`; of it the restart strategy counts. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** `done` is told the stack trace of a 400, or nothing. */
export type Submitted = {
  readonly outcome: 'EXECUTED' | 'KNOWN' | 'REFUSED';
  readonly answer: Promise<{ readonly stackTrace?: string }>;
};

/** Runs a jar's main() and starts its job: what /jars/:id/run does. It answers once the job is initialised. */
export function submit(
  cluster: Cluster,
  { jar, jobId, parallelism, args, savepointPath, configuration }: Submission,
): Submitted {
  const program = cluster.programOf(jar.name);
  const name = jobName(program, args);
  const refused = (stackTrace: string): Submitted => ({
    outcome: 'REFUSED',
    answer: after(cluster, { stackTrace }),
  });

  if (program.mainFails !== undefined)
    return refused(notExecutedApplication(name, [texts.mainFailed(program.mainFails)]));
  if (cluster.jobs.has(jobId)) {
    const what = isSince(cluster.options.version, '2.3') ? 'Application' : 'Job';
    return { ...refused(notExecutedApplication(name, [texts.duplicate(what)])), outcome: 'KNOWN' };
  }
  const start = cluster.script.nextStart(name);
  const refusal = start !== 'NORMAL' && start.kind === 'REFUSED' ? start : undefined;
  const cause = texts.taskFailed(refusal?.cause ?? 'it does not work');
  if (refusal !== undefined && refusal.leavesJob !== true)
    return refused(notExecutedApplication(name, [cause]));

  const below = start !== 'NORMAL' && start.kind === 'BELOW' ? start.parallelism : parallelism;
  const snapshot = savepointPath ? cluster.snapshots.find(savepointPath) : undefined;
  // Whatever a submit restores counts as a savepoint, a retained checkpoint too.
  const restore = snapshot && { ...snapshot, savepoint: true };
  const vertices = verticesAt(program, below);
  const adaptive = cluster.options.scheduling.kind !== 'DEFAULT';
  const missing = savepointPath && restore === undefined ? savepointPath : undefined;
  const checkpointing = checkpointingOf(program, cluster.options.checkpointing);
  const { batch = false, begins } = program;
  const job = new SimulatedJob(
    {
      ...{
        id: jobId,
        name,
        parallelism,
        vertices,
        checkpointing,
        batch,
        begins,
        start,
        restore,
      },
      ...{ restartStrategy: strategyOf(configuration), strategyIsConfigured: true, missing },
    },
    cluster.world,
  );
  // An adaptive scheduler runs it as wide as it may.
  const over = adaptive ? undefined : vertices.find((vertex) => vertex.parallelism > vertex.maxParallelism);
  const uninitialised =
    (refusal && cause) ??
    (over && texts.parallelismOverMax(over.name, over.parallelism, over.maxParallelism)) ??
    (missing && !adaptive ? texts.snapshotNotFound(missing) : undefined);

  if (uninitialised !== undefined) {
    cluster.jobs.set(jobId, job);
    const stackTrace = notExecutedApplication(name, initialisation(uninitialised));
    const answer = after(cluster, { stackTrace }, () => job.failInitialising(trace(uninitialised)));
    return { outcome: 'REFUSED', answer };
  }
  cluster.add(job);
  return { outcome: 'EXECUTED', answer: after(cluster, {}, () => job.accept()) };
}

/** Main() and initialisation take their time; who asked waits for them, and they do not depend on who asked. */
function after<T>(cluster: Cluster, answer: T, act: () => void = () => undefined): Promise<T> {
  return new Promise((resolve) => {
    cluster.process.after(cluster.options.delays.submit, () => {
      act();
      resolve(answer);
    });
  });
}
