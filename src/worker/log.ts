import type { LogMetadata } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import { ConfigError } from '../config';
import { subjectOf } from '../planning/ids';

/** `text` for a person at a terminal, `json` for a log collector: either way one line an event. */
export type LogFormat = 'text' | 'json';

/** What WEIR_LOG says, else what weir.yaml says, else by what stdout is.
 * @throws ConfigError for another word */
export function logFormat(
  env: string | undefined,
  configured: LogFormat | undefined,
  isTerminal: boolean,
): LogFormat {
  if (env === 'text' || env === 'json') return env;
  if (env !== undefined && env !== '') throw new ConfigError(`WEIR_LOG is "${env}"; valid: text, json`);
  return configured ?? (isTerminal ? 'text' : 'json');
}

/** Weir's logger, and the SDK's: what workflows and activities log arrives here with their ids. */
export function createLogger(format: LogFormat, write: (line: string) => void): DefaultLogger {
  const line = format === 'json' ? jsonLine : textLine;
  return new DefaultLogger('INFO', (entry) => write(`${line(entry)}\n`));
}

function jsonLine(entry: LogEntry): string {
  const { level, message, meta = {} } = entry;
  return stringified({ time: timeOf(entry), level, message, ...fieldsOf(meta) });
}

function textLine(entry: LogEntry): string {
  const { level, message, meta = {} } = entry;
  const fields = Object.entries(fieldsOf(meta)).filter(([name]) => !onlyForMachines.has(name));
  const said = fields.map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : stringified(value)}`,
  );
  return `${timeOf(entry)} ${level.padEnd(5)} ${message}${said.join('')}`.replace(/\n/g, ' | ');
}

function timeOf({ timestampNanos }: LogEntry): string {
  return new Date(Number(timestampNanos / 1_000_000n)).toISOString();
}

/** Of the SDK's attributes, those that nobody reads; the task token would let its holder answer for the activity. */
const dropped = new Set(['taskToken', 'isLocal', 'workflowRunId', 'activityType']);
const onlyForMachines = new Set([
  'namespace',
  'taskQueue',
  'runId',
  'workflowType',
  'activityId',
  'sdkComponent',
]);

/** One name for one thing, and the cluster and the job that the workflow's id names. */
function fieldsOf(meta: LogMetadata): Record<string, unknown> {
  const { workflowId, runId, workflowRunId, activityType } = meta as Record<string, unknown>;
  const fields: Record<string, unknown> = {
    workflowId,
    runId: runId ?? workflowRunId,
    activity: activityType,
    ...(typeof workflowId === 'string' ? subjectOf(workflowId) : undefined),
  };
  for (const [name, value] of Object.entries(meta)) if (!dropped.has(name)) fields[name] ??= value;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Of an error only what it says: those of HTTP clients carry the whole request, credentials and all. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const type = 'type' in value ? { type: value.type } : {};
  return { name, message, ...type, ...(cause instanceof Error ? { cause } : {}), stack };
}

function stringified(value: unknown): string {
  try {
    return JSON.stringify(value, plain);
  } catch {
    return JSON.stringify({ unreadable: String(value) });
  }
}
