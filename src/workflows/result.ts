import type { Outcome, RescaleResult } from '../contracts/rescale';
import type { Run } from './run';

/** Ends the run with that outcome, and says what it has come to. */
export function result(run: Run, outcome: Outcome): RescaleResult {
  run.end(outcome);
  const { from, snapshot, warnings, record } = run;
  const to = runsNone(outcome) ? undefined : (run.to ?? from);
  const { cluster, job } = run.request;
  return {
    outcome,
    cluster,
    job,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    mechanism: run.request.mechanism,
    ...(record === undefined ? {} : { artifact: { ...record.artifact, sha256: record.sha256 } }),
    ...(snapshot === undefined ? {} : { snapshot }),
    warnings,
  };
}

/** Whether no job runs then. */
function runsNone(outcome: Outcome): boolean {
  switch (outcome) {
    case 'SUSPENDED':
    case 'CANCELLED':
      return true;
    case 'RESCALED':
    case 'RESUMED':
    case 'STARTED':
    case 'SAVED':
    case 'UNCHANGED':
    case 'PLANNED':
    case 'ABORTED':
      return false;
  }
}

/** In the order in which it is read: the Web UI shows the first dozen lines. */
export function asRead(result: RescaleResult): RescaleResult {
  const { outcome, warnings, downtimeMs, from, to, ...rest } = result;
  return {
    outcome,
    warnings,
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...rest,
  };
}
