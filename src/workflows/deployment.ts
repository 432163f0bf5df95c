import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  isCancellation,
  makeContinueAsNewFunc,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureType } from '../contracts/failures';
import { steeringNames } from '../contracts/rescale';
import { decide } from '../planning/deployment/decide';
import type { Step } from '../planning/deployment/decide';
import { edit, retargeted } from '../planning/deployment/edit';
import { deploymentOf, deploymentWorkflowId } from '../planning/deployment/ids';
import type { Identity } from '../planning/deployment/ids';
import { rested, sighted } from '../planning/deployment/sighting';
import { began, carriedOut, locked, retargets } from '../planning/deployment/transition';
import { unseen } from '../planning/deployment/state';
import { freshState, knowledgeOf, withEvent } from '../planning/deployment/state';
import type { EntityState, Transition } from '../planning/deployment/state';
import { told } from '../planning/deployment/told';
import { rescaleWorkflowId } from '../planning/ids';
import { startCommandFor } from '../planning/start-command';
import { exampleOf } from './commands';
import { Entity } from './entity';
import { refusalIn } from './refusal';
import { rescale } from './rescale';
import { activities, fitting, watching } from './steps';

/** What a run hands to the next. */
interface Carried {
  readonly carried: EntityState;
}

/** How a deployment's entity ended. */
export interface DeploymentEnd {
  readonly ended: 'DELETED' | 'NEVER_APPLIED';
}

/** An entity that was started without a valid resource ends itself after this, ms. */
const unappliedMs = 60_000;

/**
 * A deployment: one resource, and the job that follows it. What is wanted is compared with what is; one transition at a
 * time, each a workflow of its own under the job's lock, leads from there to it. It lives until it is deleted.
 *
 * `input`: the resource; left out, `apply` brings it.
 */
export async function deployment(input?: unknown): Promise<DeploymentEnd> {
  const entity = new Entity(begin(input));
  entity.listen();
  if (entity.state.resource === undefined) await entity.untilEdited(0, unappliedMs);
  if (entity.state.resource === undefined) return { ended: 'NEVER_APPLIED' };
  while (!entity.state.deleted) {
    if (isTimeForAnotherRun()) await anotherRun({ carried: entity.state });
    const { running } = entity.state;
    await (running === undefined ? next(entity) : untilCarriedOut(entity, running));
  }
  // Temporal refuses a task that ends a workflow while there is news for it, and the answer to `delete` with it: that one
  // goes out first.
  await sleep(1);
  return { ended: 'DELETED' };
}

/** The history grows long; or there is a new build of the worker, which only another run may go over to. */
function isTimeForAnotherRun(): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged } = workflowInfo();
  return continueAsNewSuggested || targetWorkerDeploymentVersionChanged;
}

const anotherRun = makeContinueAsNewFunc<(input: Carried) => Promise<DeploymentEnd>>({
  initialVersioningBehavior: 'AUTO_UPGRADE',
});

function begin(input: unknown): EntityState {
  if (isCarried(input)) return input.carried;
  const { workflowId } = workflowInfo();
  const identity = deploymentOf(workflowId);
  if (identity === undefined)
    throw invalid(
      `the workflow id is "${workflowId}"; that of a deployment must be "deployment/CLUSTER/NAME", where CLUSTER is ` +
        'its name in weir.yaml',
    );
  const fresh = freshState(identity.cluster, identity.name);
  if (input == null) return fresh;
  const first = edit(fresh, { name: 'apply', resource: input }, Date.now());
  if (first.kind === 'REFUSED') throw invalid(first.why, identity);
  return first.state;
}

function isCarried(input: unknown): input is Carried {
  return typeof input === 'object' && input !== null && 'carried' in input;
}

/** `right`: under which it can be started. */
function invalid(why: string, right: Identity = { cluster: 'CLUSTER', name: 'NAME' }): ApplicationFailure {
  const next = startCommandFor({
    type: 'deployment',
    workflowId: deploymentWorkflowId(right),
    taskQueue: workflowInfo().taskQueue,
    input: exampleOf(right.name),
  });
  return ApplicationFailure.nonRetryable(`${why}\nNext: ${next}`, 'InvalidRequest' satisfies FailureType);
}

/** One step of the way from what is to what is wanted. */
async function next(entity: Entity): Promise<void> {
  const knowledge = knowledgeOf(entity.state);
  if (knowledge === undefined) return;
  const step = decide(knowledge);
  switch (step.kind) {
    case 'LOOK':
      return look(entity);
    case 'TRANSITION':
      return begun(entity, step);
    case 'REST':
      return rest(entity);
  }
}

/** Finds out what became of the job. */
async function look(entity: Entity): Promise<void> {
  const { cluster, known, resource, newest } = entity.state;
  const job = resource?.spec.jobName ?? '';
  const before = known.kind === 'UNSEEN' ? known.before : known;
  const jobId = before?.kind === 'RUNNING' ? before.jobId : undefined;
  await onKnownCluster(entity, async () => {
    const sighting = await activities.look.executeWithOptions(watching(`look what of ${job} runs`), [
      { cluster, job, jobId, newest },
    ]);
    entity.become(sighted(entity.state, sighting, Date.now()));
  });
}

