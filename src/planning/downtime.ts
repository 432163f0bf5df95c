import type { Observation, ObservedJob } from '../contracts/observation';
import type { PredictedDowntime } from '../contracts/rescale';
import type { Ending } from './plan';

/**
 * How long the job will be down, from what Flink has measured of it: its last snapshot, and the last start of its tasks.
 * State that has to be spread over other tasks may take longer to restore than it took to restore in place.
 */
export function predictDowntime(
  job: ObservedJob,
  ending: Ending,
  { cacheMs }: Observation,
): PredictedDowntime {
  const stop = stopTakes(job, ending, cacheMs);
  const start = job.startTookMs;
  const parts = [
    stop.basis,
    start === undefined
      ? 'how long its tasks take to start is not known'
      : `its tasks took ${start} ms to start the last time`,
  ];
  const basis = parts.join('; ');
  return stop.ms === undefined || start === undefined ? { basis } : { ms: stop.ms + start, basis };
}

function stopTakes(
  job: ObservedJob,
  ending: Ending,
  cacheMs: number,
): { readonly ms?: number; readonly basis: string } {
  switch (ending) {
    case 'STOP_WITH_SAVEPOINT': {
      const { lastSavepointMs, lastCheckpointMs } = job.checkpointing ?? {};
      if (lastSavepointMs !== undefined)
        return { ms: lastSavepointMs, basis: `the last savepoint took ${lastSavepointMs} ms` };
      if (lastCheckpointMs !== undefined)
        return { ms: lastCheckpointMs, basis: `the last checkpoint took ${lastCheckpointMs} ms` };
      return { basis: 'no snapshot of the job has been taken yet' };
    }
    case 'SAVEPOINT_THEN_CANCEL':
    case 'CANCEL':
      return {
        ms: cacheMs,
        basis: `after the cancel Flink's statistics are ${cacheMs} ms old at most, which is waited for`,
      };
    case 'NONE':
      return { ms: 0, basis: 'the job is down already' };
  }
}
