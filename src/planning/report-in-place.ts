import type { FailureReport } from '../contracts/failures';
import type { Snapshot } from '../contracts/snapshot';
import { flinkRun, quote, scaledByHand } from './by-hand';
import type { InPlacePlan } from './in-place';
import type { Teller } from './report';
import { startCommand } from './start-command';
import { counted } from './task-managers';

/** What a rescale in place (or by TaskManagers) says that fails: the job runs, unless somebody or something else has ended it. */

/** How the job stands after a rescale in place that was not carried out. */
export type Standing =
  /** Nothing was asked of Flink. */
  | { readonly kind: 'UNTOUCHED' }
  /** Its old bounds stand again; `parallelism`: at what it runs, if it has not come back there. */
  | { readonly kind: 'BACK'; readonly parallelism: number }
  /** They were refused. */
  | { readonly kind: 'STUCK'; readonly parallelism: number; readonly why: string }
  /** The new bounds stand. */
  | { readonly kind: 'KEPT'; readonly parallelism: number }
  /** The bounds are what somebody else has asked for. */
  | { readonly kind: 'OVERRULED'; readonly parallelism: number };

export function notReached(
  teller: Teller,
  plan: InPlacePlan,
  causes: readonly string[],
  standing: Standing,
): FailureReport {
  const { name, id } = plan.job;
  return {
    type: 'NotReached',
    what: `${name} did not come to parallelism ${plan.aim.to} ${way(plan)}.`,
    now: `job ${name} (${id}) ${stands(plan, standing)}`,
    kept: 'the job and its state: it was not ended.',
    next: `once the cause is mended: ${startCommand(teller)}`,
    causes,
  };
}

/** How the job goes there. */
export function way({ aim: { requirements } }: InPlacePlan): string {
  return typeof requirements === 'number' ? `with ${counted(requirements)}` : 'in place';
}

/** What it goes back to. */
export function before({ back: { requirements } }: InPlacePlan): string {
  return typeof requirements === 'number' ? counted(requirements) : 'its old bounds';
}

function stands(plan: InPlacePlan, standing: Standing): string {
  const { parallelism, aim, back } = plan;
  const { requirements: old } = back;
  const were = typeof old === 'number' ? `it has ${counted(old)} again` : 'its old bounds were put back';
  switch (standing.kind) {
    case 'UNTOUCHED':
      return `is RUNNING at parallelism ${parallelism}, left alone.`;
    case 'BACK':
      if (standing.parallelism === parallelism) return `is RUNNING at parallelism ${parallelism}; ${were}.`;
      return (
        `is at parallelism ${standing.parallelism}; ${were}, and Flink takes it to ${parallelism} ` +
        'as soon as it acts on them.'
      );
    case 'STUCK':
      return `is at parallelism ${standing.parallelism}, and cannot be put back to ${parallelism}: ${standing.why}`;
    case 'KEPT':
      return (
        `is at parallelism ${standing.parallelism}; Flink goes on asking for ${aim.to}, and takes it there as soon as it can ` +
        '("ifNotReached": "KEEP").'
      );
    case 'OVERRULED':
      return typeof old === 'number'
        ? `is at parallelism ${standing.parallelism}, with as many TaskManagers as somebody else has asked for; Weir left them.`
        : `is at parallelism ${standing.parallelism}, with the bounds that somebody else has given it; Weir left them.`;
  }
}

/** It ended, and not by us: nothing is restarted (P13). */
export function endedInPlace(
  { job, lost }: InPlacePlan,
  state: 'FINISHED' | 'CANCELED',
  snapshot: Snapshot | undefined,
): FailureReport {
  return {
    type: state === 'FINISHED' ? 'JobFinished' : 'CanceledByOther',
    what:
      state === 'FINISHED'
        ? `Job ${job.name} (${job.id}) finished by itself during the rescale.`
        : `Somebody cancelled job ${job.name} (${job.id}) during the rescale.`,
    now: `the job is ${state}; nothing was restarted.`,
    kept: snapshot === undefined ? 'no snapshot of it is known.' : `its newest snapshot: ${snapshot.path}`,
    next:
      snapshot === undefined || lost === undefined
        ? 'start it as you did the first time.'
        : flinkRun(lost.previous, snapshot.path),
    causes: [],
  };
}

