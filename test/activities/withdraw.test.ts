import { withdraw } from '../../src/activities/withdraw';
import type { WithdrawInput } from '../../src/activities/withdraw';
import type { Submit } from '../../src/activities/submitting';
import { noTries } from '../../src/contracts/failures';
import { submitId, triggerId } from '../../src/planning/ids';
import { runningTry, startInput, submitted } from '../kit/begun';
import { key, submitInput } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();

function inputOf(rig: Rig, { origin }: Submit, change: Partial<WithdrawInput> = {}): WithdrawInput {
  return {
    ...{ cluster: 'local', key, verb: 'restart', firstTry: 1, origin, stopMs: 180_000, givingUp: false },
    tries: { ...noTries, open: 'ACCEPTED' },
    savepoint: {
      directory: `${rig.cluster.config.savepointRoot}/orders`,
      ...{ format: 'CANONICAL', keep: true, tryMs: 600_000 },
    },
    ...change,
  };
}

const none = { unanswered: false };

describe('a job that is withdrawn', () => {
  it('and has completed no checkpoint is cancelled, and proven over: it has added nothing', async () => {
    const rig = await rigOf({ delays: { cancel: 1_000 } });
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)))).toEqual(none);
    expect(rig.callsOf()[0]).toMatchObject({ verb: 'CANCEL', jobId: job.id });
    expect(job.state).toBe('CANCELED');
  });

  it('P14: and has completed a checkpoint is stopped with a savepoint, and that is the newest state', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    await rig.checkpoint(job);
    const { snapshot, unanswered } = await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)));
    expect(rig.callsOf()).toMatchObject([
      { verb: 'STOP', jobId: job.id, triggerId: triggerId(key, 'withdraw', 1) },
    ]);
    expect(snapshot).toMatchObject({ kind: 'SAVEPOINT', jobId: job.id });
    expect(snapshot?.path).toContain(triggerId(key, 'withdraw', 1));
    expect(unanswered).toBe(false);
    expect(job.state).toBe('FINISHED');
  });

  it('P14: and cannot be stopped with one is cancelled: its last checkpoint is the newest state', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    const path = await rig.checkpoint(job);
    rig.flink.script({ stops: [{ kind: 'REFUSED' }] });
    const { snapshot } = await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)));
    expect(rig.callsOf().map(({ verb }) => verb)).toEqual(['STOP', 'CANCEL']);
    expect(snapshot).toMatchObject({ kind: 'CHECKPOINT', path, jobId: job.id });
    expect(job.state).toBe('CANCELED');
  });

  it('and restarts, after a checkpoint, is cancelled: a stop would not be taken', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    const path = await rig.checkpoint(job);
    job.failOver('it does not work', 1_000_000);
    const { snapshot } = await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)));
    expect(rig.callsOf('STOP')).toEqual([]);
    expect(snapshot).toMatchObject({ path });
  });

  it('and began without state is cancelled: what it has is newer than nothing', async () => {
    const rig = await rigOf();
    const submit = await submitInput(rig, { kind: 'EMPTY' });
    const job = await runningTry(rig, submit);
    await rig.checkpoint(job);
    job.failOver('a TaskManager was lost');
    await rig.until(() => job.tasks === 'RUNNING', 'it to run again');
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)))).toEqual(none);
    expect(rig.callsOf().map(({ verb }) => verb)).toContain('CANCEL');
    expect(rig.callsOf('STOP')).toEqual([]);
  });

  it('and is over already is left alone; what it has added is read past the age of Flink’s cache', async () => {
    const rig = await rigOf({ refreshIntervalMs: 10_000 });
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    await rig.checkpoint(job);
    await rig.cluster.flink.checkpoints(job.id);
    const path = await rig.checkpoint(job);
    job.fail();
    const { snapshot } = await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)));
    expect(snapshot).toMatchObject({ kind: 'CHECKPOINT', path });
    expect(rig.calls).toEqual([]);
  });
});

