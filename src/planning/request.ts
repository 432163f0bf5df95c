import { z } from 'zod';
import { artifactSchema, defaultTimeouts, rescaleInputSchema } from '../contracts/rescale';
import type { GivenTimeouts, RescaleRequest, Timeouts } from '../contracts/rescale';
import { nearest } from './nearest';
import { clusterOf, rescaleWorkflowId } from './ids';

/** A request that can be planned, or why it cannot be, and what could be started instead. */
export type Parsed =
  | { readonly kind: 'REQUEST'; readonly request: RescaleRequest }
  | { readonly kind: 'INVALID'; readonly problems: readonly string[]; readonly suggestion: Suggestion };

/** Can be started as it is if nothing but names, choices and the workflow id was wrong. */
export interface Suggestion {
  readonly workflowId: string;
  readonly input: unknown;
}

/** The fields of the input and of each object in it. */
const fields: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(rescaleInputSchema.shape),
  artifact: Object.keys(artifactSchema.shape),
  previousArtifact: Object.keys(artifactSchema.shape),
  savepoint: Object.keys(rescaleInputSchema.shape.savepoint.unwrap().shape),
  timeouts: Object.keys(rescaleInputSchema.shape.timeouts.unwrap().shape),
};

/** All that names the lock, whatever the other fields are. */
const lockSchema = z.object({ cluster: rescaleInputSchema.shape.cluster, job: rescaleInputSchema.shape.job });

/**
 * Reads the workflow's raw input and checks that it is started under the one id that locks its job.
 * Each problem says what is wrong, where, and what is valid; all of them at once.
 */
export function parseRequest(raw: unknown, workflowId: string): Parsed {
  const parsed = rescaleInputSchema.safeParse(raw);
  const issues = parsed.success ? [] : parsed.error.issues;
  if (!isObject(raw)) {
    const example = { job: 'JOB', parallelism: 4 };
    return {
      kind: 'INVALID',
      problems: issues.flatMap(describeIssue),
      suggestion: { workflowId, input: example },
    };
  }
  const input = mended(raw, issues);
  const problems = issues.filter((issue) => !isCured(issue, input)).flatMap(describeIssue);
  const lock = lockSchema.safeParse(input);
  if (!lock.success) return { kind: 'INVALID', problems, suggestion: { workflowId, input } };

  const cluster = lock.data.cluster ?? clusterOf(workflowId);
  const wanted = rescaleWorkflowId(cluster ?? 'CLUSTER', lock.data.job);
  if (cluster === undefined || workflowId !== wanted) {
    problems.push(
      `the workflow id is "${workflowId}", but it is the lock of the job and must be "${wanted}"` +
        (cluster === undefined ? ', where CLUSTER is its name in weir.yaml' : ''),
    );
  } else if (parsed.success) {
    return { kind: 'REQUEST', request: { ...parsed.data, cluster } };
  }
  return { kind: 'INVALID', problems, suggestion: { workflowId: wanted, input } };
}

/** The same input with each unknown field respelled or left out, and each choice that cannot be made left to its default. */
function mended(raw: object, issues: readonly z.core.$ZodIssue[]): object {
  const input = JSON.parse(JSON.stringify(raw)) as object; // structuredClone does not exist in workflow code
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) respell(input, issue.path, key);
    } else if (issue.code === 'invalid_value') {
      const parent = valueAt(input, issue.path.slice(0, -1));
      const key = issue.path.at(-1);
      if (isObject(parent) && key !== undefined) Reflect.deleteProperty(parent, key);
    }
  }
  return input;
}

/** A field that is missing only because its name was misspelt: said once, of the name. */
function isCured(issue: z.core.$ZodIssue, input: object): boolean {
  return (
    issue.code === 'invalid_type' &&
    issue.message.endsWith('received undefined') &&
    valueAt(input, issue.path) !== undefined
  );
}

function respell(input: object, path: readonly PropertyKey[], key: string): void {
  const parent = valueAt(input, path);
  if (!isObject(parent)) return;
  const value: unknown = Reflect.get(parent, key);
  Reflect.deleteProperty(parent, key);
  const close = nearest(key, fieldsAt(path));
  if (close !== undefined && !Object.hasOwn(parent, close)) Reflect.set(parent, close, value);
}

function valueAt(input: object, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? Reflect.get(at, key) : undefined), input);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsAt(path: readonly PropertyKey[]): readonly string[] {
  return fields[path.join('.')] ?? [];
}

/** The time-outs that count: the input's, then the cluster's (weir.yaml), then the defaults. */
export function effectiveTimeouts(request: RescaleRequest, ofCluster: GivenTimeouts): Timeouts {
  const choose = (name: keyof Timeouts) => request.timeouts[name] ?? ofCluster[name] ?? defaultTimeouts[name];
  return {
    stop: choose('stop'),
    restart: choose('restart'),
    restore: choose('restore'),
    recovery: choose('recovery'),
    attention: choose('attention'),
  };
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const where = issue.path.length > 0 ? `"${issue.path.join('.')}"` : 'the input';
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownField(key, issue.path));
    case 'invalid_value':
      return [
        `${where} must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}: ` +
          `that is all this version of Weir can do`,
      ];
    default:
      return [`${where}: ${issue.message}`];
  }
}

function describeUnknownField(key: string, path: readonly PropertyKey[]): string {
  const close = nearest(key, fieldsAt(path));
  const hint = close === undefined ? '; valid fields: ' : `; did you mean "${close}"? Valid fields: `;
  return `unknown field "${[...path, key].join('.')}"${hint}${fieldsAt(path).join(', ')}`;
}
