import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../../src/contracts/rescale';
import { jobIdPrefix, lockKey } from '../../src/planning/ids';
import type { Call } from '../flink-simulator';
import { held } from '../kit/held';
import { rescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import { liveJobs, nextOf, says, stopsOf, succeeded } from '../kit/watch';

/** What a job is made of: who says it, what is recorded of it, and whether its bytes are at hand. */
const place = useSimulated('artifacts', {
  // those have an entry in weir.yaml, and a jar of their name
  jobs: [
    'disagrees',
    'replaced',
    'by-hand',
    'rolled-back',
    'unknown',
    'by-id',
    'no-way-back',
    'jars-lost',
    'bytes-lost',
    'terminated',
  ],
  flink: { slots: 200 },
});

afterEach(() => {
  place().flink.neverTwoCopies();
});

function jarPath(jar: string): string {
  return join(place().runDir, 'artifacts', jar);
}

function sha256(jar: string): string {
  return createHash('sha256')
    .update(readFileSync(jarPath(jar)))
    .digest('hex');
}

/** As weir.yaml has it, with more arguments. */
function artifactOf(job: string, ...args: string[]): Artifact {
  return { jar: `${job}.jar`, args: ['--name', job, ...args] };
}

/** Every submit of a job of that name, in order. */
function submitsOf(job: string): Call[] {
  const prefix = jobIdPrefix(lockKey('local', job));
  return place().flink.calls.filter((call) => call.verb === 'RUN' && call.jobId?.startsWith(prefix));
}

async function uploads(): Promise<{ id: string; name: string }[]> {
  const answer = await fetch(`${place().flink.restUrl}/jars`);
  return ((await answer.json()) as { files: { id: string; name: string }[] }).files;
}

/** A job that only its rescales know: weir.yaml has no entry, and a query for its runs needs care. */
const odd = `it's "50 %" \\ größer`;

together(
  {
    'without an artifact in the input and an entry in weir.yaml: what the last run recorded, also past runs that recorded nothing':
      async () => {
        const { flink } = place();
        writeFileSync(jarPath('odd.jar'), 'an odd program');
        flink.startJob({ name: odd, parallelism: 2 });
        expect(await rescale(place(), { job: odd, parallelism: 4 })).toMatchObject({ type: 'PlanRejected' });

        const artifact = { jar: 'odd.jar', args: ['--name', odd, '--version', '2'] };
        const first = succeeded(await rescale(place(), { job: odd, parallelism: 4, artifact }));
        const recorded = { ...artifact, sha256: sha256('odd.jar') };
        expect(first).toMatchObject({ outcome: 'RESCALED', artifact: recorded });
        expect(first.warnings.join()).toContain('is not known; the roll-back would use odd.jar');
        const same = succeeded(await rescale(place(), { job: odd, parallelism: 4 }));
        expect(same.outcome).toBe('UNCHANGED');
        expect(same.artifact).toBeUndefined();

        const second = succeeded(await rescale(place(), { job: odd, parallelism: 3 }));
        expect(second).toMatchObject({ outcome: 'RESCALED', artifact: recorded, warnings: [] });
        expect(submitsOf(odd).map(({ args }) => args)).toEqual([artifact.args, artifact.args]);
      },

    'the record and weir.yaml differ: refused with both shown, the job untouched': async () => {
      const { flink } = place();
      flink.startJob({ name: 'disagrees', parallelism: 2 });
      const artifact = artifactOf('disagrees', '--version', '2');
      const { to } = succeeded(await rescale(place(), { job: 'disagrees', parallelism: 4, artifact }));

      const ended = await rescale(place(), { job: 'disagrees', parallelism: 3 });
      expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
      says(ended, 'args: recorded ["--version","2"], in weir.yaml []', 'valid: "artifact" in the input');
      expect(stopsOf(flink, to?.jobId ?? '')).toBe(0);

      const settled = await rescale(place(), { job: 'disagrees', parallelism: 3, artifact });
      expect(succeeded(settled)).toMatchObject({ outcome: 'RESCALED', warnings: [] });
    },

    'a job that somebody has started by hand since is not what was recorded': async () => {
      const { flink } = place();
      flink.startJob({ name: 'by-hand', parallelism: 2 });
      const artifact = artifactOf('by-hand', '--version', '2');
      const { to } = succeeded(await rescale(place(), { job: 'by-hand', parallelism: 4, artifact }));
      const cancelled = nextOf(flink, 'ENDED', 'by-hand');
      flink.job(to?.jobId ?? '').cancel();
      await cancelled;
      flink.startJob({ name: 'by-hand', parallelism: 2 });

      const ended = succeeded(await rescale(place(), { job: 'by-hand', parallelism: 4 }));
      expect(ended).toMatchObject({ outcome: 'RESCALED', artifact: artifactOf('by-hand'), warnings: [] });
    },

    'an upgrade that fails is rolled back to the artifact of before, and that is what is recorded then':
      async () => {
        const { flink } = place();
        flink.startJob({ name: 'rolled-back', parallelism: 2 });
        flink.script({ job: 'rolled-back', starts: [{ kind: 'FAILS' }, { kind: 'FAILS' }] });
        const artifact = artifactOf('rolled-back', '--version', '2');
        const input = { job: 'rolled-back', parallelism: 2, maxJobCreationAttempts: 2 };
        const ended = await rescale(place(), { ...input, artifact });
        expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
        const before = artifactOf('rolled-back');
        expect(submitsOf('rolled-back').map(({ args }) => args)).toEqual([
          ...[artifact.args, artifact.args, before.args],
        ]);
        expect(liveJobs(flink, 'rolled-back')).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);

        const next = succeeded(await rescale(place(), { job: 'rolled-back', parallelism: 4 }));
        expect(next).toMatchObject({ outcome: 'RESCALED', artifact: before, warnings: [] });
      },

    'a job that failed while it was stopped and was started again: what it was started with is recorded':
      async () => {
        const { flink } = place();
        const job = 'started-again';
        writeFileSync(jarPath(`${job}.jar`), 'a program');
        const { id } = flink.startJob({ name: job, parallelism: 2 });
        flink.script({ job, stops: [{ kind: 'JOB_FAILS' }] });
        const artifact = artifactOf(job);
        const input = { job, parallelism: 4, maxSavepointCreationAttempts: 1 };
        const ended = await rescale(place(), { ...input, artifact });
        expect(ended).toMatchObject({ status: 'FAILED', type: 'SavepointFailed' });
        expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 2 }]);
        expect(liveJobs(flink, job)).not.toMatchObject([{ id }]);

        const next = succeeded(await rescale(place(), { job, parallelism: 4 }));
        expect(next).toMatchObject({ outcome: 'RESCALED', artifact, warnings: [] });
      },

    'a run that was terminated once the job ran has left what it was started with': async () => {
      const { flink } = place();
      const { workflowId, release } = await held(place(), 'VERIFYING', 'terminated');
      await place().client.workflow.getHandle(workflowId).terminate('the test ends it');
      release();
      expect(liveJobs(flink, 'terminated')).toMatchObject([{ parallelism: 4 }]);
      const next = succeeded(await rescale(place(), { job: 'terminated', parallelism: 3 }));
      expect(next).toMatchObject({ outcome: 'RESCALED', from: { parallelism: 4 }, warnings: [] });
    },

    'a job of ours that no run recorded: looked for, and then weir.yaml counts, with a warning': async () => {
      const { flink } = place();
      const id = jobIdPrefix(lockKey('local', 'unknown')) + '0'.repeat(16);
      flink.startJob({ name: 'unknown', parallelism: 2, id });
      const ended = succeeded(await rescale(place(), { job: 'unknown', parallelism: 4 }));
      expect(ended).toMatchObject({ outcome: 'RESCALED', artifact: artifactOf('unknown') });
      expect(ended.warnings).toEqual([
        `what job ${id} was started with is not known any more (Temporal keeps no run that recorded it)`,
      ]);
    },

    'a jar whose bytes were replaced under its name: refused with both hashes, until the old one is named':
      async () => {
        const { flink } = place();
        flink.startJob({ name: 'replaced', parallelism: 2 });
        const { to } = succeeded(await rescale(place(), { job: 'replaced', parallelism: 4 }));
        const before = sha256('replaced.jar');
        copyFileSync(jarPath('replaced.jar'), jarPath('replaced-before.jar'));
        writeFileSync(jarPath('replaced.jar'), 'another program');
        const after = sha256('replaced.jar');

        const upgrade = { job: 'replaced', parallelism: 4, artifact: artifactOf('replaced') };
        for (const input of [{ job: 'replaced', parallelism: 2 }, upgrade]) {
          const ended = await rescale(place(), input);
          expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
          says(ended, before.slice(0, 16), after.slice(0, 16), 'valid: the old jar', '"previousArtifact"');
        }
        expect(stopsOf(flink, to?.jobId ?? '')).toBe(0);

        const previousArtifact = { ...artifactOf('replaced'), jar: 'replaced-before.jar' };
        const ended = succeeded(await rescale(place(), { ...upgrade, previousArtifact }));
        expect(ended).toMatchObject({
          ...{ outcome: 'RESCALED', warnings: [], from: { parallelism: 4 }, to: { parallelism: 4 } },
          artifact: { ...artifactOf('replaced'), sha256: after },
        });
        expect(succeeded(await rescale(place(), { job: 'replaced', parallelism: 2 })).warnings).toEqual([]);
      },

    'a jar by the id of its upload: of ours it is the file with its bytes, whatever its name': async () => {
      const { flink } = place();
      flink.startJob({ name: 'by-id', parallelism: 2 });
      succeeded(await rescale(place(), { job: 'by-id', parallelism: 4 }));
      const id = (await uploads()).find(({ name }) => name.endsWith('-by-id.jar'))?.id ?? '';
      expect(id).toMatch(/_weir-[0-9a-f]{16}-by-id\.jar$/);
      copyFileSync(jarPath('by-id.jar'), jarPath('by-id-elsewhere.jar'));
      writeFileSync(jarPath('by-id.jar'), 'another program');

      const elsewhere = { ...artifactOf('by-id'), jar: 'by-id-elsewhere.jar' };
      const ended = await rescale(place(), {
        ...{ job: 'by-id', parallelism: 2, previousArtifact: elsewhere },
        artifact: { ...artifactOf('by-id'), jar: id },
      });
      const bytes = { ...elsewhere, sha256: sha256('by-id-elsewhere.jar') };
      expect(succeeded(ended)).toMatchObject({ outcome: 'RESCALED', artifact: bytes, warnings: [] });

      rmSync(jarPath('by-id-elsewhere.jar'));
      const [live] = liveJobs(flink, 'by-id');
      const gone = { ...artifactOf('by-id'), jar: id };
      const input = { job: 'by-id', parallelism: 4, artifact: gone, previousArtifact: artifactOf('by-id') };
      const refused = await rescale(place(), input);
      expect(refused).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
      says(refused, 'no jar in the artifact folder has them', 'a copy of by-id.jar in the artifact folder');
      expect(stopsOf(flink, live?.id ?? '')).toBe(0);
    },

    'a jar by the id of somebody else’s upload: refused by name, since its bytes are not at hand':
      async () => {
        const { flink } = place();
        const { id } = flink.startJob({ name: 'no-way-back', parallelism: 2 });
        const form = new FormData();
        form.append('jarfile', new Blob(['somebody’s program']), 'theirs.jar');
        await fetch(`${flink.restUrl}/jars/upload`, { method: 'POST', body: form });
        const jar = (await uploads()).find(({ name }) => name === 'theirs.jar')?.id ?? '';
        expect(jar).toMatch(/_theirs\.jar$/);
        const input = { job: 'no-way-back', parallelism: 4 };
        const ended = await rescale(place(), {
          ...input,
          artifact: { jar, args: ['--name', 'no-way-back'] },
        });
        expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
        says(ended, `"${jar}" is the id of an upload`, 'a copy of theirs.jar in the artifact folder');

        const previousArtifact = { ...artifactOf('no-way-back'), jar: 'gone.jar' };
        const wayBack = await rescale(place(), { ...input, previousArtifact });
        expect(wayBack).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
        says(wayBack, 'for the roll-back: there is no jar "gone.jar" in the artifact folder');
        expect(stopsOf(flink, id)).toBe(0);
        expect(liveJobs(flink, 'no-way-back')).toMatchObject([{ id, parallelism: 2 }]);
      },
  },
  90_000,
);

