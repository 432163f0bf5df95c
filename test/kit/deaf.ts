import type { FlinkSimulator, SimulatedJob } from '../flink-simulator';

/** Once it is asked to run elsewhere Flink does not act on it: no checkpoint is completed any more. */
export function deafen(flink: FlinkSimulator, job: SimulatedJob): void {
  const held = flink.hold(`PUT /jobs/${job.id}/resource-requirements`, 'AFTER', { times: 1 });
  void held.arrived.then(() => {
    job.coordinator.hangs = true;
    held.release();
  });
}
