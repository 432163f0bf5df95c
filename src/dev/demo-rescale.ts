/** One rescale as a person would do it: started through the Temporal CLI, watched until it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  WorkflowFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { FailureReport } from '../contracts/failures';
import { statusQuery } from '../contracts/rescale';
import type { Phase, PhaseTime, RescaleInput, RescaleResult, RescaleStatus } from '../contracts/rescale';
import { rescaleWorkflowId } from '../planning/ids';
import type { Stack } from './stack';

const LOOK_MS = 200;

/** What happens while a rescale runs, and when: ms since its first phase. */
export type Progress =
  | { readonly kind: 'PHASE'; readonly phase: Phase; readonly sinceMs: number }
  /** The `n`-th try of an activity failed, and another follows. */
  | { readonly kind: 'TRY_FAILED'; readonly n: number; readonly of: number; readonly sinceMs: number };

export interface StartedRescale {
  readonly workflowId: string;
  readonly runId: string;
}

/** How a rescale ended. `timings` are those of its last status. */
export type Ended = { readonly timings: readonly PhaseTime[] } & (
  | { readonly kind: 'COMPLETED'; readonly result: RescaleResult }
  /** `message` is what the Web UI and the CLI show; `causes` has one entry for each try that failed. */
  | {
      readonly kind: 'FAILED';
      readonly type: string;
      readonly message: string;
      readonly causes: readonly string[];
    }
);

/** The arguments with which the Temporal CLI starts this rescale. */
export function startArgs(taskQueue: string, input: RescaleInput & { cluster: string }): string[] {
  return [
    ...['workflow', 'start', '--fail-existing', '--task-queue', taskQueue, '--type', 'rescale'],
    ...['--workflow-id', rescaleWorkflowId(input.cluster, input.job), '--input', JSON.stringify(input)],
  ];
}

/** Runs the real CLI with {@link startArgs}. Returns the run that it started. Throws with the CLI's words if it fails. */
export async function startRescale(stack: Stack, args: string[]): Promise<StartedRescale> {
  const { code, stdout, stderr } = await stack.cli([...args, '--output', 'json']);
  if (code !== 0) throw new Error(`the rescale was not started: ${stderr.trim()}`);
  return JSON.parse(stdout) as StartedRescale;
}

/** Tells of each phase as it is entered and of each try that failed; returns when the workflow is over. */
export async function follow(
  client: Client,
  { workflowId, runId }: StartedRescale,
  tell: (progress: Progress) => void,
): Promise<Ended> {
  const run = client.workflow.getHandle(workflowId, runId);
  const toldTries = new Set<string>();
  let toldPhases = 0;
  for (;;) {
    const { status, raw } = await run.describe();
    const { timings } = await run.query<RescaleStatus>(statusQuery);
    const begin = timings.at(0)?.startedAt ?? 0;
    for (const { phase, startedAt } of timings.slice(toldPhases)) {
      tell({ kind: 'PHASE', phase, sinceMs: startedAt - begin });
    }
    toldPhases = timings.length;
    if (status.name !== 'RUNNING') return { timings, ...(await endOf(run)) };

    for (const { activityId, attempt, maximumAttempts } of raw.pendingActivities ?? []) {
      // `attempt` counts the one that is under way, or that comes next
      const [n, of] = [(attempt ?? 1) - 1, maximumAttempts ?? 0];
      const name = `${activityId}, try ${n}`;
      if (n === 0 || of === 0 || toldTries.has(name)) continue;
      toldTries.add(name);
      tell({ kind: 'TRY_FAILED', n, of, sinceMs: Date.now() - begin });
    }
    await sleep(LOOK_MS);
  }
}

type End<T> = T extends unknown ? Omit<T, 'timings'> : never;

async function endOf(run: WorkflowHandle): Promise<End<Ended>> {
  try {
    return { kind: 'COMPLETED', result: (await run.result()) as RescaleResult };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)) throw error;
    const { type, message, details } = error.cause;
    const [report] = (details ?? []) as FailureReport[];
    return { kind: 'FAILED', type: type ?? error.cause.name, message, causes: report?.causes ?? [] };
  }
}
