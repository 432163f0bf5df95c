import { until } from '../../src/dev/until';
import { endOf, pendingActivity, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { statusOf, succeeded } from '../kit/watch';

/** What an answer of Flink means: not every failure is a failed try (P6), and not every state is today's (P11). */
const cacheMs = 8_000;
const place = useSimulated('answers', {
  jobs: ['not-now', 'cached', 'seen', 'unseen'],
  flink: { slots: 20, refreshIntervalMs: cacheMs },
});

afterEach(() => {
  place().flink.neverTwoCopies();
  expect(place().flink.stateLost()).toEqual([]);
});

test('P6: a stop that meets the job while it restarts is not a failed try: it is sent again, under the next id', async () => {
  const { flink } = place();
  const job = flink.startJob({ name: 'not-now', parallelism: 2 });
  const held = flink.hold('POST /jobs/:id/stop', 'BEFORE', { times: 1 });
  const input = { job: 'not-now', parallelism: 4, maxSavepointCreationAttempts: 1 };
  const workflowId = await startRescale(place(), input);
  await held.arrived;
  job.failOver('a task was lost');
  held.release();

  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({ outcome: 'RESCALED' });
  const stops = flink.calls.filter((call) => call.verb === 'STOP' && call.jobId === job.id);
  expect(new Set(stops.map((call) => call.triggerId)).size).toBe(2);
}, 60_000);

test('P11: the end of a job is read where Flink does not cache it', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'cached', parallelism: 2 });
  const run = flink.hold('POST /jars/:id/run', 'BEFORE', { times: 1 });
  const workflowId = await startRescale(place(), { job: 'cached', parallelism: 4 });
  await run.arrived;

  // At the submit the cached answer still says RUNNING, of a job that is FINISHED.
  const cached = (await (await fetch(`${flink.restUrl}/jobs/${id}`)).json()) as { state: string };
  expect(cached.state).toBe('RUNNING');
  expect(flink.job(id).state).toBe('FINISHED');
  run.release();
  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({ outcome: 'RESCALED' });
}, 60_000);

test('P11: where the end of the job is seen with its savepoint, the new one does not wait for the second look at it', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'seen', parallelism: 2 });
  // one in PLANNING, one with the savepoint
  const secondLook = flink.hold(`GET /jobs/${id}/status`, 'BEFORE', { after: 2 });
  const workflowId = await startRescale(place(), { job: 'seen', parallelism: 4 });
  await secondLook.arrived;
  const verifying = async () => (await statusOf(place(), workflowId)).phase === 'VERIFYING';
  await until(verifying, { what: 'the new job to be looked at', deadlineMs: 30_000, pollMs: 100 });

  secondLook.release();
  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({ outcome: 'RESCALED' });
}, 60_000);

test('P11: where it is not, nothing is submitted before it is proven', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'unseen', parallelism: 2 });
  flink.fault({ on: `GET /jobs/${id}/status`, kind: 'STATUS', status: 503, after: 1 });
  const proof = flink.hold(`GET /jobs/${id}/status`, 'BEFORE', { after: 1 });
  const workflowId = await startRescale(place(), { job: 'unseen', parallelism: 4 });
  await proof.arrived;
  expect(await pendingActivity(place(), workflowId)).toMatchObject({ type: 'stop' });
  expect((await statusOf(place(), workflowId)).phase).toBe('STOPPING');

  proof.release();
  expect(succeeded(await endOf(place(), workflowId))).toMatchObject({ outcome: 'RESCALED' });
}, 60_000);
