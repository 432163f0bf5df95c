import type {
  Jar,
  Observation,
  ObservedJob,
  Program,
  ProgramVertex,
  Requirements,
} from '../../src/contracts/observation';
import type { RescaleInput, RescaleRequest } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { plan } from '../../src/planning/plan';
import type { Decision } from '../../src/planning/plan';
import { parseRequest } from '../../src/planning/request';

/** What PLANNING may see, for tests of the plan: a job of two vertices on a cluster of 8 slots, unless told otherwise. */

export const jobId = 'a'.repeat(32);
export const flinkUrl = 'http://127.0.0.1:8081';
export const jar: Jar = { artifact: { jar: 'orders.jar' }, jarId: 'x_orders.jar', sha256: '0'.repeat(64) };
export const newJar: Jar = {
  artifact: { jar: 'orders-2.jar' },
  jarId: 'x_orders-2.jar',
  sha256: '1'.repeat(64),
};

export function ask(input: Partial<RescaleInput> = {}): RescaleRequest {
  const raw = { job: 'orders', parallelism: 4, ...input };
  const parsed = parseRequest(raw, rescaleWorkflowId('local', raw.job));
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  const { request } = parsed;
  if (request.transition !== 'RESCALE' && request.transition !== 'START')
    throw new Error(`${request.transition} has no parallelism`);
  return request;
}

/** One vertex: it follows the parallelism that is asked for, or its program fixes it. */
export interface Shape {
  readonly id: string;
  readonly maxParallelism: number;
  readonly fixed?: number;
}
export const orders: readonly Shape[] = [
  { id: 'source', maxParallelism: 128 },
  { id: 'count', maxParallelism: 128 },
];

export const at = (shapes: readonly Shape[], parallelism: number): ProgramVertex[] =>
  shapes.map(({ id, fixed }) => ({ id, parallelism: fixed ?? parallelism }));

/** A job that runs at this parallelism, as it should be. */
export function running(parallelism: number, shapes: readonly Shape[] = orders): ObservedJob {
  return {
    id: jobId,
    name: 'orders',
    state: 'RUNNING',
    parallelism,
    vertices: shapes.map(({ id, maxParallelism, fixed = parallelism }) => ({
      id,
      name: id,
      parallelism: fixed,
      maxParallelism,
      ready: fixed,
    })),
    startedAt: 1,
    restarts: 0,
    restartsForEver: true,
    batch: false,
    finishedTasks: 0,
    checkpointing: {
      intervalMs: 2_000,
      timeoutMs: 600_000,
      retainedOnFailure: true,
      retainedOnCancel: true,
      unaligned: false,
    },
  };
}

/** Between which parallelisms an adaptive scheduler may run the vertices. */
export function bounds(upper: number, shapes: readonly Shape[] = orders, lower = 1): Requirements {
  return Object.fromEntries(shapes.map(({ id, fixed = upper }) => [id, { lower, upper: fixed }]));
}

/** The same on a cluster with the adaptive scheduler, with a checkpoint. */
export function adaptive(parallelism: number, shapes?: readonly Shape[]): ObservedJob {
  return {
    ...running(parallelism, shapes),
    requirements: bounds(parallelism, shapes),
    newestSnapshot: { kind: 'CHECKPOINT', path: 'file:/cp/chk-7', jobId, checkpointId: 7 },
  };
}

/** The state of a job that is stopped. */
export const savepoint: Snapshot = { kind: 'SAVEPOINT', path: 'file:/data/sp/orders/savepoint-1', jobId };

/** One that ran at 2, and that a lost run left stopped. */
export function stoppedAt2() {
  const { id, name, parallelism, vertices } = running(2);
  const job = { id, name, state: 'FINISHED', parallelism, vertices, snapshot: savepoint } as const;
  return { kind: 'STOPPED', job } as const;
}

/** A cluster of 8 slots with this job on it, and the program as Flink would deploy it at the asked parallelism. */
export function seen(
  request: RescaleRequest,
  job: ObservedJob = running(2),
  change: Partial<Observation> & { shapes?: readonly Shape[]; program?: Program } = {},
): Observation {
  const { shapes = orders, ...rest } = change;
  const used = Math.max(0, ...job.vertices.map((vertex) => vertex.parallelism));
  return {
    cluster: 'local',
    flinkUrl,
    flinkVersion: '2.3.0',
    snapshotCompression: false,
    observedAt: 1_000_000,
    cacheMs: 200,
    slots: { total: 8, available: 8 - used, onDemand: false },
    savepointRoot: 'file:///data/sp',
    snapshotStore: 'file',
    timeouts: {},
    job: { kind: 'FOUND', job, namesakes: [] },
    program: {
      kind: 'READY',
      jar,
      previousJar: jar,
      previousKnown: true,
      warnings: [],
      vertices: at(shapes, request.parallelism),
      previousVertices: job.vertices.map(({ id, parallelism }) => ({ id, parallelism })),
    },
    ...rest,
  };
}

export function decide(
  input: Partial<RescaleInput> = {},
  job?: ObservedJob,
  change?: Parameters<typeof seen>[2],
): Decision {
  const request = ask(input);
  return plan(seen(request, job, change), request);
}

export function rejected(decision: Decision): Extract<Decision, { kind: 'REJECTED' }> {
  if (decision.kind !== 'REJECTED') throw new Error(`not rejected: ${decision.kind}`);
  return decision;
}

export function rescale(decision: Decision) {
  if (decision.kind !== 'RESCALE') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return decision.plan;
}
