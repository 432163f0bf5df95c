import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SavepointInput } from '../../src/activities/savepoint';
import type { SettleInput } from '../../src/activities/settle';
import type { Submit } from '../../src/activities/submitting';
import { noTries } from '../../src/contracts/failures';
import { defaultTimeouts } from '../../src/contracts/rescale';
import type { Origin } from '../../src/contracts/snapshot';
import { lockKey } from '../../src/planning/ids';
import type { RunKey } from '../../src/planning/ids';
import type { Launch } from '../../src/planning/plan';
import type { SimulatedJob } from '../flink-simulator';
import type { Rig } from './rig';

/** What the workflow hands to the activities of one run, for the job `orders` of a rig. */

export const key: RunKey = { lock: lockKey('local', 'orders'), run: 'run-1' };

export function savepointInput(
  rig: Rig,
  job: SimulatedJob,
  change: Partial<SavepointInput> = {},
): SavepointInput {
  return {
    ...{ cluster: 'local', key, stops: true, timeouts: defaultTimeouts, maxTries: 4, tries: noTries },
    job: {
      ...{ id: job.id, name: job.name, vertices: job.vertices },
      ...{ startedAt: job.since.get('INITIALIZING') ?? 0, restarts: 0, restartsForEver: true },
    },
    savepoint: {
      directory: `${rig.cluster.config.savepointRoot}/orders`,
      ...{ format: 'CANONICAL', keep: true, tryMs: 600_000 },
    },
    ...change,
  };
}

export function settleInput(rig: Rig, job: SimulatedJob, change: Partial<SettleInput> = {}): SettleInput {
  return {
    ...{ cluster: 'local', key, jobId: job.id, stops: true, tries: noTries, maxTries: 1 },
    vertexIds: job.vertices.map(({ id }) => id),
    before: { startedAt: job.since.get('INITIALIZING') ?? 0, restarts: 0 },
    directory: `${rig.cluster.config.savepointRoot}/orders`,
    ...change,
  };
}

/** The jar `orders.jar`, uploaded and planned at 4, begun from `origin`. */
export async function submitInput(rig: Rig, origin: Origin, change: Partial<Submit> = {}): Promise<Submit> {
  return {
    ...{ cluster: 'local', key, verb: 'restart', jobName: 'orders', namesakes: [], firstTry: 1 },
    ...{ launch: await launchOf(rig), origin, timeouts: defaultTimeouts },
    ...change,
  };
}

async function launchOf(rig: Rig): Promise<Launch> {
  const file = join(rig.cluster.config.artifacts, 'orders.jar');
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const artifact = { jar: 'orders.jar', args: ['--name', 'orders'] };
  const { flink } = rig.cluster;
  const jarId = await rig.onItsOwn(() => flink.uploadJar(file, `weir-${sha256.slice(0, 16)}-orders.jar`));
  const vertices = await flink.planJar({ ...artifact, jarId, parallelism: 4 });
  return {
    jar: { artifact, jarId, sha256 },
    parallelism: 4,
    vertices,
    allowNonRestoredState: false,
  };
}
