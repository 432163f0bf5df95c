/**
 * What the Flink Kubernetes operator would take for a job of a session cluster (FlinkSessionJob), computed and not
 * measured: the bare loop, and those of the operator's documented intervals that stand in its stopped window.
 *
 * A change of the spec is an event, so `kubernetes.operator.reconcile.interval` (60 s) is not waited for. `savepoint`: the
 * pass stops the job and waits for the savepoint, and the pass that submits follows at once: no interval. `last-state`: the
 * pass cancels the job and ends; the one that submits looks `kubernetes.operator.observer.progress-check.interval` after
 * that. `kubernetes.operator.observer.rest-ready.delay` is for a cluster that was just deployed.
 *
 * github.com/apache/flink-kubernetes-operator: docs/content/docs/internals/controllers.md ("Reconcile Pass", "Job
 * Upgrades"), docs/content/docs/deployment/configuration.md (the defaults), helm/flink-kubernetes-operator/values.yaml;
 * `ReconciliationUtils.toUpdateControl` and `AbstractFlinkService.cancelSessionJob` say the same.
 */

/** In ms. */
const progressCheck = {
  /** An event of the session cluster begins a pass before. */
  least: 0,
  /** As the Helm chart has it. */
  expected: 5_000,
  /** The option's own default. */
  most: 10_000,
};
const none = { least: 0, expected: 0, most: 0 };

export interface Computed {
  readonly name: string;
  /** In ms. */
  readonly downtime: { readonly least: number; readonly expected: number; readonly most: number };
}

/** `bareLoopMs`: the downtime of the bare loop, which takes what Flink takes. */
export function operatorDowntimes(bareLoopMs: number): Computed[] {
  return [
    { name: 'Flink operator, savepoint', waits: none },
    { name: 'Flink operator, last-state', waits: progressCheck },
  ].map(({ name, waits: { least, expected, most } }) => ({
    name,
    downtime: { least: bareLoopMs + least, expected: bareLoopMs + expected, most: bareLoopMs + most },
  }));
}
