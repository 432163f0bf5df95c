import { WorkflowNotFoundError } from '@temporalio/client';
import { SearchAttributeType, TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { look } from '../../src/activities/look';
import type { LookInput } from '../../src/activities/look';
import type { SimulatedJob } from '../flink-simulator';
import { runningTry, startInput } from '../kit/begun';
import type { Rig } from '../kit/rig';
import { failureOf, useRig } from '../kit/rig';

const rigOf = useRig();
const gone = 'a'.repeat(32);

const looked = (rig: Rig, change: Partial<LookInput> = {}) =>
  rig.run(() => look(rig.cluster, { cluster: 'local', job: 'orders', ...change }));

/** The last run of the lock's workflow, as Temporal describes it. */
function lastRun(rig: Rig, name: 'COMPLETED' | 'FAILED', outcome?: string): void {
  const key = defineSearchAttributeKey('WeirOutcome', SearchAttributeType.KEYWORD);
  const typedSearchAttributes = new TypedSearchAttributes(
    outcome === undefined ? [] : [{ key, value: outcome }],
  );
  rig.handle.describe = () => Promise.resolve({ status: { code: 2, name }, typedSearchAttributes });
}

/** Stopped as a run of ours does it; the path of its savepoint. */
async function stoppedByUs(rig: Rig, job: SimulatedJob): Promise<string> {
  const path = await savepointOfStop(rig, job);
  await rig.until(() => job.ended, 'its end');
  return path;
}

/** The savepoint of the stop is complete, and the job does not end. */
async function hungStop(rig: Rig, job: SimulatedJob): Promise<void> {
  rig.flink.script({ stops: [{ kind: 'HANGS' }] });
  await savepointOfStop(rig, job);
}

async function savepointOfStop(rig: Rig, job: SimulatedJob): Promise<string> {
  const targetDirectory = `${rig.cluster.config.savepointRoot}/orders/try`;
  const saved = rig.flink.next('SAVEPOINT');
  await rig.cluster.flink.stop(job.id, {
    targetDirectory,
    triggerId: 'b'.repeat(32),
    formatType: 'CANONICAL',
  });
  return (await saved).path;
}

describe('a job that lives', () => {
  it('is told with its parallelism, and its newest state once it has one', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    expect(await looked(rig)).toEqual({ kind: 'LIVE', jobId: job.id, parallelism: 2 });
    const path = await rig.checkpoint(job);
    expect(await looked(rig, { jobId: gone })).toMatchObject({
      ...{ kind: 'LIVE', jobId: job.id, newest: { kind: 'CHECKPOINT', path } },
    });
  });

  it('beside another of its name is not told apart from it', async () => {
    const rig = await rigOf();
    const one = await rig.job();
    const other = await rig.job({ namesake: true });
    const sighting = await looked(rig, { jobId: one.id });
    expect(sighting).toEqual({
      ...{ kind: 'SEVERAL', jobIds: expect.arrayContaining([one.id, other.id]) as object },
    });
  });
});

test('of a job that never was there is nothing', async () => {
  const rig = await rigOf();
  await rig.job({ name: 'others' });
  expect(await looked(rig)).toEqual({ kind: 'NOTHING' });
});

describe('P13: a job that has ended', () => {
  it('FAILED is told, with what it left', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.fail();
    const ended = { kind: 'ENDED', jobId: job.id, how: 'FAILED', newest: { path } };
    expect(await looked(rig)).toMatchObject(ended);
    expect(await looked(rig, { jobId: job.id })).toMatchObject(ended);
  });

  it('CANCELED, by somebody, is told, whether it was seen before or not: what it left is to begin from', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    const ended = { kind: 'ENDED', jobId: job.id, how: 'CANCELED', newest: { path } };
    expect(await looked(rig)).toMatchObject(ended);
    expect(await looked(rig, { jobId: job.id })).toMatchObject(ended);
  });

  it('that left nothing, and was never seen, is nothing', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await looked(rig)).toEqual({ kind: 'NOTHING' });
  });

  it('FINISHED leaves no checkpoint', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.checkpoint(job);
    job.finish();
    expect(await looked(rig, { jobId: job.id })).toEqual({ kind: 'ENDED', jobId: job.id, how: 'FINISHED' });
  });

  it('FINISHED by itself, though Weir had started it from a savepoint: nobody has stopped it', async () => {
    const rig = await rigOf();
    const job = await runningTry(rig, await startInput(rig));
    await rig.checkpoint(job);
    job.finish();
    lastRun(rig, 'COMPLETED', 'RESCALED');
    expect(await looked(rig, { jobId: job.id })).toMatchObject({
      ...{ kind: 'ENDED', jobId: job.id, how: 'FINISHED' },
    });
  });

  it('FINISHED by itself, though it had taken a savepoint: nobody has stopped it', async () => {
    const rig = await rigOf();
    const job = await runningTry(rig, await startInput(rig));
    rig.flink.savepoint(job.id);
    await rig.flink.next('SAVEPOINT');
    job.finish();
    lastRun(rig, 'COMPLETED', 'RESCALED');
    expect(await looked(rig, { jobId: job.id })).toMatchObject({ kind: 'ENDED', how: 'FINISHED' });
  });
});

