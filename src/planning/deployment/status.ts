import type { ActualState, DeploymentStatus, RunningTransition } from '../../contracts/deployment';
import { updateCommand } from '../commands';
import { decide, drift } from './decide';
import type { Known } from './decide';
import { deploymentWorkflowId } from './ids';
import { knowledgeOf } from './state';
import type { EntityState, Transition } from './state';

/** What the query `status` answers; undefined before the first valid resource. */
export function statusOf(state: EntityState): DeploymentStatus | undefined {
  const { resource, running, known, conditions, revisions } = state;
  const knowledge = knowledgeOf(state);
  if (resource === undefined || knowledge === undefined) return undefined;
  const isAbout = running?.resourceVersion;
  const waiting = revisions.filter((one) => one.outcome === 'PENDING' && one.resourceVersion !== isAbout);
  return {
    desired: resource.spec.state,
    actual: actualOf(state),
    resourceVersion: resource.metadata.resourceVersion,
    ...(known.kind === 'RUNNING' ? { job: { jobId: known.jobId, parallelism: known.parallelism } } : {}),
    conditions,
    ...(running === undefined ? {} : { transition: shownOf(running) }),
    queue: running === undefined ? [] : waiting.map((one) => one.resourceVersion),
    drift: drift(knowledge),
    operator: operatorOf(state),
  };
}

/** Without what only the entity needs. */
function shownOf(running: Transition): RunningTransition {
  const { transition, workflowId, runId, resourceVersion, startedAt } = running;
  return { transition, workflowId, runId, resourceVersion, startedAt };
}

/** The deployment's state, in Ververica Platform's words. */
export function actualOf(state: EntityState): ActualState {
  const { running, known } = state;
  if (running !== undefined && running.transition !== 'SAVEPOINT') return 'TRANSITIONING';
  return ofKnown(state, known);
}

function ofKnown(state: EntityState, known: Known): ActualState {
  const wantsRunning = state.resource?.spec.state === 'RUNNING';
  switch (known.kind) {
    case 'UNSEEN':
      return known.before === undefined ? 'TRANSITIONING' : ofKnown(state, known.before);
    case 'RUNNING':
    case 'SEVERAL':
      return 'RUNNING';
    case 'NONE':
      if (state.held?.reason === 'TransitionFailed' && wantsRunning) return 'FAILED';
      return known.since === 'SUSPENDED' ? 'SUSPENDED' : 'CANCELLED';
    case 'ENDED':
      switch (known.how) {
        case 'FINISHED':
          return 'FINISHED';
        case 'CANCELED':
          return 'CANCELLED';
        case 'FAILED':
        case 'VANISHED': {
          const knowledge = knowledgeOf(state);
          const isRecovering = knowledge !== undefined && decide(knowledge).kind === 'TRANSITION';
          return isRecovering ? 'TRANSITIONING' : 'FAILED';
        }
      }
  }
}

/** What somebody can do now, as sentences with their commands. */
function operatorOf(state: EntityState): string[] {
  const { cluster, name, resource, running, held } = state;
  const id = deploymentWorkflowId({ cluster, name });
  const saying = (what: string, command: string, input = '{}') =>
    `${what}: ${updateCommand(id, command, input)}`;
  const { parallelism } = resource?.spec.template.spec ?? { parallelism: 1 };
  const scale = saying('another parallelism', 'scale', `{"parallelism":${parallelism}}`);
  const again =
    held === undefined
      ? []
      : [
          saying(
            `version ${held.resourceVersion} is held (${held.reason}); to try it again`,
            'patch',
            '{"patch":{}}',
          ),
        ];
  const atIt =
    running === undefined
      ? []
      : [`a ${running.transition} is under way; it is steered at its own workflow, ${running.workflowId}`];
  switch (resource?.spec.state) {
    case undefined:
      return [];
    case 'RUNNING':
      return [
        ...atIt,
        ...again,
        scale,
        saying('stop it with a savepoint', 'suspend'),
        saying('cancel it', 'cancel'),
      ];
    case 'SUSPENDED':
      return [...atIt, ...again, saying('start it again', 'resume'), saying('give it up', 'cancel')];
    case 'CANCELLED':
      return [...atIt, ...again, saying('start it', 'resume'), saying('end this deployment', 'delete')];
  }
}
