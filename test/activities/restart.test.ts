import { restart } from '../../src/activities/restart';
import { noTries } from '../../src/contracts/failures';
import { jobIdPrefix, submitId } from '../../src/planning/ids';
import { stopped } from '../kit/begun';
import { key, submitInput } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const id = (n: number) => submitId(key, 'restart', n);

test('P1: the job is submitted once, under the id of try 1, from its snapshot, and ready once every task runs', async () => {
  const { rig, path, input } = await stopped(await rigOf({ delays: { start: 2_000 } }));
  const proofs = rig.counting('GET /overview');
  const { jobId, tries, restoreMs, warnings } = await rig.run(() => restart(rig.cluster, input));
  // nothing of it was sent before: no tasks of it are looked for
  expect(proofs()).toBe(0);
  expect(rig.callsOf()).toMatchObject([
    {
      ...{ verb: 'RUN', outcome: 'EXECUTED', jobId: id(1), savepointPath: path, parallelism: 4 },
      args: ['--name', 'orders'],
    },
  ]);
  expect(jobId).toBe(id(1));
  expect(rig.flink.job(jobId)).toMatchObject({ state: 'RUNNING', tasks: 'RUNNING' });
  expect(tries).toMatchObject({ failures: [], next: 1, open: 'ACCEPTED' });
  expect(tries.spentMs + tries.restoringMs).toBeGreaterThan(0);
  expect(restoreMs).toBeGreaterThanOrEqual(900);
  expect(restoreMs).toBeLessThan(Date.now() / 2);
  expect(warnings).toEqual([]);
  rig.flink.neverTwoCopies();
  expect(rig.flink.stateLost()).toEqual([]);
});

test('one that begins without state is ready without any', async () => {
  const rig = await rigOf();
  const input = { ...(await submitInput(rig, { kind: 'EMPTY' })), maxTries: 4, tries: noTries };
  await rig.run(() => restart(rig.cluster, input));
  expect(rig.callsOf()).toMatchObject([{ verb: 'RUN', savepointPath: undefined }]);
});

test('of a roll-back the ids are others: both may be known to one Flink', async () => {
  const { rig, input } = await stopped(await rigOf(), { verb: 'rollback' });
  const { jobId } = await rig.run(() => restart(rig.cluster, input));
  expect(jobId).toBe(submitId(key, 'rollback', 1));
});

describe('P23: ready', () => {
  it('is a job that runs below what was planned, for want of slots, and that is said', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'BELOW', parallelism: 3 }] });
    const { warnings } = await rig.run(() => restart(rig.cluster, input));
    expect(warnings).toEqual(['"Source: orders" runs at 3 of 4', '"count -> append" runs at 3 of 4']);
  });

  it('is one that is FINISHED already', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.onEffect((effect) => {
      if (effect.kind === 'RUNNING' && effect.jobId === id(1)) rig.flink.job(id(1)).finish();
    });
    const { warnings } = await rig.run(() => restart(rig.cluster, input));
    expect(warnings).toEqual(['the new job is FINISHED already: it had reached the end of its input']);
  });

  it('a vertex that was not planned is none that runs below it', async () => {
    const { rig, input } = await stopped(await rigOf());
    const [source, count] = input.launch.vertices;
    const launch = { ...input.launch, vertices: source === undefined ? [] : [{ ...source, parallelism: 5 }] };
    expect(count).toBeDefined();
    const { warnings } = await rig.run(() => restart(rig.cluster, { ...input, launch }));
    expect(warnings).toEqual(['"Source: orders" runs at 4 of 5']);
  });
});

describe('P1: an attempt that follows a dead one', () => {
  it('finds the job that it submitted, and watches that', async () => {
    const { rig, input } = await stopped(await rigOf({ delays: { start: 3_000 } }));
    const first = rig.begin(() => restart(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN').length === 1, 'the submit');
    first.lose();
    expect(await failureOf(first.end)).toMatchObject({ type: 'AttemptLost' });
    const { jobId, tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(jobId).toBe(id(1));
    expect(rig.calls).toEqual(['RUN EXECUTED']);
    expect(tries).toMatchObject({ next: 1, open: 'ACCEPTED' });
  });

  it('finds that it FAILED: the next try is its own', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'FAILS', cause: 'no such table' }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      message: expect.stringContaining('no such table') as string,
    });
    const { jobId, tries } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(jobId).toBe(id(2));
    expect(tries.failures).toMatchObject([{ n: 1 }]);
    expect(rig.told.at(-1)).toMatchObject({ next: 2, failures: [{ n: 1 }] });
  });

  it.each([
    ['without a word: the next try may be on its way as well', { attempt: 2 }, 1],
    [
      'and had said so: nothing else was sent',
      {
        attempt: 2,
        heartbeatDetails: { attempt: 1, over: true, details: { ...noTries, open: 'ACCEPTED' } },
      },
      0,
    ],
  ] as const)('P12: finds the FAILED job of one that died %s', async (_, attempt, proofs) => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'FAILS' }] });
    await failureOf(rig.run(() => restart(rig.cluster, input)));
    const looks = rig.counting('GET /overview');
    expect((await rig.run(() => restart(rig.cluster, input), attempt)).jobId).toBe(id(2));
    expect(looks()).toBe(proofs);
  });

  it('that had heard that nothing was sent sends the same try', async () => {
    const { rig, input } = await stopped(await rigOf());
    const heartbeatDetails = { attempt: 1, over: true, details: noTries };
    const { jobId } = await rig.run(() => restart(rig.cluster, input), { attempt: 2, heartbeatDetails });
    expect(jobId).toBe(id(1));
  });

  it('P12: whose JobManager was lost with the job sends it again once its tasks are gone', async () => {
    const { rig, input } = await stopped(await rigOf());
    await rig.run(() => restart(rig.cluster, input));
    await rig.flink.loseJobManager({ slotsMs: 20_000 });
    const { jobId } = await rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(jobId).toBe(id(1));
    const kinds = rig.flink.effects.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('STARTED')).toBeGreaterThan(kinds.indexOf('TASKS_GONE'));
    rig.flink.neverTwoCopies();
  });
});

