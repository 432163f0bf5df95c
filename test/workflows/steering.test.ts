import { until } from '../../src/dev/until';
import type { RescaleInput } from '../../src/contracts/rescale';
import { rescaleWorkflowId } from '../../src/planning/ids';
import { held } from '../kit/held';
import type { HeldPhase } from '../kit/held';
import { endOf, startRescale } from '../kit/rescale';
import { useSimulated } from '../kit/simulated';
import { together } from '../kit/together';
import {
  liveJobs,
  signal,
  statusOf,
  stopsOf,
  succeeded,
  untilPhase,
  untilStatus,
  update,
} from '../kit/watch';

/** Design 3.3 and 3.4: what an operator can say to a rescale, when it is heard, and what the rescale shows. */
const late = ['STOPPING', 'RESTARTING', 'VERIFYING', 'ROLLING_BACK', 'ATTENTION'] as const;
const ways = ['signal', 'update', 'cancel'] as const;

const place = useSimulated('steering', {
  jobs: [
    ...['retargeted', 'to-today', 'too-wide', 'too-late', 'misspelt', 'unreachable', 'settling', 'not-stuck'],
    'told-early',
    ...ways.flatMap((way) => [`planning-${way}`, `in-flight-${way}`, `failing-${way}`, `between-${way}`]),
    ...late.flatMap((phase) => [...ways, 'retarget', 'status'].map((way) => `${phase}-${way}`)),
    ...['PLANNING-status', 'SAVEPOINTING-status', 'SETTLING-status', 'told'],
  ],
  flink: { slots: 400 },
});

afterEach(() => {
  place().flink.neverTwoCopies();
  expect(place().flink.stateLost()).toEqual([]);
});

const refused = { kind: 'REFUSED', causes: ['IOException: disk is full'] } as const;

/** A job at 2 and its rescale to 4. */
async function begin(
  job: string,
  input: Partial<RescaleInput> = {},
): Promise<{ workflowId: string; id: string }> {
  const { id } = place().flink.startJob({ name: job, parallelism: 2 });
  return { id, workflowId: await startRescale(place(), { job, parallelism: 4, ...input }) };
}

