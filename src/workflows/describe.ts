import type { RescaleRequest, RescaleStatus } from '../contracts/rescale';

/** A run's current details, as Markdown: the first line says what, the table when, the rest what can be done. */
export function describeRun(status: RescaleStatus, request: RescaleRequest): string {
  const { from, to } = status;
  const target = to?.parallelism ?? request.parallelism;
  const lines = [
    `**${status.job} ${from?.parallelism ?? '?'} -> ${target}**, ${request.upgradeStrategy}, ${request.restoreStrategy}`,
    '',
    '| phase | since |',
    '|---|---|',
    ...status.timings.map(({ phase, startedAt }) => `| ${phase} | ${new Date(startedAt).toISOString()} |`),
  ];
  if (from !== undefined) lines.push('', `old job \`${from.jobId}\``);
  if (to !== undefined) lines.push('', `new job \`${to.jobId}\``);
  if (status.snapshot !== undefined) lines.push('', `snapshot \`${status.snapshot.path}\``);
  for (const warning of status.warnings) lines.push('', `warning: ${warning}`);
  for (const option of status.operator) lines.push('', option);
  return lines.join('\n');
}
