import type { Checkpointing, ObservedJob } from '../../src/contracts/observation';
import { predictDowntime } from '../../src/planning/downtime';
import type { Ending } from '../../src/planning/plan';
import { ask, running, seen } from '../kit/plans';

function predicted(ending: Ending, took: Partial<Checkpointing> = {}, startTookMs?: number) {
  const { checkpointing, ...rest } = running(2);
  if (checkpointing === undefined) throw new Error('it has checkpoints');
  const started = startTookMs === undefined ? {} : { startTookMs };
  const job: ObservedJob = { ...rest, ...started, checkpointing: { ...checkpointing, ...took } };
  return predictDowntime(job, ending, seen(ask()));
}

const started = 'its tasks took 70 ms to start the last time';
const unknown = 'how long its tasks take to start is not known';
const cache = "after the cancel Flink's statistics are 200 ms old at most, which is waited for";

test.each([
  ['its last savepoint', { lastSavepointMs: 40, lastCheckpointMs: 9 }, 110, 'the last savepoint took 40 ms'],
  ['else its last checkpoint', { lastCheckpointMs: 9 }, 79, 'the last checkpoint took 9 ms'],
] as const)('a stop with savepoint takes as long as %s', (_, took, ms, basis) => {
  expect(predicted('STOP_WITH_SAVEPOINT', took, 70)).toEqual({ ms, basis: `${basis}; ${started}` });
});

test.each(['CANCEL', 'SAVEPOINT_THEN_CANCEL'] as const)(
  '%s takes as long as Flink’s statistics are old',
  (ending) => {
    expect(predicted(ending, { lastSavepointMs: 40 }, 70)).toEqual({
      ms: 270,
      basis: `${cache}; ${started}`,
    });
  },
);

test('a job that is down needs no stop', () => {
  expect(predicted('NONE', {}, 70)).toEqual({ ms: 70, basis: `the job is down already; ${started}` });
});

test.each([
  ['no snapshot', {}, 70, `no snapshot of the job has been taken yet; ${started}`],
  ['no start', { lastSavepointMs: 40 }, undefined, `the last savepoint took 40 ms; ${unknown}`],
] as const)('nothing is predicted where %s was measured, and the basis says so', (_, took, start, basis) => {
  expect(predicted('STOP_WITH_SAVEPOINT', took, start)).toEqual({ basis });
});
