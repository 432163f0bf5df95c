import { lockKey, submitId, triggerId } from '../../src/planning/ids';
import type { SubmitVerb, TriggerVerb } from '../../src/planning/ids';
import type { FlinkSimulator } from '../flink-simulator';
import type { Course } from './courses';
import { endOf, historyOf, startRescale } from './rescale';
import type { HistoryEvent } from './rescale';
import type { Simulated } from './simulated';
import { nextOf } from './watch';

/** A rescale of "orders" that takes a course, on a cluster that it has for itself. */
export interface CourseRun {
  readonly cluster: string;
  readonly flink: FlinkSimulator;
  readonly course: Course;
  readonly workflowId: string;
  readonly meanwhile: Promise<void>;
}

/** Starts it, and does not wait for it. `first`: what is to happen on the cluster before. */
export async function begin<T>(
  place: Simulated,
  cluster: string,
  course: Course,
  first: (flink: FlinkSimulator) => T,
): Promise<CourseRun & { readonly first: T }> {
  const flink = place.flinkOf(cluster);
  const runs = nextOf(flink, 'RUNNING', 'orders');
  flink.startJob({ name: 'orders', parallelism: 2 });
  await runs;
  flink.script(course.scripts ?? {});
  const meanwhile = course.meanwhile?.(flink) ?? Promise.resolve();
  const prepared = first(flink);
  const workflowId = await startRescale(place, {
    ...{ cluster, job: 'orders', parallelism: 4 },
    ...{ maxSavepointCreationAttempts: 1, maxJobCreationAttempts: 1 },
    ...course.input,
  });
  return { cluster, flink, course, workflowId, meanwhile, first: prepared };
}

/**
 * Waits for its end, and expects that of the course, with each effect there exactly once, under the ids that P1
 * derives. Returns the history.
 */
export async function expectEnd(place: Simulated, run: CourseRun): Promise<HistoryEvent[]> {
  const { flink, course } = run;
  const { type, parallelism, submits, stops } = course.end;
  const ended = await endOf(place, run.workflowId);
  await run.meanwhile;
  expect(ended).toMatchObject(
    type === 'RESCALED' ? { status: 'COMPLETED', result: { outcome: type } } : { status: 'FAILED', type },
  );
  flink.neverTwoCopies();
  expect(flink.stateLost()).toEqual([]);
  expect(flink.live('orders')).toMatchObject([{ state: 'RUNNING', options: { parallelism } }]);

  const history = await historyOf(place, run.workflowId);
  const firstRun = history[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId;
  if (firstRun === undefined) throw new Error('the history does not begin with the start');
  const key = { lock: lockKey(run.cluster, 'orders'), run: firstRun };
  const triggers = (verb: TriggerVerb, count: number) => oneTo(count).map((n) => triggerId(key, verb, n));
  const jobs = (verb: SubmitVerb, count: number) => oneTo(count).map((n) => submitId(key, verb, n));

  const stopIds = [...triggers('stop', stops.stop), ...triggers('withdraw', stops.withdraw)];
  const checkpointIds = triggers('checkpoint', type === 'RESCALED' ? 1 : 0);
  const jobIds = [...jobs('restart', submits.restart), ...jobs('rollback', submits.rollback)];
  const calls = (verb: string) => flink.calls.filter((call) => call.verb === verb);
  const idsOf = (verb: string) => calls(verb).map(({ triggerId, jobId }) => triggerId ?? jobId);
  const executed = (verb: string) =>
    calls(verb)
      .filter(({ outcome }) => outcome === 'EXECUTED')
      .map(({ triggerId, jobId }) => triggerId ?? jobId);
  expect(executed('STOP')).toEqual(stopIds);
  expect(executed('RUN')).toEqual(jobIds);
  expect(executed('CHECKPOINT')).toEqual(checkpointIds);
  // what was sent more than once bore the same id
  expect(new Set([...idsOf('STOP'), ...idsOf('RUN'), ...idsOf('CHECKPOINT')])).toEqual(
    new Set([...stopIds, ...jobIds, ...checkpointIds]),
  );
  const savepoints = flink.effects.filter((effect) => effect.kind === 'SAVEPOINT');
  expect(savepoints).toHaveLength(type === 'SavepointFailed' ? 0 : stopIds.length);
  return history;
}

function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
