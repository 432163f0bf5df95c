import { until } from '../../../src/dev/until';
import type { SimulatorOptions } from '../../flink-simulator';
import { endOf, startRescale } from '../rescale';
import type { GoldenCase } from './case';

/** The cluster with two TaskManagers of 4 slots, of which those that are idle are ended. */
export const retiring = 'retiring';

export const retiringFlink: SimulatorOptions = {
  ...{ slots: 4, savepointRoot: 'file:///savepoints', folders: false },
};

/** A rescale that gives slots back. */
export const retiringCases: readonly GoldenCase[] = [
  {
    name: 'rescaled-and-an-idle-task-manager-was-ended',
    path: 'PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED',
    cluster: retiring,
    run: async (place, job) => {
      const { checkpoints } = place.flinkOf(retiring).startJob({ name: job, parallelism: 8 });
      const isThere = () => checkpoints.count('COMPLETED') > 0;
      await until(isThere, { what: 'a first checkpoint', deadlineMs: 60_000 });
      await endOf(place, await startRescale(place, { cluster: retiring, job, parallelism: 2 }));
    },
  },
];
