import { ApplicationFailure } from '@temporalio/common';
import { revive } from '../../src/activities/revive';
import type { ReviveInput, ReviveOutput } from '../../src/activities/revive';
import { noTries } from '../../src/contracts/failures';
import { submitId } from '../../src/planning/ids';
import { runningTry, startInput, submitted } from '../kit/begun';
import { key, submitInput } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();
const id = (n: number) => submitId(key, 'rollback', n);
const refused = { kind: 'REFUSED', cause: 'no such class' } as const;
const run = 'POST /jars/:jar/run';

async function inputOf(rig: Rig, change: Partial<ReviveInput> = {}): Promise<ReviveInput> {
  return { ...(await startInput(rig, { verb: 'rollback' })), tries: noTries, ...change };
}

describe('P29: the last resort', () => {
  it('starts the job again and again, each try under an id of its own, until it runs', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.script({ starts: [refused, { kind: 'FAILS' }, refused] });
    const end = await rig.run(() => revive(rig.cluster, input));
    expect(end).toMatchObject({ kind: 'RUNNING', jobId: id(4), warnings: [], tries: { next: 4 } });
    expect(end.kind === 'RUNNING' && end.restoreMs).toBeLessThan(Date.now() / 2);
    expect(end.kind === 'RUNNING' && end.restoreMs).toBeGreaterThan(0);
    expect(rig.callsOf('RUN').map(({ jobId }) => jobId)).toEqual([id(1), id(2), id(3), id(4)]);
    rig.flink.neverTwoCopies();
  });

  it('pauses between two tries, twice as long each time', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.script({ starts: [refused, refused, refused, refused] });
    await rig.run(() => revive(rig.cluster, input));
    const at = rig.callsOf('RUN').map((call) => call.at);
    const between = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(between[0]).toBeGreaterThanOrEqual(900);
    expect(between[3]).toBeGreaterThanOrEqual(7_500);
  });

  it('P32: remembers the last four failures, and gives each try the whole of its time-outs', async () => {
    const rig = await rigOf();
    const failures = [1, 2, 3, 4].map((n) => ({ n, cause: `cause ${n}` }));
    const [spentMs, restoringMs] = [1_000_000, 1_000_000];
    const tries = { ...noTries, failures, next: 5, spentMs, restoringMs };

    const planned = await inputOf(rig, { tries });
    const input = { ...planned, timeouts: { ...planned.timeouts, restart: 1_500_000 } };
    rig.flink.script({ starts: [refused] });
    const end = await rig.run(() => revive(rig.cluster, input));
    expect(end).toMatchObject({ kind: 'RUNNING', jobId: id(6) });
    const after = end.kind === 'RUNNING' ? end.tries : tries;
    expect(after.failures.map(({ n }) => n)).toEqual([2, 3, 4, 5]);
    expect(after.restoringMs).toBeLessThan(restoringMs);
    expect(after.spentMs).toBeLessThan(spentMs);
  });

  it('ends a try that is not ready in time, and proves it over, before the next', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const timeouts = { ...input.timeouts, restart: 2_000 };
    const end = await rig.run(() => revive(rig.cluster, { ...input, timeouts }));
    expect(end).toMatchObject({
      ...{ kind: 'RUNNING', jobId: id(2) },
      tries: { failures: [{ n: 1, cause: 'not ready within 2000 ms: 0 of 8 tasks are RUNNING' }] },
    });
    expect(rig.flink.job(id(1)).state).toBe('CANCELED');
    rig.flink.neverTwoCopies();
  });

  it('P14: one that is not ready and has gone on from its snapshot is told instead', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    const job = await runningTry(rig, input);
    await rig.checkpoint(job);
    // its program's name is not the one that is waited for: too late
    const end = await rig.run(() => revive(rig.cluster, { ...input, jobName: 'others' }));
    expect(end).toMatchObject({
      ...{ kind: 'GONE_ON', tries: { next: 1, open: 'ACCEPTED', failures: [{ n: 1 }] } },
    });
    expect(job.state).toBe('RUNNING');
    expect(rig.calls).toEqual([]);
  });

  it('P20: a submit that Flink never answered is only ever followed by the same', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    const mend = rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: Infinity });
    const timeouts = { ...input.timeouts, restart: 40_000 };
    const running = rig.begin(() => revive(rig.cluster, { ...input, timeouts }));
    await rig.until(() => rig.callsOf('RUN').length >= 30, 'many submits');
    mend();
    expect(await running.end).toMatchObject({ kind: 'RUNNING', jobId: id(1) });
    expect(new Set(rig.callsOf('RUN').map(({ jobId }) => jobId))).toEqual(new Set([id(1)]));
  });

  it('P20: nor does another id follow a refusal of one that has a copy without an answer', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    rig.flink.script({ starts: [refused] });
    const end = await rig.run(() => revive(rig.cluster, input));
    expect(end).toMatchObject({ kind: 'RUNNING', jobId: id(1), tries: { failures: [{ n: 1 }] } });
  });

  it('P21: a live job that is not accounted for stands in the way: it is told', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    const other = await rig.job();
    expect(await rig.run(() => revive(rig.cluster, input))).toEqual({
      ...{ kind: 'ANOTHER_JOB_RUNS', cause: `job ${other.id} ("orders") is RUNNING on cluster "local"` },
    });
    expect(rig.calls).toEqual([]);
  });
});

