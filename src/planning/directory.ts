import type { Observation } from '../contracts/observation';
import type { TransitionRequest } from '../contracts/rescale';
import type { Objection } from './objections';
import { isBelow } from './paths';

/** Where the savepoints go: below the root, each job in a folder of its own. */
export function directoryOf(
  job: { readonly name: string },
  { savepointRoot }: Observation,
  request: TransitionRequest,
): string {
  return (
    request.savepoint.directory ?? `${savepointRoot.replace(/\/+$/, '')}/${encodeURIComponent(job.name)}`
  );
}

export function directoryObjections(
  job: { readonly name: string },
  observation: Observation,
  request: TransitionRequest,
): Objection[] {
  const directory = directoryOf(job, observation, request);
  const { savepointRoot, cluster } = observation;
  if (isBelow(savepointRoot, directory)) return [];
  const { format, mode, keep, drain } = request.savepoint;
  const given = { ...(format === undefined ? {} : { format }), ...(drain === undefined ? {} : { drain }) };
  return [
    {
      reason:
        `"savepoint.directory" is ${directory}, which is not below the savepoint root of cluster "${cluster}"; ` +
        `valid: a directory below ${savepointRoot}`,
      mend: { savepoint: { mode, keep, ...given } },
    },
  ];
}
