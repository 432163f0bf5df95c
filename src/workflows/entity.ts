import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import {
  condition,
  defineQuery,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { commandSchemas, deploymentQueries } from '../contracts/deployment';
import type { ActualState, Deployment, DeploymentStatus, DryRun } from '../contracts/deployment';
import { describeDeployment } from '../planning/deployment/describe';
import { dryRunOf } from '../planning/deployment/dry-run';
import type { EntityState } from '../planning/deployment/state';
import { actualOf, statusOf } from '../planning/deployment/status';
import { check, said } from '../planning/problems';
import { hearCommands } from './commands';
import type { Commanded } from './commands';

const phaseKey = defineSearchAttributeKey('WeirPhase', SearchAttributeType.KEYWORD);
const clusterKey = defineSearchAttributeKey('WeirCluster', SearchAttributeType.KEYWORD);
const jobKey = defineSearchAttributeKey('WeirJob', SearchAttributeType.KEYWORD);

/** A deployment as people see it: its state, what the queries and the details say of it, and the commands it hears. */
export class Entity implements Commanded {
  /** How often what is wanted has changed, in this run. */
  edits = 0;
  private shown: ActualState | undefined;

  constructor(public state: EntityState) {}

  /** From here on it hears and answers; what was sent before it began is heard at once. */
  listen(): void {
    const { status, spec, history, savepoints, events, dryRun } = deploymentQueries;
    setHandler(defineQuery<DeploymentStatus | null>(status), () => statusOf(this.state) ?? null, {
      description: 'desired and actual state, conditions, transition, queue, drift, what an operator can do',
    });
    setHandler(defineQuery<Deployment | null>(spec), () => this.state.resource ?? null, {
      description: 'the whole resource, with its defaults and its version',
    });
    setHandler(defineQuery<EntityState['revisions']>(history), () => this.state.revisions, {
      description: 'each version of the spec: who, why, when, what became of it',
    });
    setHandler(defineQuery<EntityState['catalogue']>(savepoints), () => this.state.catalogue, {
      description: 'the savepoints and retained checkpoints, with their origin',
    });
    setHandler(defineQuery<EntityState['events']>(events), () => this.state.events, {
      description: 'what happened, the newest last',
    });
    setHandler(defineQuery<DryRun, [unknown]>(dryRun), (input) => this.dryRun(input), {
      description: 'what apply would answer and change: {"resource":{...}}',
    });
    hearCommands(this);
    this.tell();
  }

  private dryRun(input: unknown): DryRun {
    const checked = check(commandSchemas.apply, input ?? {});
    if (checked.kind === 'INVALID') return { kind: 'REFUSED', why: checked.problems.map(said).join('; ') };
    return dryRunOf(this.state, checked.data, Date.now());
  }

  /** A command has changed what is wanted. */
  edited(state: EntityState): void {
    this.edits += 1;
    this.become(state);
  }

  /** Takes on what was learned. */
  become(state: EntityState): void {
    this.state = state;
    this.tell();
  }

  /** Waits until what is wanted is not any more what it was at `edits`; for `ms` at most, where given. */
  async untilEdited(edits: number, ms?: number): Promise<void> {
    const isEdited = () => this.edits !== edits;
    await (ms === undefined ? condition(isEdited) : condition(isEdited, ms));
  }

  /** The details; and the search attributes, if the state has another name. */
  private tell(): void {
    setCurrentDetails(describeDeployment(this.state));
    const { resource, cluster } = this.state;
    if (resource === undefined) return;
    const actual = actualOf(this.state);
    if (actual === this.shown) return;
    const first = this.shown === undefined;
    this.shown = actual;
    const { jobName } = resource.spec;
    log.info('deployment', { actual, job: jobName, resourceVersion: resource.metadata.resourceVersion });
    upsertSearchAttributes([
      { key: phaseKey, value: actual },
      ...(first
        ? [
            { key: clusterKey, value: cluster },
            { key: jobKey, value: jobName },
          ]
        : []),
    ]);
  }
}
