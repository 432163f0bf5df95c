import { campaign, told } from '../campaign/campaign';
import type { Judged } from '../campaign/campaign';
import { Machine } from '../campaign/machine';

/**
 * Random rescales on simulated Flinks: faults, crashes, words of operators, all at once. Every invariant is checked
 * after every run. The seeds are always the same here; `npm run test:soak` takes others.
 */
const runs = 20;

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.start('random');
}, 120_000);
afterAll(() => machine.stop(), 60_000);

test(`whatever goes wrong, no invariant is violated: ${runs} random runs`, async () => {
  const judged: Judged[] = [];
  const seeds = Array.from({ length: runs }, (_, i) => i + 1);
  await campaign(machine, seeds, 40, (one) => judged.push(one));
  expect(judged).toHaveLength(runs);
  expect(judged.filter(({ violations }) => violations.length > 0).map(told)).toEqual([]);
}, 300_000);
