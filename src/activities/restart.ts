import { ApplicationFailure } from '@temporalio/common';
import { maybeSent } from '../contracts/failures';
import type { ActivityFailureType, Tries } from '../contracts/failures';
import type { Cluster } from './cluster';
import { failed, submitOnce } from './submitting';
import type { Submit } from './submitting';
import { carryingTries, interruptible, tellTries } from './wait';
import type { Pulse } from './wait';

export interface RestartInput extends Submit {
  readonly maxTries: number;
  readonly tries: Tries;
}

export interface RestartOutput {
  readonly jobId: string;
  readonly tries: Tries;
  /** From Flink's acceptance of the job until every task ran, ms. */
  readonly restoreMs: number;
  readonly warnings: readonly string[];
}

/**
 * Submits the job from its snapshot under a derived job id, and waits until every vertex is ready at the planned
 * parallelism, restored from that snapshot. One Temporal attempt is one try that Flink answers (P2); the next id comes
 * only after the former was seen to fail (P20).
 *
 * @throws `TryFailed` Flink refused the job, or it FAILED; details: `Tries`
 * @throws `NoMoreTries` not ready within the `restart` (or `restore`) time-out; details: `Tries`
 * @throws `CanceledByOther` somebody cancelled the new job
 * @throws CancelledFailure an operator has intervened; details: `Tries`
 * @throws `AnotherJobRuns` a live job that is not accounted for stands in the way (P21)
 */
export async function restart(cluster: Cluster, input: RestartInput): Promise<RestartOutput> {
  return carryingTries(input.tries, (attempt) =>
    interruptible(attempt, async (pulse) => {
      for (;;) {
        const { failures, next: n } = pulse.details;
        if (failures.length >= input.maxTries)
          throw failure('TryFailed', failures.at(-1)?.cause ?? 'no try is left', pulse);
        const end = await submitOnce(cluster, input, pulse);
        switch (end.kind) {
          case 'READY':
            return {
              jobId: end.jobId,
              tries: pulse.details,
              restoreMs: Date.now() - end.acceptedAt,
              warnings: end.warnings,
            };
          case 'FAILED':
            pulse.details = failed(pulse.details, end);
            await tellTries(pulse);
            // what an earlier attempt submitted does not end this one
            if (end.fresh) throw failure('TryFailed', `try ${n}: ${end.cause}`, pulse);
            if (pulse.unheard) pulse.details = maybeSent(pulse.details);
            break;
          case 'TOO_LATE':
            throw failure('NoMoreTries', end.why, pulse);
          case 'CANCELED':
            throw failure('CanceledByOther', `somebody cancelled the new job ${end.jobId}`, pulse);
        }
      }
    }),
  );
}

function failure(type: ActivityFailureType, message: string, pulse: Pulse<Tries>): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: type !== 'TryFailed',
    details: [pulse.details],
  });
}
