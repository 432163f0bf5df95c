/** What the acts of the demo have in common: where they play, and how they judge what they saw. */
import { dirname, isAbsolute } from 'node:path';
import type { Client } from '@temporalio/client';
import type { JobAt } from '../contracts/rescale';
import { checkRunning, type Verdict } from './checker';
import { quoted, type Screen } from './demo-report';
import type { Ended, StartedRescale } from './demo-rescale';
import { ordersSplits, type Orders } from './orders';
import type { Stack } from './stack';

/** Something that the demo promises, and whether it came true. */
export interface Proof {
  readonly claim: string;
  readonly holds: boolean;
}

export interface Scene {
  readonly stack: Stack;
  readonly orders: Orders;
  readonly client: Client;
  readonly screen: Screen;
  /** Path of the Temporal CLI, or its name if it is on the PATH. */
  readonly temporal: string;
}

/** The cluster's name in weir.yaml. */
export const CLUSTER = 'local';
const VERDICT_MS = 60_000;

/** What another terminal needs before `temporal` finds this server; nothing where all is as usual. */
export function sayPreparations({ stack, screen, temporal }: Scene): void {
  const { address } = stack.temporal;
  const theirs = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  const needed = [
    ...(isAbsolute(temporal) ? [`export PATH=${quoted(dirname(temporal))}:"$PATH"`] : []),
    ...(theirs.length > 0 ? [`unset ${theirs.join(' ')}`] : []),
    ...(address.endsWith(':7233') ? [] : [`export TEMPORAL_ADDRESS=${address}`]),
  ];
  if (needed.length === 0) return;
  screen.say('To type the commands yourself, in another terminal, first tell it where things are:');
  screen.code(...needed);
}

/** Judges all output so far; the gap is the longest of those during the rescale. */
export function judge({ orders }: Scene, { timings }: Pick<Ended, 'timings'>): Promise<Verdict> {
  const window = { fromMs: timings.at(0)?.startedAt ?? 0, toMs: timings.at(-1)?.startedAt ?? Infinity };
  return checkRunning({ output: orders.output, splits: ordersSplits, window, deadlineMs: VERDICT_MS });
}

export function proofOf(when: string, { lost, countedTwice, forgotten }: Verdict): Proof {
  return {
    claim: `nothing was lost and nothing counted twice ${when}`,
    holds: lost === 0 && countedTwice === 0 && forgotten === 0,
  };
}

/** Whether Flink has this one job under the name, with all its tasks running. */
export async function runsAlone(orders: Orders, { jobId, parallelism }: JobAt): Promise<boolean> {
  const [job, ...others] = await orders.live();
  return others.length === 0 && job?.id === jobId && job.allTasksRun && job.parallelism === parallelism;
}

/** The newest run of that workflow. */
export async function runOf({ client }: Scene, workflowId: string): Promise<StartedRescale> {
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  return { workflowId, runId };
}

/** In the Web UI. */
export function workflowUrl({ stack }: Scene, { workflowId, runId }: StartedRescale): string {
  const { uiUrl = '', namespace } = stack.temporal;
  return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}

export function jobUrl({ stack }: Scene, { jobId }: JobAt): string {
  return `${stack.flink.restUrl}/#/job/running/${jobId}/overview`;
}
