import { campaign, told } from '../campaign/campaign';
import type { Judged } from '../campaign/campaign';
import { found } from '../campaign/found';
import { violations } from '../campaign/invariants';
import { Machine } from '../campaign/machine';
import { endingOf } from '../campaign/record';
import { run } from '../campaign/run';
import type { Ran } from '../campaign/run';

/**
 * Random rescales on simulated Flinks: faults, crashes, words of operators, all at once. Every invariant is checked
 * after every run. The seeds are always the same here; `npm run test:soak` takes others.
 */
const runs = 300;

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.start('random');
}, 120_000);
afterAll(() => machine.stop(), 60_000);

describe('what campaigns have found', () => {
  const ran = new Map<string, Ran>();
  beforeAll(async () => {
    await Promise.all(found.map(async (one) => ran.set(one.name, await run(machine, one.case))));
  }, 120_000);

  test.each(found)('$name', ({ name, ends }) => {
    const one = ran.get(name);
    if (one === undefined) throw new Error('it was not run');
    expect(violations(one.record)).toEqual([]);
    expect(endingOf(one.record)).toBe(ends);
    // what the case is about has happened
    expect(one.record.sent.flatMap(({ crash }) => crash ?? [])).toHaveLength(
      one.record.case.crashes?.length ?? 0,
    );
    expect(one.record.done).toHaveLength(one.record.case.acts?.length ?? 0);
  });
});

test(`whatever goes wrong, no invariant is violated: ${runs} random runs`, async () => {
  const judged: Judged[] = [];
  const seeds = Array.from({ length: runs }, (_, i) => i + 1);
  await campaign(machine, seeds, (one) => judged.push(one));
  expect(judged).toHaveLength(runs);
  expect(judged.filter(({ violations }) => violations.length > 0).map(told)).toEqual([]);
}, 300_000);
