import * as fc from 'fast-check';
import { inParallel } from '../parallel';
import { anyDeploymentCase } from './arbitrary';
import type { DeploymentCase } from './case';
import { deploymentViolations } from './invariants';
import type { DeploymentViolation } from './invariants';
import type { Lanes } from './lanes';
import type { DeploymentRecord } from './record';
import { runDeployment } from './run';

/** What came of the case of one seed. */
export interface DeploymentJudged {
  readonly seed: number;
  readonly record: DeploymentRecord;
  readonly violations: readonly DeploymentViolation[];
}

/** The case of a seed: always the same one. */
export function deploymentCaseOf(seed: number): DeploymentCase {
  const [one] = fc.sample(anyDeploymentCase, { seed, numRuns: 1 });
  if (one === undefined) throw new Error('fast-check gave no case');
  return one;
}

/** Runs the case of each seed, as many at a time as there are lanes, and judges each as soon as it is over. */
export async function deploymentCampaign(
  lanes: Lanes,
  seeds: Iterable<number>,
  judged: (one: DeploymentJudged) => void,
): Promise<void> {
  await inParallel(lanes.count, seeds, async (seed) => {
    const record = await lanes.on((place) => runDeployment(place, deploymentCaseOf(seed)));
    judged({ seed, record, violations: deploymentViolations(record) });
  });
}

/** As people read it: what is violated, and the case with which to see it again. */
export function toldOfDeployment({ seed, violations, record }: DeploymentJudged): string {
  const again = `npm run test:soak -- --deployments --seed ${seed}`;
  return [
    `seed ${seed} (again, and made smaller: ${again})`,
    ...violations.map(({ invariant, what }) => `${invariant}: ${what}`),
    JSON.stringify(record.case),
  ].join('\n');
}

/** How it stood at last: what was wanted, and what was. */
export function endingOfDeployment({ last, rest }: DeploymentRecord): string {
  const look = last ?? rest;
  if (look === undefined) return 'NEVER_ANSWERED';
  return `${look.status.desired}/${look.status.actual}`;
}

/** The smallest case like that of the seed which still violates something, as far as it is found in that time. */
export async function shrunkDeployment(
  lanes: Lanes,
  seed: number,
  limitMs: number,
): Promise<DeploymentCase | undefined> {
  const sound = fc.asyncProperty(anyDeploymentCase, async (one) => {
    const record = await lanes.on((place) => runDeployment(place, one));
    return deploymentViolations(record).length === 0;
  });
  const end = { seed, numRuns: 1, unbiased: true, interruptAfterTimeLimit: limitMs };
  const { counterexample } = await fc.check(sound, end);
  return counterexample?.[0];
}

/** What happened in all of them together. */
export interface Tally {
  readonly cases: number;
  /** Sent, repeated ones too. */
  readonly commands: number;
  readonly kills: number;
  readonly transitions: number;
  readonly continuedAsNew: number;
}

export function tallied(records: readonly DeploymentRecord[]): Tally {
  const sum = (count: (record: DeploymentRecord) => number) =>
    records.reduce((all, record) => all + count(record), 0);
  return {
    cases: records.length,
    commands: sum(({ said }) => said.reduce((all, { outcomes }) => all + outcomes.length, 0)),
    kills: sum(({ kills }) => kills),
    transitions: sum(({ transitions }) => transitions),
    continuedAsNew: sum(({ runs }) => Math.max(0, runs.length - 1)),
  };
}
