import { holdings, leaksSince } from '../campaign/leaks';
import { Machine } from '../campaign/machine';
import type { Defect } from '../campaign/machine';
import { run } from '../campaign/run';

/** Starts a machine, carries one rescale out with a crash, ends the machine: says what the process holds since. */
async function leaksOf(name: string, defect?: Defect): Promise<string[]> {
  const before = holdings();
  const machine = await Machine.start(name);
  try {
    await run(
      machine,
      { input: { parallelism: 4 }, crashes: [{ call: 'runJar', nth: 1, what: 'UNREAD' }] },
      { defect },
    );
  } finally {
    await machine.stop();
  }
  return leaksSince(before);
}

test('L2: a rescale and the death of its worker leave no timer, no socket, no process', async () => {
  // what is loaded once, by the first machine of a process, stays
  await leaksOf('leaks-warm');
  expect(await leaksOf('leaks')).toEqual([]);
}, 120_000);

test('L2 is violated: an activity leaves a timer', async () => {
  const left: NodeJS.Timeout[] = [];
  const leaking: Defect = async ({ input, next }) => {
    left.push(setInterval(() => undefined, 60_000));
    return next(input);
  };
  expect(await leaksOf('leaks-planted', leaking)).toEqual([expect.stringMatching(/^Timeout: /)]);
  for (const timer of left) clearInterval(timer);
}, 120_000);
