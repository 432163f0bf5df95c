import type { JobLookup, Observation, ObservedJob, StoppedJob } from '../../src/contracts/observation';
import type { RescaleInput, Transition, TransitionRequest } from '../../src/contracts/rescale';
import type { Snapshot } from '../../src/contracts/snapshot';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { plan } from '../../src/planning/plan';
import type { Decision, Plan } from '../../src/planning/plan';
import { parseRequest } from '../../src/planning/request';
import { ask, jobId, running, seen } from './plans';

/** What is asked for, and what is seen, where something else than a rescale is made of a job. */

export const workflowId = rescaleWorkflowId('local', 'orders');
export const inputs: Readonly<Record<Transition, RescaleInput>> = {
  RESCALE: { job: 'orders', parallelism: 4 },
  START: { job: 'orders', transition: 'START', parallelism: 4, artifact: { jar: 'orders.jar' } },
  SUSPEND: { job: 'orders', transition: 'SUSPEND' },
  CANCEL: { job: 'orders', transition: 'CANCEL' },
  SAVEPOINT: { job: 'orders', transition: 'SAVEPOINT' },
};
export const others = ['START', 'SUSPEND', 'CANCEL', 'SAVEPOINT'] as const;

export function request(transition: Transition, more: Partial<RescaleInput> = {}): TransitionRequest {
  const parsed = parseRequest({ ...inputs[transition], ...more }, workflowId);
  if (parsed.kind !== 'REQUEST') throw new Error(parsed.problems.join('\n'));
  return parsed.request;
}

export const problemsOf = (raw: object) => {
  const parsed = parseRequest(raw, workflowId);
  return parsed.kind === 'INVALID' ? parsed.problems : [];
};

export const savepoint: Snapshot = {
  kind: 'SAVEPOINT',
  path: 'file:/data/sp/orders/savepoint-1',
  jobId,
  checkpointId: 7,
};
export const checkpoint: Snapshot = {
  kind: 'CHECKPOINT',
  path: 'file:/data/cp/chk-9',
  jobId,
  checkpointId: 9,
};
const { id, name, vertices, parallelism } = running(2);
export const stopped = (snapshot = savepoint): StoppedJob => ({
  ...{ id, name, vertices, parallelism, state: 'FINISHED', snapshot },
  newestSavepoint: { snapshot: savepoint, takenByJob: true },
});
export const unknown = { kind: 'UNKNOWN', live: [] } as const satisfies JobLookup;
export const found = (job: ObservedJob): JobLookup => ({ kind: 'FOUND', job, namesakes: [] });

export const look = (job: JobLookup, change: Partial<Observation> = {}): Observation => ({
  ...seen(ask(), running(2)),
  slots: { total: 8, available: 8, onDemand: false },
  job,
  ...change,
});
export const decide = (
  transition: Transition,
  job: JobLookup,
  more: Partial<RescaleInput> = {},
  change: Partial<Observation> = {},
) => plan(look(job, change), request(transition, more));

export function planned(decision: Decision): Exclude<Plan, { transition: 'RESCALE' }> {
  if (decision.kind !== 'TRANSITION') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return decision.plan;
}

export function origin(decision: Decision) {
  const made = planned(decision);
  return made.transition === 'START' ? made.origin : undefined;
}
