import * as fc from 'fast-check';
import { anyCase } from './arbitrary';
import type { Case } from './case';
import { violations } from './invariants';
import type { Violation } from './invariants';
import type { Machine } from './machine';
import { inParallel } from './parallel';
import { Replayer } from './replayer';
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

/** How many runs go on at once: they wait for time-outs most of the time. */
const width = 40;

/** Of so many runs one is replayed (S9): each takes the processor, and they are much alike. */
const replayedOf = 10;

/** Runs the case of each seed, many at a time, and judges each as soon as it is over. */
export async function campaign(
  machine: Machine,
  seeds: Iterable<number>,
  judged: (one: Judged) => void,
): Promise<void> {
  const replayer = new Replayer(machine.bundle);
  try {
    await inParallel(width, seeds, async (seed) => {
      const ran = await run(machine, caseOf(seed));
      const unlike = seed % replayedOf === 0 ? await unlikeReplay(replayer, ran) : [];
      judged({ ...ran, seed, violations: [...violations(ran.record), ...unlike] });
    });
  } finally {
    await replayer.stop();
  }
}

/** The run's history, replayed on the same workflows (S9). */
async function unlikeReplay(replayer: Replayer, ran: Ran): Promise<Violation[]> {
  const error = await replayer.unlike(ran);
  return error === undefined ? [] : [{ invariant: 'S9', what: String(error) }];
}

/** As people read it: what is violated, and the case with which to see it again. */
export function told({ seed, violations: found, record }: Judged): string {
  const lines = found.map(({ invariant, what }) => `${invariant}: ${what}`);
  const again = `npm run test:soak -- --seed ${seed}`;
  return [`seed ${seed} (again, and made smaller: ${again})`, ...lines, JSON.stringify(record.case)].join(
    '\n',
  );
}

/** The smallest case like that of the seed which still violates something, as far as it is found in that time. */
export async function shrunk(machine: Machine, seed: number, limitMs: number): Promise<Case | undefined> {
  const sound = fc.asyncProperty(anyCase, async (one) => {
    const { record } = await run(machine, one);
    return violations(record).length === 0;
  });
  const end = { seed, numRuns: 1, unbiased: true, interruptAfterTimeLimit: limitMs };
  const { counterexample } = await fc.check(sound, end);
  return counterexample?.[0];
}