describe('P13: the job of a try that was CANCELED', () => {
  it('by somebody is not started behind their back', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const running = rig.begin(() => revive(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the submit');
    rig.flink.job(id(1)).cancel();
    expect(await running.end).toMatchObject({ kind: 'CANCELED', tries: { next: 1, open: 'ACCEPTED' } });
  });

  it.each([
    ['an attempt that died without a word', noTries, { attempt: 2 }],
    ['one whose submit had no answer', { ...noTries, open: 'SENT' } as const, {}],
  ])('perhaps by %s: the next try', async (_, tries, attempt) => {
    const rig = await rigOf();
    const input = await inputOf(rig, { tries });
    const job = await runningTry(rig, input);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await rig.run(() => revive(rig.cluster, input), attempt)).toMatchObject({
      ...{ kind: 'RUNNING', jobId: id(2) },
      tries: { failures: [{ n: 1, cause: 'it was not ready in time and was cancelled' }] },
    });
  });

  it('only the first may be a dead attempt’s', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    const job = await runningTry(rig, input);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const running = rig.begin(() => revive(rig.cluster, input), { attempt: 2 });
    await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the second submit');
    rig.flink.job(id(2)).cancel();
    expect(await running.end).toMatchObject({ kind: 'CANCELED', tries: { next: 2 } });
  });
});

