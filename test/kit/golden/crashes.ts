import { asked, rescaled, running } from './acts';
import type { GoldenCase } from './case';

const path = 'PLANNING SAVEPOINTING STOPPING RESTARTING VERIFYING RESCALED';

/** An attempt that is lost with its worker is no try that Flink answered, even where one is all there may be. */
export const crashes: readonly GoldenCase[] = [
  {
    name: 'rescaled-after-the-worker-was-killed',
    path,
    alone: true,
    run: async (place, job) => {
      const { id } = await running(place, job);
      place.flink.script({ job, stops: [{ kind: 'TAKES', ms: 2_000 }] });
      await rescaled(place, job, { maxSavepointCreationAttempts: 1 }, async () => {
        await asked(place.flink, 'STOP', id);
        await place.worker.kill();
        await place.worker.start();
      });
    },
  },
  {
    name: 'rescaled-after-the-worker-was-restarted',
    path,
    alone: true,
    run: async (place, job) => {
      const { id } = await running(place, job);
      // longer than a worker that shuts down lets its activities go on
      place.flink.script({ job, stops: [{ kind: 'TAKES', ms: 7_000 }] });
      await rescaled(place, job, { maxSavepointCreationAttempts: 1 }, async () => {
        await asked(place.flink, 'STOP', id);
        await place.worker.restart();
      });
    },
  },
];
