import type { FailureType } from '../contracts/failures';
import type { JobLookup } from '../contracts/observation';
import type { TransitionRequest } from '../contracts/rescale';
import { ambiguousName, unknownJob } from './objections';
import type { Mend, Objection } from './objections';

/** Why a request is not carried out: nothing is touched then. */
export interface Rejected {
  readonly kind: 'REJECTED';
  readonly type: FailureType & ('InvalidRequest' | 'PlanRejected');
  readonly reasons: readonly string[];
  /** What would make the request valid, where that is known. */
  readonly suggestion?: Mend;
}

export function rejected(type: Rejected['type'], { reason, mend }: Objection): Rejected {
  return { kind: 'REJECTED', type, reasons: [reason], ...(mend === undefined ? {} : { suggestion: mend }) };
}

/** No job, or several: nobody can say which is meant. */
export function noOneJob(
  lookup: Extract<JobLookup, { readonly kind: 'UNKNOWN' | 'AMBIGUOUS' }>,
  cluster: string,
  request: TransitionRequest,
): Rejected {
  const objection =
    lookup.kind === 'UNKNOWN'
      ? unknownJob(lookup, cluster, request)
      : ambiguousName(lookup, cluster, request);
  return rejected('InvalidRequest', objection);
}

/**
 * All objections at once. `invalid`: whether one of them is to the request itself, whatever the job is like. `again`: what
 * would be said of the request with other choices.
 */
export function refused(
  objections: readonly Objection[],
  invalid: boolean,
  again: (mend: Mend) => readonly Objection[],
): Rejected {
  const type = invalid ? 'InvalidRequest' : 'PlanRejected';
  const reasons = objections.map(({ reason }) => reason);
  const suggestion = mended(objections, again);
  return { kind: 'REJECTED', type, reasons, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** What all mends come to, if nothing is said of the request with them; one may call for the next. */
function mended(
  objections: readonly Objection[],
  again: (mend: Mend) => readonly Objection[],
): Mend | undefined {
  let suggestion: Mend = {};
  let open = objections;
  for (let left = 3; open.length > 0; left--) {
    const mends = open.flatMap(({ mend }) => mend ?? []);
    if (left === 0 || mends.length < open.length) return undefined;
    suggestion = mends.reduce((all, one) => ({ ...all, ...one }), suggestion);
    open = again(suggestion);
  }
  return suggestion;
}
