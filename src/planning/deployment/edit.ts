import type {
  Answer,
  Command,
  CommandName,
  Deployment,
  DeploymentSpec,
  Revision,
  deploymentQueries,
} from '../../contracts/deployment';
import { decide, isOver } from './decide';
import type { Step } from './decide';
import { parseResource, patched } from './resource';
import type { ParsedResource } from './resource';
import { differences, isParallelismOnly, unlike } from './spec';
import { knowledgeOf, lastKnown, letGo, superseded, withOne } from './state';
import type { EntityState } from './state';
import { told } from './told';

/** What a command makes of a deployment: the next state and the answer, or why it is refused and nothing changes. */

export type Edited =
  { readonly kind: 'EDITED'; readonly state: EntityState; readonly answer: Answer } | Refused;

interface Refused {
  readonly kind: 'REFUSED';
  readonly why: string;
  /** What helps, where the same command, put right, would not. */
  readonly next?: Next;
}

export type Next = { readonly query: keyof typeof deploymentQueries } | { readonly update: CommandName };

/** `at`: ms since the epoch. A request that was answered before is answered as it was. */
export function edit(state: EntityState, command: Command, at: number): Edited {
  const { requestId } = command;
  const earlier = state.answers.find((one) => one.requestId === requestId);
  if (earlier !== undefined) return { kind: 'EDITED', state, answer: earlier.answer };
  const edited = carriedOut(state, command, at);
  if (edited.kind === 'REFUSED' || requestId === undefined) return edited;
  const { answer } = edited;
  return { ...edited, state: withOne(edited.state, 'answers', { requestId, answer }) };
}

function carriedOut(state: EntityState, command: Command, at: number): Edited {
  if (state.deleted) return refused('the deployment was deleted; apply it anew');
  switch (command.name) {
    case 'savepoint':
      return savepointAsked(state);
    case 'delete':
      return deleted(state);
    case 'apply':
    case 'patch':
    case 'scale':
    case 'suspend':
    case 'resume':
    case 'cancel':
    case 'rollback':
      return withWanted(state, command, wantedBy(state, command), at);
  }
}

function savepointAsked(state: EntityState): Edited {
  if (lastKnown(state)?.kind !== 'RUNNING' && state.running === undefined)
    return refused('no job runs of which a savepoint could be taken; valid: while the job is RUNNING', {
      query: 'status',
    });
  return answered({ ...state, savepointsAsked: state.savepointsAsked + 1 }, []);
}

function deleted(state: EntityState): Edited {
  const { resource, running } = state;
  const isNone = lastKnown(state)?.kind === 'NONE' && running === undefined;
  if (resource !== undefined && !(resource.spec.state === 'CANCELLED' && isNone))
    return refused(
      'only what is CANCELLED can be deleted: its job would go on unwatched; cancel it first',
      resource.spec.state === 'CANCELLED' ? { query: 'status' } : { update: 'cancel' },
    );
  const resourceVersion = resource?.metadata.resourceVersion ?? 0;
  const answer: Answer = {
    resourceVersion,
    effect: 'ACCEPTED',
    plan: ['this deployment ends'],
    notServed: [],
  };
  return { kind: 'EDITED', state: { ...state, deleted: true }, answer };
}

type Edit = Exclude<Command, { name: 'savepoint' | 'delete' }>;

