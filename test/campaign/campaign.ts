import * as fc from 'fast-check';
import { anyCase } from './arbitrary';
import type { Case } from './case';
import { violations } from './invariants';
import type { Violation } from './invariants';
import type { Machine } from './machine';
import { run } from './run';
import type { Ran } from './run';

/** What came of the case of one seed. */
export interface Judged extends Ran {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/** The case of a seed: always the same one. */
export function caseOf(seed: number): Case {
  const [one] = fc.sample(anyCase, { seed, numRuns: 1 });
  if (one === undefined) throw new Error('fast-check gave no case');
  return one;
}

/** Runs the case of each seed, `width` of them at a time, and judges each as soon as it is over. */
export async function campaign(
  machine: Machine,
  seeds: Iterable<number>,
  width: number,
  judged: (one: Judged) => void,
): Promise<void> {
  const left = seeds[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const ran = await run(machine, caseOf(next.value));
      judged({ ...ran, seed: next.value, violations: violations(ran.record) });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** As people read it: what is violated, and the case with which to see it again. */
export function told({ seed, violations: found, record }: Judged): string {
  const lines = found.map(({ invariant, what }) => `${invariant}: ${what}`);
  const again = `WEIR_SEED=${seed} npm run test:soak`;
  return [`seed ${seed} (again: ${again})`, ...lines, JSON.stringify(record.case)].join('\n');
}
