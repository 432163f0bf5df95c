/**
 * Flink 2.3.0's texts, as seen on a cluster. An error is a Java stack trace: here each cause with one frame below it,
 * so that nobody who reads it gets by without telling causes from frames.
 */

const flink = 'org.apache.flink';
const runtime = `${flink}.runtime`;
const frame = `\tat ${runtime}.simulated.Frame.method(Frame.java:1)`;

/** A stack trace: what failed, then its causes, the root last. */
export function trace(first: string, ...causes: readonly string[]): string {
  return [first, ...causes.map((cause) => `Caused by: ${cause}`)]
    .map((line) => `${line}\n${frame}\n`)
    .join('');
}

/** As a future fails: wrapped once more. */
export function completion(...causes: readonly [string, ...string[]]): string {
  return trace(`java.util.concurrent.CompletionException: ${causes[0]}`, ...causes);
}

const checkpointException = `${runtime}.checkpoint.CheckpointException`;

export const texts = {
  jobNotFound: (jobId: string) =>
    `${runtime}.messages.FlinkJobNotFoundException: Could not find Flink job (${jobId})`,
  coordinatorSuspending: `${checkpointException}: Checkpoint Coordinator is suspending.`,
  notExecuted: (task: string, jobId: string) =>
    `${checkpointException}: Checkpoint triggering task ${task} of job ${jobId} is not being executed at the moment. ` +
    'Aborting checkpoint. Failure reason: Not all required tasks are currently running.',
  ioWhileTriggering: `${checkpointException}: An Exception occurred while triggering the checkpoint. IO-problem detected.`,
  directoryNotCreated: (directory: string) =>
    `java.io.IOException: Failed to create savepoint directory at ${directory}`,
  unknownScheme: (scheme: string) =>
    `${flink}.core.fs.UnsupportedFileSystemSchemeException: Could not find a file system implementation for scheme '${scheme}'. ` +
    'The scheme is not directly supported by Flink and no Hadoop file system to support this scheme could be loaded.',
  taskCheckpointFailed: `${checkpointException}: Asynchronous task checkpoint failed.`,
  taskLocalFailure: `${checkpointException}: Task local checkpoint failure.`,
  boundsOfReactive:
    'java.lang.UnsupportedOperationException: Cannot change the parallelism of a job running in reactive mode.',
  noBounds:
    'java.lang.UnsupportedOperationException: The DefaultScheduler does not support changing the parallelism without a job ' +
    'restart. This feature is currently only expected to work with the AdaptiveScheduler.',
  noSpace: 'java.io.IOException: No space left on device',
  failedWhileStopping: (jobId: string, path: string) =>
    `${runtime}.scheduler.stopwithsavepoint.StopWithSavepointStoppingException: A savepoint has been created at: ${path}, ` +
    `but the corresponding job ${jobId} failed during stopping. The savepoint is consistent, but might have uncommitted ` +
    'transactions. If you want to commit the transaction please restart a job from this savepoint.',
  noPlan: 'java.lang.NullPointerException',
  notRecoverable: `${runtime}.JobException: The failure is not recoverable`,
  notStarted:
    `${runtime}.rpc.exceptions.EndpointNotStartedException: Discard message LocalFencedMessage, because the rpc endpoint ` +
    'pekko://flink/user/rpc/dispatcher_1 has not been started yet.',
  noSlots: `${runtime}.jobmanager.scheduler.NoResourceAvailableException: Could not acquire the minimum required resources.`,
  /** Of the adaptive scheduler. */
  taskManagerGone: `${flink}.util.FlinkExpectedException: The TaskExecutor is shutting down.`,
  notEnoughResources: `${runtime}.jobmanager.scheduler.NoResourceAvailableException: Not enough resources available for scheduling.`,
  noMoreRestarts: (allowed: number) =>
    `${runtime}.JobException: Recovery is suppressed by ` +
    `FixedDelayRestartBackoffTimeStrategy(maxNumberRestartAttempts=${allowed}, backoffTimeMS=1000)`,
  taskFailed: (what: string) => `java.lang.RuntimeException: ${what}`,
  /** Since 2.3 an application is submitted. */
  duplicate: (what: 'Application' | 'Job') =>
    `${runtime}.client.Duplicate${what}SubmissionException: ${what} has already been submitted.`,
  parallelismOverMax: (vertex: string, parallelism: number, max: number) =>
    `${runtime}.JobException: Vertex ${vertex}'s parallelism (${parallelism}) is higher than the max parallelism (${max}). ` +
    'Please lower the parallelism or increase the max parallelism.',
  snapshotNotFound: (path: string) =>
    `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`,
  mainFailed: (why: string) =>
    `${flink}.client.program.ProgramInvocationException: The main method caused an error: ${why}`,
} as const;

/** Why a job could not be initialised: each wrapping of the cause, as Flink gives it. */
export function initialisation(cause: string): string[] {
  const couldNotStart = `${runtime}.client.JobInitializationException: Could not start the JobMaster.`;
  return [
    `java.lang.RuntimeException: ${couldNotStart}`,
    couldNotStart,
    `java.util.concurrent.CompletionException: java.lang.RuntimeException: ${cause}`,
    `java.lang.RuntimeException: ${cause}`,
    cause,
  ];
}

/** The answer to a submit that failed, whatever the reason. */
export function notExecutedApplication(jobName: string, causes: readonly string[]): string {
  const could = `${flink}.util.FlinkRuntimeException: Could not execute application.`;
  return trace(
    `${runtime}.rest.handler.RestHandlerException: Could not execute application.`,
    `java.util.concurrent.CompletionException: ${could}`,
    could,
    texts.mainFailed(`Failed to execute job '${jobName}'.`),
    `${flink}.util.FlinkException: Failed to execute job '${jobName}'.`,
    ...causes,
  );
}