test('P22: uploads that the JobManager loses before the start and before the roll-back: each jar is uploaded again, by its bytes', async () => {
  const { flink } = place();
  const job = 'jars-lost';
  writeFileSync(jarPath('jars-lost-2.jar'), 'another program');
  const before = sha256('jars-lost.jar').slice(0, 16);
  const after = sha256('jars-lost-2.jar').slice(0, 16);
  flink.startJob({ name: job, parallelism: 2 });
  flink.script({ job, starts: [{ kind: 'FAILS' }] });
  const stopped = nextOf(flink, 'SAVEPOINT', job).then(() => {
    flink.loseJars();
    // what was planned is in another file by now
    copyFileSync(jarPath('jars-lost.jar'), jarPath('jars-lost-before.jar'));
    writeFileSync(jarPath('jars-lost.jar'), 'not what was planned');
  });
  const started = nextOf(flink, 'STARTED', job).then(() => flink.loseJars());

  const artifact = { ...artifactOf(job), jar: 'jars-lost-2.jar' };
  const ended = await rescale(place(), { job, parallelism: 4, artifact, maxJobCreationAttempts: 1 });
  await Promise.all([stopped, started]);

  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
  const submits = submitsOf(job);
  expect(submits.map(({ outcome }) => outcome)).toEqual(['REFUSED', 'EXECUTED', 'REFUSED', 'EXECUTED']);
  expect(submits.filter(({ outcome }) => outcome === 'EXECUTED').map(({ jar }) => jar?.slice(37))).toEqual([
    `weir-${after}-jars-lost-2.jar`,
    `weir-${before}-jars-lost-before.jar`,
  ]);
  // a try is used up by Flink's answer to the job, not by a jar that was lost
  expect(new Set(submits.map(({ jobId }) => jobId)).size).toBe(2);
}, 60_000);

