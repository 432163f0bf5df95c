import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { z } from 'zod';
import type { FailureType } from '../contracts/failures';

const suggestionSchema = z.object({ cluster: z.string() });

/** The refusal of an activity that could not even begin, since the request names a cluster that is not there. */
export function refusalIn(
  error: unknown,
): { reason: string; suggestion: { cluster: string } | undefined } | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  if (cause.type !== ('InvalidRequest' satisfies FailureType)) return undefined;
  return { reason: cause.message, suggestion: suggestionSchema.safeParse(cause.details?.[0]).data };
}
