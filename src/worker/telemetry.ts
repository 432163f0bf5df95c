import { Runtime } from '@temporalio/worker';
import type { Logger, RuntimeOptions } from '@temporalio/worker';
import type { EndpointConfig } from '../config';
import { failureTypes } from '../contracts/failures';
import { downtimeMetric, rescalesMetric, savepointTriesMetric } from '../contracts/metrics';
import { outcomes } from '../contracts/rescale';
import { authority } from './endpoint';
import { StartError, said } from './start-error';

/**
 * The SDK's runtime: one log for what Weir, the SDK and its native core say, and one `/metrics` for Temporal's metrics
 * and Weir's, named as Prometheus has it: `_total` for counters, durations in seconds.
 *
 * @throws StartError the metrics cannot be served there
 */
export function installRuntime(logger: Logger, metrics: EndpointConfig | undefined): Runtime {
  const logging = { filter: { core: 'WARN', other: 'WARN' }, forward: {} } as const;
  const options: RuntimeOptions = { logger, telemetryOptions: { logging } };
  if (metrics === undefined) return Runtime.install(options);
  const prometheus = {
    bindAddress: authority(metrics),
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: { [downtimeMetric.name]: downtimeMetric.buckets },
  };
  try {
    return Runtime.install({ logger, telemetryOptions: { logging, metrics: { prometheus } } });
  } catch (error) {
    throw new StartError(
      `metrics of weir.yaml cannot be served at ${authority(metrics)}: ${said(error)}\nNext: give it a port that is free, then: npm run worker`,
    );
  }
}

/**
 * Lets every counter begin at 0: Prometheus sees no increase in one that appears as 1, and the first JobDown is the one
 * to alert on. The labels are those that the SDK adds to what a workflow and an activity count.
 */
export function countFromZero(
  { metricMeter }: Pick<Runtime, 'metricMeter'>,
  clusters: readonly string[],
  of: { readonly namespace: string; readonly taskQueue: string },
): void {
  const counter = ({ name, description }: { name: string; description: string }) =>
    metricMeter.createCounter(name, undefined, description);
  const rescales = counter(rescalesMetric);
  const tries = counter(savepointTriesMetric);
  for (const cluster of clusters) {
    for (const outcome of [...outcomes, ...failureTypes, 'Unexpected'])
      rescales.add(0, { ...of, workflowType: 'rescale', cluster, outcome });
    for (const result of ['completed', 'failed'])
      tries.add(0, { ...of, activityType: 'savepoint', cluster, result });
  }
}
