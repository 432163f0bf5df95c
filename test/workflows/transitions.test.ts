import type { RescaleInput } from '../../src/contracts/rescale';
import { samePath } from '../../src/planning/paths';
import { runningJob } from '../kit/jobs';
import { rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs, restoredFrom, succeeded } from '../kit/watch';

/** What a run makes of a job beside rescaling it: START, SUSPEND, CANCEL, SAVEPOINT, each under the job's one lock. */
const place = useSimulated('transitions', {
  jobs: ['round'],
  flink: { slots: 150 },
});

afterAll(() => {
  place().flink.neverTwoCopies();
  expect(place().flink.stateLost()).toEqual([]);
});

const run = (job: string, input: Partial<RescaleInput>) => rescale(place(), { job, ...input });
const artifactOf = (job: string) => ({ jar: `${job}.jar`, args: ['--name', job] });
const start = (job: string, input: Partial<RescaleInput> = {}) =>
  run(job, { transition: 'START', parallelism: 4, artifact: artifactOf(job), ...input });

together(
  {
    'SUSPEND stops the job with a savepoint and starts nothing; START begins from it, and repeated changes nothing':
      async () => {
        const job = 'round';
        const { flink } = place();
        const old = await runningJob(flink, job);
        const suspended = succeeded(await run(job, { transition: 'SUSPEND' }));
        expect(suspended).toMatchObject({ outcome: 'SUSPENDED', from: { jobId: old.id, parallelism: 2 } });
        expect(suspended.to).toBeUndefined();
        expect(liveJobs(flink, job)).toEqual([]);
        const path = suspended.snapshot?.path ?? 'none';

        const started = succeeded(await start(job));
        expect(started).toMatchObject({ outcome: 'STARTED', to: { parallelism: 4 }, snapshot: { path } });
        expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 4, state: 'RUNNING' }]);
        expect(samePath(restoredFrom(flink, job) ?? '', path)).toBe(true);
        expect(succeeded(await start(job)).outcome).toBe('UNCHANGED');
      },
  },
  60_000,
);
