import { endByCancel, ended, endedByNow, untilTasksAreGone } from '../../src/activities/ended';
import { useRig } from '../kit/rig';
import type { Rig } from '../kit/rig';

const rigOf = useRig();

/** What the proof says, and how long it took, ms. */
async function proof(rig: Rig, jobId: string) {
  const began = Date.now();
  const seen = await rig.look((pulse) => ended(rig.cluster, jobId, pulse));
  return { ...seen, ms: Date.now() - began };
}

const forgotten = { ended: 'FORGOTTEN', state: 'FORGOTTEN' };
const unproven = { ended: undefined, state: 'FORGOTTEN' };

describe('P11: a job that Flink knows', () => {
  it.each(['FINISHED', 'CANCELED', 'FAILED'] as const)(
    'and that is %s is over, at the first look',
    async (state) => {
      const rig = await rigOf();
      const job = await rig.job();
      if (state === 'FINISHED') job.finish();
      if (state === 'CANCELED') job.cancel();
      if (state === 'FAILED') job.fail();
      await rig.until(() => job.ended, 'its end');
      expect(await proof(rig, job.id)).toMatchObject({ ended: state, state });
    },
  );

  it('and that is in any other state is not', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    expect(await proof(rig, job.id)).toMatchObject({ ended: undefined, state: 'RUNNING' });
    job.keepFailing();
    expect(await proof(rig, job.id)).toMatchObject({ ended: undefined, state: 'FAILING' });
  });
});

describe('P11: a glance at a job', () => {
  it('shows its end', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.fail();
    expect(await rig.look((pulse) => endedByNow(rig.cluster, job.id, pulse))).toBe('FAILED');
  });

  it('proves nothing of one that lives, or that Flink does not know', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    expect(await rig.look((pulse) => endedByNow(rig.cluster, job.id, pulse))).toBeUndefined();
    expect(await rig.look((pulse) => endedByNow(rig.cluster, 'a'.repeat(32), pulse))).toBeUndefined();
  });
});

describe('P12: a job that Flink does not know', () => {
  it('is over once it is not listed twice, ten seconds apart', async () => {
    const rig = await rigOf();
    await rig.flink.loseJobManager();
    const seen = await proof(rig, 'a'.repeat(32));
    expect(seen).toMatchObject(forgotten);
    expect(seen.ms).toBeGreaterThanOrEqual(9_500);
  });

  it('is not while the tasks of a dead JobManager hold slots', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.loseJobManager({ slotsMs: 1_000_000 });
    const looks = rig.counting('GET /overview');
    expect(await proof(rig, job.id)).toMatchObject(unproven);
    expect(looks()).toBe(1);
  });

  it('is, where every slot that is held is another job’s', async () => {
    const rig = await rigOf();
    const other = await rig.job({ name: 'others', parallelism: 3 });
    const ended = await rig.job({ name: 'ended', parallelism: 2 });
    ended.finish();
    expect(other.state).toBe('RUNNING');
    expect(await proof(rig, 'a'.repeat(32))).toMatchObject(forgotten);
  });

  it('is not while no TaskManager has registered: they may hold its tasks', async () => {
    const rig = await rigOf();
    await rig.flink.loseJobManager({ registerMs: 1_000_000 });
    expect(await proof(rig, 'a'.repeat(32))).toMatchObject(unproven);
  });

  it('is not while any job is INITIALIZING: with HA that may be this one', async () => {
    const rig = await rigOf({ delays: { submit: 1_000_000 } });
    await rig.job({ name: 'others' });
    await rig.flink.loseJobManager({ ha: true });
    expect(await proof(rig, 'a'.repeat(32))).toMatchObject(unproven);
  });

  it('is not if it is there when it is looked for the second time', async () => {
    const rig = await rigOf();
    const id = 'a'.repeat(32);
    const seen = proof(rig, id);
    setTimeout(() => rig.flink.startJob({ name: 'orders', parallelism: 1, id }), 50);
    expect(await seen).toMatchObject(unproven);
  });

  it('is not said to be over by a JobManager that does not answer', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.fault({ on: 'ANY', kind: 'STATUS', status: 503, times: 3 });
    expect(await proof(rig, job.id)).toMatchObject({ ended: undefined, state: 'RUNNING' });
  });
});

describe('P12: the same job is not started beside tasks of it that a lost JobManager has left', () => {
  it('GONE at once where it was only sent, and every slot is accounted for', async () => {
    const rig = await rigOf();
    const looks = rig.counting('GET /overview');
    const seen = await rig.look((pulse) => untilTasksAreGone(rig.cluster, 'a'.repeat(32), 'SENT', pulse));
    expect(seen).toBe('GONE');
    expect(looks()).toBe(1);
  });

  it('GONE after two looks where Flink had taken it', async () => {
    const rig = await rigOf();
    const looks = rig.counting('GET /overview');
    const began = Date.now();
    const seen = await rig.look((pulse) => untilTasksAreGone(rig.cluster, 'a'.repeat(32), 'ACCEPTED', pulse));
    expect(seen).toBe('GONE');
    expect(Date.now() - began).toBeGreaterThanOrEqual(9_500);
    expect(looks()).toBe(2);
  });

  it('waits for slots that nobody accounts for, until no TaskManager keeps them any more', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.loseJobManager({ slotsMs: 30_000 });
    const seen = await rig.look((pulse) => untilTasksAreGone(rig.cluster, job.id, 'SENT', pulse));
    expect(seen).toBe('GONE');
    expect(rig.flink.effects.at(-1)).toMatchObject({ kind: 'TASKS_GONE', jobId: job.id });
  });

  it('GONE after a minute, whatever holds the slots: no task outlives its JobManager for so long', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.loseJobManager({ slotsMs: 10_000_000 });
    const began = Date.now();
    const seen = await rig.look((pulse) => untilTasksAreGone(rig.cluster, job.id, 'ACCEPTED', pulse));
    expect(seen).toBe('GONE');
    expect(Date.now() - began).toBeGreaterThanOrEqual(60_000);
  });

  it('THERE: the job is known after all', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    for (const open of ['SENT', 'ACCEPTED'] as const)
      expect(await rig.look((pulse) => untilTasksAreGone(rig.cluster, job.id, open, pulse))).toBe('THERE');
  });
});

describe('a job that is ended by a cancel', () => {
  it('is cancelled, and its end is proven', async () => {
    const rig = await rigOf({ delays: { cancel: 1_000 } });
    const job = await rig.job();
    expect(await rig.look((pulse) => endByCancel(rig.cluster, job.id, pulse))).toBe('CANCELED');
    expect(rig.calls[0]).toBe('CANCEL EXECUTED');
    expect(job.state).toBe('CANCELED');
  });

  it('is left alone where it is over already', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.fail();
    expect(await rig.look((pulse) => endByCancel(rig.cluster, job.id, pulse))).toBe('FAILED');
    expect(rig.calls).toEqual([]);
  });

  it('P5: a cancel without an answer is sent again', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    rig.flink.fault({ on: 'PATCH /jobs/:id', kind: 'RESET_BEFORE' });
    expect(await rig.look((pulse) => endByCancel(rig.cluster, job.id, pulse))).toBe('CANCELED');
    expect(rig.calls.slice(0, 2)).toEqual(['CANCEL NOT_EXECUTED', 'CANCEL EXECUTED']);
  });
});
