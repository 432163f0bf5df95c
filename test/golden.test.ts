import { homedir } from 'node:os';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { ReplayResult } from '@temporalio/worker';
import { failureTypes, type FailureType } from '../src/contracts/failures';
import { outcomes, type Outcome } from '../src/contracts/rescale';
import { projectDir } from '../src/dev/paths';
import { bundleOf } from '../src/worker/bundle';
import { goldenCases } from './kit/golden/cases';
import { goldenHistories, withLateClock } from './kit/golden/history';
import { unclean } from './kit/golden/scrub';

/**
 * Runs of earlier code, one for each way through the state machine: whoever upgrades Weir while a rescale is under
 * way has such a run, and the new code must take it up where the old one left it (P28).
 */
const histories = goldenHistories();

const replaced =
  'A rescale that is under way while Weir is upgraded would hang. Keep the new code on the old path (`patched`). ' +
  'A golden history is replaced (npm run golden:record) only in a commit that says why old runs need not replay.';

const results = new Map<string, ReplayResult>();
/** Why those with a clock that is late do not replay. */
const lateResults = new Map<string, (string | undefined)[]>();
const timed = histories.filter(({ json }) => JSON.stringify(json).includes('EVENT_TYPE_TIMER_FIRED'));

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger, telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } });
  const workflowBundle = await bundleOf(require.resolve('../src/workflows'), logger);
  const runs = histories.map(({ workflowId, json }) => ({ workflowId, history: json }));
  for await (const result of Worker.runReplayHistories({ workflowBundle }, runs))
    results.set(result.workflowId, result);
  for (const which of ['ODD', 'EVEN'] as const) {
    const late = timed.map(({ workflowId, json }) => ({ workflowId, history: withLateClock(json, which) }));
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, late))
      lateResults.set(workflowId, [...(lateResults.get(workflowId) ?? []), error?.message]);
  }
}, 120_000);

test.each(histories)('P28: $name replays on the workflows of today', ({ name, workflowId }) => {
  const result = results.get(workflowId);
  if (result === undefined) throw new Error(`test/golden/${name}.json was not replayed`);
  if (result.error !== undefined)
    throw new Error(`test/golden/${name}.json does not replay: ${result.error.message}\n${replaced}`);
  expect(result.runId).not.toBe('');
});

test.each(timed)(
  'P28: $name replays whatever clock its tasks were given: which timers fired decides, not how late it is',
  ({ workflowId }) => {
    expect(lateResults.get(workflowId)).toEqual([undefined, undefined]);
  },
);

test('there is a history of each ending', () => {
  const endings = new Set(histories.map(({ path }) => path.at(-1)));
  const wanted: (Outcome | FailureType)[] = [...outcomes, ...failureTypes];
  expect(wanted.filter((ending) => !endings.has(ending))).toEqual([]);
});

test('each history is of a case, goes through the states that the case says, and no case is without one', () => {
  const recorded = histories.map(({ name, path }) => `${name}: ${path.join(' ')}`);
  expect(recorded.sort()).toEqual(goldenCases.map(({ name, path }) => `${name}: ${path}`).sort());
});

test('no history names a folder of a machine, in its payloads neither', () => {
  const named = histories.filter(({ json }) => unclean(json, [projectDir, homedir(), '/tmp/']).length > 0);
  expect(named.map(({ name }) => name)).toEqual([]);
});
