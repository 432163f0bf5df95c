import { Runtime } from '@temporalio/worker';
import type { Logger, RuntimeOptions } from '@temporalio/worker';
import type { EndpointConfig } from '../config';
import { downtimeMetric } from '../contracts/metrics';
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
      `metrics of weir.yaml cannot be served at ${authority(metrics)}: ${said(error)}\nNext: give it a port that is free.`,
    );
  }
}
