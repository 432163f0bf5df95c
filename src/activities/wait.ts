import { Context, heartbeat, log } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, WorkflowNotFoundError } from '@temporalio/common';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { beatSchema, maybeSent, triesSchema } from '../contracts/failures';
import type { ActivityFailureType, Beat, Tries } from '../contracts/failures';
import { triedSignal } from '../contracts/rescale';
import { FlinkAmbiguous, FlinkUnavailable } from '../flink/errors';
import { PlatformUnavailable } from '../platform';

/**
 * Poll, heartbeat, cancel: once, for every activity.
 *
 * An activity here may be ended for two reasons that must not be confused (P7). Somebody asked for an *abort*: the
 * activity goes on to a point at which nothing of its work is in flight, and then gives way. Or this attempt is
 * *lost* (worker shutdown, time-out, pause, reset): that is a crash as far as the protocol goes; it leaves at once,
 * whatever it had in flight is found by the next attempt.
 */
export interface Pulse<D> {
  /** What the next attempt, or the workflow, must know should this one die. Sent with every heartbeat. */
  details: D;
  /** Fires when this attempt is lost. Goes into reads and sleeps, never into a call that changes something. */
  readonly lost: AbortSignal;
  /** Whether an abort was asked for. */
  aborted(): boolean;
  /** The attempt before this one died without a word: it may have done more than its last heartbeat told. */
  readonly unheard: boolean;
  /** That Flink, or whoever runs its TaskManagers, does not answer, while it does not; each heartbeat says so. */
  waiting?: Waiting | undefined;
}

interface Waiting {
  readonly whom: string;
  readonly since: number;
  readonly why: string;
  /** When the log is told next. */
  readonly tellAt: number;
}

/** A beat each 500 ms under a heartbeat time-out of 3 s: a killed worker is noticed in under 4 s. */
const beatMs = 500;
/** Of what is waited for, for days, by each of many deployments: under a heartbeat time-out of 15 s. */
export const patientBeatMs = 4_000;

/** Runs `work`, which waits for days, with a heartbeat. */
export async function patiently<T>(work: (pulse: Pulse<unknown>) => Promise<T>): Promise<T> {
  return carrying(z.unknown(), undefined, work, patientBeatMs);
}

/** Runs `work` with a heartbeat. */
export async function heartbeating<T>(work: (pulse: Pulse<unknown>) => Promise<T>): Promise<T> {
  return carrying(z.unknown(), undefined, work);
}

/** Runs `work` with a heartbeat that carries `pulse.details`; what a lost attempt left takes the place of `initial`. */
export async function carrying<S extends z.ZodType, T>(
  schema: S,
  initial: z.output<S>,
  work: (pulse: Pulse<z.output<S>>) => Promise<T>,
  everyMs = beatMs,
): Promise<T> {
  const context = Context.current();
  const lost = new AbortController();
  let aborted = false;
  const { attempt } = context.info;
  const left = beatSchema.nullish().parse(context.info.heartbeatDetails);
  const pulse: Pulse<z.output<S>> = {
    details: left == null ? initial : schema.parse(left.details),
    lost: lost.signal,
    aborted: () => aborted,
    unheard: attempt > 1 && !(left?.attempt === attempt - 1 && left.over),
  };

  context.cancelled.catch((failure: unknown) => {
    if (context.cancellationDetails?.cancelRequested === true) aborted = true;
    else lost.abort(failure);
  });
  const beat = (over: boolean) => {
    const { details, waiting } = pulse;
    const told = waiting === undefined ? {} : { waiting: asText(waiting) };
    heartbeat({ attempt, over, details, ...told } satisfies Beat);
  };
  const beats = setInterval(() => beat(false), everyMs);
  try {
    // A call that changes something is not aborted (P7), but its answer is not waited for: the next attempt asks again.
    return await Promise.race([work(pulse), untilLost(lost.signal)]);
  } catch (error) {
    if (!lost.signal.aborted) throw error;
    throw ApplicationFailure.create({
      type: 'AttemptLost' satisfies ActivityFailureType,
      message: `this attempt was given up: ${context.cancellationSignal.reason}`,
      nextRetryDelay: '100ms',
      details: [pulse.details],
    });
  } finally {
    beat(true);
    clearInterval(beats);
  }
}

/**
 * Runs `work` with a heartbeat that carries how its tries stand. What an unheard attempt may have sent counts as SENT:
 * only the same call again makes it harmless (P5, P20).
 */
export async function carryingTries<T>(before: Tries, work: (pulse: Pulse<Tries>) => Promise<T>): Promise<T> {
  return carrying(triesSchema, before, async (pulse) => {
    if (pulse.unheard) pulse.details = maybeSent(pulse.details);
    return work(pulse);
  });
}

async function untilLost(lost: AbortSignal): Promise<never> {
  await once(lost, 'abort');
  throw lost.reason;
}

/** Runs work that only looks: an abort ends it at once, even where Flink has not been reached for hours. */
export async function looking<T>(work: (pulse: Pulse<unknown>) => Promise<T>): Promise<T> {
  return lettingGo(z.unknown(), undefined, work);
}

/** Runs `work` as `carrying` does, and as `interruptible`. */
export async function lettingGo<S extends z.ZodType, T>(
  schema: S,
  initial: z.output<S>,
  work: (pulse: Pulse<z.output<S>>) => Promise<T>,
  everyMs = beatMs,
): Promise<T> {
  return carrying(schema, initial, (pulse) => interruptible(pulse, work), everyMs);
}

