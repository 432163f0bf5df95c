import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Snapshot } from '../contracts/snapshot';

/** What nobody thought of ends a run all the same, in words. */

/** Any error that is not Temporal's would hang the workflow in a retried task; as a failure it ends it (P28). */
export function ensureFailure(error: unknown, snapshot: Snapshot | undefined): Error {
  if (error instanceof ApplicationFailure) return error;
  const kept =
    snapshot === undefined ? 'nothing was stopped.' : `the state of the stopped job: ${snapshot.path}`;
  const text = `Weir failed: ${asText(error)}\nKept: ${kept}\nNext: start the same rescale again; it takes up what is there.`;
  return ApplicationFailure.create({ type: 'Unexpected', nonRetryable: true, message: text });
}

/** What Temporal says of a failed activity is no more than that; its cause says why. */
export function asText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = `${error.name}: ${error.message}`;
  return error instanceof ActivityFailure ? `${own}: ${asText(error.cause)}` : own;
}
