import type {
  Answer,
  CatalogueEntry,
  Condition,
  Deployment,
  DeploymentEvent,
  Revision,
  RunningTransition,
} from '../../contracts/deployment';
import type { Snapshot } from '../../contracts/snapshot';
import type { Held, Known, Knowledge, Seen, Versioned } from './decide';

/**
 * All that the entity of a deployment knows: plain JSON, since it is what one run hands to the next
 * (continue-as-new). It is never changed in place: `edit` and `learn` make the next one of it.
 */
export interface EntityState {
  readonly cluster: string;
  readonly name: string;
  /** As it is wanted; absent until the first valid one. */
  readonly resource?: Deployment;
  readonly deployed?: Versioned;
  readonly known: Known;
  readonly newest?: Snapshot;
  readonly held?: Held | undefined;
  readonly savepointsAsked: number;
  readonly drain: boolean;
  readonly recoveries: number;
  /** When the job that runs was last seen to begin, ms since the epoch. */
  readonly upSince?: number;
  readonly running?: Transition;
  /** Oldest first, as all lists here. */
  readonly revisions: readonly Revision[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly events: readonly DeploymentEvent[];
  readonly conditions: readonly Condition[];
  /** By request id: the same one twice is one. */
  readonly answers: readonly { readonly requestId: string; readonly answer: Answer }[];
  /** It was deleted: the entity ends. */
  readonly deleted: boolean;
}

/** The child workflow that is at it, and what the job will have been started with once it is done. */
export interface Transition extends RunningTransition {
  readonly target: Versioned;
  /** It brings back a job that ended by itself. */
  readonly recovers: boolean;
}

export function freshState(cluster: string, name: string): EntityState {
  return {
    ...{ cluster, name },
    // A job of that name may run already: it is adopted.
    known: { kind: 'UNSEEN' },
    ...{ savepointsAsked: 0, drain: false, recoveries: 0 },
    ...{ revisions: [], catalogue: [], events: [], conditions: [], answers: [] },
    deleted: false,
  };
}

/** What `decide` decides on; undefined before the first valid resource. */
export function knowledgeOf(state: EntityState): Knowledge | undefined {
  const { resource, deployed, known, newest, catalogue, held, savepointsAsked, drain, recoveries } = state;
  if (resource === undefined) return undefined;
  return {
    wanted: { resourceVersion: resource.metadata.resourceVersion, spec: resource.spec },
    ...{ deployed, known, newest, catalogue, held, savepointsAsked, drain, recoveries },
  };
}

/** How much of each list is kept: an entity lives for ever, and what it hands on must stay small. */
const kept = { revisions: 50, catalogue: 100, events: 100, answers: 200 } as const;

/** The list with one more, and without what is too old. */
export function withOne<K extends keyof typeof kept>(
  state: EntityState,
  list: K,
  one: EntityState[K][number],
): EntityState {
  return { ...state, [list]: [...state[list], one].slice(-kept[list]) };
}

export function withEvent(state: EntityState, at: number, name: string, message: string): EntityState {
  const { known } = state;
  const jobId = known.kind === 'RUNNING' || known.kind === 'ENDED' ? { jobId: known.jobId } : {};
  return withOne(state, 'events', { at, name, message, ...jobId });
}

/** Sets a condition; its time is that of its last change of status. */
export function withCondition(
  state: EntityState,
  at: number,
  condition: Omit<Condition, 'lastTransitionTime'>,
): EntityState {
  const before = state.conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : at;
  const others = state.conditions.filter(({ type }) => type !== condition.type);
  return { ...state, conditions: [...others, { ...condition, lastTransitionTime }] };
}

/** The revisions with another outcome of the one of that version. */
export function withRevision(
  state: EntityState,
  resourceVersion: number,
  change: Partial<Pick<Revision, 'outcome' | 'message' | 'downtimeMs'>>,
): EntityState {
  const revisions = state.revisions.map((one) =>
    one.resourceVersion === resourceVersion ? { ...one, ...change } : one,
  );
  return { ...state, revisions };
}

/** Whether nothing has become of the newest version yet. */
export function isPending({ revisions }: EntityState): boolean {
  return revisions.at(-1)?.outcome === 'PENDING';
}

/** What is pending, and neither the newest nor under way, is not carried out any more. */
export function superseded(state: EntityState): EntityState {
  const { resource, running } = state;
  const counts = [resource?.metadata.resourceVersion, running?.resourceVersion];
  const revisions = state.revisions.map((one): Revision => {
    const isOld = one.outcome === 'PENDING' && !counts.includes(one.resourceVersion);
    return isOld ? { ...one, outcome: 'SUPERSEDED' } : one;
  });
  return { ...state, revisions };
}

/** Nothing more is done for that version of the resource; a newer one is carried out all the same. */
export function held(state: EntityState, resourceVersion: number, reason: Held['reason']): EntityState {
  const isNewest = state.resource?.metadata.resourceVersion === resourceVersion;
  return isNewest ? { ...state, held: { resourceVersion, reason } } : state;
}

/** While the job is looked for, what was known of it until then; undefined: it was never seen. */
export function lastKnown({ known }: EntityState): Seen | undefined {
  return known.kind === 'UNSEEN' ? known.before : known;
}

/** The job has to be looked for. */
export function unseen(state: EntityState): EntityState {
  const { known } = state;
  return known.kind === 'UNSEEN' ? state : { ...state, known: { kind: 'UNSEEN', before: known } };
}

/** A job that is over, or is kept for a resume, and is wanted CANCELLED is that already. */
export function letGo(state: EntityState): EntityState {
  const { known, resource } = state;
  const isKept = known.kind === 'ENDED' || (known.kind === 'NONE' && known.since === 'SUSPENDED');
  if (!isKept || resource?.spec.state !== 'CANCELLED') return state;
  return { ...state, known: { kind: 'NONE', since: 'CANCELLED' } };
}

/** The same spec at another parallelism. */
export function atParallelism({ resourceVersion, spec }: Versioned, parallelism: number): Versioned {
  const template = { spec: { ...spec.template.spec, parallelism } };
  return { resourceVersion, spec: { ...spec, template } };
}
