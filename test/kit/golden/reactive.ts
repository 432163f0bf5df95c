import { until } from '../../../src/dev/until';
import type { SimulatorOptions } from '../../flink-simulator';
import { endOf, startRescale } from '../rescale';
import type { GoldenCase } from './case';

/** The cluster whose job follows its TaskManagers: one of 2 slots, to begin with. */
export const reactive = 'reactive';

export const reactiveFlink: SimulatorOptions = {
  slots: 2,
  savepointRoot: 'file:///savepoints',
  folders: false,
  checkpointing: { intervalMs: 60_000 },
  scheduling: { kind: 'REACTIVE', cooldownMs: 0, partMs: 0 },
};

/** A rescale by another number of TaskManagers. */
export const reactiveCases: readonly GoldenCase[] = [
  {
    name: 'rescaled-reactive',
    path: 'PLANNING ADJUSTING VERIFYING RESCALED',
    cluster: reactive,
    run: async (place, job) => {
      const { checkpoints } = place.flinkOf(reactive).startJob({ name: job, parallelism: 1 });
      const isThere = () => checkpoints.count('COMPLETED') > 0;
      await until(isThere, { what: 'a first checkpoint', deadlineMs: 60_000 });
      const input = { cluster: reactive, job, parallelism: 4, mechanism: 'REACTIVE' } as const;
      await endOf(place, await startRescale(place, input));
    },
  },
];
