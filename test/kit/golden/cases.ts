import type { Simulated } from '../simulated';
import { startSimulated } from '../simulated';
import type { SimulatedOptions } from '../simulated';
import { attentions } from './attentions';
import type { GoldenCase } from './case';
import { endings } from './endings';

export const goldenCases: readonly GoldenCase[] = [...endings, ...attentions];

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

/** Runs all of them; what `each` makes of one that has ended. */
export async function playAll<T>(
  place: Simulated,
  each: (one: GoldenCase) => Promise<T>,
): Promise<readonly T[]> {
  const left = [...goldenCases];
  const made: T[] = [];
  const turn = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      await one.run(place, one.name);
      made.push(await each(one));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
  place.flink.neverTwoCopies();
  return made;
}
