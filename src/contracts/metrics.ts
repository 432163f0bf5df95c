/**
 * Weir's own metrics, which stand beside Temporal's on one Prometheus endpoint. Whatever counts is emitted where it
 * happens and never while a workflow replays. Labels are few on purpose: cluster and outcome, never a job.
 */

/** Counter: rescales that ended. Labels: `cluster` (empty if no cluster was looked at), `outcome`. */
export const rescalesMetric = { name: 'weir_rescales', description: 'Rescales that ended, by outcome' };

/** Histogram: how long the job was down, as Weir can see it. Labels: `cluster`, `outcome` (RESCALED, RolledBack). */
export const downtimeMetric = {
  name: 'weir_downtime_seconds',
  description: 'From the stop request until every task of the next job ran',
  /** Upper bounds of its buckets, s. */
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 7_200],
};

/** Counter: tries of a savepoint that Flink answered. Labels: `cluster`, `result` (completed, failed). */
export const savepointTriesMetric = {
  name: 'weir_savepoint_tries',
  description: 'Tries of a savepoint that Flink answered, by result',
};

/** Gauge: runs that are in ATTENTION now, as Temporal lists them. Label: `cluster`. */
export const attentionMetric = {
  name: 'weir_attention',
  description: 'Rescales that call for attention now; the same on every worker',
};
