import { restart } from '../../src/activities/restart';
import type { RestartInput } from '../../src/activities/restart';
import { noTries } from '../../src/contracts/failures';
import { submitId } from '../../src/planning/ids';
import { stopped, submitted } from '../kit/begun';
import { key } from '../kit/inputs';
import { failureOf, useRig } from '../kit/rig';
import type { Rig } from '../kit/rig';

const rigOf = useRig();
const id = (n: number) => submitId(key, 'restart', n);
const run = 'POST /jars/:jar/run';
const refused = { kind: 'REFUSED', cause: 'no such class' } as const;

/** The attempt after one that died with its submit accepted: held while it looks for the tasks of that. */
async function lookingForTasks(rig: Rig, input: RestartInput) {
  const hold = rig.flink.hold('GET /overview', 'BEFORE', { times: 1 });
  const running = rig.begin(() => restart(rig.cluster, input), {
    ...{ attempt: 2 },
    heartbeatDetails: { attempt: 1, over: true, details: { ...noTries, open: 'ACCEPTED' } },
  });
  await hold.arrived;
  return { running, hold };
}

describe('P20: a submit without an answer', () => {
  it('is followed by the same submit, of which Flink admits one', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    await rig.run(() => restart(rig.cluster, input));
    expect(rig.callsOf().map((call) => [call.jobId, call.outcome])).toEqual([
      [id(1), 'NOT_EXECUTED'],
      [id(1), 'EXECUTED'],
    ]);
  });

  it('P12: but not before the tasks of a JobManager that was lost with the job are gone', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    await rig.run(() => restart(rig.cluster, input));
    const [first, second] = rig.callsOf('RUN');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(9_500);
  });

  it('that was carried out is watched: no second one is sent', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'RESET_AFTER' });
    const { jobId } = await rig.run(() => restart(rig.cluster, input));
    expect(jobId).toBe(id(1));
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });

  it('and a refusal of the same: no other id may follow, since a copy may yet be carried out', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    rig.flink.script({ starts: [refused] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', details: [{ next: 1, open: 'SENT', failures: [{ n: 1 }] }] },
    });
  });

  it('and a refusal that leaves the job FAILED: the id is taken, so another one may follow', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'RESET_BEFORE' });
    rig.flink.script({ starts: [{ ...refused, leavesJob: true }] });
    expect(await failureOf(rig.run(() => restart(rig.cluster, input)))).toMatchObject({
      ...{ type: 'TryFailed', details: [{ next: 2, open: 'NO' }] },
    });
  });

  it('an attempt that died had sent it: a refusal says nothing of that copy either', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [refused] });
    const end = rig.run(() => restart(rig.cluster, input), { attempt: 2 });
    expect(await failureOf(end)).toMatchObject({ details: [{ next: 1, open: 'SENT' }] });
  });

  it('that was carried out is seen before it is sent again', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, executed: true });
    const { jobId, tries } = await rig.run(() => restart(rig.cluster, input));
    expect(jobId).toBe(id(1));
    expect(tries).toMatchObject({ failures: [], next: 1 });
    expect(rig.calls).toEqual(['RUN EXECUTED']);
  });

  it('that is carried out after that look is a duplicate when it is sent again: accepted', async () => {
    const { rig, input } = await stopped(await rigOf());
    const hold = rig.flink.hold(run, 'BEFORE', { times: 1 });
    const running = rig.begin(() => restart(rig.cluster, input));
    await hold.arrived;
    await submitted(rig, input);
    hold.release();
    expect(await running.end).toMatchObject({ jobId: id(1), tries: { failures: [], next: 1 } });
    expect(rig.calls).toEqual(['RUN KNOWN']);
  });

  it('that was carried out, and whose job has FAILED since, is a duplicate as well: its own cause is told', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.script({ starts: [{ kind: 'FAILS', cause: 'no such table' }] });
    const hold = rig.flink.hold(run, 'BEFORE', { times: 1 });
    const running = rig.begin(() => restart(rig.cluster, input));
    await hold.arrived;
    await submitted(rig, input);
    hold.release();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'TryFailed', message: expect.stringContaining('no such table') as string },
    });
    expect(rig.calls).toEqual(['RUN KNOWN']);
  });

  it.each([
    ['answered', 0],
    ['without an answer at first', 2],
  ])('P21: is not sent again once somebody else has started the job: the look is %s', async (_, resets) => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: Infinity });
    const running = rig.begin(() => restart(rig.cluster, input));
    await rig.until(() => rig.calls.length > 0, 'the submit');
    const other = await rig.job();
    rig.flink.fault({ on: 'GET /jobs/overview', kind: 'RESET_BEFORE', times: resets });
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'AnotherJobRuns', details: [{ jobId: other.id, state: 'RUNNING' }] },
    });
  });

  it('P21: of an attempt that died is not sent if somebody starts the job while its tasks are looked for', async () => {
    const { rig, input } = await stopped(await rigOf());
    const { running, hold } = await lookingForTasks(rig, input);
    const other = await rig.job();
    hold.release();
    expect(await failureOf(running.end)).toMatchObject({
      ...{ type: 'AnotherJobRuns', details: [{ jobId: other.id }] },
    });
    expect(rig.calls).toEqual([]);
  });

  it('of an attempt that died, and is carried out while its tasks are looked for: it is watched, none is sent', async () => {
    const { rig, input } = await stopped(await rigOf());
    const { running, hold } = await lookingForTasks(rig, input);
    await submitted(rig, input);
    hold.release();
    expect((await running.end).jobId).toBe(id(1));
    expect(rig.calls).toEqual([]);
  });

  it('while Flink cannot be reached is sent once it can', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: 2 });
    const proofs = rig.counting('GET /overview');
    await rig.run(() => restart(rig.cluster, input));
    expect(proofs()).toBe(0);
    expect(rig.calls).toEqual(['RUN NOT_EXECUTED', 'RUN NOT_EXECUTED', 'RUN EXECUTED']);
  });

  it('P25: for longer than the `restart` time-out is too late', async () => {
    const { rig, input } = await stopped(await rigOf());
    rig.flink.fault({ on: run, kind: 'STATUS', status: 503, times: Infinity });
    const timeouts = { ...input.timeouts, restart: 3_000 };
    const failure = await failureOf(rig.run(() => restart(rig.cluster, { ...input, timeouts })));
    expect(failure).toMatchObject({
      ...{ type: 'NoMoreTries', nonRetryable: true, details: [{ next: 1, open: 'SENT' }] },
      message: expect.stringMatching(/^not ready within 3000 ms; the submit has no answer: .*503/) as string,
    });
  });
});
