import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RescaleInput } from '../../src/contracts/rescale';
import { checkRunning } from '../../src/dev/checker';
import type { Verdict } from '../../src/dev/checker';
import { Orders, ordersSplits } from '../../src/dev/orders';
import { projectDir } from '../../src/dev/paths';
import { cancel, checkpointed, restoredFrom, takeSavepoint } from '../kit/flink';
import { rescale } from '../kit/rescale';
import { useStack } from '../kit/stack';

/** Each row of the table of docs/strategies.md, carried out on real Flink, with the verdict of the job's own output. */
const document = readFileSync(join(projectDir, 'docs', 'strategies.md'), 'utf8');
const rows = [...document.matchAll(/^\| (STATE\w+) \| (\w+) \| (\w+) \| .* \| ([\w ]+) \|$/gm)].map(
  ([, upgradeStrategy = '', restoreStrategy = '', mode = '', verdict = '']) => ({
    ...{ upgradeStrategy, restoreStrategy, mode, verdict },
    name: `${upgradeStrategy}-${restoreStrategy}-${mode}`.toLowerCase().replaceAll('_', ''),
  }),
);

const stack = useStack('strategies', {
  flink: { taskManagers: 2 },
  worker: { jobs: (stack) => rows.map(({ name }) => new Orders(stack, { name }).config) },
});

test('the table has every combination, each once', () => {
  const all = ['STATEFUL', 'STATELESS'].flatMap((upgrade) =>
    ['LATEST_STATE', 'LATEST_SAVEPOINT', 'NONE'].flatMap((restore) =>
      ['STOP_WITH_SAVEPOINT', 'SAVEPOINT_THEN_CANCEL'].map((mode) => `${upgrade} ${restore} ${mode}`),
    ),
  );
  expect(rows.map((row) => `${row.upgradeStrategy} ${row.restoreStrategy} ${row.mode}`)).toEqual(all);
});

/** What the output must show, and from what the new job began; `age`: how long the old one had run, ms. */
type Judge = (seen: Verdict, restored: string | undefined, age: number) => void;
const verdicts = new Map<string, Judge>([
  [
    'exact',
    (seen, restored) => {
      expect(seen.replayed).toBe(0);
      expect(restored).toContain('savepoint-');
    },
  ],
  [
    'replayed',
    (seen, restored) => {
      expect(seen.replayed).toBeGreaterThan(0);
      expect(restored).toBeDefined();
    },
  ],
  [
    'empty on purpose',
    (seen, restored, age) => {
      expect(seen.oldestReplayMs).toBeGreaterThanOrEqual(age);
      expect(restored).toBeUndefined();
    },
  ],
]);

test.each(rows)(
  'P18, P19: $upgradeStrategy, $restoreStrategy, $mode: $verdict, and nothing lost',
  async ({ name, upgradeStrategy, restoreStrategy, mode, verdict }) => {
    const orders = new Orders(stack(), { name });
    const first = await orders.start(2);
    const startedAt = Date.now();
    await checkpointed(stack(), first, 2);
    if (name.startsWith('stateless-latestsavepoint')) await takeSavepoint(stack(), first);

    const age = Date.now() - startedAt;
    const input = {
      ...{ job: name, parallelism: 4, upgradeStrategy, restoreStrategy, savepoint: { mode } },
      ...(restoreStrategy === 'NONE' ? { acknowledgeStateLoss: true } : {}),
    } as RescaleInput;
    const ended = await rescale(stack(), input);

    expect(ended).toMatchObject({
      status: 'COMPLETED',
      result: { outcome: 'RESCALED', from: { jobId: first, parallelism: 2 }, to: { parallelism: 4 } },
    });
    const [live] = await orders.live();
    if (live === undefined) throw new Error('no job runs');
    expect(live).toMatchObject({ state: 'RUNNING', parallelism: 4 });
    const seen = await checkRunning({ output: orders.output, splits: ordersSplits, deadlineMs: 60_000 });
    expect(seen).toMatchObject({ lost: 0, countedTwice: 0, forgotten: 0 });
    const restored = await restoredFrom(stack(), live.id);
    if (restoreStrategy === 'LATEST_SAVEPOINT') expect(restored).toContain('savepoint-');
    const judge = verdicts.get(verdict);
    if (judge === undefined) throw new Error(`the table has a verdict that nobody can judge: ${verdict}`);
    judge(seen, restored, age);
    await cancel(stack(), live.id);
  },
  120_000,
);