describe('a job that a run of ours has stopped', () => {
  it.each([
    ['COMPLETED', 'SUSPENDED', true],
    ['COMPLETED', 'CANCELLED', true],
    ['COMPLETED', 'RESCALED', false],
    ['COMPLETED', undefined, false],
    ['FAILED', 'SUSPENDED', false],
  ] as const)('and that is %s with outcome %s: it was meant: %s', async (name, outcome, meant) => {
    const rig = await rigOf();
    const job = await rig.job();
    const path = await stoppedByUs(rig, job);
    lastRun(rig, name, outcome);
    expect(await looked(rig, { jobId: job.id })).toMatchObject({
      ...{ kind: 'STOPPED', jobId: job.id, meant, newest: { kind: 'SAVEPOINT', path } },
    });
    expect(rig.askedOf).toEqual(['rescale/local/orders']);
  });

  it('though it did not end, and was cancelled for that, is stopped', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await hungStop(rig, job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    lastRun(rig, 'COMPLETED', 'SUSPENDED');
    expect(await looked(rig)).toMatchObject({ kind: 'STOPPED', jobId: job.id, meant: true });
  });

  it('and that went on all the same, until somebody cancelled it, is not', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await hungStop(rig, job);
    job.failOver('a TaskManager was lost');
    await rig.until(() => job.tasks === 'RUNNING', 'it to run again');
    const path = await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    lastRun(rig, 'COMPLETED', 'SUSPENDED');
    expect(await looked(rig, { jobId: job.id })).toMatchObject({
      ...{ kind: 'ENDED', how: 'CANCELED', newest: { path } },
    });
  });

  it('of which Temporal keeps nothing was not meant to be left so', async () => {
    const rig = await rigOf();
    await stoppedByUs(rig, await rig.job());
    rig.handle.describe = () =>
      Promise.reject(new WorkflowNotFoundError('gone', 'rescale/local/orders', undefined));
    expect(await looked(rig)).toMatchObject({ kind: 'STOPPED', meant: false });
  });

  it('of which Temporal says nothing is not judged', async () => {
    const rig = await rigOf();
    await stoppedByUs(rig, await rig.job());
    rig.handle.describe = () => Promise.reject(new Error('unavailable'));
    await expect(looked(rig)).rejects.toThrow('unavailable');
  });

  it('and that was cancelled, with a checkpoint left, has ended', async () => {
    const rig = await rigOf();
    const job = await runningTry(rig, await startInput(rig));
    const path = await rig.checkpoint(job);
    job.cancel();
    await rig.until(() => job.ended, 'its end');
    expect(await looked(rig)).toMatchObject({
      ...{ kind: 'ENDED', jobId: job.id, how: 'CANCELED', newest: { path } },
    });
  });
});

describe('P12: a job that no JobManager knows any more', () => {
  it('has VANISHED once nothing of it runs, and not before; what was seen last is what it left', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    const newest = {
      kind: 'CHECKPOINT',
      path: await rig.checkpoint(job),
      jobId: job.id,
      checkpointId: 1,
    } as const;
    await rig.flink.loseJobManager({ slotsMs: 20_000 });
    expect(await looked(rig, { jobId: job.id, newest })).toEqual({
      ...{ kind: 'ENDED', jobId: job.id, how: 'VANISHED', newest },
    });
    expect(rig.flink.effects.at(-1)).toMatchObject({ kind: 'TASKS_GONE', jobId: job.id });
  });

  it('has left what is in the store, where that is newer', async () => {
    const rig = await rigOf();
    const root = `file:${fileURLToPath(rig.cluster.config.savepointRoot)}`;
    const newest = (n: number) =>
      ({ kind: 'CHECKPOINT', path: `${root}/${gone}/chk-${n}`, jobId: gone, checkpointId: n }) as const;
    const folder = newest(8).path.slice('file:'.length);
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/_metadata`, '');
    expect(await looked(rig, { jobId: gone, newest: newest(7) })).toMatchObject({
      ...{ how: 'VANISHED', newest: newest(8) },
    });
  });

  it('has left nothing, where nothing was seen', async () => {
    const rig = await rigOf();
    expect(await looked(rig, { jobId: gone })).toEqual({ kind: 'ENDED', jobId: gone, how: 'VANISHED' });
  });

  it.each(['2.3.0', '1.20.5'])(
    'but by its result: what was seen last is what it left; on %s',
    async (version) => {
      const rig = await rigOf({ version });
      const job = await runningTry(rig, await startInput(rig));
      const path = await rig.checkpoint(job);
      job.fail();
      await rig.flink.loseJobManager({ ha: true, results: 'LEFT' });
      const newest = { kind: 'CHECKPOINT', path, jobId: job.id, checkpointId: 1 } as const;
      expect(await looked(rig, { jobId: job.id, newest })).toEqual({
        ...{ kind: 'ENDED', jobId: job.id, how: 'FAILED', newest },
      });
    },
  );

  it('and that comes back while it is looked for lives', async () => {
    const rig = await rigOf();
    const job = await rig.job();
    await rig.flink.loseJobManager({ ha: true, electionMs: 0, registerMs: 5_000 });
    expect(await looked(rig, { jobId: job.id })).toMatchObject({ kind: 'LIVE', jobId: job.id });
  });
});

test('an abort ends it at once, even where Flink cannot be reached', async () => {
  const rig = await rigOf();
  await rig.flink.unreachable();
  const running = rig.begin(() => look(rig.cluster, { cluster: 'local', job: 'orders' }));
  running.abort();
  expect(await failureOf(running.end)).toMatchObject({ name: 'CancelledFailure' });
  await rig.flink.reachable();
});
