import { workflowInfo } from '@temporalio/workflow';
import type { EntityState } from '../../../src/planning/deployment/state';
import { deployment as sound } from '../../../src/workflows';
import type { DeploymentEnd } from '../../../src/workflows/deployment';

export * from '../../../src/workflows';

/** A defect: which requests were answered is not handed on to the next run. */
export async function forgetsRequests(input: unknown): Promise<DeploymentEnd> {
  return sound(handedOn(input, ({ answers: _, ...rest }) => ({ ...rest, answers: [] })));
}

/** A defect: the first version is not handed on to the next run, where it is not the newest. */
export async function forgetsVersions(input: unknown): Promise<DeploymentEnd> {
  return sound(handedOn(input, (state) => ({ ...state, revisions: allButTheFirst(state) })));
}

/** A defect: the first task of a run fails. */
export async function failsAtFirst(input: unknown): Promise<DeploymentEnd> {
  if (workflowInfo().historyLength <= 3) throw new TypeError('it does not work');
  return sound(input);
}

function allButTheFirst({ revisions }: EntityState): EntityState['revisions'] {
  return revisions.length > 1 ? revisions.slice(1) : revisions;
}

function handedOn(input: unknown, change: (state: EntityState) => EntityState): unknown {
  if (typeof input !== 'object' || input === null || !('carried' in input)) return input;
  return { carried: change(input.carried as EntityState) };
}
