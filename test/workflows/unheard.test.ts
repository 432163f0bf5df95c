import { until } from '../../src/dev/until';
import { lostAttempts } from '../kit/attempts';
import { beaten } from '../kit/beats';
import { courses } from '../kit/courses';
import type { Course } from '../kit/courses';
import { begin, expectEnd } from '../kit/course-run';
import type { CourseRun } from '../kit/course-run';
import { endOf, historyOf, pendingActivity } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { signal, statusOf, stopsOf, succeeded, update } from '../kit/watch';
import type { Hold } from '../flink-simulator';

/**
 * A worker that dies right after it has sent a stop, before its heartbeat could tell of that, and an abort: the stop may
 * reach Flink at any time, so that only the same stop, sent again and followed, says how the job stands (P5, P8).
 */
const whens = [
  { cluster: 'before-the-time-out', when: 'before Temporal has noticed' },
  { cluster: 'next-attempt', when: 'of the next attempt' },
] as const;

const place = useSimulated('unheard', {
  clusters: ['handed-over', 'back-off', 'restarting', ...whens.map(({ cluster }) => cluster)],
});

const firstRead = 'GET /jobs/:id/savepoints/:trigger';
/** Whatever is lost, tries are left. */
const course: Course = { ...courses.straight, input: { maxSavepointCreationAttempts: 4 } };

/** A rescale whose savepoint activity is at its first read: nothing was sent. */
async function atFirstRead(cluster: string): Promise<CourseRun & { readonly read: Hold }> {
  const run = await begin(place(), cluster, course, (flink) => flink.hold(firstRead, 'BEFORE'));
  await run.first.arrived;
  return { ...run, read: run.first };
}

/** When the savepoint activity beat last, and what it said. */
async function lastBeat({ workflowId }: CourseRun) {
  const { raw } = await place().client.workflow.getHandle(workflowId).describe();
  const pending = raw.pendingActivities?.[0];
  const said = pending?.heartbeatDetails?.payloads?.[0]?.data;
  return {
    at: JSON.stringify(pending?.lastHeartbeatTime),
    said: said == null ? '' : Buffer.from(said).toString(),
  };
}

/** Lets the stop be sent just after a beat, and waits until Flink has received it; it is executed once that is released. */
async function sendAfterABeat(run: CourseRun & { readonly read: Hold }): Promise<Hold> {
  const before = await lastBeat(run);
  await until(async () => (await lastBeat(run)).at !== before.at, {
    ...{ what: 'a beat', deadlineMs: 10_000, pollMs: 10 },
  });
  const stop = run.flink.hold('POST /jobs/:id/stop', 'BEFORE', { times: 1 });
  run.read.release();
  await stop.arrived;
  return stop;
}

test('P8: a worker that is told to end before it has sent anything, and an abort of the next attempt: ABORTED, nothing was sent', async () => {
  const { workflowId, flink, read } = await atFirstRead('handed-over');
  const { worker } = place();
  await place().addWorker();
  await worker.stop(20_000);
  await until(() => read.waiting === 1, { what: 'the next attempt', deadlineMs: 20_000 });
  await update(place(), workflowId, 'abort');
  await beaten(place(), workflowId, { cancelRequested: true });
  read.release();

  const { outcome, from } = succeeded(await endOf(place(), workflowId));
  expect(outcome).toBe('ABORTED');
  expect(flink.live('orders')).toMatchObject([{ state: 'RUNNING', options: { parallelism: 2 } }]);
  expect(stopsOf(flink, from?.jobId ?? '')).toBe(0);
}, 120_000);

