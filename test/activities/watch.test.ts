import { watch } from '../../src/activities/watch';
import { failureOf, useRig } from '../kit/rig';
import type { Attempt, Rig } from '../kit/rig';

const rigOf = useRig();

function begin(rig: Rig, jobIds: readonly string[], attempt: Attempt = {}) {
  return rig.begin(() => watch(rig.cluster, { cluster: 'local', job: 'orders', jobIds }), attempt);
}

/** Begins to watch, and waits until it has seen the jobs. */
async function begun(rig: Rig, ...jobIds: readonly string[]) {
  const looks = rig.counting('GET /jobs/overview');
  const running = begin(rig, jobIds);
  await rig.until(() => looks() > 1, 'it to watch');
  return running;
}

describe('of the job that is watched it is told', () => {
  it('that somebody has cancelled it', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const watching = await begun(rig, job.id);
    await rig.onItsOwn(() => rig.cluster.flink.cancel(job.id));
    expect(await watching.end).toEqual({ why: `job ${job.id} does not run any more` });
  });

  it('that it is FAILED, with the newest state that was seen', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    const watching = await begun(rig, job.id);
    job.fail();
    expect(await watching.end).toMatchObject({
      ...{ why: `job ${job.id} does not run any more`, newest: { kind: 'CHECKPOINT', path, jobId: job.id } },
    });
  });

  it('that its JobManager has forgotten it', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const watching = await begun(rig, job.id);
    await rig.flink.loseJobManager();
    expect(await watching.end).toEqual({ why: `job ${job.id} does not run any more` });
  });

  it('that it has another number of tasks', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const heartbeatDetails = { attempt: 1, over: false, details: { tasks: 8 } };
    const watching = begin(rig, [job.id], { attempt: 2, heartbeatDetails });
    expect(await watching.end).toEqual({ why: `job ${job.id} has 4 tasks instead of 8` });
  });

  it('nothing while it restarts', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const looks = rig.counting('GET /jobs/overview');
    const watching = begin(rig, [job.id]);
    await rig.until(() => looks() > 1, 'it to watch');
    job.failOver('a TaskManager was lost', 5_000);
    await rig.until(() => looks() > 4, 'more looks');
    watching.abort();
    expect(await failureOf(watching.end)).toMatchObject({ name: 'CancelledFailure' });
  });
});

describe('beside it', () => {
  it('a job of the same name is noticed, and none of another', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.job({ name: 'others' });
    const watching = await begun(rig, job.id);
    const { id } = await rig.job({ namesake: true });
    expect(await watching.end).toEqual({ why: `job ${id} of the same name runs` });
  });

  it('where none was to run, one is', async () => {
    const rig = await rigOf();
    const watching = await begun(rig);
    const { id } = await rig.job();
    expect(await watching.end).toEqual({ why: `job ${id} of the same name runs` });
  });
});

test('of several of one name the end of any is told; whose state is the newest nobody can say', async () => {
  const rig = await rigOf();
  const one = await rig.job();
  const other = await rig.job({ namesake: true });
  await rig.checkpoint(one);
  const watching = await begun(rig, one.id, other.id);
  other.fail();
  expect(await watching.end).toEqual({ why: `job ${other.id} does not run any more` });
  expect(watching.beats.at(-1)?.details).toEqual({});
});

describe('the newest state of the job', () => {
  it('is looked for at each look as long as none is known: a job may be lost seconds after its start', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const reads = rig.counting('GET /jobs/:id/checkpoints');
    const watching = begin(rig, [job.id]);
    await rig.until(() => reads() >= 3, 'three reads without a checkpoint');
    const path = await rig.checkpoint(job);
    const known = reads();
    // an answer of Flink's cache is older
    await rig.until(() => reads() > known + 1, 'one with it');
    await rig.flink.loseJobManager();
    expect(await watching.end).toMatchObject({ newest: { path } });
    // of the few looks so far each has read
    expect(reads()).toBeGreaterThan(3);
  });

  it('is read each 10 s once it is known, and carried in the heartbeat with the number of its tasks', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    const reads = rig.counting('GET /jobs/:id/checkpoints');
    const watching = begin(rig, [job.id]);
    await rig.until(() => reads() >= 1, 'a first read');
    const began = Date.now();
    const path = await rig.checkpoint(job);
    await rig.until(() => reads() >= 3, 'two more');
    expect(Date.now() - began).toBeGreaterThanOrEqual(10_000);
    watching.lose();
    expect(await failureOf(watching.end)).toMatchObject({
      ...{ type: 'AttemptLost', details: [{ tasks: 4, newest: { path } }] },
    });
  });

  it('outlives its worker', async () => {
    const rig = await rigOf();
    const newest = { kind: 'CHECKPOINT', path: 'file:/checkpoints/7', jobId: 'a'.repeat(32) } as const;
    const heartbeatDetails = { attempt: 1, over: true, details: { newest, tasks: 4 } };
    const watching = begin(rig, ['a'.repeat(32)], { attempt: 2, heartbeatDetails });
    expect(await watching.end).toEqual({ why: `job ${'a'.repeat(32)} does not run any more`, newest });
  });

  it('stays what it was where none is to be read: it takes no snapshots any more, say', async () => {
    const rig = await rigOf({ checkpointing: false });
    const job = await rig.job();
    const newest = { kind: 'CHECKPOINT', path: 'file:/checkpoints/7', jobId: job.id } as const;
    const reads = rig.counting('GET /jobs/:id/checkpoints');
    const heartbeatDetails = { attempt: 1, over: true, details: { newest } };
    const watching = begin(rig, [job.id], { attempt: 2, heartbeatDetails });
    await rig.until(() => reads() >= 1, 'a read');
    job.fail();
    expect(await watching.end).toMatchObject({ newest });
  });
});

describe('many that watch one cluster', () => {
  /** What happens from here on happens at once, until a millisecond later. */
  const atOnce = () => {
    let now = Date.now();
    Date.now = () => now;
    return () => (now += 1);
  };

  it('share what is read of its jobs', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.fail();
    const looks = rig.counting('GET /jobs/overview');
    atOnce();
    await Promise.all([1, 2, 3].map(() => begin(rig, [job.id]).end));
    expect(looks()).toBe(1);
  });

  it('do not take what was read before they began: a job that has ended since may be in it', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const hold = rig.flink.hold('GET /jobs/overview', 'AFTER');
    const later = atOnce();
    const first = begin(rig, [job.id]);
    await hold.arrived;
    job.fail();
    later();
    const second = begin(rig, [job.id]);
    await rig.until(() => hold.waiting === 2, 'a look of its own');
    hold.release();
    expect(await second.end).toMatchObject({ why: `job ${job.id} does not run any more` });
    first.lose();
  });

  it('ask again at once for an answer that did not come', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.fail();
    rig.flink.fault({ on: 'GET /jobs/overview', kind: 'STATUS', status: 503, times: 2 });
    atOnce();
    expect(await begin(rig, [job.id]).end).toEqual({ why: `job ${job.id} does not run any more` });
    expect(rig.flink.faultsToCome).toBe(0);
  });
});