/** Between two tries where the worker's weir.yaml does not know the cluster, ms. */
const unknownClusterMs = 60_000;

/** A cluster that was never there is a wrong input; one that is there no more comes back with the next weir.yaml. */
async function onKnownCluster(entity: Entity, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const refused = refusalIn(error);
    if (refused === undefined) throw error;
    const { cluster, name, deployed } = entity.state;
    if (deployed === undefined)
      throw invalid(refused.reason, { cluster: refused.suggestion?.cluster ?? cluster, name });
    entity.become(withEvent(entity.state, Date.now(), 'UNKNOWN_CLUSTER', refused.reason));
    await entity.untilEdited(entity.edits, unknownClusterMs);
  }
}

/** Begins a transition, or waits for whoever holds the job's lock. */
async function begun(entity: Entity, step: Step & { readonly kind: 'TRANSITION' }): Promise<void> {
  const { edits } = entity;
  if (step.afterMs > 0) await entity.untilEdited(edits, step.afterMs);
  if (entity.edits !== edits) return;
  const { cluster, resource } = entity.state;
  const { input, target, recovers } = step;
  const workflowId = rescaleWorkflowId(cluster, input.job);
  try {
    const child = await startChild(rescale, {
      workflowId,
      args: [input],
      // it goes on whatever becomes of the entity (P27)
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: fitting(told(entity.state, step).join('; ')),
    });
    const transition: Transition = {
      ...{ transition: input.transition, workflowId, runId: child.firstExecutionRunId },
      resourceVersion: resource?.metadata.resourceVersion ?? 0,
      ...{ startedAt: Date.now(), target, recovers },
    };
    entity.become(began(entity.state, transition, Date.now()));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await untilUnlocked(entity, workflowId);
  }
}

/** A rescale that somebody has started by hand is let end, and what it leaves is taken on. */
async function untilUnlocked(entity: Entity, workflowId: string): Promise<void> {
  entity.become(locked(entity.state, workflowId, true, Date.now()));
  await activities.follow.executeWithOptions(watching(`wait for ${workflowId}, which others have started`), [
    { workflowId },
  ]);
  entity.become(unseen(locked(entity.state, workflowId, false, Date.now())));
}

/** Waits for the end of the transition, and sends it to another parallelism as long as it can be. */
async function untilCarriedOut(entity: Entity, running: Transition): Promise<void> {
  const { workflowId, runId, transition } = running;
  const scope = new CancellationScope({ cancellable: true });
  const summary = `${transition} of version ${running.resourceVersion}, until it has ended`;
  const ended = scope.run(async () => {
    const end = await activities.follow.executeWithOptions(watching(summary), [{ workflowId, runId }]);
    entity.become(carriedOut(entity.state, end, Date.now()));
  });
  ended.catch(() => undefined); // it is awaited below
  while (entity.state.running !== undefined) {
    const { edits } = entity;
    await retarget(entity, running);
    if (isTimeForAnotherRun()) break;
    await Promise.race([ended, entity.untilEdited(edits)]);
  }
  scope.cancel();
  await unlessCancelled(ended);
}

/** Too late, the transition ends as it was begun, and another one follows. */
async function retarget(entity: Entity, { workflowId, runId }: Transition): Promise<void> {
  const parallelism = retargeted(entity.state);
  if (parallelism === undefined) return;
  try {
    await getExternalWorkflowHandle(workflowId, runId).signal(steeringNames.retarget, { parallelism });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return; // it has just ended
  }
  entity.become(retargets(entity.state, Date.now()));
}

/** Nothing is to be done: the job is watched until it is not as it was, or something else is wanted. */
async function rest(entity: Entity): Promise<void> {
  entity.become(rested(entity.state, Date.now()));
  const { cluster, known, resource } = entity.state;
  const job = resource?.spec.jobName ?? '';
  const jobIds = liveOf(known);
  const { edits } = entity;
  const scope = new CancellationScope({ cancellable: true });
  const watched = scope.run(() =>
    onKnownCluster(entity, async () => {
      const { why, newest } = await activities.watch.executeWithOptions(
        watching(
          jobIds.length === 0 ? `watch that no ${job} runs` : `watch ${job}, job ${jobIds.join(', ')}`,
        ),
        [{ cluster, job, jobIds }],
      );
      const seen = { ...entity.state, ...(newest === undefined ? {} : { newest }) };
      entity.become(unseen(withEvent(seen, Date.now(), 'LOOKING_FOR_THE_JOB', why)));
    }),
  );
  watched.catch(() => undefined); // it is awaited below
  await Promise.race([watched, entity.untilEdited(edits)]);
  scope.cancel();
  await unlessCancelled(watched);
}

/** The jobs of its name that live, as far as is known. */
function liveOf(known: EntityState['known']): readonly string[] {
  switch (known.kind) {
    case 'RUNNING':
      return [known.jobId];
    case 'SEVERAL':
      return known.jobIds;
    case 'NONE':
    case 'ENDED':
    case 'UNSEEN':
      return [];
  }
}

/** Its end, if it was let go of. A cancel of the whole entity goes on. */
async function unlessCancelled(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
  }
}
