import type { Condition } from '../../contracts/deployment';
import { code, plain } from '../markdown';
import type { EntityState } from './state';
import { statusOf } from './status';

/** How much of a message the details show. */
const longest = 400;

/** A deployment's current details, as Markdown: what is wanted and what is, why not, what is under way, what can be done. */
export function describeDeployment(state: EntityState): string {
  const status = statusOf(state);
  const { resource, newest } = state;
  if (status === undefined || resource === undefined) return 'Waits for its first `apply`.';
  const { jobName, template } = resource.spec;
  const { desired, actual, job, transition, savepointsAsked, drift, operator, conditions } = status;
  const wanted = desired === 'RUNNING' ? `${desired} at ${template.spec.parallelism}` : desired;
  const is = job === undefined ? actual : `${actual} at ${job.parallelism}`;
  const blocks = [
    `**${plain(jobName)}: wanted ${wanted}, is ${is}** (version ${status.resourceVersion})`,
    list([
      ...(transition === undefined
        ? []
        : [`${transition.transition} under way: ${code(transition.workflowId)}`]),
      ...(savepointsAsked === 0 ? [] : [`savepoints asked for: ${savepointsAsked}`]),
      ...(job === undefined ? [] : [`job ${code(job.jobId)}`]),
      ...(newest === undefined ? [] : [`newest state ${code(newest.path)}`]),
      ...(drift.length === 0 ? [] : [`differs from what is wanted: ${drift.map(code).join(', ')}`]),
    ]),
    conditions.length === 0 ? '' : table(conditions),
    list(operator.map(plain), '*'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function list(items: readonly string[], sign = '-'): string {
  return items.map((item) => `${sign} ${item}`).join('\n');
}

function table(conditions: readonly Condition[]): string {
  const rows = conditions.map(({ type, status, reason, message, lastTransitionTime }) => {
    const since = new Date(lastTransitionTime).toISOString().slice(0, 19).replace('T', ' ');
    const first = message.slice(0, longest).replace(/\n.*/s, '');
    return `| ${type} | ${status} | ${reason} | ${since} | ${plain(first)} |`;
  });
  return ['| condition | is | reason | since (UTC) | |', '|---|---|---|---|---|', ...rows].join('\n');
}
