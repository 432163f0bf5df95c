import type { z } from 'zod';
import { defaultTimeouts, rescaleInputSchema } from '../contracts/rescale';
import type { GivenTimeouts, RescaleRequest, Timeouts } from '../contracts/rescale';
import { nearest } from './nearest';
import { clusterOf, rescaleWorkflowId } from './ids';

/** A request that can be planned, or why it cannot be. */
export type Parsed =
  | { readonly kind: 'REQUEST'; readonly request: RescaleRequest }
  | { readonly kind: 'INVALID'; readonly problems: readonly string[] };

const fields = Object.keys(rescaleInputSchema.shape);

/**
 * Reads the workflow's raw input and checks that it is started under the one id that locks its job.
 * Each problem says what is wrong, where, and what is valid.
 */
export function parseRequest(raw: unknown, workflowId: string): Parsed {
  const parsed = rescaleInputSchema.safeParse(raw);
  if (!parsed.success) return { kind: 'INVALID', problems: parsed.error.issues.flatMap(describeIssue) };

  const cluster = parsed.data.cluster ?? clusterOf(workflowId);
  const right = rescaleWorkflowId(cluster ?? '<cluster>', parsed.data.job).replace('%3Ccluster%3E', '<cluster>');
  if (cluster === undefined || workflowId !== right) {
    return {
      kind: 'INVALID',
      problems: [
        `the workflow id is "${workflowId}", but the workflow id is the lock of the job and must be "${right}"`,
      ],
    };
  }
  return { kind: 'REQUEST', request: { ...parsed.data, cluster } };
}

/** The time-outs that count: the input's, then the cluster's (weir.yaml), then the defaults. */
export function effectiveTimeouts(request: RescaleRequest, ofCluster: GivenTimeouts): Timeouts {
  const choose = (name: keyof Timeouts) => request.timeouts[name] ?? ofCluster[name] ?? defaultTimeouts[name];
  return { stop: choose('stop'), restart: choose('restart'), restore: choose('restore'), recovery: choose('recovery') };
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
