import { observe } from '../../src/activities/observe';
import type { ObserveInput } from '../../src/activities/observe';
import type { Program } from '../../src/contracts/observation';
import { jobRecordMemo } from '../../src/contracts/record';
import { submitId } from '../../src/planning/ids';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { key } from '../kit/inputs';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

/** Which program each transition looks at: what is to run, or what runs, should the job be lost. */

const rigOf = useRig();
const named = (jar: string) => ({ jar, args: ['--name', 'orders'] });

async function programOf(rig: Rig, input: Partial<ObserveInput>): Promise<Program | undefined> {
  const given = { cluster: 'local', job: 'orders', ...input };
  return (await rig.run(() => observe(rig.cluster, given))).program;
}

async function rigWith(...jars: readonly string[]): Promise<Rig> {
  const rig = await rigOf();
  for (const jar of jars) await writeFile(join(rig.cluster.config.artifacts, jar), `the program of ${jar}`);
  return rig;
}

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

const jarsOf = (program: Program | undefined) =>
  program?.kind === 'READY'
    ? [program.jar.artifact.jar, program.previousJar.artifact.jar]
    : `it is ${program?.kind}`;

describe('START', () => {
  const start = { transition: 'START', parallelism: 4, artifact: named('orders.jar') } as const;

  it('of a job that does not run: what is to be, at the parallelism that is asked for', async () => {
    const rig = await rigOf();
    expect(await programOf(rig, start)).toMatchObject({
      ...{ kind: 'READY', jar: { artifact: { jar: 'orders.jar' } }, previousKnown: false },
      vertices: [{ parallelism: 4 }, { parallelism: 4 }],
      previousVertices: [{ parallelism: 4 }, { parallelism: 4 }],
    });
  });

  it('of a job that runs: held against what runs', async () => {
    const rig = await rigOf();
    await rig.job();
    expect(await programOf(rig, { ...start, previousArtifact: named('orders.jar') })).toMatchObject({
      ...{ kind: 'READY', previousKnown: true },
      previousVertices: [{ parallelism: 2 }, { parallelism: 2 }],
    });
  });
});

describe.each(['SUSPEND', 'SAVEPOINT'] as const)('%s: what runs, at its parallelism', (transition) => {
  it('as its run recorded it', async () => {
    const rig = await rigWith('recorded.jar', 'given.jar');
    const id = submitId(key, 'restart', 1);
    await rig.job({ id });
    const sha256 = sha256Of('the program of recorded.jar');
    rig.memos = [{ [jobRecordMemo]: { jobId: id, artifact: named('recorded.jar'), sha256 } }];
    const program = await programOf(rig, { transition, artifact: named('given.jar') });
    expect(jarsOf(program)).toEqual(['recorded.jar', 'recorded.jar']);
    const other = await programOf(rig, { transition, previousArtifact: named('given.jar') });
    expect(jarsOf(other)).toEqual(['given.jar', 'given.jar']);
  });

  it('as weir.yaml has it, whatever is named', async () => {
    const rig = await rigOf({
      jobs: [
        { cluster: 'local', job: 'others', artifact: named('others.jar') },
        { cluster: 'local', job: 'orders', artifact: named('orders.jar') },
      ],
    });
    await rig.job();
    const program = await programOf(rig, { transition, artifact: named('given.jar') });
    expect(jarsOf(program)).toEqual(['orders.jar', 'orders.jar']);
  });

  it('as it is named, where nobody else tells', async () => {
    const rig = await rigOf();
    await rig.job();
    expect(await programOf(rig, { transition, artifact: named('orders.jar') })).toMatchObject({
      ...{ kind: 'READY', jar: { artifact: { jar: 'orders.jar' } } },
      vertices: [{ parallelism: 2 }, { parallelism: 2 }],
    });
  });

  it('of a job that is not there: none', async () => {
    const rig = await rigOf();
    expect(await programOf(rig, { transition, artifact: named('orders.jar') })).toBeUndefined();
    expect(rig.calls).toEqual([]);
  });
});

test('CANCEL needs none: nothing is uploaded', async () => {
  const rig = await rigOf();
  await rig.job();
  expect(await programOf(rig, { transition: 'CANCEL', artifact: named('orders.jar') })).toBeUndefined();
  expect(rig.calls).toEqual([]);
});

describe('what a run of ours recorded is waited for in Temporal’s list, which lags', () => {
  const jar = named('orders.jar');
  it.each<[string, Partial<ObserveInput>, boolean]>([
    ['nothing is named', { parallelism: 4 }, true],
    ['only what is to be is named', { parallelism: 4, artifact: jar }, true],
    ['only what runs is named', { parallelism: 4, previousArtifact: jar }, true],
    ['both are named', { parallelism: 4, artifact: jar, previousArtifact: jar }, false],
    ['CANCEL, which needs no program', { transition: 'CANCEL' }, false],
  ])('%s', async (_, input, waits) => {
    const rig = await rigOf();
    await rig.job({ id: submitId(key, 'restart', 1) });
    let lists = 0;
    Object.defineProperty(rig, 'memos', { get: () => ((lists += 1), []) });
    await programOf(rig, input);
    expect(lists > 1).toBe(waits);
  });

  it('not of a job that is down', async () => {
    const rig = await rigOf();
    const job = await rig.job({ id: submitId(key, 'restart', 1) });
    await rig.checkpoint(job);
    job.fail();
    let lists = 0;
    Object.defineProperty(rig, 'memos', { get: () => ((lists += 1), []) });
    await programOf(rig, { parallelism: 4, artifact: named('orders.jar') });
    expect(lists).toBe(1);
  });
});

describe('a program that cannot be had is refused', () => {
  it('whose settings this Flink does not take with a submission', async () => {
    const rig = await rigOf({ version: '1.16.3' });
    await rig.job();
    const artifact = { ...named('orders.jar'), flinkConfiguration: { 'state.backend.type': 'rocksdb' } };
    expect(await programOf(rig, { parallelism: 4, artifact, previousArtifact: artifact })).toMatchObject({
      ...{ kind: 'REFUSED', reason: expect.stringContaining('1.16.3') as string },
    });
    expect(rig.calls).toEqual([]);
  });

  it('that Flink, or what stands before it, does not take', async () => {
    const rig = await rigOf();
    await rig.job();
    rig.flink.fault({ on: 'POST /jars/upload', kind: 'STATUS', status: 413, times: Infinity });
    const artifact = named('orders.jar');
    expect(await programOf(rig, { parallelism: 4, artifact, previousArtifact: artifact })).toMatchObject({
      kind: 'REFUSED',
      reason: expect.stringMatching(/^orders\.jar cannot be uploaded: 413/) as string,
      valid: 'a jar that Flink takes, and what stands before it (nginx: client_max_body_size)',
    });
  });
});
