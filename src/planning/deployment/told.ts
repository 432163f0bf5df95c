import type { Step } from './decide';
import { drift } from './decide';
import { parallelismField } from './spec';
import { knowledgeOf } from './state';
import type { EntityState } from './state';

/** What will happen, as sentences: the answer to a command. */
export function told(state: EntityState, step: Step): string[] {
  const { running, resource } = state;
  if (resource === undefined) return [];
  const { jobName } = resource.spec;
  const first =
    running === undefined
      ? []
      : [`after the ${running.transition} that is under way (${running.workflowId}), or as part of it`];
  switch (step.kind) {
    case 'LOOK':
      return [...first, `look what of ${jobName} runs, then bring it to what is wanted`];
    case 'REST':
      return [...first, ...resting(state)];
    case 'TRANSITION': {
      const { transition, parallelism, upgradeStrategy, restoreStrategy, startFrom } = step.input;
      switch (transition) {
        case 'RESCALE': {
          const from = state.known.kind === 'RUNNING' ? state.known.parallelism : '?';
          const rescales = `${jobName} ${from} -> ${parallelism}: ${upgradeStrategy}, ${restoreStrategy}`;
          return [...first, rescales + changes(state)];
        }
        case 'START': {
          const from = startFrom === undefined ? restoreStrategy : startFrom.path;
          return [...first, `start ${jobName} at ${parallelism} from ${from === 'NONE' ? 'nothing' : from}`];
        }
        case 'SUSPEND':
          return [...first, `stop ${jobName} with a savepoint, and leave it so`];
        case 'CANCEL':
          return [...first, `cancel ${jobName}`];
        case 'SAVEPOINT':
          return [...first, `take a savepoint of ${jobName}, which goes on`];
      }
    }
  }
}

/** What else than the parallelism differs, and will not any more. */
function changes(state: EntityState): string {
  const knowledge = knowledgeOf(state);
  const fields = knowledge === undefined ? [] : drift(knowledge);
  const others = fields.filter((field) => field !== parallelismField);
  return others.length === 0 ? '' : `; with it ${others.join(', ')}`;
}

function resting(state: EntityState): string[] {
  const knowledge = knowledgeOf(state);
  const differing = knowledge === undefined ? [] : drift(knowledge);
  if (differing.length === 0) return ['nothing: it is so already'];
  const { upgradeStrategy } = state.resource?.spec ?? {};
  const why =
    upgradeStrategy?.kind === 'NONE'
      ? 'the upgrade strategy is NONE: it counts from the next start on'
      : 'see the conditions of the query status';
  return [`stored; ${differing.join(', ')} differ from what runs: ${why}`];
}
