import type { CatalogueEntry, DeploymentSpec, EndedBy, TransitionKind } from '../../contracts/deployment';
import type { RescaleInput } from '../../contracts/rescale';
import type { Snapshot } from '../../contracts/snapshot';
import { artifactOf, restartFields } from './spec';

/**
 * What a deployment does next: pure, over all that its entity knows. The rule: what is wanted is compared with what is
 * known to be, and one transition leads from there to it, or nothing does and the reason is said.
 */

/** What is known of the job. */
export type Known =
  /** It has to be looked for. `before`: what was known until then. */
  { readonly kind: 'UNSEEN'; readonly before?: Seen } | Seen;

export type Seen =
  /** `since`: nothing was ever started, or it was suspended or cancelled. */
  | { readonly kind: 'NONE'; readonly since: 'NEVER' | 'SUSPENDED' | 'CANCELLED' }
  | { readonly kind: 'RUNNING'; readonly jobId: string; readonly parallelism: number }
  /** It ended otherwise than by us. */
  | { readonly kind: 'ENDED'; readonly how: EndedBy; readonly jobId: string }
  /** Several live jobs bear its name: nobody can say which is meant. */
  | { readonly kind: 'SEVERAL'; readonly jobIds: readonly string[] };

/** No job is there, and none is looked for. */
export function isOver(known: Known | undefined): known is Seen & { readonly kind: 'NONE' | 'ENDED' } {
  return known?.kind === 'NONE' || known?.kind === 'ENDED';
}

/** A spec and the version of the resource that it is of. */
export interface Versioned {
  readonly resourceVersion: number;
  readonly spec: DeploymentSpec;
}

/** Why nothing more is done for a version of the resource. */
export interface Held {
  readonly resourceVersion: number;
  readonly reason: 'TransitionFailed' | 'ChangedElsewhere' | 'RecoveryFailed' | 'Aborted';
}

export interface Knowledge {
  readonly wanted: Versioned;
  /** What the job that runs, or ran last, was started with; absent where nobody knows. */
  readonly deployed?: Versioned | undefined;
  readonly known: Known;
  /** The newest state that is known, whoever took it. */
  readonly newest?: Snapshot | undefined;
  readonly catalogue: readonly CatalogueEntry[];
  readonly held?: Held | undefined;
  /** Asked for, and not yet taken. */
  readonly savepointsAsked: number;
  /** The next suspend drains. */
  readonly drain: boolean;
  /** Tries to bring back a job that ended by itself, since it last ran. */
  readonly recoveries: number;
}

export type Step =
  | { readonly kind: 'LOOK' }
  | {
      readonly kind: 'TRANSITION';
      readonly input: RescaleInput & { readonly transition: TransitionKind };
      /** Of what the job will have been started with, once it is done. */
      readonly target: Versioned;
      /** Waited for before, ms: only a recovery that is not the first. */
      readonly afterMs: number;
      readonly recovers: boolean;
    }
  /** Nothing: what is there is watched. */
  | { readonly kind: 'REST' };

/** Recoveries of a job that does not stay up, before it is FAILED. */
export const maxRecoveries = 8;

/** Before the n-th recovery, counted from 0; ms: at once, then 10 s, 20 s, ..., 5 min. A node that is replaced takes minutes. */
function backOffMs(n: number): number {
  return n === 0 ? 0 : Math.min(5_000 * 2 ** n, 5 * 60_000);
}

export function decide(knowledge: Knowledge): Step {
  const { known, wanted } = knowledge;
  if (known.kind === 'UNSEEN') return { kind: 'LOOK' };
  if (known.kind === 'SEVERAL') return { kind: 'REST' };
  if (known.kind === 'RUNNING' && knowledge.savepointsAsked > 0)
    return transition(knowledge, deployedOf(knowledge), { transition: 'SAVEPOINT' });
  switch (wanted.spec.state) {
    case 'RUNNING':
      return known.kind === 'RUNNING' ? whileRunning(knowledge, known) : towardsRunning(knowledge, known);
    case 'SUSPENDED':
      return known.kind === 'RUNNING' && !isHeld(knowledge)
        ? transition(knowledge, deployedOf(knowledge), {
            transition: 'SUSPEND',
            ...(knowledge.drain ? { savepoint: { drain: true } } : {}),
          })
        : { kind: 'REST' };
    case 'CANCELLED':
      return known.kind === 'RUNNING' && !isHeld(knowledge)
        ? transition(knowledge, deployedOf(knowledge), { transition: 'CANCEL' })
        : { kind: 'REST' };
  }
}

