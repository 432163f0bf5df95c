import type { RescaleInput } from '../../../src/contracts/rescale';
import type { Simulated } from '../simulated';
import { effect, hushed, rescaled, running } from './acts';
import { impatient, type GoldenCase } from './case';

const startOf = (job: string): Partial<RescaleInput> => ({
  transition: 'START',
  artifact: { jar: `${job}.jar`, args: ['--name', job] },
});
const suspend = { transition: 'SUSPEND' } as const;
const cancel = { transition: 'CANCEL' } as const;

/** The history that is recorded is that of the last run. */
async function suspended(place: Simulated, job: string): Promise<void> {
  await running(place, job);
  await rescaled(place, job, suspend);
}

/** What a run makes of a job beside rescaling it. */
export const transitions: readonly GoldenCase[] = [
  {
    name: 'started',
    path: 'PLANNING STOPPING RESTARTING VERIFYING STARTED',
    run: async (place, job) => {
      await suspended(place, job);
      await rescaled(place, job, startOf(job));
    },
  },
  {
    name: 'started-empty',
    path: 'PLANNING RESTARTING VERIFYING STARTED',
    run: (place, job) => rescaled(place, job, { ...startOf(job), restoreStrategy: 'NONE' }),
  },
  {
    name: 'not-started',
    path: 'PLANNING RESTARTING ROLLING_BACK JobDown',
    run: async (place, job) => {
      place.flink.script({ job, starts: [{ kind: 'FAILS' }] });
      await rescaled(place, job, {
        ...startOf(job),
        ...{ restoreStrategy: 'NONE', maxJobCreationAttempts: 1 },
      });
    },
  },
  {
    name: 'attention-started',
    path: 'PLANNING RESTARTING VERIFYING ATTENTION STARTED',
    run: async (place, job) => {
      place.flink.script({ job, starts: [{ kind: 'FIRST_CHECKPOINT_AFTER', ms: 5_000 }] });
      await rescaled(place, job, { ...startOf(job), restoreStrategy: 'NONE', ...impatient });
    },
  },
  { name: 'suspended', path: 'PLANNING SAVEPOINTING STOPPING SUSPENDED', run: suspended },
  {
    name: 'suspended-already',
    path: 'PLANNING SUSPENDED',
    run: async (place, job) => {
      await suspended(place, job);
      await rescaled(place, job, suspend);
    },
  },
  {
    name: 'attention-suspended',
    path: 'PLANNING SAVEPOINTING STOPPING ATTENTION SUSPENDED',
    run: async (place, job) => {
      const { id } = await running(place, job);
      hushed(place.flink, id);
      await rescaled(place, job, { ...suspend, ...impatient });
    },
  },
  {
    name: 'cancelled',
    path: 'PLANNING STOPPING CANCELLED',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, cancel);
    },
  },
  {
    name: 'cancelled-already',
    path: 'PLANNING CANCELLED',
    run: async (place, job) => {
      await suspended(place, job);
      await rescaled(place, job, cancel);
    },
  },
  {
    name: 'attention-cancelled',
    path: 'PLANNING STOPPING ATTENTION CANCELLED',
    run: async (place, job) => {
      const { id } = await running(place, job);
      hushed(place.flink, id);
      await rescaled(place, job, { ...cancel, ...impatient });
    },
  },
  {
    name: 'saved',
    path: 'PLANNING SAVEPOINTING SAVED',
    run: async (place, job) => {
      await running(place, job);
      await rescaled(place, job, { transition: 'SAVEPOINT' });
    },
  },
  {
    name: 'saved-though-it-was-forgotten',
    path: 'PLANNING SAVEPOINTING SETTLING SAVED',
    alone: true,
    run: async (place, job) => {
      const { id } = await running(place, job);
      const answers = place.flink.hold(`GET /jobs/${id}/savepoints/:triggerId`, 'BEFORE', { after: 1 });
      const taken = effect(place.flink, 'SAVEPOINT', job);
      await rescaled(place, job, { transition: 'SAVEPOINT' }, async () => {
        await Promise.all([taken, answers.arrived]);
        place.flink.forgetResults();
        answers.release();
      });
    },
  },
];
