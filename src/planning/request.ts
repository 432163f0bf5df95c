import type { z } from 'zod';
import { defaultTimeouts, rescaleInputSchema } from '../contracts/rescale';
import type { GivenTimeouts, RescaleRequest, Timeouts } from '../contracts/rescale';
import { nearest } from './nearest';
import { clusterOf, rescaleWorkflowId } from './ids';

/** A request that can be planned, or why it cannot be, and what could be started instead. */
export type Parsed =
  | { readonly kind: 'REQUEST'; readonly request: RescaleRequest }
  | { readonly kind: 'INVALID'; readonly problems: readonly string[]; readonly suggestion: Suggestion };

export interface Suggestion {
  readonly workflowId: string;
  readonly input: unknown;
}

const fields = Object.keys(rescaleInputSchema.shape);

/**
 * Reads the workflow's raw input and checks that it is started under the one id that locks its job.
 * Each problem says what is wrong, where, and what is valid.
 */
export function parseRequest(raw: unknown, workflowId: string): Parsed {
  const parsed = rescaleInputSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(describeIssue);
    return { kind: 'INVALID', problems, suggestion: { workflowId, input: respelled(raw) } };
  }
  const cluster = parsed.data.cluster ?? clusterOf(workflowId);
  const right = cluster === undefined ? undefined : rescaleWorkflowId(cluster, parsed.data.job);
  if (cluster !== undefined && workflowId === right) {
    return { kind: 'REQUEST', request: { ...parsed.data, cluster } };
  }
  const wanted = right ?? rescaleWorkflowId('CLUSTER', parsed.data.job);
  const problem =
    `the workflow id is "${workflowId}", but it is the lock of the job and must be "${wanted}"` +
    (right === undefined ? ', where CLUSTER is its name in weir.yaml' : '');
  return { kind: 'INVALID', problems: [problem], suggestion: { workflowId: wanted, input: raw } };
}

/** The same input with each unknown field respelled as the nearest valid one, or left out. */
function respelled(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return { job: 'JOB', parallelism: 4 };
  const entries = Object.entries(raw).flatMap(([key, value]: [string, unknown]) => {
    const valid = fields.includes(key) ? key : nearest(key, fields);
    return valid === undefined ? [] : [[valid, value] as const];
  });
  return Object.fromEntries(entries);
}

/** The time-outs that count: the input's, then the cluster's (weir.yaml), then the defaults. */
export function effectiveTimeouts(request: RescaleRequest, ofCluster: GivenTimeouts): Timeouts {
  const choose = (name: keyof Timeouts) => request.timeouts[name] ?? ofCluster[name] ?? defaultTimeouts[name];
  return {
    stop: choose('stop'),
    restart: choose('restart'),
    restore: choose('restore'),
    recovery: choose('recovery'),
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
  const name = [...path, key].join('.');
  if (path.length > 0) return `unknown field "${name}"`;
  const close = nearest(key, fields);
  const hint = close === undefined ? '' : `; did you mean "${close}"?`;
  return `unknown field "${name}"${hint} Valid fields: ${fields.join(', ')}`;
}