/**
 * Runs `work`; an abort ends its next read or pause, with CancelledFailure that has the details, even where Flink has
 * not been reached for hours. A call that changes something is let end (P7).
 */
export async function interruptible<D, T>(
  pulse: Pulse<D>,
  work: (pulse: Pulse<D>) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const either: Pulse<D> = {
    get details() {
      return pulse.details;
    },
    set details(details) {
      pulse.details = details;
    },
    get waiting() {
      return pulse.waiting;
    },
    set waiting(waiting) {
      pulse.waiting = waiting;
    },
    lost: context.cancellationSignal,
    aborted: () => pulse.aborted(),
    unheard: pulse.unheard,
  };
  try {
    return await work(either);
  } catch (error) {
    if (context.cancellationDetails?.cancelRequested === true)
      throw new CancelledFailure('aborted', [pulse.details]);
    throw error;
  }
}

/** How long Flink is waited for once an operator gives up, ms. */
export const farewellMs = 30_000;

/** What `work` gives, or undefined if that takes longer than `ms`. */
export async function within<T>(
  pulse: Pulse<unknown>,
  ms: number,
  work: (bounded: Pulse<unknown>) => Promise<T>,
): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(ms);
  try {
    return await work({ ...pulse, lost: AbortSignal.any([pulse.lost, deadline]) });
  } catch (error) {
    pulse.lost.throwIfAborted();
    if (deadline.aborted) return undefined;
    throw error;
  }
}

/** Sleeps `ms`, or throws as soon as this attempt is lost. */
export async function pause(pulse: Pulse<unknown>, ms: number): Promise<void> {
  pulse.lost.throwIfAborted();
  try {
    await sleep(ms, undefined, { signal: pulse.lost });
  } catch (error) {
    pulse.lost.throwIfAborted();
    throw error;
  }
}

/**
 * The answer of a read, however long Flink (or whoever runs its TaskManagers) cannot be reached: only an answer uses an
 * attempt up (P2). Refusals are answers and are thrown.
 */
export async function answered<T>(
  pulse: Pulse<unknown>,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    pulse.lost.throwIfAborted();
    let silence: Silence;
    try {
      const answer = await read(pulse.lost);
      pulse.waiting = undefined;
      return answer;
    } catch (error) {
      if (!isSilence(error)) {
        pulse.waiting = undefined;
        throw error;
      }
      silence = error;
    }
    await unheard(pulse, silence, delay);
  }
}

/** No answer, or none that tells. */
export type Silence = FlinkUnavailable | FlinkAmbiguous | PlatformUnavailable;

export function isSilence(error: unknown): error is Silence {
  return (
    error instanceof FlinkUnavailable ||
    error instanceof FlinkAmbiguous ||
    error instanceof PlatformUnavailable
  );
}

/** A look that fails for so long is told, and then again and again: else nobody knows what a rescale waits for. */
const firstToldMs = 5_000;
const toldAgainMs = 30_000;

/** Sleeps `ms`, as there is no answer; the heartbeat and the worker's log say so, and whose it would be. */
export async function unheard(pulse: Pulse<unknown>, silence: Silence, ms: number): Promise<void> {
  const whom = silence instanceof PlatformUnavailable ? 'the TaskManagers’ platform' : 'Flink';
  await unanswered(pulse, silence.message, ms, whom);
}

/** Sleeps `ms`, as Flink (or `whom`) does not answer for that reason; the heartbeat and the worker's log say so. */
export async function unanswered(
  pulse: Pulse<unknown>,
  why: string,
  ms: number,
  whom = 'Flink',
): Promise<void> {
  const now = Date.now();
  const { since = now, tellAt = now + firstToldMs } = pulse.waiting ?? {};
  const isTold = now >= tellAt;
  pulse.waiting = { whom, since, why, tellAt: isTold ? now + toldAgainMs : tellAt };
  if (isTold) log.warn(asText(pulse.waiting));
  await pause(pulse, ms);
}

function asText({ whom, since, why }: Waiting): string {
  return `waiting for ${whom} since ${new Date(since).toISOString()}: ${why}`;
}

/** Pause before the next look at what began `elapsedMs` ago, ms: 1/100 of that, at least 5, for every such pause may be downtime. */
export function pollDelay(elapsedMs: number): number {
  return Math.min(1_000, Math.max(5, elapsedMs / 100));
}

/**
 * Tells the workflow how its tries stand (`triedSignal`), and waits until Temporal has that. Between two attempts
 * Temporal ends a cancelled activity by itself, and no attempt is there to say a last word: what was told last counts.
 *
 * @throws WorkflowNotFoundError the run is over: nobody would take up what this attempt does from here on
 */
export async function tellTries(pulse: Pulse<Tries>): Promise<void> {
  const { client, info } = Context.current();
  const execution = info.workflowExecution;
  if (execution === undefined) return;
  const workflow = client.workflow.getHandle(execution.workflowId, execution.runId);
  for (let delay = 100; ; delay = Math.min(delay * 2, 2_000)) {
    try {
      return await workflow.signal<[Tries]>(triedSignal, pulse.details);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw error;
      log.warn('the workflow could not be told how its tries stand', { error });
    }
    await pause(pulse, delay);
  }
}
