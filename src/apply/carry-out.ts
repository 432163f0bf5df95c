import type { DeploymentHandle, WeirClient } from '../client';
import { NoSuchDeployment, Refused, WaitTimedOut } from '../client';
import type { Answer, DeploymentStatus } from '../contracts/deployment';
import { dryRunOf } from '../planning/deployment/dry-run';
import { freshState } from '../planning/deployment/state';
import { statusCommand } from '../planning/commands';
import type { Arguments } from './arguments';
import type { Document } from './documents';
import { shownAnswer, shownDryRun, shownEnd, shownNotes, shownStatus } from './shown';

export interface Applying {
  readonly weir: WeirClient;
  readonly args: Pick<Arguments, 'dryRun' | 'wait' | 'timeoutMs' | 'by' | 'reason'>;
  /** Calls Temporal under a deadline. */
  readonly call: <T>(name: string, ask: () => Promise<T>) => Promise<T>;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Applies one after the other, all of them, then waits for all at once. Whether everything went as asked. */
export async function carryOut(documents: readonly Document[], applying: Applying): Promise<boolean> {
  const ends: Promise<boolean>[] = [];
  for (const document of documents) {
    const deployment = applying.weir.deployment(document.identity.cluster, document.identity.name);
    const name = `${document.identity.cluster}/${document.identity.name}`;
    if (applying.args.dryRun) {
      ends.push(Promise.resolve(await compare(name, document, deployment, applying)));
      continue;
    }
    const answer = await apply(name, document, deployment, applying);
    if (answer === undefined) ends.push(Promise.resolve(false));
    else if (applying.args.wait) ends.push(wait(name, answer, deployment, applying));
  }
  const good = await Promise.all(ends);
  if (applying.args.dryRun) applying.print('nothing was touched (--dry-run)');
  return good.every(Boolean);
}

async function compare(
  name: string,
  { identity, resource, notServed }: Document,
  deployment: DeploymentHandle,
  { call, print }: Applying,
): Promise<boolean> {
  const before = await call(name, () => statusOf(deployment));
  const compared =
    before === undefined
      ? dryRunOf(freshState(identity.cluster, identity.name), { name: 'apply', resource }, Date.now())
      : await call(name, () => deployment.dryRun(resource));
  shownDryRun(name, compared, before).forEach(print);
  shownNotes(notServed).forEach(print);
  return compared.kind === 'ACCEPTED';
}

/** undefined: it is not there, or has no resource yet. */
async function statusOf(deployment: DeploymentHandle): Promise<DeploymentStatus | undefined> {
  try {
    return (await deployment.exists()) ? await deployment.status() : undefined;
  } catch (error) {
    if (error instanceof NoSuchDeployment) return undefined;
    throw error;
  }
}

async function apply(
  name: string,
  { resource, notServed }: Document,
  deployment: DeploymentHandle,
  { args, call, print, complain }: Applying,
): Promise<Answer | undefined> {
  const asked = {
    ...(args.by !== undefined && { by: args.by }),
    ...(args.reason !== undefined && { reason: args.reason }),
  };
  try {
    const answer = await call(name, () => deployment.apply(resource, asked));
    shownAnswer(name, answer).forEach(print);
    shownNotes(notServed).forEach(print);
    return answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(`${name}: refused: ${error.message}`);
    return undefined;
  }
}

async function wait(
  name: string,
  answer: Answer,
  deployment: DeploymentHandle,
  { args, print, complain, signal }: Applying,
): Promise<boolean> {
  let last = '';
  const printNew = (line: string) => {
    if (line !== last) print(line);
    last = line;
  };
  try {
    const revision = await deployment.carriedOut(answer, {
      ...(args.timeoutMs !== undefined && { timeoutMs: args.timeoutMs }),
      signal,
      onStatus: (status) => printNew(shownStatus(name, status)),
      onTrouble: (why) => printNew(`${name}: no answer (${why}); asking again`),
    });
    const { lines, isGood } = shownEnd(name, deployment.workflowId, revision);
    lines.forEach(isGood ? print : complain);
    return isGood;
  } catch (error) {
    if (!(error instanceof WaitTimedOut) && !signal.aborted) throw error;
    const why = signal.aborted ? 'not waited for any longer' : 'not done in time';
    complain(`${name}: ${why}; it goes on\nNext: ${statusCommand(deployment.workflowId)}`);
    return false;
  }
}
