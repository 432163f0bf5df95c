import { Worker } from '@temporalio/worker';
import { violations } from '../campaign/invariants';
import { Machine, bundled } from '../campaign/machine';
import { planted } from '../campaign/planted';
import { run } from '../campaign/run';
import type { Ran } from '../campaign/run';

/**
 * Each invariant is violated by a defect that is planted in the real machine, and by nothing else: none of them is green
 * by accident.
 */
let machine: Machine;
const ran = new Map<string, Ran>();
beforeAll(async () => {
  machine = await Machine.start('planted');
  const all = planted.map(async ({ name, case: one, defect, limitMs }) => {
    ran.set(name, await run(machine, one, { defect, ...(limitMs === undefined ? {} : { limitMs }) }));
  });
  ran.set('sound', await run(machine, { input: { parallelism: 4 } }));
  await Promise.all(all);
}, 180_000);
afterAll(() => machine.stop(), 60_000);

const violatedBy = (one: Ran | undefined) => [
  ...new Set(one && violations(one.record).map(({ invariant }) => invariant)),
];

test.each(planted)('$violates is violated: $name', ({ name, violates }) => {
  expect(violatedBy(ran.get(name))).toEqual([violates]);
});

test('S5 is violated: the workflow takes any id for the lock', async () => {
  const broken = await Machine.start('planted-lock', require.resolve('../campaign/workflows/no-lock'));
  try {
    const acts = [{ when: { call: 'stop', nth: 1 }, deed: { kind: 'START_AGAIN' } }] as const;
    const one = { input: { parallelism: 4 }, stops: [{ kind: 'TAKES', ms: 1_000 }], acts } as const;
    expect(violatedBy(await run(machine, one))).toEqual([]);
    expect(violatedBy(await run(broken, one))).toContain('S5');
  } finally {
    await broken.stop();
  }
}, 120_000);

test('S9 is violated: the workflow does something else first than the run did', async () => {
  const sound = ran.get('sound');
  const replayed = (workflowBundle: typeof machine.bundle) =>
    Worker.runReplayHistory({ workflowBundle }, sound?.history, sound?.record.workflowId);
  await expect(replayed(machine.bundle)).resolves.toBeUndefined();
  const other = await bundled(require.resolve('../campaign/workflows/other-order'));
  await expect(replayed(other)).rejects.toThrow(/[Nn]ondeterminism/);
}, 120_000);