describe('P30: an operator who intervenes', () => {
  const accepted = { ...noTries, open: 'ACCEPTED' } as const;
  const over = { kind: 'INTERRUPTED', tries: { next: 2, open: 'NO' } };

  /** While it looks for the first time. */
  async function interrupted(rig: Rig, input: ReviveInput): Promise<ReviveOutput> {
    const hold = rig.flink.hold('GET /jobs/overview', 'BEFORE', { times: 1 });
    const running = rig.begin(() => revive(rig.cluster, input));
    await hold.arrived;
    running.abort();
    hold.drop();
    return running.end;
  }

  it('before anything was sent is told at once', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    await rig.flink.unreachable();
    const running = rig.begin(() => revive(rig.cluster, input));
    running.abort();
    expect(await running.end).toEqual({ kind: 'INTERRUPTED', tries: noTries });
    await rig.flink.reachable();
  });

  it('while a try is under way: it is ended, and proven so', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
    const running = rig.begin(() => revive(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the submit');
    await new Promise((resolve) => setTimeout(resolve, 30));
    running.abort();
    const end = await running.end;
    expect(end).toMatchObject({ kind: 'INTERRUPTED', tries: { next: 2, open: 'NO' } });
    expect(end).not.toHaveProperty('unresolved');
    expect(rig.flink.job(id(1)).state).toBe('CANCELED');
  });

  it('P14: and the job of the try has gone on from its snapshot: it is left as it is, and told', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig, { tries: accepted });
    const job = await runningTry(rig, input);
    await rig.checkpoint(job);
    expect(await interrupted(rig, input)).toMatchObject({ kind: 'GONE_ON', tries: accepted });
    expect(job.state).toBe('RUNNING');
  });

  it('and the job of the try FAILED, whatever it had added: it is over', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig, { tries: accepted });
    const job = await runningTry(rig, input);
    await rig.checkpoint(job);
    job.fail();
    expect(await interrupted(rig, input)).toMatchObject(over);
  });

  it('and the job had begun without state: it is ended, whatever it has now', async () => {
    const rig = await rigOf();
    const submit = await submitInput(rig, { kind: 'EMPTY' });
    const input = { ...submit, verb: 'rollback', tries: accepted } as const;
    const job = await runningTry(rig, input);
    await rig.checkpoint(job);
    job.failOver('a TaskManager was lost');
    await rig.until(() => job.tasks === 'RUNNING', 'it to run again');
    expect(await interrupted(rig, input)).toMatchObject(over);
    expect(job.state).toBe('CANCELED');
  });

  it('P20: and a submit without an answer was carried out: its job is ended', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig, { tries: { ...noTries, open: 'SENT' } });
    const job = await submitted(rig, input);
    expect(await interrupted(rig, input)).toMatchObject(over);
    expect(job.state).toBe('CANCELED');
  });

  it('P12: and a JobManager that was lost had taken the job: it is over once it is proven forgotten', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig, { tries: accepted });
    const looks = rig.counting('GET /overview');
    expect(await interrupted(rig, input)).toMatchObject(over);
    expect(looks()).toBe(2);
  });

  it('and Flink does not say in time that the job is over: its id is told', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig, { tries: accepted });
    await submitted(rig, input);
    await rig.flink.unreachable();
    const running = rig.begin(() => revive(rig.cluster, input));
    running.abort();
    expect(await running.end).toEqual({ kind: 'INTERRUPTED', tries: accepted, unresolved: id(1) });
    await rig.flink.reachable();
  });

  it('P20: and the submit has no answer: its id is told', async () => {
    const rig = await rigOf();
    const input = await inputOf(rig);
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: Infinity });
    const running = rig.begin(() => revive(rig.cluster, input));
    await rig.until(() => rig.callsOf('RUN').length >= 1, 'a submit');
    running.abort();
    expect(await running.end).toMatchObject({
      ...{ kind: 'INTERRUPTED', unresolved: id(1), tries: { next: 1, open: 'SENT' } },
    });
  });
});

test('a worker that is lost is no operator: the next attempt goes on', async () => {
  const rig = await rigOf();
  const input = await inputOf(rig);
  rig.flink.script({ starts: [{ kind: 'NEVER_SCHEDULED' }] });
  const running = rig.begin(() => revive(rig.cluster, input));
  await rig.until(() => rig.callsOf('RUN')[0]?.outcome === 'EXECUTED', 'the submit');
  running.lose();
  await expect(running.end).rejects.toMatchObject({ type: 'AttemptLost' });
  expect(rig.flink.job(id(1)).ended).toBe(false);
});

test.each([
  ['a fault of ours', new TypeError('a fault of ours')],
  ['another failure', ApplicationFailure.create({ type: 'NoMoreTries', message: 'another failure' })],
])('%s is thrown as it is', async (message, error) => {
  const rig = await rigOf();
  const input = await inputOf(rig);
  Object.assign(rig.cluster.flink, { jobs: () => Promise.reject(error) });
  await expect(rig.run(() => revive(rig.cluster, input))).rejects.toThrow(message);
});
