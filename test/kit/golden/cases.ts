import { setTimeout as sleep } from 'node:timers/promises';
import { deploymentWorkflowId } from '../../../src/planning/deployment/ids';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import { startSimulated, type Simulated, type SimulatedOptions } from '../simulated';
import { attentions } from './attentions';
import type { GoldenCase } from './case';
import { crashes } from './crashes';
import { deployments } from './deployments';
import { endings } from './endings';
import { adaptive, inPlaceCases } from './in-place';
import { noTaskManagers, providing, providingCases } from './providing';
import { reactive, reactiveCases, reactiveFlink } from './reactive';
import { retiring, retiringCases, retiringFlink } from './retiring';
import { steered } from './steered';
import { strategies } from './strategies';
import { transitions } from './transitions';

/** Those of rescales: the state machine is theirs. */
export const rescaleCases: readonly GoldenCase[] = [
  ...endings,
  ...strategies,
  ...transitions,
  ...crashes,
  ...attentions,
  ...steered,
  ...inPlaceCases,
  ...providingCases,
  ...reactiveCases,
  ...retiringCases,
];

export const goldenCases: readonly GoldenCase[] = [...rescaleCases, ...deployments];

/** A place for all of them. Nothing of the machine is in what it does: savepoints are no folders. */
export const goldenPlace: SimulatedOptions = {
  clusters: [adaptive, providing, reactive, retiring],
  inFront: (cluster) => Promise.resolve(cluster === providing ? { taskManagers: noTaskManagers } : {}),
  jobs: goldenCases.map(({ name }) => name),
  flinks: {
    [adaptive]: {
      taskManagers: 4,
      slots: 200,
      savepointRoot: 'file:///savepoints',
      folders: false,
      checkpointing: { intervalMs: 60_000 },
      scheduling: { kind: 'ADAPTIVE', cooldownMs: 0, stabilizationMs: 200 },
    },
    [providing]: { taskManagers: 1, slots: 4, savepointRoot: 'file:///savepoints', folders: false },
    [reactive]: reactiveFlink,
    [retiring]: retiringFlink,
  },
  ownedTaskManagers: { [reactive]: 1, [retiring]: 2 },
  flink: { taskManagers: 4, slots: 200, savepointRoot: 'file:///savepoints', folders: false },
  cluster: { savepointRoot: 'file:///savepoints', snapshotStore: { kind: 'none' } },
  // a deployment goes over to another run after that; no other case of one comes to so many events
  dynamicConfig: ['limit.historyCount.suggestContinueAsNew=150'],
};

export function startGoldenPlace(name: string): Promise<Simulated> {
  return startSimulated(name, goldenPlace);
}

/** How many run at a time: on two cores more would have steps take longer than they should. */
const atOnce = 6;
/** No case takes longer than some 15 s. */
const deadlineMs = 60_000;

export function workflowIdOf({ of, cluster = 'local', name }: GoldenCase): string {
  return of === 'DEPLOYMENT' ? deploymentWorkflowId({ cluster, name }) : rescaleWorkflowId(cluster, name);
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const late = new AbortController();
  const limit = sleep(deadlineMs, undefined, { signal: late.signal });
  const overdue = limit.then((): never => {
    throw new Error(`waited ${deadlineMs / 1_000} s for ${what}`);
  });
  overdue.catch(() => undefined);
  return Promise.race([work, overdue]).finally(() => late.abort());
}

/** Runs all of them; what `each` makes of one that has ended, and of the run that it means. */
export async function playAll<T>(
  place: Simulated,
  cases: readonly GoldenCase[],
  each: (one: GoldenCase, runId?: string) => Promise<T>,
): Promise<readonly T[]> {
  const made: T[] = [];
  const play = async (one: GoldenCase) => {
    const runId = await within(one.run(place, one.name), `${one.name} to end`);
    made.push(await each(one, runId ?? undefined));
  };
  const together = cases.filter(({ alone }) => alone !== true);
  const turn = async () => {
    for (let one = together.shift(); one !== undefined; one = together.shift()) await play(one);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
  for (const one of cases.filter(({ alone }) => alone === true)) await play(one);
  place.flink.neverTwoCopies();
  return made;
}
