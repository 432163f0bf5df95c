import { statusQuery } from '../../src/contracts/rescale';
import type { RescaleResult, RescaleStatus } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';

/** More than the activities that Temporal's SDK lets a worker run at once by default: 100. */
const waiting = Array.from({ length: 101 }, (_, i) => `waiting-${i + 1}`);
const place = useSimulated('many-waits', { jobs: [...waiting, 'other'], flink: { slots: 200 } });

test('P32: waits for savepoints hold no other job up, however many they are', async () => {
  const { flink, client, taskQueue } = place();
  const releases = waiting.map((name) => {
    const { id } = flink.startJob({ name, parallelism: 1 });
    return flink.fault({ on: `POST /jobs/${id}/stop`, kind: 'STATUS', status: 503, times: Infinity });
  });
  const runs = await Promise.all(
    waiting.map((job) =>
      client.workflow.start('rescale', {
        ...{ taskQueue, workflowId: rescaleWorkflowId('local', job), args: [{ job, parallelism: 2 }] },
      }),
    ),
  );
  const phaseOf = (run: (typeof runs)[number]) =>
    run.query<RescaleStatus>(statusQuery).then(({ phase }) => phase);
  await until(async () => (await Promise.all(runs.map(phaseOf))).every((phase) => phase === 'SAVEPOINTING'), {
    ...{ what: 'all to wait for their savepoints', deadlineMs: 90_000, pollMs: 1_000 },
  });

  flink.startJob({ name: 'other', parallelism: 1 });
  await expect(rescale(place(), { job: 'other', parallelism: 2 })).resolves.toMatchObject({
    result: { outcome: 'RESCALED' },
  });

  for (const release of releases) release();
  const outcomes = await Promise.all(runs.map((run) => run.result() as Promise<RescaleResult>));
  expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['RESCALED']));
  flink.neverTwoCopies();
}, 240_000);
