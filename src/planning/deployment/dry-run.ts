import type { Command, Deployment, DryRun } from '../../contracts/deployment';
import { edit } from './edit';
import { unlike } from './spec';
import type { EntityState } from './state';

/** What `apply` would answer, and the fields that it would change; of a deployment that is not there, all that it has. */
export function dryRunOf(state: EntityState, apply: Extract<Command, { name: 'apply' }>, at: number): DryRun {
  const edited = edit(state, apply, at);
  if (edited.kind === 'REFUSED') return { kind: 'REFUSED', why: edited.why };
  const { answer, state: after } = edited;
  return { kind: 'ACCEPTED', answer, changes: unlike(written(state.resource), written(after.resource)) };
}

/** What a person writes of it. */
function written(resource: Deployment | undefined): object {
  return resource === undefined
    ? {}
    : { metadata: { labels: resource.metadata.labels }, spec: resource.spec };
}
