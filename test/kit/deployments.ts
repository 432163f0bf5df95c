import type { Command, Deployment, RunEnd, TransitionKind } from '../../src/contracts/deployment';
import type { RescaleResult } from '../../src/contracts/rescale';
import { decide } from '../../src/planning/deployment/decide';
import type { Step } from '../../src/planning/deployment/decide';
import { edit } from '../../src/planning/deployment/edit';
import type { Edited } from '../../src/planning/deployment/edit';
import { began, carriedOut } from '../../src/planning/deployment/transition';
import { freshState, knowledgeOf } from '../../src/planning/deployment/state';
import type { EntityState } from '../../src/planning/deployment/state';

/** A deployment's entity without Temporal and Flink: what is decided, and what is learned, step by step. */

export const now = Date.UTC(2026, 0, 1);

/** A resource named "orders", as somebody writes it. */
export function resource(spec: object = {}, parallelism = 4, artifact: object = {}): object {
  const template = { spec: { parallelism, artifact: { jarUri: 'orders.jar', ...artifact } } };
  return { metadata: { name: 'orders' }, spec: { ...spec, template } };
}

export const fresh = (): EntityState => freshState('local', 'orders');

/** What the command makes of it; throws if it is refused. */
export function edited(state: EntityState, command: Command, at = now): EntityState {
  const made = edit(state, command, at);
  if (made.kind === 'REFUSED') throw new Error(made.why);
  return made.state;
}

export function answerTo(
  state: EntityState,
  command: Command,
): Extract<Edited, { kind: 'EDITED' }>['answer'] {
  const made = edit(state, command, now);
  if (made.kind === 'REFUSED') throw new Error(made.why);
  return made.answer;
}

export const applied = (spec: object = {}, parallelism = 4, state = fresh()): EntityState =>
  edited(state, { name: 'apply', resource: resource(spec, parallelism) });

/** One whose job runs as it is wanted. */
export function running(spec: object = {}, parallelism = 4): EntityState {
  const asked = applied(spec, parallelism);
  const wanted: Deployment | undefined = asked.resource;
  if (wanted === undefined) throw new Error('it was not applied');
  return {
    ...asked,
    known: { kind: 'RUNNING', jobId: jobId(1), parallelism },
    deployed: { resourceVersion: 1, spec: wanted.spec },
    revisions: asked.revisions.map((one) => ({ ...one, outcome: 'DONE' })),
  };
}

export const jobId = (n: number): string => n.toString(16).padStart(32, '0');

export function stepOf(state: EntityState): Step {
  const knowledge = knowledgeOf(state);
  if (knowledge === undefined) throw new Error('it has no resource');
  return decide(knowledge);
}

/** The transition that it decides on. */
export function transitionOf(state: EntityState): Step & { readonly kind: 'TRANSITION' } {
  const step = stepOf(state);
  if (step.kind !== 'TRANSITION') throw new Error(`it decides on ${step.kind}`);
  return step;
}

/** With the transition that it decides on under way. */
export function begun(state: EntityState): EntityState {
  const { input, target, recovers } = transitionOf(state);
  const transition = {
    ...{ transition: input.transition, workflowId: 'rescale/local/orders', runId: 'run', startedAt: now },
    ...{ resourceVersion: state.resource?.metadata.resourceVersion ?? 0, target, recovers },
  };
  return began(state, transition, now);
}

const outcomes = {
  RESCALE: 'RESCALED',
  START: 'STARTED',
  SUSPEND: 'SUSPENDED',
  CANCEL: 'CANCELLED',
  SAVEPOINT: 'SAVED',
} as const satisfies Record<TransitionKind, RescaleResult['outcome']>;

/** How the transition ends that came to what was asked. */
export function success(state: EntityState, more: Partial<RescaleResult> = {}): RunEnd {
  if (state.running === undefined) throw new Error('nothing is under way');
  const { transition, target } = state.running;
  const { parallelism } = target.spec.template.spec;
  const starts = transition === 'RESCALE' || transition === 'START';
  return {
    kind: 'COMPLETED',
    result: {
      ...{
        outcome: outcomes[transition],
        cluster: 'local',
        job: 'orders',
        mechanism: 'RESTART',
        warnings: [],
      },
      ...(starts ? { to: { jobId: jobId(2), parallelism } } : {}),
      ...more,
    },
  };
}

/** With the transition that it decides on done. */
export function done(state: EntityState, more: Partial<RescaleResult> = {}): EntityState {
  const under = begun(state);
  return carriedOut(under, success(under, more), now);
}

export function failed(state: EntityState, type: string, message = `it failed: ${type}`): EntityState {
  return carriedOut(begun(state), { kind: 'FAILED', type, message }, now);
}

export const savepoint = (path = 'file:/savepoints/1') =>
  ({ kind: 'SAVEPOINT', path, jobId: jobId(1), completedAt: now }) as const;
