import { steeringNames } from '../contracts/rescale';
import type { Phase, RescaleRequest, RescaleStatus } from '../contracts/rescale';

/** A run's current details, as Markdown: the first line says what, the table when, the rest what can be done. */
export function describeRun(status: RescaleStatus, request: RescaleRequest): string {
  const { from, to } = status;
  const target = to?.parallelism ?? request.parallelism;
  const lines = [
    `**${status.job} ${from?.parallelism ?? '?'} -> ${target}**, ${request.upgradeStrategy}, ${request.restoreStrategy}`,
  ];
  if (status.attention !== undefined) lines.push('', `**ATTENTION: ${status.attention}**`);
  lines.push('', '| phase | since |', '|---|---|');
  for (const { phase, startedAt } of status.timings)
    lines.push(`| ${phase} | ${new Date(startedAt).toISOString()} |`);
  status.failedTries.forEach((cause, i) => lines.push('', `try ${i + 1} failed: ${cause}`));
  if (from !== undefined) lines.push('', `old job \`${from.jobId}\``);
  if (to !== undefined) lines.push('', `new job \`${to.jobId}\``);
  if (status.snapshot !== undefined) lines.push('', `snapshot \`${status.snapshot.path}\``);
  for (const warning of status.warnings) lines.push('', `warning: ${warning}`);
  for (const option of status.operator) lines.push('', option);
  return lines.join('\n');
}

/** What an operator can do now, as sentences. */
export function operatorOptions(phase: Phase, workflowId: string, aborted: boolean): string[] {
  const send = (name: string, input?: string) =>
    `temporal workflow signal --workflow-id ${workflowId} --name ${name}` +
    (input === undefined ? '' : ` --input '${input}'`);
  switch (phase) {
    case 'PLANNING':
    case 'SAVEPOINTING':
      if (aborted) return ['an abort was asked for: the try in flight is let end, no other follows'];
      return [`to abort: ${send(steeringNames.abort)}`];
    case 'SETTLING':
      return ['wait: what became of the job is being looked at'];
    case 'STOPPING':
    case 'RESTARTING':
    case 'VERIFYING':
    case 'ROLLING_BACK':
      return ['wait: the old job is stopped, so this goes on until a job runs'];
    case 'ATTENTION':
      return [
        'Weir goes on by itself. You may',
        `try again at once: ${send(steeringNames.retry)}`,
        `start from another snapshot: ${send(steeringNames.restoreFrom, '{"path":"..."}')}`,
        `stop trying: ${send(steeringNames.giveUp)}`,
      ];
    case 'DONE':
      return [];
  }
}
