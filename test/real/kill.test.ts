import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRunning } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { until } from '../../src/dev/until';
import { endOf, pendingActivity, historyOf, startRescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** Crashes of the worker while Flink is at work: nothing is done twice. */
const stack = useStack('kill', {
  flink: { taskManagers: 2 },
  worker: { jobs: (stack) => [new Orders(stack, { name: 'orders' }).config] },
});

async function savepointInProgress(jobId: string): Promise<boolean> {
  const answer = await fetch(`${stack().flink.restUrl}/jobs/${jobId}/checkpoints`);
  const { history } = (await answer.json()) as { history: { status: string; checkpoint_type: string }[] };
  return history.some(
    (entry) => entry.status === 'IN_PROGRESS' && entry.checkpoint_type === 'SYNC_SAVEPOINT',
  );
}

/** Every savepoint below the savepoint root that is complete. */
async function savepoints(): Promise<string[]> {
  const root = fileURLToPath(stack().flink.savepointRoot);
  const entries = await readdir(root, { recursive: true });
  return entries.filter((entry) => entry.endsWith('_metadata')).map((entry) => join(root, entry));
}

test('P1: a worker killed while the stop is in flight: its follower finds that stop; one savepoint, one job, nothing lost', async () => {
  const orders = new Orders(stack(), { name: 'orders' });
  const jobId = await orders.start(2);
  await orders.fault('snapshot-delay', '6000');
  const workflowId = await startRescale(stack(), { job: 'orders', parallelism: 4 });

  await until(() => savepointInProgress(jobId), { what: 'the stop to be in flight', deadlineMs: 60_000 });
  const pending = await pendingActivity(stack(), workflowId);
  expect(pending).toMatchObject({ type: 'savepoint', attempt: 1 });
  await stack().worker.kill();
  expect(await savepointInProgress(jobId)).toBe(true);
  await orders.mend('snapshot-delay');
  await stack().worker.start();

  const ended = await endOf(stack(), workflowId);
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    result: { outcome: 'RESCALED', to: { parallelism: 4 } },
  });

  // From the history: the attempt that was killed was in flight, and another one took its work up.
  const started = (await historyOf(stack(), workflowId)).find(
    (event) => event.activityTaskStartedEventAttributes?.lastFailure !== undefined,
  );
  expect(started?.activityTaskStartedEventAttributes).toMatchObject({
    attempt: 2,
    lastFailure: { timeoutFailureInfo: { timeoutType: 'TIMEOUT_TYPE_HEARTBEAT' } },
  });
  expect(await savepoints()).toHaveLength(1);
  expect(await orders.live()).toMatchObject([{ state: 'RUNNING', parallelism: 4 }]);
  const question = { output: orders.output, splits: ordersSplits, deadlineMs: 60_000 };
  expect(await checkRunning(question)).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0, replayed: 0 });
}, 180_000);
