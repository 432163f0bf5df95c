import { samePath } from '../../src/planning/paths';
import { HistoryServer } from '../kit/history-server';
import { endOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import {
  checkpointed,
  liveJobs,
  nextOf,
  restoredFrom,
  says,
  succeeded,
  untilPhase,
  update,
} from '../kit/watch';

/**
 * A JobManager without HA is lost once the job has ended, and nobody has read how. The worker sees no store; the
 * HistoryServer is asked (P16).
 */
const histories = new Map<string, HistoryServer>();

const place = useSimulated('history-server', {
  clusters: ['stopped', 'canceled', 'unknown', 'silent'],
  cluster: { snapshotStore: { kind: 'none' } },
  inFront: async (cluster) => {
    const history = await HistoryServer.start();
    histories.set(cluster, history);
    if (cluster === 'silent') history.stop();
    return { historyServer: cluster === 'silent' ? silent : history.url };
  },
});

/** The port of the discard service: nobody listens there. */
const silent = 'http://127.0.0.1:9';

afterAll(() => {
  for (const history of histories.values()) history.stop();
});

/** A rescale that has sent its stop, whose answer it does not get to read. */
async function unread(cluster: string) {
  const flink = place().flinkOf(cluster);
  const job = flink.startJob({ name: 'orders', parallelism: 2 });
  await checkpointed(job);
  const saved = nextOf(flink, 'SAVEPOINT', 'orders');
  const ended = nextOf(flink, 'ENDED', 'orders');
  const workflowId = await startRescale(place(), { cluster, job: 'orders', parallelism: 4 });
  const { path } = await saved;
  const answer = flink.hold('GET /jobs/:id/savepoints/:trigger', 'BEFORE');
  await ended;
  return { flink, job, workflowId, savepoint: path, answer };
}

together(
  {
    'P16: the stop went through, and only the HistoryServer knows: its savepoint is found, success':
      async () => {
        const { flink, job, workflowId, savepoint, answer } = await unread('stopped');
        await histories.get('stopped')?.take(flink.restUrl, job.id);
        await flink.loseJobManager();
        answer.drop();

        const { outcome, snapshot } = succeeded(await endOf(place(), workflowId));
        expect(outcome).toBe('RESCALED');
        expect(samePath(snapshot?.path ?? '', savepoint)).toBe(true);
        expect(samePath(restoredFrom(flink, 'orders') ?? '', savepoint)).toBe(true);
        flink.neverTwoCopies();
        expect(flink.stateLost()).toEqual([]);
      },

    'P13, P16: somebody cancelled the job, and only the HistoryServer knows: nothing is restarted':
      async () => {
        const flink = place().flinkOf('canceled');
        const job = flink.startJob({ name: 'orders', parallelism: 2 });
        await checkpointed(job);
        const stop = flink.hold('POST /jobs/:id/stop', 'BEFORE');
        const workflowId = await startRescale(place(), {
          cluster: 'canceled',
          job: 'orders',
          parallelism: 4,
        });
        await stop.arrived;
        const ended = nextOf(flink, 'ENDED', 'orders');
        job.cancel();
        await ended;
        const newest = job.checkpoints.latest('COMPLETED', ['CHECKPOINT'])?.path ?? 'none';
        await histories.get('canceled')?.take(flink.restUrl, job.id, newest);
        await flink.loseJobManager();
        stop.drop();

        const end = await endOf(place(), workflowId);
        expect(end).toMatchObject({ status: 'FAILED', type: 'CanceledByOther' });
        says(end, newest);
        expect(liveJobs(flink, 'orders')).toEqual([]);
      },

    ...Object.fromEntries(
      ['unknown', 'silent'].map((cluster) => [
        `P16: a HistoryServer that says nothing (${cluster}) proves nothing: ATTENTION, until a person names the savepoint`,
        async () => {
          const { flink, job, workflowId, savepoint, answer } = await unread(cluster);
          await flink.loseJobManager();
          answer.drop();

          // the checkpoint that was known is gone with the job: Flink deletes them when a job finishes
          await untilPhase(place(), workflowId, 'ATTENTION');
          await update(place(), workflowId, 'restoreFrom', { path: savepoint });
          const ended = await endOf(place(), workflowId);
          expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
          says(ended, `job ${job.id} was FORGOTTEN`, 'is RUNNING at parallelism 2');
          expect(samePath(restoredFrom(flink, 'orders') ?? '', savepoint)).toBe(true);
          flink.neverTwoCopies();
        },
      ]),
    ),
  },
  120_000,
);