/** It went down while it was rescaled, and runs again as it was. */
export function startedAgain(
  teller: Teller,
  plan: InPlacePlan,
  found: { readonly state: 'FAILED' | 'FORGOTTEN'; readonly snapshot: Snapshot; readonly jobId: string },
): FailureReport {
  const { job, parallelism, aim } = plan;
  return {
    type: 'RolledBack',
    what: `${job.name} was ${found.state} while it was taken to parallelism ${aim.to} in place, and was started again as it was.`,
    now: `job ${job.name} (${found.jobId}) is RUNNING at parallelism ${parallelism}.`,
    kept: `all state: it was restored from ${found.snapshot.path}`,
    next: `see why it went down: curl -s ${teller.flinkUrl}/jobs/${job.id}/exceptions`,
    causes: [`job ${job.id} was ${found.state}`],
  };
}

/** It went down, and cannot be started again from here. */
export function lostInPlace(
  { job, lost }: InPlacePlan,
  state: 'FAILED' | 'FORGOTTEN',
  snapshot: Snapshot | undefined,
): FailureReport {
  const byHand =
    'look for a retained checkpoint of the job in its checkpoint folder, then: flink run -s <path> ...';
  return {
    type: 'JobDown',
    what:
      `${job.name} was ${state} while it was rescaled in place` +
      (lost === undefined ? ', and what it was started with is not known.' : '.'),
    now: `no job named ${job.name} runs.`,
    kept:
      snapshot === undefined
        ? 'no snapshot of it is known, and it was not started empty.'
        : `its state, in ${snapshot.kind.toLowerCase()} ${snapshot.path}`,
    next:
      snapshot === undefined
        ? byHand
        : lost === undefined
          ? `deploy it again from ${snapshot.path}`
          : flinkRun(lost.previous, snapshot.path),
    causes: [],
  };
}

export function inPlaceSteps(plan: InPlacePlan): string[] {
  const { job, aim, ifNotReached, timeouts } = plan;
  const { requirements: taskManagers } = aim;
  const after = typeof taskManagers === 'number' ? counted(taskManagers) : 'the new bounds';
  const otherwise = {
    PUT_BACK: `back to ${before(plan)}`,
    KEEP: `${after} are kept, so that Flink may yet get there`,
    RESTART: `back to ${before(plan)}, and on by RESTART`,
  }[ifNotReached];
  return [
    'wait for the end of the cooldown, if there is one, and for a checkpoint',
    typeof taskManagers === 'number'
      ? `have ${after} run, so that job ${job.id} comes to parallelism ${aim.to}, and have Flink act on that with a checkpoint`
      : `ask Flink to run job ${job.id} at parallelism ${aim.to}, and have it act on that with a checkpoint`,
    `wait until every task runs there, for ${timeouts.restart} ms at most; else ${otherwise}`,
    'wait for its next checkpoint',
  ];
}

/** The same with Flink's REST API, for a POSIX shell. */
export function inPlaceByHand({ job, aim }: InPlacePlan, flinkUrl: string): string[] {
  const json = '-H content-type:application/json';
  const at = `${flinkUrl}/jobs/${job.id}`;
  const checkpoint = `curl -s -X POST ${json} -d '{}' ${at}/checkpoints`;
  const { requirements } = aim;
  if (typeof requirements === 'number') {
    return [checkpoint, scaledByHand(requirements), checkpoint];
  }
  const body = Object.fromEntries(
    Object.entries(requirements).map(([id, { lower, upper }]) => [
      id,
      { parallelism: { lowerBound: lower, upperBound: upper } },
    ]),
  );
  return [
    checkpoint,
    `curl -s -X PUT ${json} -d ${quote(JSON.stringify(body))} ${at}/resource-requirements`,
    checkpoint,
  ];
}
