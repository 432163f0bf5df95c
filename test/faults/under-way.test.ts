import { until } from '../../src/dev/until';
import { endOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { statusOf, succeeded } from '../kit/watch';

/**
 * Table 3.1, "a stop of ours is still under way": a try may take the checkpoint time-out, the stop time-out and a
 * minute (P25); one that takes longer is given up as a try, and its end is waited for all the same (P5).
 */
const place = useSimulated('under-way', { flink: { checkpointing: { timeoutMs: 1_000 } } });

test('P5: a stop that outlasts its try is waited for: it goes through, its savepoint is used, no other stop is sent', async () => {
  const { flink } = place();
  flink.startJob({ name: 'orders', parallelism: 2 });
  flink.script({ job: 'orders', stops: [{ kind: 'TAKES', ms: 70_000 }] });
  const savepoint = flink.next('SAVEPOINT');

  const workflowId = await startRescale(place(), {
    job: 'orders',
    parallelism: 4,
    timeouts: { stop: 1_000 },
  });
  await until(async () => (await statusOf(place(), workflowId)).phase === 'SETTLING', {
    what: 'the try to be given up',
    deadlineMs: 90_000,
  });
  const { path } = await savepoint;

  const result = succeeded(await endOf(place(), workflowId));
  expect(result).toMatchObject({ outcome: 'RESCALED', snapshot: { path }, to: { parallelism: 4 } });
  expect(flink.calls.filter((call) => call.verb === 'STOP')).toHaveLength(1);
  expect((await statusOf(place(), workflowId)).timings.map(({ phase }) => phase)).toContain('SETTLING');
  flink.neverTwoCopies();
  expect(flink.stateLost()).toEqual([]);
}, 180_000);
