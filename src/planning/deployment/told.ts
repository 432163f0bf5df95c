import type { Knowledge, Step } from './decide';
import { drift } from './decide';
import { parallelismField } from './spec';
import { knowledgeOf } from './state';
import type { EntityState } from './state';

/** What will happen, as sentences: the answer to a command. */
export function told(state: EntityState, step: Step): string[] {
  const knowledge = knowledgeOf(state);
  if (knowledge === undefined) return [];
  const { running } = state;
  const first =
    running === undefined
      ? []
      : [`after the ${running.transition} that is under way (${running.workflowId}), or as part of it`];
  return [...first, happening(knowledge, step)];
}

function happening(knowledge: Knowledge, step: Step): string {
  const { known, wanted } = knowledge;
  switch (step.kind) {
    case 'LOOK':
      return `look what of ${wanted.spec.jobName} runs, then bring it to what is wanted`;
    case 'REST':
      return resting(knowledge);
    case 'TRANSITION': {
      const { job, transition, parallelism, upgradeStrategy, restoreStrategy, startFrom } = step.input;
      switch (transition) {
        case 'RESCALE': {
          const from = known.kind === 'RUNNING' ? known.parallelism : '?';
          const rescales = `${job} ${from} -> ${parallelism}: ${upgradeStrategy}, ${restoreStrategy}`;
          return rescales + changes(knowledge);
        }
        case 'START': {
          const from = startFrom === undefined ? restoreStrategy : startFrom.path;
          return `start ${job} at ${parallelism} from ${from === 'NONE' ? 'nothing' : from}`;
        }
        case 'SUSPEND':
          return `stop ${job} with a savepoint, and leave it so`;
        case 'CANCEL':
          return `cancel ${job}`;
        case 'SAVEPOINT':
          return `take a savepoint of ${job}, which goes on`;
      }
    }
  }
}

/** What else than the parallelism differs, and will not any more. */
function changes(knowledge: Knowledge): string {
  const others = drift(knowledge).filter((field) => field !== parallelismField);
  return others.length === 0 ? '' : `; with it ${others.join(', ')}`;
}

function resting(knowledge: Knowledge): string {
  const { known, wanted } = knowledge;
  const differing = drift(knowledge);
  if (differing.length === 0) return 'nothing: it is so already';
  const why =
    known.kind === 'RUNNING' && wanted.spec.upgradeStrategy.kind === 'NONE'
      ? 'the upgrade strategy is NONE: it counts from the next start on'
      : 'see the conditions of the query status';
  return `stored; ${differing.join(', ')} differ from what runs: ${why}`;
}
