import type { RescaleInput, RescaleResult } from '../../src/contracts/rescale';
import { rescaleWorkflowId } from '../../src/planning/ids';
import type { Stack } from '../../src/dev/stack';

/** What is needed to start a rescale: the real CLI and the workers' task queue. */
export type Place = Pick<Stack, 'cli' | 'taskQueue'>;

/** How a rescale ended, as the CLI's user sees it. */
export type Ended =
  | { readonly status: 'COMPLETED'; readonly result: RescaleResult }
  | { readonly status: 'FAILED'; readonly type: string; readonly message: string };

/** Starts a rescale through the real CLI, and does not wait for it. Returns the workflow id. */
export async function startRescale(stack: Place, input: RescaleInput, workflowId?: string): Promise<string> {
  const id = workflowId ?? rescaleWorkflowId(input.cluster ?? 'local', input.job);
  const started = await stack.cli([
    ...['workflow', 'start', '--fail-existing', '--task-queue', stack.taskQueue, '--type', 'rescale'],
    ...['--workflow-id', id, '--input', JSON.stringify(input)],
  ]);
  if (started.code !== 0) throw new Error(`not started: ${started.stderr}`);
  return id;
}

/** Waits for the end of a workflow. */
export async function endOf(stack: Place, workflowId: string): Promise<Ended> {
  const shown = await stack.cli(['workflow', 'result', '--workflow-id', workflowId, '-o', 'json']);
  const answer = JSON.parse(shown.stdout) as {
    status: string;
    result?: Omit<RescaleResult, 'warnings'> & { warnings: string[] | null };
    closeEvent?: {
      workflowExecutionFailedEventAttributes?: {
        failure: { message: string; applicationFailureInfo: { type: string } };
      };
    };
  };
  if (answer.result !== undefined) {
    const { result } = answer;
    // the CLI writes an empty list as null
    return { status: 'COMPLETED', result: { ...result, warnings: result.warnings ?? [] } };
  }
  const failure = answer.closeEvent?.workflowExecutionFailedEventAttributes?.failure;
  if (failure === undefined) throw new Error(`${workflowId} ended as neither: ${shown.stdout}`);
  return { status: 'FAILED', type: failure.applicationFailureInfo.type, message: failure.message };
}

/** Starts a rescale and waits for its end. */
export async function rescale(stack: Place, input: RescaleInput, workflowId?: string): Promise<Ended> {
  return endOf(stack, await startRescale(stack, input, workflowId));
}

/** The part of a failure in a history that tests look at. */
export interface Failure {
  readonly timeoutFailureInfo?: { readonly timeoutType: string };
  readonly applicationFailureInfo?: { readonly type: string };
}

/** How an activity ended that did not end well. */
interface ActivityEnd {
  readonly scheduledEventId: string;
  readonly startedEventId: string;
  readonly failure: Failure;
}

/** The part of an event of the history that tests look at. */
export interface HistoryEvent {
  readonly eventType: string;
  readonly eventId: string;
  /** ISO 8601. */
  readonly eventTime: string;
  readonly workflowExecutionStartedEventAttributes?: { readonly firstExecutionRunId: string };
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityType: { readonly name: string };
    readonly scheduleToCloseTimeout?: string;
  };
  readonly activityTaskStartedEventAttributes?: {
    readonly scheduledEventId: string;
    readonly attempt: number;
    readonly lastFailure?: Failure;
  };
  readonly activityTaskCompletedEventAttributes?: Pick<ActivityEnd, 'scheduledEventId' | 'startedEventId'>;
  readonly activityTaskFailedEventAttributes?: ActivityEnd;
  readonly activityTaskTimedOutEventAttributes?: ActivityEnd;
}

/** The workflow's history, as `temporal workflow show` gives it. */
export async function historyOf(stack: Place, workflowId: string): Promise<HistoryEvent[]> {
  const shown = await stack.cli(['workflow', 'show', '--workflow-id', workflowId, '-o', 'json']);
  return (JSON.parse(shown.stdout) as { events: HistoryEvent[] }).events;
}

/** An activity that is scheduled or runs. */
export interface PendingActivity {
  readonly type: string;
  /** The one under way, or the next while it backs off. */
  readonly attempt: number;
  readonly cancelRequested: boolean;
  readonly lastHeartbeatTime: string | undefined;
}

/** The activity that is scheduled or runs now. */
export async function pendingActivity(
  stack: Place,
  workflowId: string,
): Promise<PendingActivity | undefined> {
  const shown = await stack.cli(['workflow', 'describe', '--workflow-id', workflowId, '-o', 'json']);
  const { pendingActivities } = JSON.parse(shown.stdout) as {
    pendingActivities?: {
      activityType: { name: string };
      attempt: number;
      state: string;
      lastHeartbeatTime?: string;
    }[];
  };
  const [first] = pendingActivities ?? [];
  if (first === undefined) return undefined;
  return {
    type: first.activityType.name,
    attempt: first.attempt,
    cancelRequested: first.state === 'PENDING_ACTIVITY_STATE_CANCEL_REQUESTED',
    lastHeartbeatTime: first.lastHeartbeatTime,
  };
}