/** Asks for an abort; resolves once the rescale has it, or has refused it. */
async function abort(way: (typeof ways)[number], workflowId: string): Promise<void> {
  switch (way) {
    case 'signal':
      return signal(place(), workflowId, 'abort');
    case 'update':
      expect(await update(place(), workflowId, 'abort')).toContain('let end');
      return;
    case 'cancel': {
      const { code, stderr } = await place().cli(['workflow', 'cancel', '--workflow-id', workflowId]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
    }
  }
}

async function expectAborted(job: string, workflowId: string, id: string, stops: number): Promise<void> {
  const { outcome, to } = succeeded(await endOf(place(), workflowId));
  expect(outcome).toBe('ABORTED');
  expect(to?.parallelism ?? 2).toBe(2);
  expect(liveJobs(place().flink, job)).toMatchObject([{ id, parallelism: 2, state: 'RUNNING' }]);
  expect(stopsOf(place().flink, id)).toBe(stops);
}

/** The end of a rescale that was held after its stop, as its phase makes it. */
async function expectItsEnd(phase: HeldPhase, job: string, workflowId: string): Promise<void> {
  const rolledBack = phase === 'ROLLING_BACK' || phase === 'ATTENTION';
  const ended = await endOf(place(), workflowId);
  if (rolledBack) expect(ended).toMatchObject({ status: 'FAILED', type: 'RolledBack' });
  else expect(succeeded(ended)).toMatchObject({ outcome: 'RESCALED', to: { parallelism: 4 } });
  expect(liveJobs(place().flink, job)).toMatchObject([{ parallelism: rolledBack ? 2 : 4, state: 'RUNNING' }]);
}

const abortCases = Object.fromEntries<() => Promise<void>>(
  ways.flatMap((way) => [
    [
      `P8: abort by ${way} while PLANNING: ABORTED, nothing was sent`,
      async () => {
        const { workflowId, jobId, release } = await held(place(), 'PLANNING', `planning-${way}`);
        await abort(way, workflowId);
        await expectAborted(`planning-${way}`, workflowId, jobId, 0);
        release();
      },
    ],
    [
      `P8: abort by ${way} while the savepoint is in flight, and it succeeds: too late, RESCALED with a warning`,
      async () => {
        const job = `in-flight-${way}`;
        place().flink.script({ job, stops: [{ kind: 'TAKES', ms: 6_000 }] });
        const { workflowId, id } = await begin(job);
        await until(() => stopsOf(place().flink, id) === 1, { what: 'the stop', deadlineMs: 60_000 });
        await abort(way, workflowId);
        expect(succeeded(await endOf(place(), workflowId))).toMatchObject({
          outcome: 'RESCALED',
          to: { parallelism: 4 },
          warnings: ['the abort came too late: the job is stopped, so the rescale goes on'],
        });
      },
    ],
    [
      `P8: abort by ${way} while a try is in flight that fails: it is let end, no other follows, ABORTED`,
      async () => {
        const job = `failing-${way}`;
        const { flink } = place();
        const { workflowId, jobId, release } = await held(place(), 'SAVEPOINTING', job);
        flink.script({ job, stops: [refused] });
        const sent = () => flink.calls.some((call) => call.verb === 'STOP' && call.jobId === jobId);
        await until(sent, { what: 'the stop to be sent', deadlineMs: 60_000 });
        await abort(way, workflowId);
        release();
        await expectAborted(job, workflowId, jobId, 1);
      },
    ],
    [
      `P8: abort by ${way} between two tries: no other follows, ABORTED`,
      async () => {
        const job = `between-${way}`;
        place().flink.script({ job, stops: [refused, refused, refused, refused] });
        const { workflowId, id } = await begin(job);
        // the pause before the fourth try is 4 s
        const failed = (status: { failedTries: readonly string[] }) => status.failedTries.length === 3;
        await untilStatus(place(), workflowId, failed, 'three tries have failed');
        await abort(way, workflowId);
        await expectAborted(job, workflowId, id, 3);
      },
    ],
  ]),
);

const lateCases = Object.fromEntries<() => Promise<void>>(
  late.flatMap((phase): [string, () => Promise<void>][] => [
    ...ways.map((way): [string, () => Promise<void>] => [
      `P8: abort by ${way} in ${phase}: too late, it goes on to its end and says so`,
      async () => {
        const job = `${phase}-${way}`;
        const { workflowId, release } = await held(place(), phase, job);
        if (way === 'update')
          await expect(update(place(), workflowId, 'abort')).rejects.toMatchObject({
            cause: { message: expect.stringContaining('too late') },
          });
        else {
          await abort(way, workflowId);
          const warned = (status: { warnings: readonly string[] }) =>
            status.warnings.join().includes('too late');
          await untilStatus(place(), workflowId, warned, 'a warning');
        }
        release();
        await expectItsEnd(phase, job, workflowId);
      },
    ]),
    [
      `retarget in ${phase}: the update is rejected, the signal ignored with a warning`,
      async () => {
        const job = `${phase}-retarget`;
        const { workflowId, release } = await held(place(), phase, job);
        await expect(update(place(), workflowId, 'retarget', { parallelism: 3 })).rejects.toMatchObject({
          cause: { message: expect.stringContaining('the stop has been sent') },
        });
        await signal(place(), workflowId, 'retarget', { parallelism: 3 });
        release();
        await expectItsEnd(phase, job, workflowId);
        expect((await statusOf(place(), workflowId)).warnings.join()).toContain(
          'the signal retarget was ignored',
        );
      },
    ],
  ]),
);

const statusCases = Object.fromEntries<() => Promise<void>>(
  (['PLANNING', 'SAVEPOINTING', 'SETTLING', ...late] as const).map((phase) => [
    `the query status in ${phase}: phase, jobs, snapshot and what can be done now`,
    async () => {
      const job = `${phase}-status`;
      const { workflowId, jobId, release } = await held(place(), phase, job);
      const status = await statusOf(place(), workflowId);
      expect(status).toMatchObject({ phase, cluster: 'local', job });
      expect(status.timings.at(-1)?.phase).toBe(phase);
      const planned = phase !== 'PLANNING';
      expect(status.from).toEqual(planned ? { jobId, parallelism: 2 } : undefined);
      const stopped = late.some((one) => one === phase);
      expect(status.snapshot?.path.includes(`/${job}/`) ?? false).toBe(stopped);
      const says = {
        ...{ PLANNING: '--name abort', SAVEPOINTING: '--name abort', SETTLING: 'what became of the job' },
        ...{ STOPPING: 'goes on until a job runs', RESTARTING: 'goes on until a job runs' },
        ...{ VERIFYING: 'goes on until a job runs', ROLLING_BACK: 'goes on until a job runs' },
        ATTENTION: '--name giveUp',
      }[phase];
      expect(status.operator.join('\n')).toContain(says);
      release();
      await endOf(place(), workflowId);
      expect(await statusOf(place(), workflowId)).toMatchObject({ phase: 'DONE', operator: [] });
    },
  ]),
);

together(
  {
    'P31: retarget while PLANNING, by update and by signal: the newest wins, and is planned': async () => {
      const { workflowId, release } = await held(place(), 'PLANNING', 'retargeted');
      await signal(place(), workflowId, 'retarget', { parallelism: 8 });
      const answer = await place().cli([
        ...['workflow', 'update', 'execute', '--workflow-id', workflowId, '--name', 'retarget'],
        ...['--input', '{"parallelism":3}'],
      ]);
      expect(answer.stdout).toContain('the rescale goes to 3');
      release();
      expect(succeeded(await endOf(place(), workflowId))).toMatchObject({
        outcome: 'RESCALED',
        from: { parallelism: 2 },
        to: { parallelism: 3 },
      });
      expect(liveJobs(place().flink, 'retargeted')).toMatchObject([{ parallelism: 3 }]);
    },

    'P31: retarget to what runs today: UNCHANGED, nothing was sent': async () => {
      const { workflowId, jobId, release } = await held(place(), 'PLANNING', 'to-today');
      await update(place(), workflowId, 'retarget', { parallelism: 2 });
      release();
      expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('UNCHANGED');
      expect(stopsOf(place().flink, jobId)).toBe(0);
    },

    'P31: retarget beyond the key groups: refused as a start with it would have been, the job untouched':
      async () => {
        const { workflowId, jobId, release } = await held(place(), 'PLANNING', 'too-wide');
        await update(place(), workflowId, 'retarget', { parallelism: 129 });
        release();
        const ended = await endOf(place(), workflowId);
        expect(ended).toMatchObject({ status: 'FAILED', type: 'PlanRejected' });
        expect(ended).toMatchObject({ message: expect.stringContaining('maxParallelism 128') });
        expect(liveJobs(place().flink, 'too-wide')).toMatchObject([{ id: jobId }]);
        expect(stopsOf(place().flink, jobId)).toBe(0);
      },

    'P31: retarget after the stop was sent: the update is rejected, the signal ignored with a warning':
      async () => {
        const { workflowId, release } = await held(place(), 'SAVEPOINTING', 'too-late');
        await expect(update(place(), workflowId, 'retarget', { parallelism: 3 })).rejects.toMatchObject({
          cause: { message: expect.stringContaining('start another rescale when this one is done') },
        });
        await signal(place(), workflowId, 'retarget', { parallelism: 3 });
        release();
        const { to, warnings } = succeeded(await endOf(place(), workflowId));
        expect(to?.parallelism).toBe(4);
        expect(warnings).toEqual([expect.stringContaining('the signal retarget was ignored')]);
      },

    'what makes no sense: the update is rejected with what is valid, the signal ignored with a warning':
      async () => {
        const { workflowId, release } = await held(place(), 'PLANNING', 'misspelt');
        await expect(update(place(), workflowId, 'retarget', { paralelism: 3 })).rejects.toMatchObject({
          cause: { message: expect.stringContaining('did you mean "parallelism"?') },
        });
        await signal(place(), workflowId, 'retarget', 'three');
        release();
        const { to, warnings } = succeeded(await endOf(place(), workflowId));
        expect(to?.parallelism).toBe(4);
        expect(warnings.join()).toContain('the signal retarget was ignored');
      },

    'retry, giveUp and restoreFrom where nothing is stuck: rejected; as signals ignored with a warning':
      async () => {
        const { workflowId, release } = await held(place(), 'SAVEPOINTING', 'not-stuck');
        for (const [name, arg] of [['retry'], ['giveUp'], ['restoreFrom', { path: 'file:/x' }]] as const) {
          await expect(update(place(), workflowId, name, arg)).rejects.toMatchObject({
            cause: { message: expect.stringContaining('heard only while the phase is ATTENTION') },
          });
          await signal(place(), workflowId, name, arg);
        }
        release();
        const { outcome, warnings } = succeeded(await endOf(place(), workflowId));
        expect(outcome).toBe('RESCALED');
        expect(warnings).toHaveLength(3);
      },

    'P28: signals that are there before the run has begun are heard, and do not wedge it': async () => {
      const job = 'told-early';
      const { id } = place().flink.startJob({ name: job, parallelism: 2 });
      const workflowId = rescaleWorkflowId('local', job);
      await place().client.workflow.signalWithStart('rescale', {
        ...{ workflowId, taskQueue: place().taskQueue, args: [{ job, parallelism: 4 }] },
        ...{ signal: 'abort', signalArgs: [] },
      });
      await expectAborted(job, workflowId, id, 0);
    },

    'P8: abort while the job settles after the last try: ABORTED once it runs, its restart named':
      async () => {
        const { workflowId, jobId, release } = await held(place(), 'SETTLING', 'settling');
        await update(place(), workflowId, 'abort');
        release();
        const { outcome, warnings } = succeeded(await endOf(place(), workflowId));
        expect(outcome).toBe('ABORTED');
        expect(warnings.join()).toContain('made the job restart');
        expect(liveJobs(place().flink, 'settling')).toMatchObject([{ id: jobId, state: 'RUNNING' }]);
      },

    'temporal workflow metadata shows the details: what, when, where the state is, what can be done':
      async () => {
        const { workflowId, jobId, release } = await held(place(), 'RESTARTING', 'told');
        const shown = await place().cli(['workflow', 'metadata', '--workflow-id', workflowId, '-o', 'json']);
        const { queryResult } = JSON.parse(shown.stdout) as { queryResult: { currentDetails: string }[] };
        const currentDetails = queryResult[0]?.currentDetails;
        const { snapshot } = await statusOf(place(), workflowId);
        expect(currentDetails).toMatch(/^\*\*told 2 -> 4\*\*, STATEFUL, LATEST_STATE/);
        for (const phase of ['PLANNING', 'SAVEPOINTING', 'STOPPING', 'RESTARTING'])
          expect(currentDetails).toMatch(new RegExp(`\\| ${phase}\\W+20`));
        expect(currentDetails).toContain(`old job \`${jobId}\``);
        expect(currentDetails).toContain(`snapshot \`${snapshot?.path}\``);
        expect(currentDetails).toContain('goes on until a job runs');
        release();
        await endOf(place(), workflowId);
      },

    ...abortCases,
    ...lateCases,
    ...statusCases,
  },
  60_000,
);

test('abort while Flink cannot be reached: ABORTED at once', async () => {
  const { flink } = place();
  const { id } = flink.startJob({ name: 'unreachable', parallelism: 2 });
  await flink.unreachable();
  try {
    const workflowId = await startRescale(place(), { job: 'unreachable', parallelism: 4 });
    await untilPhase(place(), workflowId, 'PLANNING');
    await update(place(), workflowId, 'abort');
    expect(succeeded(await endOf(place(), workflowId)).outcome).toBe('ABORTED');
  } finally {
    await flink.reachable();
  }
  expect(liveJobs(flink, 'unreachable')).toMatchObject([{ id, state: 'RUNNING' }]);
}, 60_000);
