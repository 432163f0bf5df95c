import type { Logger } from '@temporalio/common';
import type { Cluster } from '../activities/cluster';
import { said } from './start-error';

/**
 * Asks a cluster once how it is, and logs what it says. One that does not answer is a warning: its rescales wait for it.
 * Never rejects.
 */
export async function greet({ name, flink }: Pick<Cluster, 'name' | 'flink'>, log: Logger): Promise<void> {
  try {
    const { 'slots-total': total, 'slots-available': free } = await flink.overview();
    log.info(`cluster ${name}: Flink answers; slots ${total}, free ${free}`, { cluster: name });
  } catch (error) {
    log.warn(
      `cluster ${name}: Flink does not answer: ${said(error)}. Its rescales wait until it does; check that the JobManager ` +
        `runs and that clusters.${name}.rest in weir.yaml is its address`,
      { cluster: name },
    );
  }
}