describe('of several tries', () => {
  it('each is ended, and the newest that one of them has added counts', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const first = await runningTry(rig, submit, 1);
    await rig.checkpoint(first);
    const path = await rig.checkpoint(first);
    first.fail();
    const second = await runningTry(rig, submit, 2);
    const tries = { ...noTries, next: 2, open: 'ACCEPTED' } as const;
    const input = inputOf(rig, submit, { tries });
    expect(await rig.run(() => withdraw(rig.cluster, input))).toMatchObject({
      ...{ unanswered: false, snapshot: { path } },
    });
    expect(second.state).toBe('CANCELED');
  });

  it('those of before the present origin are none of it', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const first = await runningTry(rig, submit, 1);
    await rig.checkpoint(first);
    first.fail();
    const tries = { ...noTries, next: 2, open: 'NO' } as const;
    const input = inputOf(rig, submit, { tries, firstTry: 2 });
    expect(await rig.run(() => withdraw(rig.cluster, input))).toEqual(none);
  });

  it('one that was never sent, and is not known to Flink, needs no proof', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const proofs = rig.counting('GET /jobs/:id/status');
    const tries = { ...noTries, next: 2, open: 'NO' } as const;
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit, { tries })))).toEqual(none);
    expect(proofs()).toBe(0);
  });

  it('one that Flink had taken and does not know is proven forgotten', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const looks = rig.counting('GET /overview');
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit)))).toEqual(none);
    expect(looks()).toBe(2);
  });
});

describe('P20: a submit without an answer', () => {
  it('is the last one only: those before it that Flink does not know were seen to fail', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await submitted(rig, submit, 2);
    const looks = rig.counting('GET /overview');
    const tries = { ...noTries, next: 2, open: 'SENT' } as const;
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit, { tries })))).toEqual(none);
    expect(job.state).toBe('CANCELED');
    const accepted = { ...noTries, next: 3, open: 'ACCEPTED' } as const;
    await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit, { tries: accepted, firstTry: 2 })));
    // the proof that the third is forgotten
    expect(looks()).toBe(2);
  });

  it('and a job that Flink does not know: only the same may follow', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const tries = { ...noTries, open: 'SENT' } as const;
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit, { tries })))).toEqual({
      unanswered: true,
    });
    expect(rig.calls).toEqual([]);
  });

  it('what the tries before it have added is told with it', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const first = await runningTry(rig, submit, 1);
    const path = await rig.checkpoint(first);
    first.fail();
    const tries = { ...noTries, next: 2, open: 'SENT' } as const;
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit, { tries })))).toMatchObject({
      ...{ unanswered: true, snapshot: { path } },
    });
  });

  it('that was carried out is ended', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await submitted(rig, submit);
    const tries = { ...noTries, open: 'SENT' } as const;
    expect(await rig.run(() => withdraw(rig.cluster, inputOf(rig, submit, { tries })))).toEqual(none);
    expect(job.state).toBe('CANCELED');
  });
});

describe('an operator who gives up', () => {
  it.each([
    ['NO', false],
    ['SENT', true],
    ['ACCEPTED', true],
  ] as const)(
    'does not wait long for a Flink that does not answer: after %s that is unanswered: %s',
    async (open, unanswered) => {
      const rig = await rigOf();
      const submit = await startInput(rig);
      await rig.flink.unreachable();
      const tries = { ...noTries, open };
      const input = inputOf(rig, submit, { tries, givingUp: true });
      const began = Date.now();
      expect(await rig.run(() => withdraw(rig.cluster, input))).toEqual({ unanswered });
      expect(Date.now() - began).toBeGreaterThanOrEqual(28_000);
      await rig.flink.reachable();
    },
  );

  it('is told what Flink says in time', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    const job = await runningTry(rig, submit);
    await rig.checkpoint(job);
    const input = inputOf(rig, submit, { givingUp: true });
    expect(await rig.run(() => withdraw(rig.cluster, input))).toMatchObject({
      ...{ unanswered: false, snapshot: { jobId: submitId(key, 'restart', 1) } },
    });
  });

  it('else Flink is waited for, until an abort', async () => {
    const rig = await rigOf();
    const submit = await startInput(rig);
    await rig.flink.unreachable();
    const running = rig.begin(() => withdraw(rig.cluster, inputOf(rig, submit)));
    let over = false;
    void running.end.catch(() => undefined).finally(() => (over = true));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(over).toBe(false);
    running.abort();
    expect(await failureOf(running.end)).toMatchObject({ name: 'CancelledFailure' });
    await rig.flink.reachable();
  });
});
