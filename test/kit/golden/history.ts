import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { outcomes } from '../../../src/contracts/rescale';
import { projectDir } from '../../../src/dev/paths';

/** Histories of runs that are over, as `temporal workflow show -o json` gives them: what later code has to replay. */
export const goldenDir = join(projectDir, 'test', 'golden');

const payload = z.object({ data: z.string() });

/** The part of a history that says which states a run went through. */
const historySchema = z.object({
  events: z.array(
    z.object({
      eventType: z.string(),
      workflowExecutionStartedEventAttributes: z
        .object({ workflowId: z.string(), workflowType: z.object({ name: z.string() }) })
        .optional(),
      upsertWorkflowSearchAttributesEventAttributes: z
        .object({ searchAttributes: z.object({ indexedFields: z.record(z.string(), payload) }) })
        .optional(),
      workflowExecutionCompletedEventAttributes: z
        .object({ result: z.object({ payloads: z.tuple([payload]) }) })
        .optional(),
      workflowExecutionFailedEventAttributes: z
        .object({ failure: z.object({ applicationFailureInfo: z.object({ type: z.string() }) }) })
        .optional(),
    }),
  ),
});
export type History = z.infer<typeof historySchema>;

export function parseHistory(json: unknown): History {
  return historySchema.parse(json);
}

export interface GoldenHistory {
  /** The file's name without `.json`. */
  readonly name: string;
  /** The workflow depends on it, and a replay has to be told. */
  readonly workflowId: string;
  readonly type: string;
  /** As it was recorded, for a replay. */
  readonly json: unknown;
  readonly path: readonly string[];
}

export function goldenHistories(): GoldenHistory[] {
  const files = readdirSync(goldenDir).filter((file) => file.endsWith('.json'));
  return files.map((file) => {
    const json: unknown = JSON.parse(readFileSync(join(goldenDir, file), 'utf8'));
    const history = parseHistory(json);
    const started = history.events[0]?.workflowExecutionStartedEventAttributes;
    if (started === undefined) throw new Error(`test/golden/${file} does not begin with a start`);
    const { workflowId, workflowType } = started;
    const name = file.slice(0, -'.json'.length);
    return { name, workflowId, type: workflowType.name, json, path: pathOf(history) };
  });
}

/** What a task's clock is read from. */
const timedSchema = z.object({
  events: z.array(z.looseObject({ eventType: z.string(), eventTime: z.string() })),
});

/** The same history, every second task of it given the time of the first: as Temporal may do with one that is late. */
export function withLateClock(json: unknown, which: 'ODD' | 'EVEN'): unknown {
  const { events } = timedSchema.parse(json);
  const first = events[0]?.eventTime ?? '';
  let task = 0;
  return {
    events: events.map((event) => {
      if (event.eventType !== 'EVENT_TYPE_WORKFLOW_TASK_STARTED') return event;
      task += 1;
      return (task % 2 === 0) === (which === 'EVEN') ? { ...event, eventTime: first } : event;
    }),
  };
}

/**
 * The states that a run went through: each phase as it was put on the search attribute `WeirPhase`, and at last the
 * outcome or the failure's type, which stands for the phase DONE. Of a deployment's run that lives on there is no last.
 */
export function pathOf(history: History): string[] {
  const path: string[] = [];
  for (const event of history.events) {
    const upserted = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes.indexedFields;
    const phase = upserted?.['WeirPhase'];
    if (phase !== undefined) path.push(z.string().parse(decoded(phase)));
    const result = event.workflowExecutionCompletedEventAttributes?.result.payloads[0];
    if (result !== undefined) path.push(resultSchema.parse(decoded(result)));
    const failed = event.workflowExecutionFailedEventAttributes;
    if (failed !== undefined) path.push(failed.failure.applicationFailureInfo.type);
    if (event.eventType === 'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW') path.push('CONTINUED_AS_NEW');
  }
  return path.filter((state) => state !== 'DONE');
}

/** Of a rescale, or of a deployment. */
const resultSchema = z.union([
  z.object({ outcome: z.enum(outcomes) }).transform(({ outcome }) => outcome),
  z.object({ ended: z.string() }).transform(({ ended }) => ended),
]);

function decoded({ data }: z.infer<typeof payload>): unknown {
  return JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
}

/** The steps of a path, `A -> B`; a run begins at `[*]`. */
export function transitionsOf(path: readonly string[]): string[] {
  return path.map((state, i) => transition(path[i - 1] ?? '[*]', state));
}

export function transition(from: string, to: string): string {
  return `${from} -> ${to}`;
}
