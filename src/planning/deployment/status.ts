import type {
  ActualState,
  DeploymentSpec,
  DeploymentStatus,
  RunningTransition,
} from '../../contracts/deployment';
import { updateCommand } from '../commands';
import { decide, drift } from './decide';
import type { Knowledge, Seen } from './decide';
import { deploymentWorkflowId } from './ids';
import { knowledgeOf, lastKnown } from './state';
import type { EntityState, Transition } from './state';

/** What the query `status` answers; undefined before the first valid resource. */
export function statusOf(state: EntityState): DeploymentStatus | undefined {
  const { running, known, conditions, revisions } = state;
  const knowledge = knowledgeOf(state);
  if (knowledge === undefined) return undefined;
  const { spec, resourceVersion } = knowledge.wanted;
  const isAbout = running?.resourceVersion;
  const waiting = revisions.filter((one) => one.outcome === 'PENDING' && one.resourceVersion !== isAbout);
  return {
    desired: spec.state,
    actual: actualOf(state),
    resourceVersion,
    ...(known.kind === 'RUNNING' ? { job: { jobId: known.jobId, parallelism: known.parallelism } } : {}),
    conditions,
    ...(running === undefined ? {} : { transition: shownOf(running) }),
    queue: running === undefined ? [] : waiting.map((one) => one.resourceVersion),
    savepointsAsked: knowledge.savepointsAsked,
    drift: drift(knowledge),
    operator: operatorOf(state, spec),
  };
}

/** Without what only the entity needs. */
function shownOf(running: Transition): RunningTransition {
  const { transition, workflowId, runId, resourceVersion, startedAt } = running;
  return { transition, workflowId, runId, resourceVersion, startedAt };
}

/** The deployment's state, in Ververica Platform's words. */
export function actualOf(state: EntityState): ActualState {
  const { running } = state;
  if (running !== undefined && running.transition !== 'SAVEPOINT') return 'TRANSITIONING';
  const knowledge = knowledgeOf(state);
  const last = lastKnown(state);
  return knowledge === undefined || last === undefined ? 'TRANSITIONING' : ofKnown(knowledge, last);
}

function ofKnown(knowledge: Knowledge, known: Seen): ActualState {
  const wantsRunning = knowledge.wanted.spec.state === 'RUNNING';
  switch (known.kind) {
    case 'RUNNING':
    case 'SEVERAL':
      return 'RUNNING';
    case 'NONE':
      if (knowledge.held?.reason === 'TransitionFailed' && wantsRunning) return 'FAILED';
      return known.since === 'SUSPENDED' ? 'SUSPENDED' : 'CANCELLED';
    case 'ENDED':
      switch (known.how) {
        case 'FINISHED':
          return 'FINISHED';
        case 'CANCELED':
          return 'CANCELLED';
        case 'FAILED':
        case 'VANISHED':
          return decide(knowledge).kind === 'TRANSITION' ? 'TRANSITIONING' : 'FAILED';
      }
  }
}

/** What somebody can do now, as sentences with their commands. */
function operatorOf({ cluster, name, running, held }: EntityState, spec: DeploymentSpec): string[] {
  const id = deploymentWorkflowId({ cluster, name });
  const saying = (what: string, command: string, input = '{}') =>
    `${what}: ${updateCommand(id, command, input)}`;
  const { parallelism } = spec.template.spec;
  const atIt =
    running === undefined
      ? []
      : [`a ${running.transition} is under way; it is steered at its own workflow, ${running.workflowId}`];
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
  const others = {
    RUNNING: [
      saying('another parallelism', 'scale', `{"parallelism":${parallelism}}`),
      saying('stop it with a savepoint', 'suspend'),
      saying('cancel it', 'cancel'),
    ],
    SUSPENDED: [saying('start it again', 'resume'), saying('give it up', 'cancel')],
    CANCELLED: [saying('start it', 'resume'), saying('end this deployment', 'delete')],
  };
  return [...atIt, ...again, ...others[spec.state]];
}