test.each(whens)(
  'P5, P8: killed before a heartbeat told of the stop, and an abort $when: the stop is sent again and let end',
  async ({ cluster }) => {
    const run = await atFirstRead(cluster);
    const { workflowId, flink } = run;
    const worker = place().workers.findLast(({ running }) => running);
    await place().addWorker();
    const stop = await sendAfterABeat(run);
    await worker?.kill();
    expect((await lastBeat(run)).said).toContain('"open":"NO"');

    const read = flink.hold(firstRead, 'BEFORE');
    if (cluster === 'next-attempt') {
      await read.arrived;
      await update(place(), workflowId, 'abort');
      await beaten(place(), workflowId, { cancelRequested: true });
    } else await signal(place(), workflowId, 'abort');
    read.release();

    expect(lostAttempts(await expectEnd(place(), run))).toMatchObject([
      { activity: 'savepoint', attempt: 1 },
    ]);
    const { warnings } = succeeded(await endOf(place(), workflowId));
    expect(warnings.join()).toContain('the abort came too late');
    // it arrives when everything is over, and changes nothing
    stop.release();
    await expectEnd(place(), run);
  },
  60_000,
);

test('P5, P8: killed with its third stop on its way, and an abort in the pause before the next attempt: Temporal ends the activity, and the stop is let end all the same', async () => {
  const refused = { kind: 'REFUSED' } as const;
  // after two failed tries the pause is 4 s
  const thrice: Course = { ...course, scripts: { stops: [refused, refused] } };
  const { first, workflowId, flink } = await begin(place(), 'back-off', thrice, (one) =>
    one.hold('POST /jobs/:id/stop', 'BEFORE', { after: 2, times: 1 }),
  );
  await first.arrived;
  const worker = place().workers.findLast(({ running }) => running);
  await place().addWorker();
  await worker?.kill();
  const pausing = async () => (await pendingActivity(place(), workflowId))?.attempt === 4;
  await until(pausing, { what: 'the pause before attempt 4', deadlineMs: 20_000, pollMs: 10 });
  await update(place(), workflowId, 'abort');

  const { outcome, warnings, from, to } = succeeded(await endOf(place(), workflowId));
  expect({ outcome, to }).toMatchObject({ outcome: 'RESCALED', to: { parallelism: 4 } });
  expect(warnings.join()).toContain('the abort came too late');
  const events = (await historyOf(place(), workflowId)).map(({ eventType }) => eventType);
  expect(events).toContain('EVENT_TYPE_ACTIVITY_TASK_CANCELED');
  // it arrives when everything is over, and changes nothing
  first.release();
  await until(() => flink.calls.filter(({ verb }) => verb === 'STOP').length === 4, {
    what: 'the late stop',
    deadlineMs: 10_000,
  });
  expect(stopsOf(flink, from?.jobId ?? '')).toBe(3);
  expect(flink.live('orders')).toMatchObject([{ id: to?.jobId, state: 'RUNNING' }]);
}, 60_000);

test('P5, P8: killed with its stop on its way, a job that restarts, and an abort that no worker hears: the same stop is sent once for its answer, ABORTED', async () => {
  const { first, workflowId, flink } = await begin(place(), 'restarting', course, (one) =>
    one.hold('POST /jobs/:id/stop', 'BEFORE', { times: 1 }),
  );
  await first.arrived;
  const [old] = flink.live('orders');
  old?.keepRestarting();
  await place()
    .workers.findLast(({ running }) => running)
    ?.kill();
  await signal(place(), workflowId, 'abort');
  await place().addWorker();
  const settles = async () => (await statusOf(place(), workflowId)).phase === 'SETTLING';
  await until(settles, { what: 'it to settle', deadlineMs: 30_000 });
  old?.mend();

  const { outcome } = succeeded(await endOf(place(), workflowId));
  expect(outcome).toBe('ABORTED');
  expect(flink.live('orders')).toMatchObject([{ id: old?.id, state: 'RUNNING' }]);
  const stops = () => flink.calls.filter(({ verb }) => verb === 'STOP');
  expect(stops()).toMatchObject([{ outcome: 'EXECUTED' }]);
  // it arrives when everything is over, and changes nothing
  first.release();
  await until(() => stops().length === 2, { what: 'the late stop', deadlineMs: 10_000 });
  expect(stopsOf(flink, old?.id ?? '')).toBe(1);
  expect(flink.live('orders')).toMatchObject([{ id: old?.id, state: 'RUNNING' }]);
}, 60_000);
