import { setTimeout as sleep } from 'node:timers/promises';
import { rescaleWorkflowId } from '../../../src/planning/ids';
import { startSimulated, type Simulated, type SimulatedOptions } from '../simulated';
import { attentions } from './attentions';
import type { GoldenCase } from './case';
import { crashes } from './crashes';
import { endings } from './endings';
import { steered } from './steered';
import { strategies } from './strategies';
import { transitions } from './transitions';

export const goldenCases: readonly GoldenCase[] = [
  ...endings,
  ...strategies,
  ...transitions,
  ...crashes,
  ...attentions,
  ...steered,
];

/** A place for all of them. Nothing of the machine is in what it does: savepoints are no folders. */
export const goldenPlace: SimulatedOptions = {
  jobs: goldenCases.map(({ name }) => name),
  flink: { taskManagers: 4, slots: 200, savepointRoot: 'file:///savepoints', folders: false },
  cluster: { savepointRoot: 'file:///savepoints', snapshotStore: { kind: 'none' } },
};

export function startGoldenPlace(name: string): Promise<Simulated> {
  return startSimulated(name, goldenPlace);
}

/** How many run at a time: on two cores more would have steps take longer than they should. */
const atOnce = 6;
/** No case takes longer than some 15 s. */
const deadlineMs = 60_000;

export function workflowIdOf({ cluster = 'local', name }: GoldenCase): string {
  return rescaleWorkflowId(cluster, name);
}

async function within(work: Promise<void>, what: string): Promise<void> {
  const late = new AbortController();
  const limit = sleep(deadlineMs, undefined, { signal: late.signal });
  const overdue = limit.then((): never => {
    throw new Error(`waited ${deadlineMs / 1_000} s for ${what}`);
  });
  overdue.catch(() => undefined);
  await Promise.race([work, overdue]).finally(() => late.abort());
}

/** Runs all of them, or those of `cases`; what `each` makes of one that has ended. */
export async function playAll<T>(
  place: Simulated,
  each: (one: GoldenCase) => Promise<T>,
  cases: readonly GoldenCase[] = goldenCases,
): Promise<readonly T[]> {
  const made: T[] = [];
  const play = async (one: GoldenCase) => {
    await within(one.run(place, one.name), `${one.name} to end`);
    made.push(await each(one));
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