test('P22: a jar that the JobManager has lost and whose bytes were replaced is not started: rolled back to the jar of before', async () => {
  const { flink } = place();
  const job = 'bytes-lost';
  writeFileSync(jarPath('bytes-lost-2.jar'), 'a program that no other file holds');
  flink.startJob({ name: job, parallelism: 2 });
  const stopped = nextOf(flink, 'SAVEPOINT', job).then(() => {
    flink.loseJars();
    writeFileSync(jarPath('bytes-lost-2.jar'), 'not what was planned');
  });

  const artifact = { ...artifactOf(job), jar: 'bytes-lost-2.jar' };
  const ended = await rescale(place(), { job, parallelism: 4, artifact, maxJobCreationAttempts: 2 });
  await stopped;

  expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  says(ended, 'no jar in the artifact folder has the bytes of bytes-lost-2.jar that were planned');
  expect(liveJobs(flink, job)).toMatchObject([{ parallelism: 2, state: 'RUNNING' }]);
  const executed = submitsOf(job).filter(({ outcome }) => outcome === 'EXECUTED');
  expect(executed).toMatchObject([{ parallelism: 2, args: artifactOf(job).args }]);
  expect(succeeded(await rescale(place(), { job, parallelism: 4 }))).toMatchObject({ warnings: [] });
}, 60_000);
