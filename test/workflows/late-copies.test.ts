import { until } from '../../src/dev/until';
import { courses } from '../kit/courses';
import { begin } from '../kit/course-run';
import { endOf } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs, nextOf, statusOf, stopsOf, succeeded } from '../kit/watch';

/** A call without an answer, and what Flink says next: a copy of it may yet be carried out. The model found these. */
const place = useSimulated('late-copies', { clusters: ['taken-along', 'refused', 'not-ready'] });

const run = 'POST /jars/:jar/run';

afterEach(() => {
  for (const flink of place().others.values()) flink.neverTwoCopies();
});

together(
  {
    'P12: a JobManager lost with the job that it had just taken: its tasks are gone before the same job is sent again':
      async () => {
        const { first, flink, workflowId } = await begin(place(), 'taken-along', courses.straight, (one) => {
          one.fault({ on: run, kind: 'RESET_AFTER' });
          return nextOf(one, 'ENDED', 'orders');
        });
        await first;
        const { jobId } = await nextOf(flink, 'STARTED', 'orders');
        // once its tasks run
        await nextOf(flink, 'RUNNING', 'orders');
        await flink.loseJobManager({ slotsMs: 5_000 });

        const { to } = succeeded(await endOf(place(), workflowId));
        expect(to).toEqual({ jobId, parallelism: 4 });
        const kinds = flink.effects.map(({ kind }) => kind);
        expect(kinds.lastIndexOf('STARTED')).toBeGreaterThan(kinds.indexOf('TASKS_GONE'));
      },

    'P20: a submit without an answer, and a refusal of the same: no other id follows': async () => {
      const course = {
        ...courses.straight,
        scripts: { starts: [{ kind: 'REFUSED' }] },
        input: { maxJobCreationAttempts: 2 },
      } as const;
      const { flink, workflowId } = await begin(place(), 'refused', course, (one) =>
        one.fault({ on: run, kind: 'RESET_BEFORE' }),
      );
      const { to } = succeeded(await endOf(place(), workflowId));
      const submits = flink.calls.filter(({ verb }) => verb === 'RUN');
      expect(submits.map(({ outcome }) => outcome)).toEqual(['NOT_EXECUTED', 'REFUSED', 'EXECUTED']);
      expect(new Set(submits.map(({ jobId }) => jobId))).toEqual(new Set([to?.jobId]));
    },

    'P5: a stop on its way from a dead worker, and a job that is not ready for long: once it RUNS the same stop is sent':
      async () => {
        const course = { ...courses.straight, input: { timeouts: { recovery: 1_000 } } };
        const { first, flink, workflowId } = await begin(place(), 'not-ready', course, (one) =>
          one.hold('POST /jobs/:id/stop', 'BEFORE', { times: 1 }),
        );
        await first.arrived;
        const [old] = flink.live('orders');
        old?.keepRestarting();
        await place().worker.kill();
        await place().worker.start();
        await until(async () => (await statusOf(place(), workflowId)).phase === 'ATTENTION', {
          ...{ what: 'it to settle for longer than it should', deadlineMs: 60_000 },
        });
        old?.mend();

        const { outcome, from, to } = succeeded(await endOf(place(), workflowId));
        expect(outcome).toBe('RESCALED');
        // it arrives when everything is over, and changes nothing
        first.release();
        await until(() => flink.calls.filter(({ verb }) => verb === 'STOP').length === 2, {
          ...{ what: 'the late stop', deadlineMs: 10_000 },
        });
        expect(stopsOf(flink, from?.jobId ?? '')).toBe(1);
        expect(liveJobs(flink, 'orders')).toMatchObject([{ id: to?.jobId, state: 'RUNNING' }]);
      },
  },
  120_000,
);
