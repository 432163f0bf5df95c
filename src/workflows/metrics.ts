import { metricMeter } from '@temporalio/workflow';
import { downtimeMetric, rescalesMetric } from '../contracts/metrics';

/** Counts a rescale that ended. `cluster`: empty unless it is one of weir.yaml: what people type must not make labels. */
export function countRescale(cluster: string, outcome: string): void {
  const { name, description } = rescalesMetric;
  metricMeter.createCounter(name, undefined, description).add(1, { cluster, outcome });
}

/** Records how long the job was down, ms. */
export function recordDowntime(cluster: string, outcome: string, ms: number): void {
  const { name, description } = downtimeMetric;
  // The clocks of two machines may differ by more than a stop takes.
  const seconds = Math.max(0, ms) / 1_000;
  metricMeter.createHistogram(name, 'float', undefined, description).record(seconds, { cluster, outcome });
}
