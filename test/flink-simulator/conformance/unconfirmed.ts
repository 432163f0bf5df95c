/**
 * What the simulator does although no conformance case shows it on a real cluster: a test that relies on it relies on
 * the source given here. "Seen": on a live Flink 2.3.0, by hand, where a test cannot bring it about for certain.
 * "Read": in Flink's source code only.
 */
export interface Unconfirmed {
  readonly behaviour: string;
  readonly source: string;
}

export const unconfirmed: readonly Unconfirmed[] = [
  {
    behaviour: 'HA: the next JobManager knows nothing of a job that had ended, and accepts its id again',
    source:
      'Seen, where the JobManager lived on for some seconds; a case shows that it is FINISHED or unknown, not RUNNING. ' +
      'That the id is accepted again is read: Dispatcher, job-result-store.',
  },
  {
    behaviour: 'HA: a job that was CANCELLING when its JobManager was lost comes back RUNNING',
    source: 'Neither seen nor read; a guess.',
  },
  {
    behaviour:
      'HANGS: the savepoint is complete in the history, the job stays RUNNING, the trigger IN_PROGRESS',
    source:
      'Read: the location is returned only when every execution is FINISHED (StopWithSavepointTerminationManager).',
  },
  {
    behaviour: 'A stop that hangs and is cancelled: StopWithSavepointStoppingException with the path',
    source:
      'Read: StopWithSavepointTerminationHandlerImpl, executions that are not FINISHED after the savepoint.',
  },
  {
    behaviour:
      'A second stop after the first one’s savepoint is complete: the job FAILED, the path in the first’s failure',
    source:
      'Seen, two stops 5 ms apart. Which of the two stops wins is a race, so a case shows the earlier moment only.',
  },
  {
    behaviour: 'JOB_FAILS: the job goes FAILED while its stop is under way, the stop fails with "suspending"',
    source:
      'Read: CheckpointCoordinator aborts what is pending when the job fails. The text is seen with a failover.',
  },
  {
    behaviour:
      'TASK_FAILS: the failure is "Asynchronous task checkpoint failed." with "No space left on device"',
    source:
      'Seen, on a full disk. The case shows a task that throws: any CheckpointException, then the same failover.',
  },
  {
    behaviour:
      'Retention other than RETAIN_ON_CANCELLATION deletes checkpoints on cancel, or on failure as well',
    source: 'Read: CheckpointProperties, and the documentation of externalized-checkpoint-retention.',
  },
  {
    behaviour: 'Without a default directory, a savepoint that names none is a 400',
    source: 'Read: SavepointHandlers. The local cluster always has a default directory.',
  },
  {
    behaviour: 'EMPTY: a job that was given a snapshot runs without it',
    source:
      'Not known to happen in Flink; a case shows how it looks (an empty path), tests need it to happen.',
  },
  {
    behaviour: 'BELOW: a job that runs lower than was asked for, on the default scheduler as well',
    source:
      'Does not happen there; tests need the look of it. Cases show it where it does, on the adaptive one.',
  },
  {
    behaviour: 'ADAPTIVE: a failover goes from RESTARTING through CREATED, and keeps the slots that it has',
    source: 'Read: AdaptiveScheduler. Cases show it of a job that is scaled up.',
  },
  {
    behaviour:
      'ADAPTIVE: more slots scale a job up even if they are not all that it wants; since 2.0 Flink waits 60 s for the rest',
    source:
      'Read: executing.resource-stabilization-timeout, of which the simulator has nothing. The cases give all.',
  },
  {
    behaviour: 'REACTIVE: a job without a slot waits for ever, where another one is FAILED after 5 min',
    source:
      'Read: AdaptiveScheduler.Settings, submission.resource-wait-timeout. The case shows it CREATED, and RUNNING later.',
  },
  {
    behaviour: 'ADAPTIVE: slots go to slot-sharing groups in equal shares',
    source: 'Read: SlotSharingSlotAllocator. The example job has one group.',
  },
  {
    behaviour:
      'Slots that are not there: a JobManager younger than slot.request.timeout waits until it is that old',
    source: 'Seen: 5 min to the second after its start. The cases set 5 s, and come later.',
  },
  {
    behaviour: 'A job that fails over is RESTARTING for the same time each time',
    source: 'Not so: by default Flink waits longer from time to time. Tests do not depend on it.',
  },
  {
    behaviour:
      'A leader that does not take requests yet: EndpointNotStartedException, 503 since 1.16 and 500 before',
    source: 'Read: AbstractHandler, FLINK-25269. It takes some ms; a case meets it now and then.',
  },
  {
    behaviour: 'Up to 1.17 checkpoint statistics are as old as the job’s graph: one cache',
    source:
      'Read: AbstractCheckpointHandler. A case would have to be faster than the cache, 200 ms on the local cluster.',
  },
  {
    behaviour: 'NEVER_SCHEDULED: all tasks SCHEDULED for as long as the test lasts, and no slot taken',
    source:
      'Seen for five minutes on a young JobManager; an older one makes the job fail over again and again (a case).',
  },
  {
    behaviour: 'A job that waits for slots gets them in order of arrival, and runs as soon as they are there',
    source: 'Read: DefaultDeclarativeSlotPool. A case shows only that it takes what is free and waits.',
  },
  {
    behaviour: 'While a job is INITIALIZING it has no vertices',
    source:
      'Read: a sparse ArchivedExecutionGraph. A case shows it of a job that FAILED while it was initialised.',
  },
  {
    behaviour:
      'After a JobManager was lost: no TaskManagers, then all with the lost job’s slots held, then all free',
    source:
      'Seen (at 9 s and 18 s, heartbeat.timeout 10 s). On a busy machine they may register only once all is free.',
  },
  {
    behaviour: 'A lost JobManager can lose the uploaded jars',
    source:
      'Read: web.upload.dir is a new temporary folder by default. The local cluster sets it, so a case shows them kept.',
  },
  {
    behaviour: 'Checkpointing that is not enabled: /checkpoints and /checkpoints/config are 404',
    source: 'Read: CheckpointingStatisticsHandler, CheckpointConfigHandler.',
  },
  {
    behaviour: 'A 503 is not executed',
    source: 'Read: LeaderRetrievalHandler answers before any handler. A case shows the text.',
  },
  {
    behaviour:
      'Each deployment adds one to counts.failed, without an entry: a checkpoint that met tasks not yet running',
    source: 'Seen on most starts, not on all.',
  },
  {
    behaviour: 'What a jar that is not there is answered with on /plan of 1.16',
    source: 'A guess: 1.15.4 is shown to answer 400, 1.17.2 and later 500.',
  },
  {
    behaviour:
      'The root exception of a job before 2.0, failureLabels since 1.18, backpressureLevel since 1.17',
    source:
      'Read: rest_api_v1.snapshot of each version. The cases show the exceptions of a job that has none.',
  },
  {
    behaviour:
      'The sink with commits: a savepoint alone commits nothing, who restores a snapshot commits its rest',
    source: 'Read: CheckpointCoordinator, FLINK-25191. The example job has a plain sink.',
  },
];