describe('P21: never two copies', () => {
  it('a live job of this name stands in the way: it is named, and nothing is sent', async () => {
    const { rig, input } = await stopped(await rigOf());
    const other = await rig.job();
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'AnotherJobRuns', nonRetryable: true, details: [{ jobId: other.id, state: 'RUNNING' }] },
      message: `job ${other.id} ("orders") is RUNNING on cluster "local"`,
    });
    expect(rig.calls).toEqual([]);
  });

  it('so does one of our ids, whatever its name', async () => {
    const { rig, input } = await stopped(await rigOf());
    const other = await rig.job({ name: 'others', id: `${jobIdPrefix(key.lock)}${'7'.repeat(16)}` });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'AnotherJobRuns', details: [{ jobId: other.id }] },
    });
  });

  it('a namesake that PLANNING saw does not, nor one that is over, nor another’s', async () => {
    const { rig, input } = await stopped(await rigOf());
    await rig.job({ name: 'others' });
    const namesake = await rig.job({ namesake: true });
    const over = await rig.job({ namesake: true });
    over.fail();
    await rig.run(() => restart(rig.cluster, { ...input, namesakes: [namesake.id] }));
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });
});

describe('P14: the newest state wins', () => {
  it('what an earlier try of this run has added is what the next begins from', async () => {
    const { rig, input } = await stopped(await rigOf());
    await rig.run(() => restart(rig.cluster, input));
    const path = await rig.checkpoint(rig.flink.job(id(1)));
    rig.flink.job(id(1)).fail();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'it failed' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...input, tries }));
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
    expect(rig.flink.stateLost()).toEqual([]);
  });

  it('what one that began without state has come to is what the next begins from, however lately it came to it', async () => {
    const { rig, input } = await stopped(await rigOf({ refreshIntervalMs: 500 }));
    const empty = { ...input, origin: { kind: 'EMPTY' } as const };
    await rig.run(() => restart(rig.cluster, empty));
    // from here on Flink has cached that there is none
    await fetch(`${rig.flink.restUrl}/jobs/${id(1)}/checkpoints`);
    const path = await rig.checkpoint(rig.flink.job(id(1)));
    rig.flink.job(id(1)).fail();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'it failed' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...empty, tries }));
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
    // the first, as was asked
    expect(rig.flink.stateLost()).toMatchObject([{ jobId: id(1) }]);
  });

  it('a try that Flink refused has left nothing, and costs no wait', async () => {
    const { rig, path, input } = await stopped(await rigOf({ refreshIntervalMs: 60_000 }));
    const tries = { ...noTries, failures: [{ n: 1, cause: 'it was refused' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...input, tries }));
    expect(rig.callsOf('RUN')).toMatchObject([{ jobId: id(2), savepointPath: path }]);
  });

  it('tries that began from another snapshot do not say what is newest', async () => {
    const { rig, path, input } = await stopped(await rigOf());
    await rig.run(() => restart(rig.cluster, input));
    await rig.checkpoint(rig.flink.job(id(1)));
    rig.flink.job(id(1)).fail();
    const tries = { ...noTries, failures: [{ n: 1, cause: 'it failed' }], next: 2 };
    await rig.run(() => restart(rig.cluster, { ...input, tries, firstTry: 2 }));
    expect(rig.callsOf('RUN').at(-1)).toMatchObject({ jobId: id(2), savepointPath: path });
  });
});

describe('an operator', () => {
  it('ends it where it stands: the tries are told', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const running = rig.begin(() => restart(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the submit');
    await new Promise((resolve) => setTimeout(resolve, 30));
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ name: 'CancelledFailure', details: [{ next: 1, open: 'ACCEPTED' }] },
    });
  });
});