/** The job runs and is to run: is it the one that is wanted? */
function whileRunning(knowledge: Knowledge, job: Known & { readonly kind: 'RUNNING' }): Step {
  const { wanted, deployed } = knowledge;
  if (isHeld(knowledge) || drift(knowledge).length === 0) return { kind: 'REST' };
  const { kind } = wanted.spec.upgradeStrategy;
  if (kind === 'NONE') return { kind: 'REST' };
  return transition(knowledge, wanted, {
    transition: 'RESCALE',
    jobId: job.jobId,
    upgradeStrategy: kind,
    previousArtifact: deployed && artifactOf(deployed.spec),
  });
}

/** No job runs, and one is to: restoreStrategy says from what, at every entry to RUNNING. */
function towardsRunning(knowledge: Knowledge, known: Known & { readonly kind: 'NONE' | 'ENDED' }): Step {
  const { wanted, recoveries } = knowledge;
  switch (known.kind) {
    case 'NONE':
      return isHeld(knowledge) ? { kind: 'REST' } : start(knowledge, wanted);
    case 'ENDED':
      switch (known.how) {
        case 'FINISHED':
        case 'CANCELED':
          // Its end was meant, by itself or by somebody: only an edit starts it again (P13).
          return editedSince(knowledge) ? start(knowledge, wanted) : { kind: 'REST' };
        case 'FAILED':
        case 'VANISHED': {
          if (knowledge.held?.reason === 'RecoveryFailed' && isHeld(knowledge)) return { kind: 'REST' };
          // A version that could not be started is not tried again by itself: the last good one is.
          const target = isHeld(knowledge) ? deployedOf(knowledge) : wanted;
          return { ...start(knowledge, target), afterMs: backOffMs(recoveries), recovers: true };
        }
      }
  }
}

/** Whether the resource was edited after the job had been started, and that is still to be carried out. */
function editedSince(knowledge: Knowledge): boolean {
  const { wanted, deployed } = knowledge;
  if (isHeld(knowledge)) return false;
  return deployed === undefined || wanted.resourceVersion > deployed.resourceVersion;
}

function start(knowledge: Knowledge, target: Versioned): Step & { readonly kind: 'TRANSITION' } {
  return transition(knowledge, target, {
    transition: 'START',
    // Of a job that has never run there is no state to give up.
    ...(isFirst(knowledge) ? { restoreStrategy: 'NONE' } : {}),
    startFrom: originFor(knowledge, target.spec.restoreStrategy.kind),
  });
}

/** Whether nothing was ever started, and there is nothing to start from. */
function isFirst({ known, newest }: Knowledge): boolean {
  return known.kind === 'NONE' && known.since === 'NEVER' && newest === undefined;
}

/** The newest snapshot that a start may begin from, of what is known here. */
function originFor(
  { newest, catalogue }: Knowledge,
  strategy: DeploymentSpec['restoreStrategy']['kind'],
): Snapshot | undefined {
  switch (strategy) {
    case 'NONE':
      return undefined;
    case 'LATEST_STATE':
      return newest;
    case 'LATEST_SAVEPOINT':
      return catalogue.findLast(({ snapshot }) => snapshot?.kind === 'SAVEPOINT')?.snapshot;
  }
}

function transition(
  { wanted }: Knowledge,
  target: Versioned,
  how: Partial<RescaleInput> & { readonly transition: TransitionKind },
): Step & { readonly kind: 'TRANSITION' } {
  const { spec } = target;
  return {
    kind: 'TRANSITION',
    input: {
      cluster: spec.sessionClusterName,
      job: spec.jobName,
      parallelism: spec.template.spec.parallelism,
      artifact: artifactOf(spec),
      restoreStrategy: spec.restoreStrategy.kind,
      allowNonRestoredState: spec.restoreStrategy.allowNonRestoredState,
      acknowledgeStateLoss: spec.acknowledgeStateLoss,
      maxSavepointCreationAttempts: spec.maxSavepointCreationAttempts,
      maxJobCreationAttempts: spec.maxJobCreationAttempts,
      reason: `deployment, version ${wanted.resourceVersion}`,
      ...how,
    },
    target,
    afterMs: 0,
    recovers: false,
  };
}

/** What runs; where nobody knows, what is wanted. */
function deployedOf({ deployed, wanted }: Knowledge): Versioned {
  return deployed ?? wanted;
}

function isHeld({ held, wanted }: Knowledge): boolean {
  return held?.resourceVersion === wanted.resourceVersion;
}

/** The fields of the spec in which what runs differs from what is wanted, and that only a restart can change. */
export function drift({ wanted, deployed, known }: Knowledge): readonly string[] {
  if (known.kind !== 'RUNNING') return wanted.spec.state === 'RUNNING' ? ['state'] : [];
  const state = wanted.spec.state === 'RUNNING' ? [] : ['state'];
  const running = deployed?.spec ?? wanted.spec;
  const { template } = running;
  const asItRuns: DeploymentSpec = {
    ...running,
    template: { spec: { ...template.spec, parallelism: known.parallelism } },
  };
  return [...state, ...restartFields(asItRuns, wanted.spec)];
}