/** The resource as the command wants it. */
function wantedBy(state: EntityState, command: Edit): ParsedResource | Refused {
  const { resource, cluster, name } = state;
  if (command.name === 'apply') return parseResource(command.resource, { cluster, name });
  if (resource === undefined)
    return refused('there is no resource yet; the first command must be "apply"', { update: 'apply' });
  const withPatch = (patch: unknown) => patched(resource, patch);
  switch (command.name) {
    case 'patch':
      return withPatch(command.patch);
    case 'scale':
      return withPatch({ spec: { template: { spec: { parallelism: command.parallelism } } } });
    case 'suspend':
      return withPatch({ spec: { state: 'SUSPENDED' } });
    case 'resume':
      return withPatch({ spec: { state: 'RUNNING' } });
    case 'cancel':
      return withPatch({ spec: { state: 'CANCELLED' } });
    case 'rollback': {
      const earlier = state.revisions.find((one) => one.resourceVersion === command.to);
      if (earlier !== undefined) {
        // its state is not what is rolled back
        const spec: DeploymentSpec = { ...earlier.spec, state: resource.spec.state };
        const { kind, apiVersion, metadata } = resource;
        return { kind: 'RESOURCE', deployment: { kind, apiVersion, metadata, spec }, notServed: [] };
      }
      const valid = state.revisions.map((one) => one.resourceVersion).join(', ');
      return refused(`"to" is ${command.to}, and that version is not kept; it must be one of ${valid}`, {
        query: 'history',
      });
    }
  }
}

function withWanted(state: EntityState, command: Edit, wanted: ParsedResource | Refused, at: number): Edited {
  if (wanted.kind === 'REFUSED') return wanted;
  if (wanted.kind === 'INVALID') return refused(wanted.problems.join('; '));
  const { resource: before } = state;
  const { deployment, notServed } = wanted;
  const version = before?.metadata.resourceVersion ?? 0;
  const writtenAgainst = deployment.metadata.resourceVersion ?? version;
  if (writtenAgainst !== version)
    return refused(
      `"metadata.resourceVersion" is ${writtenAgainst}, and the resource is at ${version}: somebody has edited it ` +
        'since; read it anew, or leave the version out',
      { query: 'spec' },
    );
  const changed = before === undefined ? [] : differences(before.spec, deployment.spec);
  if (changed.includes('jobName') && !(isOver(state.known) && state.running === undefined))
    return refused(
      '"spec.jobName" is the lock of the job; it can be changed only while no job runs and none is looked for: suspend ' +
        'or cancel the deployment first',
      { update: 'suspend' },
    );
  const isSame =
    before !== undefined &&
    changed.length === 0 &&
    unlike(before.metadata.labels, deployment.metadata.labels).length === 0;
  // The same again changes nothing, unless it is to be tried again.
  if (isSame && state.held === undefined && state.known.kind !== 'ENDED') return answered(state, notServed);

  const resourceVersion = version + 1;
  const resource: Deployment = { ...deployment, metadata: { ...deployment.metadata, resourceVersion } };
  const { by, reason } = command;
  const revision: Revision = {
    ...{ resourceVersion, spec: resource.spec, at, command: command.name, outcome: 'PENDING' },
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  };
  const next: EntityState = {
    ...state,
    // whoever edits the resource wants it to be tried again
    held: undefined,
    ...{ resource, recoveries: 0, drain: command.name === 'suspend' && command.drain },
  };
  return answered(superseded(withOne(letGo(next), 'revisions', revision)), notServed);
}

function answered(state: EntityState, notServed: readonly string[]): Edited {
  const knowledge = knowledgeOf(state);
  const step: Step = knowledge === undefined ? { kind: 'REST' } : decide(knowledge);
  const answer: Answer = {
    resourceVersion: state.resource?.metadata.resourceVersion ?? 0,
    effect: effectOf(state, step),
    plan: told(state, step),
    notServed,
  };
  return { kind: 'EDITED', state, answer };
}

function effectOf({ running }: EntityState, step: Step): Answer['effect'] {
  if (running !== undefined) return 'QUEUED';
  return step.kind === 'REST' ? 'STORED' : 'ACCEPTED';
}

/**
 * Whether the transition that is under way can be sent to the newest parallelism instead: it is a rescale, and nothing
 * else differs.
 */
export function retargeted({ running, resource }: EntityState): number | undefined {
  if (running?.transition !== 'RESCALE' || resource === undefined) return undefined;
  const { parallelism } = resource.spec.template.spec;
  return isParallelismOnly(differences(running.target.spec, resource.spec)) ? parallelism : undefined;
}

function refused(why: string, next?: Next): Refused {
  return { kind: 'REFUSED', why, ...(next && { next }) };
}
