import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Logger, MetricGauge } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { said } from './start-error';

const clusterKey = defineSearchAttributeKey('WeirCluster', SearchAttributeType.KEYWORD);

/** The cluster of each run of this task queue that is in ATTENTION, as Temporal lists them. */
export async function inAttention(client: Client, taskQueue: string): Promise<readonly string[]> {
  const quoted = taskQueue.replace(/[\\"]/g, '\\$&');
  const query = `TaskQueue = "${quoted}" AND ExecutionStatus = "Running" AND WeirPhase = "ATTENTION"`;
  const clusters: string[] = [];
  for await (const run of client.workflow.list({ query })) {
    const cluster = run.typedSearchAttributes.get(clusterKey);
    if (cluster !== undefined) clusters.push(cluster);
  }
  return clusters;
}

export interface AttentionWatch {
  /** Those of weir.yaml: each has a figure, also when it is 0. */
  readonly clusters: readonly string[];
  readonly list: () => Promise<readonly string[]>;
  readonly gauge: Pick<MetricGauge, 'set'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/**
 * Keeps the gauge at what Temporal lists, until `signal` fires. A run cannot keep it itself: what one worker has set to
 * 1 stays there when another one takes the run over, and what died with a worker is not set again by a replay.
 */
export async function watchAttention(watch: AttentionWatch): Promise<void> {
  const { clusters, list, gauge, log, everyMs, signal } = watch;
  let failing = false;
  while (!signal.aborted) {
    try {
      const found = await list();
      for (const cluster of clusters) gauge.set(found.filter((one) => one === cluster).length, { cluster });
      failing = false;
    } catch (error) {
      if (!failing)
        log.warn('the metric weir_attention is stale: Temporal does not list runs', { why: said(error) });
      failing = true;
    }
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
