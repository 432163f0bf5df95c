import type { Answer, Change, DeploymentStatus, DryRun, Revision } from '../contracts/deployment';
import { statusCommand } from '../planning/commands';

/** What `npm run apply` prints: lines for a terminal and for the log of a pipeline alike. */

/** `before`: the status of what is there, if it is. */
export function shownDryRun(name: string, dryRun: DryRun, before: DeploymentStatus | undefined): string[] {
  if (dryRun.kind === 'REFUSED')
    return [`${name}: would be refused: ${dryRun.why}`, 'Next: correct it, then run this command again'];
  const { changes, answer } = dryRun;
  if (before === undefined) return [`${name}: would be created`, ...shownPlan(answer)];
  const now = `version ${before.resourceVersion}, ${stateOf(before)}`;
  if (changes.length === 0) return [`${name}: ${now}; nothing would change`, ...shownPlan(answer)];
  return [`${name}: ${now}; would change`, ...changes.map(shownChange), ...shownPlan(answer)];
}

function shownChange({ field, from, to }: Change): string {
  if (from === undefined) return `  + ${field}: ${to}`;
  return to === undefined ? `  - ${field}: ${from}` : `  ~ ${field}: ${from} -> ${to}`;
}

function shownPlan({ plan }: Answer): string[] {
  return plan.map((step) => `  plan: ${step}`);
}

/** What of the file counts for nothing. */
export function shownNotes(notServed: readonly string[]): string[] {
  return notServed.map((sentence) => `  note: ${sentence}`);
}

const effects: Readonly<Record<Answer['effect'], string>> = {
  ACCEPTED: 'it begins now',
  QUEUED: 'it follows what is under way',
  STORED: 'nothing restarts for it',
};

export function shownAnswer(name: string, answer: Answer): string[] {
  const { resourceVersion, effect } = answer;
  return [`${name}: version ${resourceVersion}, ${effect}: ${effects[effect]}`, ...shownPlan(answer)];
}

/** One line of progress. */
export function shownStatus(name: string, status: DeploymentStatus): string {
  const waits = status.conditions.find(({ type, status }) => type === 'WaitingForLock' && status);
  return `${name}: ${stateOf(status)}${waits === undefined ? '' : `; ${waits.message}`}`;
}

function stateOf({ actual, transition, job }: DeploymentStatus): string {
  if (transition !== undefined) return `${actual}: ${transition.transition} by ${transition.workflowId}`;
  return job === undefined ? actual : `${actual} at parallelism ${job.parallelism}`;
}

/** How it went, and whether that is what was asked for. */
export function shownEnd(
  name: string,
  workflowId: string,
  { resourceVersion, outcome, message, downtimeMs }: Revision,
): { readonly lines: readonly string[]; readonly isGood: boolean } {
  const version = `${name}: version ${resourceVersion}`;
  switch (outcome) {
    case 'DONE': {
      const downtime = downtimeMs === undefined ? '' : `, downtime ${downtimeMs} ms`;
      return { lines: [`${version} is DONE${downtime}`], isGood: true };
    }
    case 'STORED':
      return { lines: [`${version} is STORED: nothing restarts for it`], isGood: true };
    case 'SUPERSEDED':
      return {
        lines: [`${version} is SUPERSEDED: a newer one came before it was carried out`, next(workflowId)],
        isGood: false,
      };
    case 'PENDING':
    case 'FAILED':
      return {
        lines: [`${version} is ${outcome}${message === undefined ? '' : `: ${message}`}`, next(workflowId)],
        isGood: false,
      };
  }
}

function next(workflowId: string): string {
  return `Next: ${statusCommand(workflowId)}`;
}
