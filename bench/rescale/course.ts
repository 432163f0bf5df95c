import type { WorkflowHandle } from '@temporalio/client';
import type { RescaleResult } from '../../src/contracts/rescale';
import { until } from '../../src/dev/until';
import type { FlinkClient } from '../../src/flink/client';
import { eventsOf } from '../histories';
import { requestsIn } from './requests';
import type { Moments, Span } from './window';

/** What is known of a restart with whoever carried it out: the jobs, and when it did what. */
export interface Course extends Pick<Moments, 'stopSent' | 'read' | 'submitSent' | 'activities'> {
  readonly from: string;
  readonly to: string;
}

/** Of a rescale by Weir that has ended: as its worker's requests and Temporal's history have it. */
export async function courseOf(
  handle: WorkflowHandle,
  { from, to }: Pick<RescaleResult, 'from' | 'to'>,
  requestsFile: string,
): Promise<Course> {
  if (from === undefined || to === undefined) throw new Error('it was no restart');
  const requests = requestsIn(requestsFile);
  const stop = requests.find(({ path }) => path === `/jobs/${from.jobId}/stop`);
  const read = requests.findLast(({ path }) => path.startsWith(`/jobs/${from.jobId}/savepoints/`));
  const submit = requests.find(
    ({ path, sentAt }) => /^\/jars\/[^/]+\/run/.test(path) && sentAt > (stop?.sentAt ?? NaN),
  );
  if (stop === undefined || read === undefined || submit === undefined)
    throw new Error(`the requests of ${handle.workflowId} were not noted`);
  return {
    ...{ from: from.jobId, to: to.jobId, activities: await activitiesOf(handle) },
    ...{ stopSent: stop.sentAt, read: read.answeredAt, submitSent: submit.sentAt },
  };
}

async function activitiesOf(handle: WorkflowHandle): Promise<Span[]> {
  const events = await eventsOf(handle);
  const times = new Map(events.map(({ eventId, eventTime }) => [eventId, Date.parse(eventTime)]));
  return events.flatMap(({ eventTime, activityTaskCompletedEventAttributes: completed }) => {
    const fromMs = completed && times.get(completed.startedEventId);
    return fromMs === undefined ? [] : [{ fromMs, toMs: Date.parse(eventTime) }];
  });
}

/** Together with what Flink has of it, once its caches are as new (`web.refresh-interval`). */
export function momentsOf(flink: FlinkClient, course: Course): Promise<Moments> {
  const known = () => momentsKnown(flink, course);
  return until(known, { what: 'the times that Flink has of a restart', deadlineMs: 30_000, pollMs: 500 });
}

/** @throws Error an answer is of before the job ran */
async function momentsKnown(flink: FlinkClient, course: Course): Promise<Moments> {
  const [savepoint, stopped, started] = [
    (await flink.checkpoints(course.from)).latest.savepoint,
    await flink.job(course.from),
    await flink.job(course.to),
  ];
  const vertices = await Promise.all(started.vertices.map(({ id }) => flink.vertex(course.to, id)));
  const tasks = vertices
    .flatMap(({ subtasks }) => subtasks)
    .map(({ 'start-time': deploying = NaN, 'status-duration': spent = {} }) => {
      const deployed = deploying + (spent['DEPLOYING'] ?? NaN);
      return { deployed, running: deployed + (spent['INITIALIZING'] ?? NaN) };
    });
  const moments = {
    ...course,
    acknowledged: savepoint?.latest_ack_timestamp ?? NaN,
    finished: stopped.timestamps['FINISHED'] ?? NaN,
    created: started.timestamps['CREATED'] ?? NaN,
    deployed: Math.max(...tasks.map(({ deployed }) => deployed)),
    running: Math.max(...tasks.map(({ running }) => running)),
  };
  const { acknowledged, finished, created, deployed, running } = moments;
  // what has not been is 0 in a job's times
  if (![acknowledged, finished, created, deployed, running].every((at) => Number.isFinite(at) && at > 0))
    throw new Error(`Flink does not tell all of it: ${JSON.stringify(moments)}`);
  return moments;
}
