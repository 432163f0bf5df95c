import type { Observation, ObservedJob } from '../contracts/observation';
import type { RescaleRequest } from '../contracts/rescale';
import { chooseFormat } from './format';
import type { ChosenFormat } from './format';
import { planInPlace, retargetedInPlace } from './in-place';
import type { InPlacePlan, Retargeted } from './in-place';
import type { ByRestart, InPlace } from './plan';
import { planReactive, retargetedReactive } from './reactive';

/**
 * AUTO: the mechanism with the least downtime that the cluster, the job and the request allow, and why it is that one.
 * `restart`: what would be done of the request by the mechanism RESTART.
 */
export function planAuto(
  job: ObservedJob,
  observation: Observation,
  request: RescaleRequest,
  restart: (request: RescaleRequest) => ByRestart,
): ByRestart | InPlace {
  if (observation.scheduler === 'REACTIVE') return reactive(job, observation, request);
  const inPlace = planInPlace(job, observation, { ...request, mechanism: 'IN_PLACE' }, restart);
  switch (inPlace.kind) {
    case 'IN_PLACE': {
      const why = 'IN_PLACE: the scheduler is adaptive, and nothing changes but the parallelism';
      return { kind: 'IN_PLACE', plan: { ...inPlace.plan, why } };
    }
    case 'REJECTED':
      return because(
        inPlace.reasons,
        restart({ ...request, mechanism: 'RESTART' }),
        chooseFormat(job, observation, request),
      );
    case 'UNCHANGED':
      return inPlace;
  }
}

/** A reactive cluster runs one application, so nothing else can be. */
function reactive(job: ObservedJob, observation: Observation, request: RescaleRequest): InPlace {
  const decision = planReactive(job, observation, { ...request, mechanism: 'REACTIVE' });
  if (decision.kind !== 'IN_PLACE') return decision;
  const why = 'REACTIVE: the cluster is reactive, so the job follows the number of its TaskManagers';
  return { kind: 'IN_PLACE', plan: { ...decision.plan, why } };
}

/** Another target for a rescale without a restart that is under way. Where it is refused the one before stays. */
export function retargeted(
  plan: InPlacePlan,
  { job: lookup, ...observation }: Observation,
  request: RescaleRequest,
): Retargeted {
  if (lookup.kind !== 'FOUND' || lookup.job.id !== plan.job.id)
    return { kind: 'REFUSED', reasons: ['the job is not there any more'] };
  const { slotsEach } = plan;
  return slotsEach === undefined
    ? retargetedInPlace(plan, lookup.job, observation, request)
    : retargetedReactive(plan, slotsEach, lookup.job, request);
}

/** By RESTART, since in place it is refused, with the format that was chosen; where that is refused as well, both say why. */
function because(refusals: readonly string[], restart: ByRestart, chosen: ChosenFormat): ByRestart {
  switch (restart.kind) {
    case 'RESCALE': {
      const { plan } = restart;
      const why = `RESTART: not in place, since ${refusals.map(withoutAdvice).join('; ')}`;
      if (plan.ending === 'CANCEL') return { kind: 'RESCALE', plan: { ...plan, why } };
      const savepoint = { ...plan.savepoint, format: chosen.format };
      return { kind: 'RESCALE', plan: { ...plan, savepoint, why: `${why}. ${chosen.why}` } };
    }
    case 'REJECTED': {
      const further = refusals.filter((reason) => !restart.reasons.includes(reason));
      return { ...restart, reasons: [...restart.reasons, ...further.map((one) => `in place: ${one}`)] };
    }
    case 'UNCHANGED':
      return restart;
  }
}

/** What would be valid instead is no news: it is what is done. */
function withoutAdvice(reason: string): string {
  return reason.replace(/; valid: .*$/s, '');
}
