import type { Change, Command, Deployment, DryRun } from '../../contracts/deployment';
import { edit } from './edit';
import { leaves } from './spec';
import type { EntityState } from './state';

/** What `apply` would answer, and the fields that it would change; of a deployment that is not there, all that it has. */
export function dryRunOf(state: EntityState, apply: Extract<Command, { name: 'apply' }>, at: number): DryRun {
  const edited = edit(state, apply, at);
  if (edited.kind === 'REFUSED') return edited;
  const { answer, state: after } = edited;
  return { kind: 'ACCEPTED', answer, changes: changesOf(state.resource, after.resource) };
}

function changesOf(before: Deployment | undefined, after: Deployment | undefined): Change[] {
  const [from, to] = [before, after].map((resource) => leaves(written(resource)));
  const fields = [...new Set([...(from?.keys() ?? []), ...(to?.keys() ?? [])])].sort();
  return fields
    .filter((field) => from?.get(field) !== to?.get(field))
    .map((field) => {
      const [was, is] = [from?.get(field), to?.get(field)];
      return { field, ...(was !== undefined && { from: was }), ...(is !== undefined && { to: is }) };
    });
}

/** What a person writes of it. */
function written(resource: Deployment | undefined): object {
  return resource === undefined
    ? {}
    : { metadata: { labels: resource.metadata.labels }, spec: resource.spec };
}
