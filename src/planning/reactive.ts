import type { Observation, ObservedJob } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import { choiceObjections, jobObjections } from './in-place-objections';
import { aimAt, choicesOf, cooling, shapeOf } from './in-place';
import type { Aim, InPlacePlan, Retargeted } from './in-place';
import { knownFaultObjections } from './known-faults';
import type { Objection } from './objections';
import type { InPlace } from './plan';
import { refused } from './refusal';
import { slotsOf, unclear } from './task-managers';
import { parseVersion, versionWarnings } from './versions';

/** REACTIVE: the job runs as wide as there are slots, so it goes elsewhere with another number of TaskManagers. */
export function planReactive(job: ObservedJob, observation: Observation, request: RescaleRequest): InPlace {
  const slotsEach = slotsOf(observation);
  const ofChoices = (changed: RescaleRequest) => [
    ...clusterObjections(observation),
    ...(slotsEach === undefined ? [] : sizeObjections(job, slotsEach, changed)),
    ...faultObjections(observation, changed),
    ...choiceObjections(observation, changed),
    ...jobObjections(job),
  ];
  const found = ofChoices(request);
  const { taskManagers } = observation;
  if (found.length > 0 || taskManagers?.kind !== 'SEEN' || slotsEach === undefined)
    return refused(found, false, (mend) => ofChoices({ ...request, ...mend, transition: 'RESCALE' }));

  const aim = aimOf(job, slotsEach, request);
  const isThere = aim.newerThan === undefined && aim.requirements === taskManagers.wanted;
  if (isThere) return { kind: 'UNCHANGED', job };
  return {
    kind: 'IN_PLACE',
    plan: {
      mechanism: 'REACTIVE',
      job,
      parallelism: job.parallelism,
      slotsEach,
      aim,
      back: {
        ...{ requirements: taskManagers.wanted, from: request.parallelism, to: job.parallelism },
        targets: shapeOf(job),
      },
      ...choicesOf(job, observation, request),
      warnings: [
        ...cooling(job),
        ...(aim.to > aim.from ? settling(taskManagers.settlesForMs) : []),
        'should the job be lost meanwhile, it is not started again: the cluster takes no program',
        ...versionWarnings(observation),
      ],
    },
  };
}

/** Another target for one that is under way; the slots of a TaskManager stay what they are. */
export function retargetedReactive(
  plan: InPlacePlan,
  slotsEach: number,
  job: ObservedJob,
  request: RescaleRequest,
): Retargeted {
  const found = sizeObjections(job, slotsEach, request);
  if (found.length > 0) return { kind: 'REFUSED', reasons: found.map(({ reason }) => reason) };
  const aim = aimOf(job, slotsEach, request);
  return { kind: 'PLANNED', plan: { ...plan, aim: { ...aim, from: plan.parallelism } } };
}

function settling(ms: number): string[] {
  if (ms === 0) return [];
  return [
    `Flink waits ${ms} ms for yet more slots before it makes use of new ones ` +
      '(jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout)',
  ];
}

/** Every vertex follows the slots, up to its key groups, whatever the program says. */
function aimOf(job: ObservedJob, slotsEach: number, request: RescaleRequest): Aim {
  const { parallelism } = request;
  const targets = Object.fromEntries(
    job.vertices.map(({ id, maxParallelism }) => [id, Math.min(parallelism, maxParallelism)]),
  );
  return aimAt(job, { requirements: parallelism / slotsEach, targets }, request);
}

function clusterObjections(observation: Observation): Objection[] {
  const { cluster, scheduler, taskManagers } = observation;
  if (scheduler !== 'REACTIVE')
    return [
      {
        reason:
          'the cluster is not reactive, so its jobs do not follow the number of TaskManagers; ' +
          'valid: "mechanism": "AUTO", or scheduler-mode: reactive in its configuration',
      },
    ];
  if (taskManagers === undefined)
    return [
      {
        reason:
          `weir.yaml does not say who runs the TaskManagers of cluster "${cluster}"; ` +
          `valid: clusters.${cluster}.taskManagers there (docs/platform.md), or another number of them by hand`,
      },
    ];
  const doubt = unclear(observation);
  if (doubt === undefined) return [];
  const { what, valid } = doubt;
  return [{ reason: valid === undefined ? what : `${what}; valid: ${valid}` }];
}

/** TaskManagers come whole, and no vertex goes above its key groups. */
function sizeObjections(job: ObservedJob, slotsEach: number, { parallelism }: RescaleRequest): Objection[] {
  const widest = Math.max(...job.vertices.map(({ maxParallelism }) => maxParallelism));
  const most = Math.floor(widest / slotsEach) * slotsEach;
  if (parallelism > widest)
    return [
      {
        reason: `parallelism ${parallelism} is above the maxParallelism ${widest}, which the job's state has fixed; valid: ${slotsEach} to ${most}`,
        mend: { parallelism: most },
      },
    ];
  if (parallelism % slotsEach === 0) return [];
  const below = Math.floor(parallelism / slotsEach) * slotsEach;
  const above = below + slotsEach;
  const valid = [below, above].filter((one) => one > 0 && one <= widest);
  return [
    {
      reason:
        `parallelism ${parallelism} is no multiple of the ${slotsEach} slots of a TaskManager, and a reactive job uses them all; ` +
        `valid: ${valid.join(' or ')}`,
      mend: { parallelism: valid.at(-1) ?? slotsEach },
    },
  ];
}

function faultObjections(observation: Observation, request: RescaleRequest): Objection[] {
  const version = parseVersion(observation.flinkVersion);
  return version === undefined ? [] : knownFaultObjections(version, observation, request);
}
